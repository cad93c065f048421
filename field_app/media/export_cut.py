"""A span of a clip without encoding it again: whole fragments, from key frame to key frame."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, cast

from field_app.crypto.stanzas import AgeError
from field_app.errors import Cancelled
from field_app.media.clip import SAMPLE_RATE
from field_app.media.containers import first_track, open_container
from field_app.media.errors import ClipDamaged, MediaError, Unplayable
from field_app.media.export import CopyResult, CopyWriter

Progress = Callable[[float, float], None]
_RUN_IN_S = 1024 / SAMPLE_RATE
_HALF_TICK = 1e-4
_BUFFER = 4 << 20


class NothingInSpan(MediaError):
    """The span asked for holds neither picture nor sound."""


@dataclass(frozen=True)
class SourcePart:
    """One stretch of an original: what it is called, how it opens, its length in seconds."""

    name: str
    open: Callable[[], BinaryIO]
    duration_s: float


class _Piece:
    """The span of one segment, packet by packet into a file of its own."""

    def __init__(self, container: Any, writer: CopyWriter, *, begin: float, end: float) -> None:
        import av

        self._in = container
        self._begin, self._end = begin, end
        self._video = first_track(container.streams.video)
        self._audio = first_track(container.streams.audio)
        writer.open()
        self._out: Any = av.open(cast(Any, writer), "w", format="mp4", buffer_size=_BUFFER, options={
            "movflags": "empty_moov+delay_moov+default_base_moof"
            + ("+frag_keyframe" if self._video is not None else ""), "flush_packets": "1",
            **({} if self._video is not None else {"frag_duration": "1000000"})})
        self._to = {s.index: self._out.add_stream_from_template(s)
                    for s in (self._video, self._audio) if s is not None}
        self.start: float | None = None
        self.stop = end
        self.frames = 0
        self._last = self._key = 0.0
        self._late: list[Any] = []
        self._given: dict[int, int] = {}

    @property
    def tracks(self) -> tuple[bool, bool]:
        return self._video is not None, self._audio is not None

    def _mux(self, packet: Any) -> None:
        if self.start is None:
            return
        index, shift = packet.stream.index, round(self.start / packet.time_base)
        packet.dts = (packet.dts if packet.dts is not None else packet.pts) - shift
        packet.pts -= shift
        if packet.dts <= self._given.get(index, packet.dts - 1):
            return  # After a seek the demuxer may hand out a packet a second time.
        self._given[index] = packet.dts
        packet.stream = self._to[index]
        self._out.mux(packet)

    def run(self, tick: Callable[[float], None]) -> None:
        """Copy all packets of the span."""
        lead = self._video or self._audio
        if lead is None:
            raise NothingInSpan("no track")
        self._key = self._key_before(lead)
        self._seek(lead)
        ended = False
        for packet in self._in.demux([s for s in (self._video, self._audio) if s is not None]):
            if packet.pts is None or packet.time_base is None:
                continue
            at = float(packet.pts * packet.time_base)
            tick(at)
            if packet.stream is lead:
                if not ended and self._lead(packet, at):
                    ended = True
                    self._flush(ended=True)
            else:
                self._beside(packet, at, ended)
            if ended and (self._audio is None or at > self.stop + 2.0):
                break
        self._flush(ended=ended)
        self._out.close()

    def _seek(self, lead: Any) -> None:
        self._in.seek(max(0, int(self._begin / lead.time_base)), stream=lead)

    def _key_before(self, lead: Any) -> float:
        """The last key frame at or before the beginning; a seek may land on an earlier one."""
        self._seek(lead)
        found = 0.0
        for packet in self._in.demux(lead):
            if packet.pts is None or not packet.is_keyframe:
                continue
            at = float(packet.pts * packet.time_base)
            if at > self._begin + _HALF_TICK:
                break
            found = at
        return found

    def _lead(self, packet: Any, at: float) -> bool:
        """Take a packet of the leading track; whether the span ends before it."""
        if at >= self._end - _HALF_TICK and packet.is_keyframe and self.start is not None:
            self.stop = at
            return True
        lead_in = _RUN_IN_S if self._video is None else 0.0
        if self.start is None and at < self._key - lead_in - _HALF_TICK:
            return False
        if self.start is None:
            self.start = max(0.0, at if self._video is not None else max(at, self._begin))
            for held in self._late:
                self._sound(held)
            self._late.clear()
        self.frames += self._video is not None
        self._last = at + float((packet.duration or 0) * packet.time_base)
        self._mux(packet)
        return False

    def _beside(self, packet: Any, at: float, ended: bool) -> None:
        if self.start is None or (at >= self._end - _HALF_TICK and not ended):
            self._late.append(packet)  # Where the picture begins or ends is not known yet.
        else:
            self._sound(packet)

    def _sound(self, packet: Any) -> None:
        at = float(packet.pts * packet.time_base) + _HALF_TICK
        if self.start is not None and self.start - _RUN_IN_S <= at < self.stop:
            self._mux(packet)

    def _flush(self, *, ended: bool) -> None:
        """What was held back, now that the end is known: the last frame's if no key frame came."""
        if not ended and self._video is not None:
            self.stop = self._last
        for packet in self._late:
            self._sound(packet)
        self._late.clear()


def cut(parts: Sequence[SourcePart], writer: CopyWriter, *,
        from_s: float, to_s: float, progress: Progress = lambda _done, _all: None,
        cancelled: Callable[[], bool] = lambda: False) -> CopyResult:
    """Copy ``from_s`` to ``to_s``, widened to whole fragments, one file for each segment touched.

    Raises :class:`ClipDamaged` where the original cannot be read, :class:`NothingInSpan`,
    ``Cancelled``, ``OSError`` when the disk is full. The caller commits or discards ``writer``.
    """
    tracks, base = (False, False), 0.0
    for part in parts:
        begin, end = max(0.0, from_s - base), min(part.duration_s, to_s - base)
        if end - begin > _HALF_TICK:
            here = _cut_part(part, writer, begin=begin, end=end, base=base,
                             tick=_ticker(base, from_s, to_s, progress, cancelled))
            tracks = (tracks[0] or here[0], tracks[1] or here[1])
        base += part.duration_s
    if not writer.segments:
        raise NothingInSpan(f"{from_s}..{to_s}")
    return CopyResult(tuple(writer.segments), *tracks)


def _ticker(base: float, from_s: float, to_s: float, progress: Progress,
            cancelled: Callable[[], bool]) -> Callable[[float], None]:
    def tick(at: float) -> None:
        if cancelled():
            raise Cancelled
        progress(min(max(base + at - from_s, 0.0), to_s - from_s), to_s - from_s)

    return tick


def _cut_part(part: SourcePart, writer: CopyWriter, *,
              begin: float, end: float, base: float,
              tick: Callable[[float], None]) -> tuple[bool, bool]:
    import av

    try:
        file = part.open()
    except (OSError, AgeError) as error:
        raise ClipDamaged(Path(part.name), fact=str(error)) from error
    with file:
        try:
            with open_container(file) as container:
                piece = _Piece(container, writer, begin=begin, end=end)
                piece.run(tick)
        except (AgeError, Unplayable, av.error.FFmpegError) as error:
            raise ClipDamaged(Path(part.name), fact=str(error)) from error
    start = piece.start if piece.start is not None else begin
    writer.close(from_s=base + start, to_s=base + min(piece.stop, part.duration_s),
                 frames=piece.frames)
    return piece.tracks
