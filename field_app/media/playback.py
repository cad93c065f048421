"""Plays sealed clips: decrypted chunk by chunk in memory, exact to the frame, never on disk.

Decoding is done here with PyAV and not by QMediaPlayer, because officers step frame by frame and
quote times. QMediaPlayer (Qt 6.12, its FFmpeg backend, fed by a QIODevice over the same file) played
our segments, but of four positions asked for it showed the frame itself once and the one before it
three times, it has no frame step, and it visits every fragment of a segment before the first picture
(a seventh of all bytes). Here the picture at ``t`` is the last frame with ``frame.time <= t``,
whatever was shown before, and a segment opens by the index at its end.

A segment that was damaged is played around its holes (``wounded.py``): what is lost shows no
picture and is told by :meth:`ClipPlayback.lost_at`.
"""

import io
import os
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, Protocol, Self, cast

from field_app.crypto.stanzas import AgeError
from field_app.crypto.suites import AnyIdentity, SealedReader
from field_app.media.containers import ClipFacts, comment, first_track, open_container, probe
from field_app.media.errors import Unplayable
from field_app.media.losses import Loss
from field_app.media.playback_sound import at_speed, healthy_sound, silence
from field_app.media.wounded import WoundedPart, open_wounded

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer
    from av import VideoFrame

__all__ = ["ClipFacts", "ClipPlayback", "PlaybackPart", "SealedClipFile", "comment", "open_clip",
           "probe"]

_FORWARD_S = 1.5
_HALF_TICK = 1e-4
_BROKEN = (AgeError, Unplayable, OSError)


class SealedClipFile(io.RawIOBase):
    """The plaintext of one sealed file as a read-only file object that can seek.

    Only the 64 KiB chunks touched are read and verified; a changed chunk raises ``AgeError``.
    """

    def __init__(self, file: BinaryIO, identities: Sequence[AnyIdentity]) -> None:
        self._file = file
        self._reader = SealedReader(file, identities)
        self._at = 0
        self._broken = False

    @classmethod
    def open(cls, path: Path, identities: Sequence[AnyIdentity]) -> Self:
        """Open a segment; ``OSError``, or ``AgeError`` when it is cut or not for us."""
        file = path.open("rb")
        try:
            return cls(file, identities)
        except BaseException:
            file.close()
            raise

    @property
    def size(self) -> int:
        return self._reader.size

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        base = {os.SEEK_SET: 0, os.SEEK_CUR: self._at, os.SEEK_END: self.size}[whence]
        if base + offset < 0:
            raise ValueError("before the beginning")
        if self._at != base + offset:
            self._at, self._broken = base + offset, False
        return self._at

    def tell(self) -> int:
        return self._at

    def readinto(self, buffer: "WriteableBuffer", /) -> int:
        if self.closed:
            raise ValueError("the file is closed")
        if self._broken:
            return 0  # Told once; a demuxer that asks again gets the end, not a second exception.
        view = memoryview(buffer).cast("B")
        try:
            data = self._reader.read_at(self._at, len(view))
        except AgeError:
            self._broken = True
            raise
        view[:len(data)] = data
        self._at += len(data)
        return len(data)

    def close(self) -> None:
        if not self.closed:
            self._file.close()
        super().close()


class _Open(Protocol):
    """A segment open for pictures."""

    @property
    def frame_s(self) -> float: ...

    def frame_at(self, t: float) -> "VideoFrame | None": ...

    def close(self) -> None: ...


