"""Seals one original as it is, then proves it: the source is read again beside the opened copy.

Hashes are made on threads of their own; a big file goes at the pace of card and disk.
"""

import hashlib
import os
import queue
import threading
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import BinaryIO

from field_app.crypto.appender import SealedFile, sync_folder
from field_app.crypto.bulk import BulkWriter, fill
from field_app.crypto.hashing import BackgroundSha256, Digest, new_sm3
from field_app.crypto.stanzas import AgeError
from field_app.crypto.straight import Ahead
from field_app.crypto.suites import AnyIdentity, AnyRecipient, SealedReader
from field_app.errors import Cancelled
from field_app.media.importing.source import SourceLost

PART_BYTES = 1 << 30
_BLOCK = 2 << 20
_AHEAD = 4


class CopyDiffers(SourceLost):
    """The sealed copy is not what the card gives when asked again: card or disk is failing."""


@dataclass(frozen=True)
class SealedOriginal:
    """An original in sealed parts; ``sha256`` of the whole, sizes in bytes; ``mtime_ns``: when the
    source was changed last, as it was when sealing began."""

    size: int
    sha256: str
    parts: tuple[SealedFile, ...]
    mtime_ns: int = 0


@dataclass(frozen=True)
class Keys:
    """To whom originals are sealed, and who opens them for comparison."""

    recipients: Sequence[AnyRecipient]
    identities: Sequence[AnyIdentity]


def part_path(folder: Path, item: str, number: int) -> Path:
    return folder / f"{item}-{number:02d}.age"


def drop_parts(folder: Path, item: str) -> None:
    """Remove what an attempt left of an item that was never stored."""
    for path in [*folder.glob(f"{item}-*.age"), *folder.glob(f"{item}-*.age.part")]:
        path.unlink(missing_ok=True)


def _blocks(source: BinaryIO) -> Iterator[bytes]:
    """The source in blocks, read ahead on a thread; :class:`SourceLost` when the card fails."""
    ready: queue.Queue[bytes | OSError] = queue.Queue(_AHEAD)
    stop = threading.Event()

    def read() -> None:
        try:
            ahead = Ahead(source)
            while not stop.is_set():
                data = source.read(_BLOCK)
                ahead.read(len(data))
                _put(ready, data, stop)
                if not data:
                    return
        except OSError as error:
            _put(ready, error, stop)

    thread = threading.Thread(target=read, name="card", daemon=True)
    thread.start()
    try:
        while True:
            got = ready.get()
            if isinstance(got, OSError):
                raise SourceLost(got.strerror or "cannot be read") from got
            if not got:
                return
            yield got
    finally:
        stop.set()
        thread.join()


def _put(ready: "queue.Queue[bytes | OSError]", item: bytes | OSError,
         stop: threading.Event) -> None:
    while not stop.is_set():
        try:
            ready.put(item, timeout=0.1)
            return
        except queue.Full:
            continue


def _views(source: BinaryIO) -> Iterator[memoryview]:
    """As :func:`_blocks`, but in memory used again: each block is good until the one after the next is asked
    for."""
    buffers = deque(memoryview(bytearray(_BLOCK)) for _ in range(3))
    ahead = Ahead(source)
    with ThreadPoolExecutor(1, "card") as card:
        reading = card.submit(fill, source, ahead, buffers[0])
        while True:
            try:
                count = reading.result()
            except OSError as error:
                raise SourceLost(error.strerror or "cannot be read") from error
            if not count:
                return
            here = buffers[0][:count]
            buffers.rotate(-1)
            reading = card.submit(fill, source, ahead, buffers[0])
            yield here


def _cut(blocks: Iterator[memoryview], part_bytes: int) -> Iterator[tuple[memoryview, bool]]:
    """Blocks that never cross the end of a part, and whether one ends there."""
    room = part_bytes
    for block in blocks:
        while block:
            piece, block = block[:room], block[room:]  # noqa: PLW2901
            room -= len(piece)
            yield piece, not room
            room = room or part_bytes


class _Part:
    """One part being written beside its final name."""

    def __init__(self, path: Path, recipients: Sequence[AnyRecipient], *, with_sm3: bool,
                 whole: Sequence[Digest]) -> None:
        self.path = path
        self._beside = path.with_name(path.name + ".part")
        self._sm3 = [new_sm3()] if with_sm3 else []
        self._stack = ExitStack()
        self._file = self._stack.enter_context(self._beside.open("wb", buffering=0))
        self._writer = self._stack.enter_context(BulkWriter(
            self._file, recipients, most=_BLOCK, also=(*self._sm3, *whole)))

    def write(self, data: memoryview) -> None:
        self._writer.write(data)

    def close(self) -> SealedFile:
        done = self._writer
        done.close()
        made = SealedFile(self.path, done.size, done.sha256, done.ct_size, done.ct_sha256,
                          self._sm3[0].hexdigest() if self._sm3 else "")
        self._stack.close()
        self._beside.replace(self.path)
        sync_folder(self.path.parent)
        return made

    def abandon(self) -> None:
        # A full disk refuses what is still in memory once more when the file is closed.
        try:
            with suppress(OSError):
                self._stack.close()
        finally:
            self._beside.unlink(missing_ok=True)


