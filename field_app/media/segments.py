"""Cuts an even run of slots into sealed segments, each a file of its own."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from field_app.crypto.appender import SealedFile
from field_app.domain.clock import Moment
from field_app.media import notes as notes_of
from field_app.media.clip import RecordingPlan, Segment, segment_path
from field_app.media.encoder import SegmentEncoder
from field_app.media.preroll import Kept
from field_app.media.sealing import Sealer

if TYPE_CHECKING:
    import numpy as np
    from av import VideoFrame
    from numpy.typing import NDArray


class SegmentWriter:
    """Encodes slots one after another; ``moment_of_slot`` tells when slot ``k`` was."""

    def __init__(self, plan: RecordingPlan, *, sealer: Sealer,
                 moment_of_slot: Callable[[int], Moment]) -> None:
        self._plan = plan
        self._sealer = sealer
        self._moment_of_slot = moment_of_slot
        self._encoder: SegmentEncoder | None = None
        self.slot = 0
        self.number = 0
        self.paths: list[Path] = []
        self.sealed: list[Segment] = []

    def add_slot(self, frame: "VideoFrame | None", samples: "NDArray[np.int16] | None") -> None:
        """Encode the next slot, in a new segment when the present one is full."""
        encoder = self._encoder
        if encoder is None or self._is_full(encoder):
            self.cut()
            encoder = self._encoder = self._open()
        encoder.add_slot(frame, samples)
        self.slot += 1

    def add_kept(self, kept: Kept) -> None:
        """Write a pre-roll as the clip's first segment, a file of its own."""
        encoder = self._encoder = self._open(kept)
        encoder.add_kept(kept)
        self.slot += kept.slots
        self.cut()

    def _is_full(self, encoder: SegmentEncoder) -> bool:
        return (encoder.slots >= self._plan.segment_seconds * self._plan.fps
                or encoder.size >= self._plan.segment_bytes)

    def _open(self, kept: Kept | None = None) -> SegmentEncoder:
        self.number += 1
        started = self._started = self._moment_of_slot(self.slot)
        path = segment_path(self._plan.folder, self._plan.clip_id, self.number)
        self._sealer.open(path)
        self.paths.append(path)
        self._sealer.note(notes_of.segment_line(self.number, started))
        return SegmentEncoder(
            self._plan, number=self.number, started=started, sink=self._sealer.write,
            fragment_done=self._sealer.checkpoint, kept=kept)

    def cut(self) -> None:
        """Close the present segment, if any; the next slot begins a new one."""
        encoder, self._encoder = self._encoder, None
        if encoder is not None:
            encoder.close()
            self._sealer.close_segment(self._closer(encoder))

    def _closer(self, encoder: SegmentEncoder) -> Callable[[SealedFile], bytes]:
        number, started, ended = self.number, self._started, self._moment_of_slot(self.slot)
        frames = encoder.slots if self._plan.camera is not None else 0
        duration_s = encoder.slots / self._plan.fps

        def closed(done: SealedFile) -> bytes:
            segment = Segment(
                number=number, path=done.path, size=done.size, sha256=done.sha256,
                ct_size=done.ct_size, ct_sha256=done.ct_sha256, started=started, ended=ended,
                frames=frames, duration_s=duration_s, sm3=done.sm3)
            self.sealed.append(segment)
            return notes_of.sealed_line(segment)

        return closed