class _Part:
    """One whole segment: decodes forward, seeks when the wish is behind or far ahead."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        try:
            self.container = open_container(file, quick=True)
        except BaseException:
            file.close()
            raise
        self._video = first_track(self.container.streams.video)
        self._frames: Iterator[VideoFrame] = iter(())
        self._shown: VideoFrame | None = None
        self._ahead: VideoFrame | None = None

    @property
    def frame_s(self) -> float:
        rate = self._video.average_rate if self._video is not None else None
        return float(1 / rate) if rate else 0.04

    def frame_at(self, t: float) -> "VideoFrame | None":
        if self._video is None:
            return None
        t += _HALF_TICK
        shown = self._shown
        if shown is None or not float(shown.time or 0) <= t < float(shown.time or 0) + _FORWARD_S:
            self._seek(t)
        while self._ahead is not None and float(self._ahead.time or 0) <= t:
            self._shown, self._ahead = self._ahead, next(self._frames, None)
        return self._shown or self._ahead

    def _seek(self, t: float) -> None:
        stream = self._video
        if stream is None or stream.time_base is None:
            return
        self.container.seek(max(0, int(t / stream.time_base)), stream=stream)
        self._frames = self.container.decode(stream)
        self._shown, self._ahead = None, next(self._frames, None)

    def close(self) -> None:
        self.container.close()
        self._file.close()


class _Gone:
    """A segment of which nothing plays."""

    frame_s = 0.04

    def frame_at(self, _t: float) -> None:
        return None

    def close(self) -> None:
        """Nothing is open."""


@dataclass(frozen=True)
class PlaybackPart:
    """One segment of a clip: how to open it and how long it is.

    ``salvage`` opens what is left when ``open`` or reading fails; None where that is unknown.
    """

    open: Callable[[], BinaryIO]
    duration_s: float
    salvage: Callable[[], WoundedPart] | None = None


class ClipPlayback:
    """Pictures and sound of a clip by time, across its segments; one part is open at a time.

    Any thread may call; calls wait for each other. A damaged segment raises nothing: its lost
    seconds have no picture, no sound, and are told by :meth:`lost_at`. A part without ``salvage``
    raises ``AgeError``, ``Unplayable`` or ``OSError`` instead.
    """

    def __init__(self, parts: Sequence[PlaybackPart]) -> None:
        if not parts:
            raise ValueError("a clip has a segment")
        self._parts = tuple(parts)
        self._lock = threading.Lock()
        self._open_number = -1
        self._part: _Open | None = None
        self._losses: dict[int, tuple[Loss, ...]] = {}

    @property
    def duration_s(self) -> float:
        return sum(part.duration_s for part in self._parts)

    @property
    def starts(self) -> tuple[float, ...]:
        """Where each segment begins, in seconds."""
        made, at = [], 0.0
        for part in self._parts:
            made.append(at)
            at += part.duration_s
        return tuple(made)

    @property
    def frame_s(self) -> float:
        """Length of one frame in seconds, by the first segment that plays."""
        with self._lock:
            for number in range(len(self._parts)):
                part = self._picture_part(number)
                if not isinstance(part, _Gone):
                    return part.frame_s
            return _Gone.frame_s

    @property
    def losses(self) -> tuple[tuple[float, float], ...]:
        """Seconds of the clip known to be lost so far, in order."""
        starts = self.starts
        return tuple((starts[n] + x.from_s, starts[n] + x.to_s)
                     for n, found in sorted(self._losses.items()) for x in found
                     if x.to_s > x.from_s)

    def lost_at(self, t: float) -> tuple[float, float] | None:
        """The lost span that ``t`` lies in; None where the clip plays."""
        return next(((a, b) for a, b in self.losses if a <= t + _HALF_TICK < b), None)

    def _find(self, t: float) -> tuple[int, float]:
        """The segment at ``t`` and the time inside it."""
        t = max(0.0, t)
        number = 0
        while number < len(self._parts) - 1 and t + _HALF_TICK >= self._parts[number].duration_s:
            t -= self._parts[number].duration_s
            number += 1
        return number, max(0.0, t)

    def _picture_part(self, number: int) -> _Open:
        if self._part is None or number != self._open_number:
            self._let_go()
            try:
                self._part = self._salvaged(number) if number in self._losses else _Part(
                    self._parts[number].open())
            except _BROKEN:
                if self._parts[number].salvage is None:
                    raise
                self._part = self._salvaged(number)
            self._open_number = number
        return self._part

    @staticmethod
    def _wounded(part: PlaybackPart) -> WoundedPart:
        if part.salvage is None:
            raise Unplayable("damaged")
        return part.salvage()

    def _salvaged(self, number: int) -> _Open:
        part = self._parts[number]
        try:
            made = self._wounded(part)
        except _BROKEN:
            self._losses[number] = (Loss(0.0, part.duration_s, 0, 0),)
            return _Gone()
        self._losses[number] = made.losses
        return made

    def _let_go(self) -> None:
        if self._part is not None:
            self._part.close()
            self._part = None

    def _frame(self, number: int, inside: float) -> "VideoFrame | None":
        try:
            return self._picture_part(number).frame_at(inside)
        except _BROKEN:
            if self._parts[number].salvage is None or number in self._losses:
                raise
            self._let_go()
            self._part, self._open_number = self._salvaged(number), number
            return self._part.frame_at(inside)

    def frame_at(self, t: float) -> tuple[int, int, bytes] | None:
        """Width, height and RGB bytes (3 a pixel) at ``t`` seconds; ``None`` without a picture."""
        with self._lock:
            frame = self._frame(*self._find(t))
            if frame is None:
                return None
            pixels: Any = frame.to_ndarray(format="rgb24")
            return frame.width, frame.height, pixels.tobytes()

    def sound_from(self, t: float, speed: float = 1.0, *,
                   exact: bool = False) -> Iterator[bytes]:
        """Sound from ``t`` on: 16-bit little-endian mono at 48 kHz in pieces, to the end.

        ``speed`` stretches time and keeps the pitch; lost seconds are silent. Each call opens its
        own readers; close the iterator when done with it. ``exact``: to the sample, opens slower.
        """
        pieces = self._pieces(t, exact=exact)
        return pieces if speed == 1.0 else at_speed(pieces, speed)

    def _pieces(self, t: float, *, exact: bool) -> Iterator[bytes]:
        number, inside = self._find(t)
        for index in range(number, len(self._parts)):
            given = 0
            try:
                for piece in healthy_sound(
                        self._parts[index].open(), inside, exact=exact):
                    given += len(piece)
                    yield piece
            except _BROKEN:
                if self._parts[index].salvage is None:
                    raise
                yield from self._rest(index, inside, given)
            inside = 0.0

    def _rest(self, number: int, inside: float, given: int) -> Iterator[bytes]:
        """What is left of a broken segment's sound after ``given`` bytes from ``inside`` on."""
        part = self._parts[number]
        at = inside + given / 96_000
        try:
            wounded = self._wounded(part)
        except _BROKEN:
            yield from silence(part.duration_s - at)
            return
        try:
            yield from wounded.sound_from(at)
        finally:
            wounded.close()

    def close(self) -> None:
        with self._lock:
            self._let_go()


def open_clip(paths: Sequence[tuple[Path, float]], identities: Sequence[AnyIdentity], *,
              sizes: Sequence[int] = ()) -> ClipPlayback:
    """Playback of sealed segments in order, each with its duration in seconds.

    ``sizes``: plaintext bytes of each as it was sealed; with them damage is played around.
    """
    keys = tuple(identities)

    def opener(path: Path) -> Callable[[], BinaryIO]:
        return lambda: cast(BinaryIO, SealedClipFile.open(path, keys))

    def salvager(path: Path, seconds: float, size: int) -> Callable[[], WoundedPart]:
        return lambda: open_wounded(path, keys, size=size, duration_s=seconds)

    known: Sequence[int | None] = sizes or [None] * len(paths)
    return ClipPlayback([
        PlaybackPart(opener(path), seconds,
                     None if size is None else salvager(path, seconds, size))
        for (path, seconds), size in zip(paths, known, strict=True)])