def _seal(source: BinaryIO, target: Callable[[int], Path], recipients: Sequence[AnyRecipient], *,
          part_bytes: int, with_sm3: bool, tick: Callable[[int], None]) -> SealedOriginal:
    parts: list[SealedFile] = []
    part: _Part | None = None
    # A file of one part has that part's hash.
    alone = [hashlib.sha256()] if os.fstat(source.fileno()).st_size > part_bytes else []
    try:
        for piece, ends in _cut(_views(source), part_bytes):
            part = part or _Part(target(len(parts) + 1), recipients, with_sm3=with_sm3, whole=alone)
            part.write(piece)
            tick(len(piece))
            if ends:
                parts.append(part.close())
                part = None
        if part is not None:
            parts.append(part.close())
            part = None
    finally:
        if part is not None:
            part.abandon()
    # One that grew past its first part meanwhile is refused for its size.
    whole = alone[0].hexdigest() if alone else parts[0].sha256 if parts else hashlib.sha256().hexdigest()
    return SealedOriginal(sum(p.size for p in parts), whole, tuple(parts))


def opened(parts: Sequence[Path], identities: Sequence[AnyIdentity]) -> Iterator[bytes]:
    """The plaintext of sealed parts in order, verified chunk by chunk; ``AgeError``, ``OSError``."""
    for path in parts:
        with path.open("rb", buffering=_BLOCK) as file:
            reader = SealedReader(file, identities, cached_chunks=1)
            file.seek(0)
            ahead = Ahead(file)
            for chunk in reader.stream():
                ahead.read(len(chunk))
                yield chunk


def _compare(source: BinaryIO, made: SealedOriginal, identities: Sequence[AnyIdentity], *,
             tick: Callable[[int], None]) -> None:
    """Read the source again beside the opened copy; :class:`CopyDiffers` at the first difference."""
    source.seek(0)
    copy = opened([part.path for part in made.parts], identities)
    chunk, used = b"", 0
    with BackgroundSha256() as again:
        for block in _blocks(source):
            again.update(block)
            at = 0
            while at < len(block):
                if used == len(chunk):
                    chunk, used = next(copy, b"") or _ended(), 0
                length = min(len(chunk) - used, len(block) - at)
                if block[at:at + length] != chunk[used:used + length]:
                    raise CopyDiffers("the copy differs")
                at, used = at + length, used + length
            tick(len(block))
        if used < len(chunk) or next(copy, b"") or again.hexdigest() != made.sha256:
            raise CopyDiffers("the source changed while it was read")


def _ended() -> bytes:
    raise CopyDiffers("the copy is shorter")


def _watched(tick: Callable[[int], None],
             cancelled: Callable[[], bool]) -> Callable[[int], None]:
    def watched(count: int) -> None:
        if cancelled():
            raise Cancelled
        tick(count)

    return watched


def seal_original(source: BinaryIO, target: Callable[[int], Path], keys: Keys, *,
                  part_bytes: int = PART_BYTES, with_sm3: bool = False,
                  tick: Callable[[int], None] = lambda _count: None,
                  cancelled: Callable[[], bool] = lambda: False) -> SealedOriginal:
    """Seal ``source`` into parts named by ``target(1)``, ``target(2)`` … and sync them; what was
    made counts only after :func:`compare_original`.

    ``with_sm3``: hash each part so too (half the speed). ``tick`` is told every byte. Raises
    :class:`SourceLost` (card), ``OSError`` (disk full), ``Cancelled``; no part stays behind then.
    """
    before = os.fstat(source.fileno())
    parts: list[Path] = []

    def named(number: int) -> Path:
        parts.append(target(number))
        return parts[-1]

    try:
        made = _seal(source, named, keys.recipients, part_bytes=part_bytes, with_sm3=with_sm3,
                     tick=_watched(tick, cancelled))
        if made.size != before.st_size:
            raise SourceLost("changed while it was read")
    except BaseException:
        _drop(parts)
        raise
    return replace(made, mtime_ns=before.st_mtime_ns)


def compare_original(source: BinaryIO, made: SealedOriginal, keys: Keys, *,
                     tick: Callable[[int], None] = lambda _count: None,
                     cancelled: Callable[[], bool] = lambda: False) -> None:
    """Read ``source`` again beside what was sealed of it, which is read from the disk and opened.

    ``tick`` is told every byte. Raises :class:`SourceLost` (card), :class:`CopyDiffers`,
    ``OSError``, ``Cancelled``; no part stays behind then.
    """
    try:
        try:
            _compare(source, made, keys.identities, tick=_watched(tick, cancelled))
        except AgeError as error:
            raise CopyDiffers("the copy does not open") from error
        after = os.fstat(source.fileno())
        if (made.size, made.mtime_ns) != (after.st_size, after.st_mtime_ns):
            raise SourceLost("changed while it was read")
    except BaseException:
        _drop([part.path for part in made.parts])
        raise


def _drop(parts: Sequence[Path]) -> None:
    for path in parts:
        path.unlink(missing_ok=True)


def sha256_of(blocks: Iterator[bytes], *, tick: Callable[[int], None] = lambda _count: None) -> str:
    """SHA-256 of a stream."""
    digest = hashlib.sha256()
    for block in blocks:
        digest.update(block)
        tick(len(block))
    return digest.hexdigest()


def hash_source(source: BinaryIO, *, tick: Callable[[int], None] = lambda _count: None) -> str:
    """SHA-256 of a card's file; :class:`SourceLost` when it cannot be read to its end."""
    return sha256_of(_blocks(source), tick=tick)


def sample_of(source: BinaryIO, size: int) -> str:
    """What tells two files apart without reading them: SHA-256 of the size and three places."""
    digest = hashlib.sha256(size.to_bytes(8, "big"))
    for at in (0, max(0, size // 2 - (32 << 10)), max(0, size - (64 << 10))):
        source.seek(at)
        digest.update(source.read(64 << 10))
    source.seek(0)
    return digest.hexdigest()
