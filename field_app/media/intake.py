"""Takes what camera and microphone deliver onto the clip's timeline, and remembers what it was like."""

import time
from collections import deque
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from field_app.domain.clock import Moment
from field_app.media.camera import CameraSource, Fitted
from field_app.media.clip import SAMPLE_RATE, Gap, GapKind, RecordingPlan
from field_app.media.gaps import GapWatch
from field_app.media.microphone import MicrophoneSource, SoundBlock, loudness_db
from field_app.media.pictures import black, look
from field_app.media.stopwatch import Stopwatch
from field_app.media.timeline import (
    BLANK_AFTER_S,
    SETTLE_S,
    FrameTimeline,
    PictureLine,
    SoundTimeline,
)

if TYPE_CHECKING:
    import numpy as np
    from av import VideoFrame
    from numpy.typing import NDArray

QUIET_DB = -70.0
# Luma of a covered lens: black is 16, a dark room with a lamp somewhere is far above.
DARK = 22.0
_METER_BLOCKS = 3
_LOOK_EVERY_NS = 200_000_000


class Senses:
    """When something was last well, on ``time.monotonic_ns``; read by the watchdog's thread."""

    def __init__(self, now_ns: int) -> None:
        self.frame_ns = self.changed_ns = self.bright_ns = self.loud_ns = now_ns
        self.size: tuple[int, int] | None = None
        self._sum: int | None = None
        self._looked_ns = 0

    def see(self, frame: "VideoFrame", mono_ns: int) -> None:
        """Look at a fitted picture, five times a second at most."""
        self.frame_ns = mono_ns
        if mono_ns - self._looked_ns < _LOOK_EVERY_NS:
            return
        self._looked_ns = mono_ns
        seen = look(frame)
        if seen.sum != self._sum:
            self._sum, self.changed_ns = seen.sum, mono_ns
        if seen.brightness > DARK:
            self.bright_ns = mono_ns


