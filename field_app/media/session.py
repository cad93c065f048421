"""One running recording: the thread that turns what devices deliver into an even clip."""

import errno
import shutil
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from field_app import logs
from field_app.domain.clock import Moment
from field_app.media import notes as notes_of
from field_app.media.camera import CameraSource
from field_app.media.clip import (
    Alarm,
    ClipResult,
    Gap,
    GapKind,
    Mark,
    RecordingPlan,
    notes_path,
)
from field_app.media.errors import NotRecording
from field_app.media.intake import Intake
from field_app.media.microphone import MicrophoneSource
from field_app.media.preroll import PreRoll
from field_app.media.sealing import Sealer
from field_app.media.segments import SegmentWriter
from field_app.media.stopwatch import Stopwatch

_TICK_S = 0.05
_BEHIND_S = 2.0
_LOOK_EVERY_NS = 1_000_000_000
_MOST_FLOOR = 64 << 20
# After the thread itself was held up for so long, others were too: what they have is waited for.
_HELD_UP_NS = 200_000_000
_CATCH_UP_NS = 500_000_000
_MOST_LATE_NS = 2_000_000_000
# The thread itself did not run for so long: the computer slept, or the program was halted.
_SLEPT_NS = 3_000_000_000
# Devices deliver late; what came before "stop" is waited for, but not longer than this.
_END_PATIENCE_NS = 1_500_000_000


@dataclass
class _Writing:
    """Where a clip goes, once it goes anywhere."""

    plan: RecordingPlan
    sealer: Sealer
    segments: SegmentWriter
    pressed_ns: int
    begun: threading.Event


