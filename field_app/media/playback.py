"""Plays sealed clips: decrypted chunk by chunk in memory, exact to the frame, never on disk.

Decoding is done here with PyAV and not by QMediaPlayer, because officers step frame by frame and
quote times. QMediaPlayer (Qt 6.12, its FFmpeg backend, fed by a QIODevice over the same file) played
our segments, but of four positions asked for it showed the frame itself once and the one before it
three times, it has no frame step, and it visits every fragment of a segment before the first picture
(a seventh of all bytes). Here the picture at ``t`` is the last frame with ``frame.time <= t``,
whatever was shown before, and a segment opens by the index at its end.
"""

import io
import os
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, Self, cast

from field_app.crypto.age import AgeReader
from field_app.crypto.age_keys import Identity
from field_app.media.clip import SAMPLE_RATE
from field_app.media.errors import Unplayable

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer
    from av import VideoFrame
    from av.container import InputContainer

_FORWARD_S = 1.5
_HALF_TICK = 1e-4


class SealedClipFile(io.RawIOBase):
    """The plaintext of one sealed file as a read-only file object that can seek.

    Only the 64 KiB chunks touched are read and verified; a changed chunk raises ``AgeError``.
    """

    def __init__(self, file: BinaryIO, identities: Sequence[Identity]) -> None:
        self._file = file
        self._reader = AgeReader(file, identities)
        self._at = 0

    @classmethod
    def open(cls, path: Path, identities: Sequence[Identity]) -> Self:
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
        self._at = base + offset
        return self._at

    def tell(self) -> int:
        return self._at

    def readinto(self, buffer: "WriteableBuffer", /) -> int:
        if self.closed:
            raise ValueError("the file is closed")
        view = memoryview(buffer).cast("B")
        data = self._reader.read_at(self._at, len(view))
        view[:len(data)] = data
        self._at += len(data)
        return len(data)

    def close(self) -> None:
        if not self.closed:
            self._file.close()
        super().close()


@dataclass(frozen=True)
class ClipFacts:
    """What a file really holds; ``None`` codecs where there is no such track."""

    duration_s: float
    video_codec: str | None
    audio_codec: str | None
    frames: int
    fps: float
    width: int
    height: int


def _open_container(file: BinaryIO, *, quick: bool = False) -> "InputContainer":
    """Open a file for decoding; ``Unplayable`` when it is no media file.

    ``quick`` takes the fragments' places from the index at the end instead of visiting each.
    """
    import av

    try:
        # The container format is told, so that no other demuxer ever sees these bytes.
        return av.open(file, "r", format="mp4",
                       options={"use_mfra_for": "pts"} if quick and _has_index(file) else {})
    except av.error.FFmpegError as error:
        raise Unplayable(type(error).__name__) from error


def _has_index(file: BinaryIO) -> bool:
    size = file.seek(0, os.SEEK_END)
    if size < 16:
        return False
    file.seek(size - 16)
    found = file.read(16)[4:8] == b"mfro"
    file.seek(0)
    return found


def probe(file: BinaryIO) -> ClipFacts:
    """Read every packet of a media file and tell what is there; ``Unplayable`` if it is none."""
    import av

    frames, end_s = 0, 0.0
    with _open_container(file) as container:
        video = next(iter(container.streams.video), None)
        audio = next(iter(container.streams.audio), None)
        try:
            for packet in container.demux():
                if packet.pts is None or packet.time_base is None:
                    continue
                frames += packet.stream is video
                if packet.stream is video or video is None:
                    end_s = max(end_s, float((packet.pts + (packet.duration or 0))
                                             * packet.time_base))
        except av.error.FFmpegError as error:
            raise Unplayable(type(error).__name__) from error
        return ClipFacts(
            duration_s=end_s, frames=frames,
            video_codec=video.codec_context.name if video is not None else None,
            audio_codec=audio.codec_context.name if audio is not None else None,
            fps=float(video.average_rate or 0) if video else 0.0,
            width=video.width if video else 0, height=video.height if video else 0)


