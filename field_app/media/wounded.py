"""A damaged segment, played around its holes: each whole fragment is decoded by itself."""

import io
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, cast

from field_app.crypto.salvage import SalvageReader
from field_app.crypto.suites import AnyIdentity
from field_app.media.clip import SAMPLE_RATE
from field_app.media.containers import first_track, open_container
from field_app.media.errors import Unplayable
from field_app.media.fragment_walk import Fragment, Fragments, walk
from field_app.media.losses import Loss, losses_of
from field_app.media.playback_sound import silence
from field_app.media.zeroed import ZeroedFile

if TYPE_CHECKING:
    from av import VideoFrame

_HALF_TICK = 1e-4


class WoundedPart:
    """Pictures and sound of what is left. ``losses``: what is not."""

    def __init__(self, file: BinaryIO, reader: SalvageReader, *, duration_s: float) -> None:
        self._file = file
        self._reader = reader
        self._duration_s = duration_s
        self.losses: tuple[Loss, ...] = losses_of(reader, duration_s=duration_s)
        self._places = walk(reader)
        if self._places is None and self._all_is_lost():
            raise Unplayable("nothing is left")
        self._shown: tuple[float, list[VideoFrame]] = (-1.0, [])
        self.frame_s = 0.04

    def _all_is_lost(self) -> bool:
        return any(x.from_s <= 0 and x.to_s >= self._duration_s for x in self.losses)

    def _lost(self, t: float) -> bool:
        return any(x.from_s <= t + _HALF_TICK < x.to_s for x in self.losses)

    def _fragment_bytes(self, places: Fragments, one: Fragment) -> bytes | None:
        data = self._reader.read_at(one.offset, one.length)
        return None if data is None else places.head + data

    def frame_at(self, t: float) -> "VideoFrame | None":
        """The last frame at or before ``t``; None where that is lost or there is no picture."""
        if self._lost(t):
            return None
        if self._places is None:
            return self._of_ordinary_file(t)
        begun = [f for f in self._places.found if f.start_s <= t + _HALF_TICK]
        if not begun:
            return None
        if self._shown[0] != begun[-1].start_s:
            data = self._fragment_bytes(self._places, begun[-1])
            self._shown = (begun[-1].start_s, [] if data is None else _pictures(data))
        before = [f for f in self._shown[1] if float(f.time or 0) <= t + _HALF_TICK]
        return before[-1] if before else None

    def _of_ordinary_file(self, t: float) -> "VideoFrame | None":
        import av

        found: VideoFrame | None = None
        try:
            with open_container(ZeroedFile(self._reader)) as container:
                stream = first_track(container.streams.video)
                if stream is None or stream.time_base is None:
                    return None
                container.seek(max(0, int(t / stream.time_base)), stream=stream)
                for frame in container.decode(stream):
                    if found is not None and float(frame.time or 0) > t + _HALF_TICK:
                        break
                    found = frame
        except (av.error.FFmpegError, Unplayable):
            return found
        return found

    def sound_from(self, t: float) -> Iterator[bytes]:
        """Sound from ``t`` to the end, silent where it is lost."""
        position = round(t * SAMPLE_RATE)
        for start, samples in self._samples(t):
            begin = round(start * SAMPLE_RATE)
            if begin > position:
                yield from silence((begin - position) / SAMPLE_RATE)
                position = begin
            skip = position - begin
            if skip < len(samples):
                yield samples[skip:].astype("<i2").tobytes()
                position = begin + len(samples)
        yield from silence(self._duration_s - position / SAMPLE_RATE)

    def _samples(self, t: float) -> Iterator[tuple[float, Any]]:
        if self._places is None:
            return
        for one in self._places.found:
            if one.start_s + 2.0 < t:
                continue
            data = self._fragment_bytes(self._places, one)
            if data is not None:
                yield from _sounds(data)

    def close(self) -> None:
        self._file.close()


def _pictures(data: bytes) -> "list[VideoFrame]":
    import av

    made: list[VideoFrame] = []
    try:
        with open_container(io.BytesIO(data)) as container:
            stream = first_track(container.streams.video)
            if stream is not None:
                made.extend(container.decode(stream))
    except (av.error.FFmpegError, Unplayable):
        return made
    return made


def _sounds(data: bytes) -> Iterator[tuple[float, Any]]:
    """When, and samples, of each piece of sound in one fragment."""
    import av
    from av import AudioResampler

    try:
        with open_container(io.BytesIO(data)) as container:
            stream = first_track(container.streams.audio)
            if stream is None:
                return
            resampler = AudioResampler(format="s16", layout="mono", rate=SAMPLE_RATE)
            for frame in container.decode(stream):
                for plain in resampler.resample(frame):
                    samples: Any = plain.to_ndarray()
                    yield float(frame.time or 0), samples[0]
    except (av.error.FFmpegError, Unplayable):
        return


def open_wounded(path: Path, identities: Sequence[AnyIdentity], *, size: int,
                 duration_s: float) -> WoundedPart:
    """What is left of a sealed segment that had ``size`` plaintext bytes.

    ``OSError`` when it is missing, ``AgeError`` when its head is unreadable, :class:`Unplayable`
    when nothing of it plays.
    """
    file = path.open("rb")
    try:
        reader = SalvageReader(cast(BinaryIO, file), identities, size=size)
        return WoundedPart(cast(BinaryIO, file), reader, duration_s=duration_s)
    except BaseException:
        file.close()
        raise