class Intake:
    """Both devices of a recording; used by its thread, looked at by others."""

    def __init__(self, plan: RecordingPlan, *, camera: CameraSource | None,
                 microphone: MicrophoneSource | None, watch: Stopwatch,
                 gap_closed: Callable[[Gap], None],
                 resized: Callable[[int, int, int], None]) -> None:
        self.camera = camera
        self.microphone = microphone
        self.level_db = -120.0
        self._fps = plan.fps
        self._watch = watch
        self._gaps = GapWatch(gap_closed)
        self._resized = resized
        self._meter: deque[SoundBlock] = deque(maxlen=_METER_BLOCKS)
        self._black = black(plan.width, plan.height)
        self._last: VideoFrame | None = None
        waiting = camera.take() if camera is not None else []
        self.zero_ns = waiting[-1].mono_ns if waiting else time.monotonic_ns()
        self._missed_before = camera.missed if camera is not None else 0
        self.senses = Senses(self.zero_ns)
        self.pictures = PictureLine(FrameTimeline(zero_ns=self.zero_ns, fps=plan.fps))
        self._sound = SoundTimeline(zero_ns=self.zero_ns)
        for frame in waiting[-1:]:
            self._admit(frame)

    @property
    def dropped(self) -> int:
        """Frames that found no slot, or that nobody took in time."""
        missed = self.camera.missed - self._missed_before if self.camera is not None else 0
        return self.pictures.dropped + missed

    def take(self, now_ns: int) -> None:
        """Take all that came since the last call and fill what stayed away too long."""
        self._take_frames(now_ns)
        self._take_sound(now_ns)

    def _take_frames(self, now_ns: int) -> None:
        if self.camera is None:
            return
        for frame in self.camera.take():
            self._admit(frame)
        overdue = self.pictures.times.overdue(now_ns)
        if overdue:
            self._fill(overdue, now_ns)

    def _admit(self, frame: Fitted) -> None:
        fill = self.pictures.admit(frame.mono_ns)
        if fill is None:
            return
        self._fill(fill, frame.mono_ns)
        self._gaps.over(GapKind.CAMERA, partial(self._watch.moment, frame.mono_ns))
        if frame.size != self.senses.size:
            if self.senses.size is not None:
                self._resized(*frame.size, frame.mono_ns)
            self.senses.size = frame.size
        self._last = frame.picture
        self.senses.see(self._last, frame.mono_ns)
        self.pictures.add(self._last)

    def _fill(self, count: int, until_ns: int) -> None:
        last_ns = self.senses.frame_ns
        if until_ns - last_ns > BLANK_AFTER_S * 1e9:
            self._gaps.begun(GapKind.CAMERA, partial(self._watch.moment, last_ns))
            self._last = None
        if self._last is None:
            self.pictures.darken(self._black, count)
        else:
            self.pictures.repeat(self._last, count)

    def _take_sound(self, now_ns: int) -> None:
        if self.microphone is None:
            return
        blocks = self.microphone.take()
        for block in blocks:
            self._sound.admit(block)
        if blocks:
            self._hear(blocks, now_ns)
        heard_ns = self.zero_ns + self._sound.end * 1_000_000_000 // SAMPLE_RATE
        if self._sound.overdue(now_ns):
            self.level_db = -120.0
            self._gaps.begun(GapKind.MICROPHONE, partial(self._watch.moment, heard_ns))

    def _hear(self, blocks: list[SoundBlock], now_ns: int) -> None:
        self._meter.extend(blocks)
        self.level_db = loudness_db([block.samples for block in self._meter])
        if self.level_db > QUIET_DB:
            self.senses.loud_ns = now_ns
        self._gaps.over(GapKind.MICROPHONE, partial(self._watch.moment, blocks[0].mono_ns))

    def ready(self, slot: int, now_ns: int) -> bool:
        """Whether picture and sound of ``slot`` are there and late pictures had their time."""
        if self.camera is not None:
            settled_ns = self.moment_ns(slot + 1) + round(SETTLE_S * 1e9)
            if not self.pictures or now_ns < settled_ns:
                return False
        per_slot = SAMPLE_RATE // self._fps
        return self.microphone is None or self._sound.end >= (slot + 1) * per_slot

    def slot(self, slot: int) -> "tuple[VideoFrame | None, NDArray[np.int16] | None]":
        """Picture and samples of a slot that is ready."""
        frame = self.pictures.take() if self.camera is not None else None
        if self.microphone is None:
            return frame, None
        return frame, self._sound.take((slot + 1) * (SAMPLE_RATE // self._fps))

    def moment_ns(self, slot: int) -> int:
        """When a slot begins, on ``time.monotonic_ns``."""
        return self.zero_ns + slot * 1_000_000_000 // self._fps

    def begin_at(self, slot: int) -> None:
        """Count from ``slot`` on: it becomes the clip's zero."""
        if slot:
            self.zero_ns = self.moment_ns(slot)
            self.pictures.times = self.pictures.times.moved(slot)
            self._sound.moved(slot * (SAMPLE_RATE // self._fps))

    def resume(self, now_ns: int, slot: int) -> None:
        """Go on with ``slot`` at ``now_ns`` as if the time before had not been."""
        self.zero_ns = now_ns - slot * 1_000_000_000 // self._fps
        self.senses = Senses(now_ns)
        self.pictures.clear()
        self._last = None
        self.pictures.times = FrameTimeline(zero_ns=self.zero_ns, fps=self._fps, slot=slot)
        self._sound = SoundTimeline(zero_ns=self.zero_ns, start=slot * SAMPLE_RATE // self._fps)

    def end(self, moment: Moment) -> None:
        """The recording ends: so do open gaps."""
        self._gaps.end(moment)

    def close(self) -> None:
        """Let go of the devices."""
        for source in (self.camera, self.microphone):
            if source is not None:
                source.close()