def comment(file: BinaryIO) -> str:
    """What the recorder wrote into the file's header; empty when there is nothing."""
    with _open_container(file, quick=True) as container:
        return str(container.metadata.get("comment", ""))


class _Part:
    """One open segment: decodes forward, seeks when the wish is behind or far ahead."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self.container = _open_container(file, quick=True)
        self._video = next(iter(self.container.streams.video), None)
        self.audio = next(iter(self.container.streams.audio), None)
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


@dataclass(frozen=True)
class PlaybackPart:
    """One segment of a clip: how to open it and how long it is."""

    open: Callable[[], BinaryIO]
    duration_s: float


class ClipPlayback:
    """Pictures and sound of a clip by time, across its segments; one part is open at a time.

    Any thread may call; calls wait for each other. Raises ``AgeError``, ``Unplayable`` or
    ``OSError`` when a segment does not open.
    """

    def __init__(self, parts: Sequence[PlaybackPart]) -> None:
        if not parts:
            raise ValueError("a clip has a segment")
        self._parts = tuple(parts)
        self._lock = threading.Lock()
        self._open_number = -1
        self._part: _Part | None = None

    @property
    def duration_s(self) -> float:
        return sum(part.duration_s for part in self._parts)

    @property
    def frame_s(self) -> float:
        """Length of one frame in seconds."""
        with self._lock:
            return self._picture_part(0).frame_s

    def _find(self, t: float) -> tuple[int, float]:
        """The segment at ``t`` and the time inside it."""
        t = max(0.0, t)
        number = 0
        while number < len(self._parts) - 1 and t >= self._parts[number].duration_s:
            t -= self._parts[number].duration_s
            number += 1
        return number, t

    def _picture_part(self, number: int) -> _Part:
        if self._part is None or number != self._open_number:
            if self._part is not None:
                self._part.close()
                self._part = None
            self._part = _Part(self._parts[number].open())
            self._open_number = number
        return self._part

    def frame_at(self, t: float) -> tuple[int, int, bytes] | None:
        """Width, height and RGB bytes (3 a pixel) at ``t`` seconds; ``None`` without a picture."""
        with self._lock:
            number, inside = self._find(t)
            frame = self._picture_part(number).frame_at(inside)
            if frame is None:
                return None
            pixels: Any = frame.to_ndarray(format="rgb24")
            return frame.width, frame.height, pixels.tobytes()

    def sound_from(self, t: float) -> Iterator[bytes]:
        """Sound from ``t`` on: 16-bit little-endian mono at 48 kHz in pieces, to the end.

        Each call opens its own reader; close the iterator when done with it.
        """
        number, inside = self._find(t)
        for part in self._parts[number:]:
            yield from _sound_of(part.open(), inside)
            inside = 0.0

    def close(self) -> None:
        with self._lock:
            if self._part is not None:
                self._part.close()
                self._part = None


def _sound_of(file: BinaryIO, t: float) -> Iterator[bytes]:
    from av import AudioResampler

    with file, _open_container(file, quick=True) as container:
        stream = next(iter(container.streams.audio), None)
        if stream is None or stream.time_base is None:
            return
        container.seek(max(0, int(t / stream.time_base)), stream=stream)
        resampler = AudioResampler(format="s16", layout="mono", rate=SAMPLE_RATE)
        for frame in container.decode(stream):
            start = float(frame.time or 0)
            for plain in resampler.resample(frame):
                skip = max(0, round((t - start) * SAMPLE_RATE))
                samples: Any = plain.to_ndarray()
                if skip < samples.shape[1]:
                    yield samples[0, skip:].astype("<i2").tobytes()


def open_clip(paths: Sequence[tuple[Path, float]],
              identities: Sequence[Identity]) -> ClipPlayback:
    """Playback of sealed segments in order, each with its duration in seconds."""
    keys = tuple(identities)

    def opener(path: Path) -> Callable[[], BinaryIO]:
        return lambda: cast(BinaryIO, SealedClipFile.open(path, keys))

    return ClipPlayback([PlaybackPart(opener(path), seconds) for path, seconds in paths])
