"""One running recording: the thread that turns what devices deliver into an even clip."""

import errno
import shutil
import threading
import time
from collections import deque
from functools import partial
from typing import TYPE_CHECKING

from field_app import logs
from field_app.domain.clock import Moment
from field_app.media import notes as notes_of
from field_app.media.camera import CameraSource, Frame
from field_app.media.clip import (
    SAMPLE_RATE,
    ClipResult,
    Gap,
    GapKind,
    Mark,
    RecordingPlan,
    notes_path,
)
from field_app.media.encoder import black, picture
from field_app.media.gaps import GapWatch
from field_app.media.microphone import MicrophoneSource, SoundBlock, loudness_db
from field_app.media.sealing import Sealer
from field_app.media.segments import SegmentWriter
from field_app.media.stopwatch import Stopwatch
from field_app.media.timeline import BLANK_AFTER_S, FrameTimeline, SoundTimeline

if TYPE_CHECKING:
    from av import VideoFrame

_TICK_S = 0.02
_SILENT_DB = -60.0
_SILENT_AFTER_S = 5.0
_METER_BLOCKS = 5
_BEHIND_S = 2.0
_LOOK_EVERY_NS = 1_000_000_000
_MOST_FLOOR = 64 << 20
# The thread itself did not run for so long: the computer slept, or the program was halted.
_SLEPT_NS = 3_000_000_000
# Devices deliver late; what came before "stop" is waited for, but not longer than this.
_END_PATIENCE_NS = 1_500_000_000


