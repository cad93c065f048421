"""Where the fragments of a segment lie and when they play, also when parts of it are lost."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

# A fragment of a second is about half a megabyte; more than this is not ours.
_MOST_UNIT = 64 << 20
_MOST_HEAD = 4 << 20
_CHUNK = 64 << 10


class Readable(Protocol):
    """Plaintext by place; None where any of it is lost."""

    @property
    def size(self) -> int: ...

    def read_at(self, offset: int, length: int) -> bytes | None: ...


@dataclass(frozen=True)
class Fragment:
    """``moof`` and ``mdat`` at ``offset``, ``length`` bytes long, playing from ``start_s`` on."""

    offset: int
    length: int
    start_s: float


@dataclass(frozen=True)
class Fragments:
    """``head``: ``ftyp`` and ``moov``, needed before any fragment; ``found`` in order."""

    head: bytes
    found: tuple[Fragment, ...]


def _boxes(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Type and content of each whole box in ``data``."""
    at = 0
    while at + 8 <= len(data):
        length = int.from_bytes(data[at:at + 4], "big")
        if length < 8 or at + length > len(data):
            return
        yield data[at + 4:at + 8], data[at + 8:at + length]
        at += length


def _inner(data: bytes, *path: bytes) -> Iterator[bytes]:
    """Contents of all boxes at ``path``."""
    for kind, content in _boxes(data):
        if kind == path[0]:
            if len(path) == 1:
                yield content
            else:
                yield from _inner(content, *path[1:])


def _clock(moov: bytes) -> tuple[int, int]:
    """Track id and ticks a second of the picture, else of the sound; ``(0, 1)`` without any."""
    best = (0, 1)
    for trak in _inner(moov, b"trak"):
        header = next(_inner(trak, b"tkhd"), b"")
        media = next(_inner(trak, b"mdia", b"mdhd"), b"")
        kind = next(_inner(trak, b"mdia", b"hdlr"), b"")[8:12]
        if len(header) < 24 or len(media) < 24:
            continue
        track = int.from_bytes(header[20:24] if header[0] else header[12:16], "big")
        ticks = int.from_bytes(media[20:24] if media[0] else media[12:16], "big") or 1
        if kind == b"vide":
            return track, ticks
        best = best if best[0] else (track, ticks)
    return best


def _start(moof: bytes, clock: tuple[int, int]) -> float | None:
    """When a fragment begins, in seconds."""
    for traf in _inner(moof, b"traf"):
        head, time = next(_inner(traf, b"tfhd"), b""), next(_inner(traf, b"tfdt"), b"")
        if len(head) < 8 or len(time) < 8 or int.from_bytes(head[4:8], "big") != clock[0]:
            continue
        ticks = time[4:12] if time[0] else time[4:8]
        return int.from_bytes(ticks, "big") / clock[1]
    return None


def _box_at(source: Readable, at: int) -> tuple[bytes, int] | None:
    """Type and length of the box at ``at``; None where it cannot be read or is no box."""
    head = source.read_at(at, 16)
    if head is None or len(head) < 8:
        return None
    length, kind = int.from_bytes(head[:4], "big"), head[4:8]
    if length == 1 and len(head) == 16:
        length = int.from_bytes(head[8:], "big")
    if length < 8 or length > _MOST_UNIT or not kind.isalnum():
        return None
    return kind, length


def _next_moof(source: Readable, at: int) -> int | None:
    """The first place at or after ``at`` where a fragment surely begins."""
    carried, place = b"", at
    while place < source.size:
        step = _CHUNK - place % _CHUNK
        data = source.read_at(place, step)
        if data is None:
            carried, place = b"", place + step
            continue
        window, base = carried + data, place - len(carried)
        found = window.find(b"moof")
        while found >= 0:
            if found >= 4 and source.read_at(base + found + 8, 4) == b"mfhd":
                return base + found - 4
            found = window.find(b"moof", found + 1)
        carried, place = window[-12:], place + step
    return None


def _head(source: Readable) -> tuple[bytes, int] | None:
    """``ftyp moov`` and where what follows begins; None when they are lost or too large."""
    at = 0
    while at < min(source.size, _MOST_HEAD):
        box = _box_at(source, at)
        if box is None or box[0] in (b"moof", b"mdat"):
            return None
        at += box[1]
        if box[0] == b"moov":
            data = source.read_at(0, at)
            return None if data is None else (data, at)
    return None


def _fragment(source: Readable, at: int, clock: tuple[int, int]) -> Fragment | None:
    """The fragment that begins at ``at``; None when its head cannot be read."""
    moof = _box_at(source, at)
    if moof is None or moof[0] != b"moof" or moof[1] > _MOST_HEAD:
        return None
    mdat = _box_at(source, at + moof[1])
    content = source.read_at(at + 8, moof[1] - 8)
    if mdat is None or mdat[0] != b"mdat" or content is None:
        return None
    start = _start(content, clock)
    return None if start is None else Fragment(at, moof[1] + mdat[1], start)


def walk(source: Readable) -> Fragments | None:
    """All fragments whose heads can be read; None when this is no fragmented file or its own
    head is lost."""
    begun = _head(source)
    if begun is None:
        return None
    head, at = begun
    moov = next(_inner(head, b"moov"), b"")
    if not any(True for _ in _inner(moov, b"mvex")):
        return None
    clock, found = _clock(moov), []
    while at < source.size:
        fragment = _fragment(source, at, clock)
        if fragment is not None:
            found.append(fragment)
            at += fragment.length
            continue
        box = _box_at(source, at)
        if box is not None and box[0] == b"mfra":
            break
        later = _next_moof(source, at + 1)
        if later is None:
            break
        at = later
    return Fragments(head, tuple(found))