class Session:
    """Holds a pre-roll in memory until :meth:`write`; then records until :meth:`finish` or until
    the disk fails. Made when both devices deliver."""

    def __init__(self, plan: RecordingPlan, *, camera: CameraSource | None,
                 microphone: MicrophoneSource | None) -> None:
        self.plan = plan
        self.free_bytes = shutil.disk_usage(plan.folder).free
        self.disk_full = self.failed = False
        self.preroll_s = 0.0
        self._lock = threading.Lock()
        self._gaps: list[Gap] = []
        self._marks: list[Mark] = []
        self._alarms: list[Alarm] = []
        self._stop = threading.Event()
        self._watch = Stopwatch(plan.clock)
        self._wanted: _Writing | None = None
        self._writing: _Writing | None = None
        self._last_slot: int | None = None
        self.intake = Intake(
            plan, camera=camera, microphone=microphone, watch=self._watch,
            gap_closed=self._gap_closed, resized=self._resized)
        self._ticked_ns = self._looked_ns = self._patient_until_ns = self.intake.zero_ns
        self._kept: PreRoll | None = None
        self._thread = threading.Thread(target=self._record, name="recorder", daemon=True)

    def write(self, plan: RecordingPlan, *, with_kept: bool) -> None:
        """Begin the clip of ``plan``, with what was held until now if ``with_kept``.

        ``OSError`` when the folder cannot be written; nothing is left on disk then.
        """
        sealer = Sealer(plan.recipients, notes_path(plan.folder, plan.clip_id))
        segments = SegmentWriter(plan, sealer=sealer, moment_of_slot=self._moment_of_slot)
        wanted = _Writing(plan, sealer, segments, time.monotonic_ns(), threading.Event())
        if not with_kept:
            self._begin(wanted, kept=None)
            self._thread.start()
            return
        self._wanted = wanted
        while not wanted.begun.wait(_TICK_S) and self._thread.is_alive():
            pass
        if self._writing is not wanted:
            raise NotRecording("the recording ended before it began")

    def hold(self) -> None:
        """Begin to hold the last half minute in memory."""
        self._kept = PreRoll(self.plan)
        self._thread.start()

    # What others ask while it runs

    @property
    def camera(self) -> CameraSource | None:
        return self.intake.camera

    @property
    def microphone(self) -> MicrophoneSource | None:
        return self.intake.microphone

    @property
    def segments(self) -> SegmentWriter | None:
        """``None`` while nothing is written."""
        return self._writing.segments if self._writing is not None else None

    @property
    def slots(self) -> int:
        """Slots that went to the encoder."""
        if self._writing is not None:
            return self._writing.segments.slot
        return self._kept.slot if self._kept is not None else 0

    @property
    def held_s(self) -> float:
        """Seconds held in memory that a recording begun now would start with."""
        kept = self._kept
        return (kept.slot - kept.first) / self.plan.fps if kept is not None else 0.0

    @property
    def gaps(self) -> tuple[Gap, ...]:
        with self._lock:
            return tuple(self._gaps)

    @property
    def elapsed_s(self) -> float:
        """Seconds of the clip that went to the encoder."""
        return self._writing.segments.slot / self.plan.fps if self._writing is not None else 0.0

    @property
    def running(self) -> bool:
        return self._thread.is_alive()

    @property
    def behind(self) -> bool:
        """Whether the encoder cannot keep up with the clock; not while what was held is put down."""
        if self._writing is not None and not self._writing.begun.is_set():
            return False
        late = (time.monotonic_ns() - self.intake.zero_ns) / 1e9 - self.slots / self.plan.fps
        return self.running and late > _BEHIND_S

    def mark(self, label: str) -> Mark:
        now_ns = time.monotonic_ns()
        mark = Mark(label, self._watch.moment(now_ns), (now_ns - self.intake.zero_ns) / 1e9)
        with self._lock:
            self._marks.append(mark)
        self._note(notes_of.mark_line(mark))
        return mark

    def alarm(self, alarm: Alarm) -> None:
        """Put a trouble, or its end, on record."""
        with self._lock:
            self._alarms.append(alarm)
        self._note(notes_of.alarm_line(alarm))

    def _note(self, line: bytes) -> None:
        if self._writing is not None:
            self._writing.sealer.note(line)

    def finish(self) -> ClipResult:
        """End the recording, seal everything, and tell what it left."""
        self._stop.set()
        self._thread.join()
        sealed = tuple(self.segments.sealed) if self.segments is not None else ()
        paths = self.segments.paths if self.segments is not None else []
        done = {segment.path for segment in sealed}
        unsealed = tuple(p for p in paths if p not in done and p.exists())
        return ClipResult(
            clip_id=self.plan.clip_id, segments=sealed, gaps=self.gaps, marks=tuple(self._marks),
            has_video=self.camera is not None, has_audio=self.microphone is not None,
            notes=notes_path(self.plan.folder, self.plan.clip_id),
            clean=not unsealed and not self.failed, unsealed=unsealed,
            alarms=tuple(self._alarms), preroll_s=self.preroll_s)

    # The recorder's own thread

    def _begin(self, wanted: _Writing, *, kept: PreRoll | None) -> None:
        """Turn from holding to writing; what was held comes first."""
        self._kept = None
        taken = kept.take() if kept is not None else None
        first = taken.first if taken is not None else 0
        self.intake.begin_at(first)
        self.plan, zero = wanted.plan, self._watch.moment(self.intake.zero_ns)
        with self._lock:
            self._gaps = [gap for gap in self._gaps if gap.ended.mono_ms > zero.mono_ms]
            self._alarms = [alarm for alarm in self._alarms if alarm.at.mono_ms > zero.mono_ms]
            said = [*map(notes_of.gap_line, self._gaps), *map(notes_of.alarm_line, self._alarms)]
            self._writing = wanted
        for line in (notes_of.clip_line(self.plan, zero), *said):
            wanted.sealer.note(line)
        if taken is not None and taken.slots:
            self.preroll_s = taken.slots / self.plan.fps
            wanted.sealer.note(notes_of.preroll_line(
                self.preroll_s, self._watch.moment(wanted.pressed_ns)))
            wanted.segments.add_kept(taken)
        if taken is not None:
            taken.close()
        wanted.begun.set()

    def _record(self) -> None:
        try:
            while not self._stop.wait(_TICK_S) and self._writable():
                self._tick()
            self._end()
        except Exception as error:  # The thread's last frame: told as status, never lost.
            self.failed = True
            logs.defect(error)
        finally:
            self._let_go()

    def _let_go(self) -> None:
        self.intake.close()
        for writing in {id(w): w for w in (self._writing, self._wanted) if w is not None}.values():
            writing.sealer.finish()
            writing.begun.set()
        if self._kept is not None:
            self._kept.close()
        self._tell_failure()

    def _writable(self) -> bool:
        return self._failure() is None and not self.disk_full

    def _failure(self) -> Exception | None:
        return self._writing.sealer.failure if self._writing is not None else None

    def _tell_failure(self) -> None:
        failure = self._failure()
        if failure is not None:
            self.failed = True
            code = failure.errno if isinstance(failure, OSError) else None
            self.disk_full = code in (errno.ENOSPC, errno.EDQUOT)
            logs.warn("recording stopped by the disk", code=code or 0)

    def _tick(self) -> None:
        now_ns, spent_ns = time.monotonic_ns(), self._spent_ns()
        if now_ns - self._ticked_ns > _SLEPT_NS:
            self._slept(now_ns)
        elif now_ns - self._ticked_ns > _HELD_UP_NS:
            self._patient_until_ns = now_ns + _CATCH_UP_NS
        if self._wanted is not None and self._writing is None:
            self._begin(self._wanted, kept=self._kept)
        self.intake.take(now_ns)
        self._emit(now_ns)
        if now_ns - self._looked_ns > _LOOK_EVERY_NS:
            self._looked_ns = now_ns
            self._look_around()
        # What was worked, or waited for the disk, is no time that this thread was held up; that the program
        # was halted in the midst of it is.
        self._ticked_ns = min(time.monotonic_ns(), now_ns + self._spent_ns() - spent_ns)

    def _spent_ns(self) -> int:
        """Processor time of the program (the encoder has threads of its own) and waits for the disk."""
        writing = self._writing or self._wanted
        return time.process_time_ns() + (writing.sealer.waited_ns if writing is not None else 0)

    def _slept(self, now_ns: int) -> None:
        """Go on as if the time between had not been, with the gap on record."""
        if self._writing is None:
            # What is held must be one unbroken stretch: it begins anew.
            if self._kept is not None:
                self._kept.close()
            self._kept = PreRoll(self.plan)
        else:
            self._writing.segments.cut()
        gap = Gap(GapKind.CLOCK, self._watch.moment(self._ticked_ns), self._watch.moment(now_ns))
        self._gap_closed(gap)
        self.intake.resume(now_ns, self.slots)
        self._watch.jump()

    def _look_around(self) -> None:
        self.free_bytes = shutil.disk_usage(self.plan.folder).free
        if self._writing is None:
            return
        if self.free_bytes < min(_MOST_FLOOR, self.plan.reserve_bytes // 4):
            self.disk_full = True
        jump = self._watch.jump()
        if jump is not None:
            self._gap_closed(Gap(GapKind.CLOCK, *jump))
            self._writing.segments.cut()

    def _emit(self, now_ns: int) -> None:
        add: Callable[..., None] | None = None
        if self._writing is not None:
            add = self._writing.segments.add_slot
        elif self._kept is not None:
            add = self._kept.add_slot
        while add is not None and self._failure() is None and self.slots != self._last_slot:
            late_ns = now_ns - self.intake.moment_ns(self.slots)
            patient = now_ns < self._patient_until_ns and late_ns < _MOST_LATE_NS
            if patient or not self.intake.ready(self.slots, now_ns):
                return
            add(*self.intake.slot(self.slots))

    def _moment_of_slot(self, slot: int) -> Moment:
        return self._watch.moment(self.intake.moment_ns(slot))

    def _gap_closed(self, gap: Gap) -> None:
        with self._lock:
            self._gaps.append(gap)
        self._note(notes_of.gap_line(gap))

    def _resized(self, width: int, height: int, mono_ns: int) -> None:
        self._note(notes_of.picture_line(width, height, self._watch.moment(mono_ns)))

    def _end(self) -> None:
        if self._writing is None:
            return
        end_ns = time.monotonic_ns()
        if self._writable():
            passed = (end_ns - self.intake.zero_ns) * self.plan.fps // 1_000_000_000
            self._last_slot = max(passed, self.slots)
            while (self.slots < self._last_slot and self._failure() is None
                   and time.monotonic_ns() - end_ns < _END_PATIENCE_NS):
                self._tick()
                time.sleep(_TICK_S / 2)
        ended = self._watch.moment(end_ns)
        self.intake.end(ended)
        self._writing.segments.cut()
        self._writing.sealer.note(notes_of.stopped_line(ended))