class Session:
    """Records until :meth:`finish` or until the disk fails; made when both devices deliver."""

    def __init__(self, plan: RecordingPlan, *, camera: CameraSource | None,
                 microphone: MicrophoneSource | None) -> None:
        self.plan = plan
        self.camera = camera
        self.microphone = microphone
        self.written = self.duplicated = self.blank = 0
        self.level_db = -120.0
        self.free_bytes = shutil.disk_usage(plan.folder).free
        self.disk_full = self.failed = False
        self._lock = threading.Lock()
        self._gaps: list[Gap] = []
        self._marks: list[Mark] = []
        self._stop = threading.Event()
        self._watch = Stopwatch(plan.clock)
        self._gap_watch = GapWatch(self._gap_closed)
        self._meter: deque[SoundBlock] = deque(maxlen=_METER_BLOCKS)
        self._pictures: deque[VideoFrame] = deque()
        self._last: VideoFrame | None = None
        self._black = black(width=plan.width, height=plan.height)
        self._last_slot: int | None = None
        self._sealer = Sealer(plan.recipients, notes_path(plan.folder, plan.clip_id))
        self._segments = SegmentWriter(
            plan, sealer=self._sealer, moment_of_slot=self._moment_of_slot)
        self._begin()

    def _begin(self) -> None:
        waiting = self.camera.take() if self.camera is not None else []
        self._zero_ns = waiting[-1].mono_ns if waiting else time.monotonic_ns()
        self._missed_before = self.camera.missed if self.camera is not None else 0
        self._last_frame_ns = self._loud_ns = self._ticked_ns = self._zero_ns
        self._looked_ns = self._zero_ns
        self._frames = FrameTimeline(zero_ns=self._zero_ns, fps=self.plan.fps)
        self._sound = SoundTimeline(zero_ns=self._zero_ns)
        self._sealer.note(notes_of.clip_line(self.plan, self._watch.moment(self._zero_ns)))
        for frame in waiting[-1:]:
            self._admit(frame)
        self._thread = threading.Thread(target=self._record, name="recorder", daemon=True)
        self._thread.start()

    # What others ask while it runs

    @property
    def segments(self) -> SegmentWriter:
        return self._segments

    @property
    def gaps(self) -> tuple[Gap, ...]:
        with self._lock:
            return tuple(self._gaps)

    @property
    def elapsed_s(self) -> float:
        """Seconds of the timeline that went to the encoder."""
        return self._segments.slot / self.plan.fps

    @property
    def running(self) -> bool:
        return self._thread.is_alive()

    @property
    def silent(self) -> bool:
        return self.microphone is not None and (
            time.monotonic_ns() - self._loud_ns > _SILENT_AFTER_S * 1e9)

    @property
    def behind(self) -> bool:
        """Whether the encoder cannot keep up with the clock."""
        late = (time.monotonic_ns() - self._zero_ns) / 1e9 - self.elapsed_s
        return self.running and late > _BEHIND_S

    @property
    def dropped(self) -> int:
        missed = self.camera.missed - self._missed_before if self.camera is not None else 0
        return self._frames.dropped + missed

    def mark(self, label: str) -> Mark:
        now_ns = time.monotonic_ns()
        mark = Mark(label, self._watch.moment(now_ns), (now_ns - self._zero_ns) / 1e9)
        with self._lock:
            self._marks.append(mark)
        self._sealer.note(notes_of.mark_line(mark))
        return mark

    def finish(self) -> ClipResult:
        """End the recording, seal everything, and tell what it left."""
        self._stop.set()
        self._thread.join()
        sealed = tuple(self._segments.sealed)
        done = {segment.path for segment in sealed}
        unsealed = tuple(p for p in self._segments.paths if p not in done and p.exists())
        return ClipResult(
            clip_id=self.plan.clip_id, segments=sealed, gaps=self.gaps, marks=tuple(self._marks),
            has_video=self.camera is not None, has_audio=self.microphone is not None,
            notes=notes_path(self.plan.folder, self.plan.clip_id),
            clean=not unsealed and not self.failed, unsealed=unsealed)

    # The recorder's own thread

    def _record(self) -> None:
        try:
            while not self._stop.wait(_TICK_S) and self._writable():
                self._tick()
            self._end()
        except Exception as error:  # The thread's last frame: told as status, never lost.
            self.failed = True
            logs.defect(error)
        finally:
            self._close_sources()
            self._sealer.finish()
            self._tell_failure()

    def _writable(self) -> bool:
        return self._sealer.failure is None and not self.disk_full

    def _tell_failure(self) -> None:
        failure = self._sealer.failure
        if failure is not None:
            self.failed = True
            code = failure.errno if isinstance(failure, OSError) else None
            self.disk_full = code in (errno.ENOSPC, errno.EDQUOT)
            logs.warn("recording stopped by the disk", code=code or 0)

    def _close_sources(self) -> None:
        for source in (self.camera, self.microphone):
            if source is not None:
                source.close()

    def _tick(self) -> None:
        now_ns = time.monotonic_ns()
        if now_ns - self._ticked_ns > _SLEPT_NS:
            self._slept(now_ns)
        self._ticked_ns = now_ns
        self._take_frames(now_ns)
        self._take_sound(now_ns)
        self._emit()
        if now_ns - self._looked_ns > _LOOK_EVERY_NS:
            self._looked_ns = now_ns
            self._look_around()

    def _slept(self, now_ns: int) -> None:
        """Go on as if the time between had not been, with the gap on record."""
        gap = Gap(GapKind.CLOCK, self._watch.moment(self._ticked_ns), self._watch.moment(now_ns))
        self._segments.cut()
        self._gap_closed(gap)
        slot = self._segments.slot
        self._zero_ns = now_ns - slot * 1_000_000_000 // self.plan.fps
        self._last_frame_ns = now_ns
        self._pictures.clear()
        self._last = None
        self._frames = FrameTimeline(zero_ns=self._zero_ns, fps=self.plan.fps, slot=slot)
        self._sound = SoundTimeline(
            zero_ns=self._zero_ns, start=slot * SAMPLE_RATE // self.plan.fps)
        self._watch.jump()

    def _look_around(self) -> None:
        self.free_bytes = shutil.disk_usage(self.plan.folder).free
        if self.free_bytes < min(_MOST_FLOOR, self.plan.reserve_bytes // 4):
            self.disk_full = True
        jump = self._watch.jump()
        if jump is not None:
            self._gap_closed(Gap(GapKind.CLOCK, *jump))
            self._segments.cut()

    def _take_frames(self, now_ns: int) -> None:
        if self.camera is None:
            return
        for frame in self.camera.take():
            self._admit(frame)
        overdue = self._frames.overdue(now_ns)
        if overdue:
            self._fill(overdue, now_ns)

    def _admit(self, frame: Frame) -> None:
        fill = self._frames.admit(frame.mono_ns)
        if fill is None:
            return
        self._fill(fill, frame.mono_ns)
        self._last_frame_ns = frame.mono_ns
        self._gap_watch.over(GapKind.CAMERA, partial(self._watch.moment, frame.mono_ns))
        self._last = picture(frame.image, width=self.plan.width, height=self.plan.height)
        self._pictures.append(self._last)
        self.written += 1

    def _fill(self, count: int, until_ns: int) -> None:
        if until_ns - self._last_frame_ns > BLANK_AFTER_S * 1e9:
            self._gap_watch.begun(
                GapKind.CAMERA, partial(self._watch.moment, self._last_frame_ns))
            self._last = None
        if self._last is None:
            self._pictures.extend([self._black] * count)
            self.blank += count
        else:
            self._pictures.extend([self._last] * count)
            self.duplicated += count

    def _take_sound(self, now_ns: int) -> None:
        if self.microphone is None:
            return
        blocks = self.microphone.take()
        for block in blocks:
            self._sound.admit(block)
        if blocks:
            self._meter.extend(blocks)
            self.level_db = loudness_db([block.samples for block in self._meter])
            if self.level_db > _SILENT_DB:
                self._loud_ns = now_ns
            self._gap_watch.over(
                GapKind.MICROPHONE, partial(self._watch.moment, blocks[0].mono_ns))
        heard_ns = self._zero_ns + self._sound.end * 1_000_000_000 // SAMPLE_RATE
        if self._sound.overdue(now_ns):
            self.level_db = -120.0
            self._gap_watch.begun(
                GapKind.MICROPHONE, partial(self._watch.moment, heard_ns))

    def _emit(self) -> None:
        per_slot = SAMPLE_RATE // self.plan.fps
        while self._slot_ready(per_slot):
            frame = self._pictures.popleft() if self.camera is not None else None
            until = (self._segments.slot + 1) * per_slot
            self._segments.add_slot(
                frame, self._sound.take(until) if self.microphone is not None else None)

    def _slot_ready(self, per_slot: int) -> bool:
        slot = self._segments.slot
        if self._sealer.failure is not None or slot == self._last_slot:
            return False
        if self.camera is not None and not self._pictures:
            return False
        return self.microphone is None or self._sound.end >= (slot + 1) * per_slot

    def _moment_of_slot(self, slot: int) -> Moment:
        return self._watch.moment(self._zero_ns + slot * 1_000_000_000 // self.plan.fps)

    def _gap_closed(self, gap: Gap) -> None:
        with self._lock:
            self._gaps.append(gap)
        self._sealer.note(notes_of.gap_line(gap))

    def _end(self) -> None:
        end_ns = time.monotonic_ns()
        if self._writable():
            passed = (end_ns - self._zero_ns) * self.plan.fps // 1_000_000_000
            self._last_slot = max(passed, self._segments.slot)
            while (self._segments.slot < self._last_slot and self._sealer.failure is None
                   and time.monotonic_ns() - end_ns < _END_PATIENCE_NS):
                self._tick()
                time.sleep(_TICK_S)
        ended = self._watch.moment(end_ns)
        self._gap_watch.end(ended)
        self._segments.cut()
        self._sealer.note(notes_of.stopped_line(ended))
