"""Opens one object of a case for a browser: any stretch of it, or a page of a paper as a picture.

Nothing is ever written in plain. Papers are drawn by a process without keys.
"""

import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import BinaryIO

from field_app.credentials.trust import Trust
from field_app.crypto.stanzas import AgeError
from field_app.crypto.stream import StreamReader
from field_app.crypto.suites import AnyIdentity, SealedReader
from field_app.errors import UserError
from field_app.headquarters.console.reading import Shown
from field_app.headquarters.depot import Depot
from field_app.headquarters.raising import RaisedInvalid, open_raised, read_record

PIECE = 256 << 10
MAX_PAPER = 64 << 20
_DRAW_SECONDS = 20
_RANGE = re.compile(r"bytes=(\d{0,15})-(\d{0,15})")
# What a browser may show inside the page; everything else is a download. Papers are drawn, never handed to
# what a browser reads PDF with.
SHOWN = frozenset({"video/mp4", "audio/mp4", "image/jpeg", "image/png", "audio/wav", "audio/mpeg"})


class Damaged(UserError):
    """An object cannot be opened."""

    def __init__(self) -> None:
        super().__init__("这个文件打不开，可能已损坏。", "请运行 headquarters verify 核验，并从备份恢复。",
                         code="console.damaged")


class NoSuchRange(Exception):
    """A browser asks for bytes that are not there; ``size`` of the whole."""

    def __init__(self, size: int) -> None:
        super().__init__(str(size))
        self.size = size


@dataclass(frozen=True)
class Stretch:
    """Bytes ``first`` to ``last`` (both taken) of ``size``; ``whole``: nothing was asked for."""

    first: int
    last: int
    size: int
    whole: bool

    @property
    def length(self) -> int:
        return self.last - self.first + 1


def asked_stretch(header: str, size: int) -> Stretch:
    """What a ``Range`` header asks for (RFC 9110, section 14): one range, or the whole.

    Raises :class:`NoSuchRange`.
    """
    found = _RANGE.fullmatch(header.strip()) if header else None
    if found is None or found.groups() == ("", ""):
        return Stretch(0, size - 1, size, whole=True)
    begin, end = found.groups()
    if not begin:
        first, last = max(0, size - int(end)), size - 1
    else:
        first, last = int(begin), min(int(end) if end else size - 1, size - 1)
    if first >= size or last < first:
        raise NoSuchRange(size)
    return Stretch(first, last, size, whole=False)


class Contents:
    """Objects of accepted packages, opened with headquarters' own key."""

    def __init__(self, depot: Depot, identity: AnyIdentity, trust: Callable[[], Trust]) -> None:
        self._depot = depot
        self._shelf = depot.shelf
        self._identity = identity
        self._trust = trust

    def raised(self, package: str, shown: Shown) -> bytes:
        """The paper with its time-stamp (B-LTA), believed by its signed record; :class:`Damaged`
        where there is none that holds."""
        try:
            record = read_record(self._depot, package, shown.id, self._trust())
            if record.sha256 != shown.sha256:
                raise Damaged
            return open_raised(self._depot, record, self._identity)
        except (RaisedInvalid, OSError) as error:
            raise Damaged from error

    def open(self, package: str, shown: Shown) -> "Opened":
        """Open one object; :class:`Damaged` when it is not there, cut, or not sealed to us."""
        file: BinaryIO | None = None
        try:
            file = self._shelf.open_object(package, shown.ct_sha256)
            reader = SealedReader(file, [self._identity])
        except (OSError, AgeError) as error:
            if file is not None:
                file.close()
            raise Damaged from error
        if reader.size != shown.size:
            file.close()
            raise Damaged
        return Opened(file, reader)

    def read(self, package: str, shown: Shown, *, limit: int = MAX_PAPER) -> bytes:
        """The whole of a small object; :class:`Damaged` past ``limit`` or when it does not open."""
        if shown.size > limit:
            raise Damaged
        whole = Stretch(0, shown.size - 1, shown.size, whole=True)
        return b"".join(self.open(package, shown).pieces(whole))


class Opened:
    """An object that is open; :meth:`pieces` closes it."""

    def __init__(self, file: BinaryIO, reader: StreamReader) -> None:
        self._file = file
        self._reader = reader

    def pieces(self, stretch: Stretch) -> Iterator[bytes]:
        """The bytes of a stretch, each piece authentic; :class:`Damaged` where one is not."""
        try:
            at = stretch.first
            while at <= stretch.last:
                data = self._reader.read_at(at, min(PIECE, stretch.last + 1 - at))
                at += len(data)
                yield data
        except (OSError, AgeError) as error:
            raise Damaged from error
        finally:
            self._file.close()


@dataclass(frozen=True)
class Drawn:
    """A page of a paper as PNG, and how many pages there are."""

    png: bytes
    pages: int


def draw_page(pdf: bytes, page: int) -> Drawn:
    """Draw page ``page`` (from 1; 0: only count) in a process without keys, bounded in time and memory.

    ``UserError`` when it cannot be drawn.
    """
    try:
        done = subprocess.run(
            [sys.executable, "-m", "field_app.headquarters.console.draw", str(page)], input=pdf,
            capture_output=True, check=True, timeout=_DRAW_SECONDS)
        pages, _, png = done.stdout.partition(b"\n")
        return Drawn(png, int(pages))
    except (OSError, ValueError, subprocess.SubprocessError) as error:
        raise UserError("这一页画不出来。", "请点“下载原件”，用其他软件打开。", code="console.page") from error
