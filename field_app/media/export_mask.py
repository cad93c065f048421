"""A copy in which areas are blurred, spans muted or words burnt in: encoded again."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from field_app.crypto.suites import AnyRecipient
from field_app.domain.clock import Clock
from field_app.domain.ids import ClipId
from field_app.errors import Cancelled
from field_app.media.clip import SAMPLE_RATE, SEGMENT_BYTES, SEGMENT_SECONDS, RecordingPlan
from field_app.media.encoder import SegmentEncoder
from field_app.media.export import CopyResult, CopyWriter
from field_app.media.export_cut import NothingInSpan, Progress
from field_app.media.masks import BurntLine, Masks, blur, mute
from field_app.media.pictures import picture
from field_app.media.playback import ClipPlayback

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

# The encoder is told of no folder: its bytes go to the copy's own writer.
_NOWHERE = Path()
_RATES = (25, 30, 24, 50, 60, 20, 15, 10, 12, 16)


def _rate(frame_s: float) -> int:
    """The even frame rate nearest to the original's."""
    return min(_RATES, key=lambda rate: abs(rate - 1 / frame_s))


class _Samples:
    """A clip's sound, handed out in equal amounts; silence after its end."""

    def __init__(self, pieces: Iterator[bytes]) -> None:
        self._pieces = pieces
        self._rest = b""

    def take(self, count: int) -> "NDArray[np.int16]":
        import numpy as np

        while len(self._rest) < 2 * count:
            piece = next(self._pieces, None)
            if piece is None:
                self._rest = self._rest.ljust(2 * count, b"\0")
                break
            self._rest += piece
        taken, self._rest = self._rest[:2 * count], self._rest[2 * count:]
        return np.frombuffer(taken, "<i2").astype(np.int16)


class _Masking:
    """One run from ``from_s`` to ``to_s``."""

    def __init__(self, source: ClipPlayback, writer: CopyWriter, masks: Masks, *, copy_id: ClipId,
                 from_s: float, to_s: float, recipients: tuple[AnyRecipient, ...],
                 clock: Clock) -> None:
        self._source, self._writer, self._masks = source, writer, masks
        self._clock = clock
        first = source.frame_at(from_s)
        self.has_video = first is not None or source.lost_at(from_s) is not None
        self.has_audio = next(source.sound_from(from_s), None) is not None
        if not self.has_video and not self.has_audio:
            raise NothingInSpan("neither picture nor sound")
        self._size = (first[0] & ~1, first[1] & ~1) if first is not None else (1280, 720)
        fps = _rate(source.frame_s)
        self._plan = RecordingPlan(
            clip_id=copy_id, folder=_NOWHERE, recipients=recipients, clock=clock,
            camera=0 if self.has_video else None, microphone="" if self.has_audio else None,
            width=self._size[0], height=self._size[1], fps=fps)
        self._first = round(from_s * fps)
        self._count = max(1, round(to_s * fps) - self._first)
        self._areas = tuple(a for area in masks.areas
                            if (a := area.inside(*self._size)) is not None)
        self._line = BurntLine(*self._size) if masks.line is not None else None

    def run(self, progress: Progress, cancelled: Callable[[], bool]) -> None:
        fps, encoder, begun = self._plan.fps, None, 0
        samples = _Samples(self._source.sound_from(self._first / fps, exact=True))
        for index in range(self._count):
            if cancelled():
                raise Cancelled
            if encoder is not None and self._full(encoder):
                self._close(encoder, begun)
                encoder = None
            if encoder is None:
                begun, encoder = index, self._open()
            at = (self._first + index) / fps
            sound = samples.take(SAMPLE_RATE // fps)
            mute(sound, at, self._masks.muted, SAMPLE_RATE)
            encoder.add_slot(self._picture(at) if self.has_video else None, sound)
            progress(index / fps, self._count / fps)
        if encoder is not None:
            self._close(encoder, begun)

    def _open(self) -> SegmentEncoder:
        self._writer.open()
        return SegmentEncoder(
            self._plan, number=len(self._writer.segments) + 1, started=self._clock.now(),
            sink=self._sink, fragment_done=lambda: None)

    def _sink(self, data: bytes) -> None:
        self._writer.write(data)

    def _full(self, encoder: SegmentEncoder) -> bool:
        return (encoder.slots >= SEGMENT_SECONDS * self._plan.fps
                or encoder.size >= SEGMENT_BYTES)

    def _close(self, encoder: SegmentEncoder, begun: int) -> None:
        encoder.close()
        fps = self._plan.fps
        begin = self._first + begun
        self._writer.close(from_s=begin / fps, to_s=(begin + encoder.slots) / fps,
                           frames=encoder.slots if self.has_video else 0)

    def _picture(self, at: float) -> Any:
        import cv2
        import numpy as np

        width, height = self._size
        got = self._source.frame_at(at)
        if got is None:
            image: Any = np.zeros((height, width, 3), np.uint8)
        else:
            rgb = np.frombuffer(got[2], np.uint8).reshape(got[1], got[0], 3)
            image = cv2.cvtColor(rgb[:height, :width], cv2.COLOR_RGB2BGR)
        blur(image, [a for a in self._areas if a.from_s <= at < a.to_s])
        if self._line is not None and self._masks.line is not None:
            self._line.draw(image, self._masks.line(at))
        return picture(image, width=width, height=height)


def mask(source: ClipPlayback, writer: CopyWriter, masks: Masks, *, copy_id: ClipId,
         from_s: float, to_s: float, recipients: tuple[AnyRecipient, ...], clock: Clock,
         progress: Progress = lambda _done, _all: None,
         cancelled: Callable[[], bool] = lambda: False) -> CopyResult:
    """Encode ``from_s`` to ``to_s`` again with ``masks``; lost seconds are black and silent.

    Raises :class:`NothingInSpan`, ``Cancelled``, ``OSError`` when the disk is full. The caller
    commits or discards ``writer``.
    """
    run = _Masking(source, writer, masks, copy_id=copy_id, from_s=from_s, to_s=to_s,
                   recipients=recipients, clock=clock)
    run.run(progress, cancelled)
    return CopyResult(tuple(writer.segments), run.has_video, run.has_audio)
