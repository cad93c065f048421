"""Records the step in hand: feeds the bar, stands by, starts and stops off the screen's thread."""

from collections.abc import Callable

from PySide6.QtCore import QObject, QTimer, Signal
from PySide6.QtWidgets import QApplication

from field_app.actions.case_desk import DeskStep
from field_app.actions.record_step import (
    Devices,
    Recording,
    StandBy,
    room_left,
    stand_by,
    start_recording,
)
from field_app.actions.try_devices import proven
from field_app.domain.case import Blob, Clip, StepState
from field_app.domain.ids import CaseId
from field_app.ui.alarm_sound import AlarmSound
from field_app.ui.desk_page import DeskPage
from field_app.ui.jobs import Lane
from field_app.ui.language import said, tr
from field_app.ui.recording_bar import RecordingBar, RecordingBarState, small
from field_app.ui.shell import Shell

_TICK_MS = 200
_ROOM_EVERY = 50


class RecordingDesk(QObject):
    """One recording at a time; it goes on whatever page is shown."""

    changed = Signal()

    def __init__(self, shell: Shell, desk: Callable[[], DeskPage]) -> None:
        super().__init__(shell.jobs)
        self._shell = shell
        self._desk = desk
        self._busy = False
        self._step = ""
        self._ready: StandBy | None = None
        self._preparing = False
        self._no_standby: tuple[CaseId, Devices] | None = None
        self._warned: tuple[str, ...] = ()
        self._room: float | None = None
        self._ticks = 0
        self.sound = AlarmSound()
        self.bar = RecordingBar()
        self.bar.record_pressed.connect(self.toggle)
        self.bar.mark_pressed.connect(self.mark)
        self.bar.photo_pressed.connect(self.photo)
        shell.free_camera = self.free_camera
        self._timer = QTimer(self)
        self._timer.setInterval(_TICK_MS)
        self._timer.timeout.connect(self.show)
        self._timer.start()

    @property
    def running(self) -> bool:
        """Whether a recording runs, opens or closes."""
        return self._shell.recording is not None or self._busy

    @property
    def ready(self) -> StandBy | None:
        """Devices that stand by, if any."""
        return self._ready

    def _step_in_hand(self) -> DeskStep | None:
        page = self._desk()
        if page.desk is None:
            return None
        return next((s for s in page.desk.steps
                     if s.step.id == page.here and s.step.state is StepState.NOW), None)

    def _whose(self, step: DeskStep) -> str:
        """The case and step that F9 would record for."""
        desk = self._desk().desk
        return tr("{party_name}　{title}", party_name=desk.case.party_name,
                  title=said(step.rule.title)) if desk is not None else ""

    def show(self) -> None:
        """Bring the bar up to what is really so."""
        if self._shell.session is None:
            self._drop_ready()
            return
        recording = self._shell.recording
        if recording is not None:
            self._show_running(recording)
            return
        step = self._step_in_hand()
        self._keep_ready(step)
        self._look_at_room()
        self._show_idle(step)

    def _show_running(self, recording: Recording) -> None:
        status, other = recording.together(), recording.second_status()
        warnings = recording.troubles()
        self._ring_for(warnings)
        if not warnings:
            self._shell.tried = proven(status, self._shell.devices) or self._shell.tried
        self.bar.show_state(RecordingBarState(
            recording=True, busy=self._busy, ended=recording.ended, can_record=True, elapsed_s=status.elapsed_s,
            step=tr("{step}　{number}", step=said(self._step), number=recording.clip.number), level_db=status.level_db,
            thumbnail=small(status.thumbnail),
            second=small(other.thumbnail) if other is not None else None, warnings=warnings,
            bytes_on_disk=status.bytes_on_disk, hours_left=status.hours_left,
            safe_s=status.safe_s))

    def _show_idle(self, step: DeskStep | None) -> None:
        ready = self._ready
        if ready is None or self._busy:
            self.bar.show_state(RecordingBarState(
                busy=self._busy, can_record=step is not None, hours_left=self._room,
                step=self._whose(step) if step is not None else ""))
            return
        status, warnings = ready.status(), ready.troubles()
        self._ring_for(warnings)
        self.bar.show_state(RecordingBarState(
            standby=True, can_record=step is not None, warnings=warnings,
            preroll_s=status.preroll_s, hours_left=self._room, level_db=status.level_db,
            thumbnail=small(status.thumbnail),
            step=self._whose(step) if step is not None else ""))

    def _ring_for(self, warnings: tuple[str, ...]) -> None:
        fresh = set(warnings) - set(self._warned)
        self._warned = warnings
        if fresh and self._shell.settings.alarm == "on":
            self.sound.ring()

    def _look_at_room(self) -> None:
        if self._ticks % _ROOM_EVERY == 0:
            self._room = room_left(self._shell.officers, self._shell.devices)
        self._ticks += 1

    # Standing by

    def _keep_ready(self, step: DeskStep | None) -> None:
        """Stand by while a step that owes a recording is in hand and officers have switched it on."""
        desk = self._desk().desk
        if self._busy or self._preparing or QApplication.activeModalWidget() is not None:
            return
        wanted = (desk is not None and step is not None and self._shell.settings.preroll == "on"
                  and self._desk().isVisible()
                  and any(d.kind == "recording" and not d.paid for d in step.debts))
        if desk is None or not wanted:
            self._drop_ready()
            return
        wish = (desk.case.id, self._shell.devices)
        if self._ready is not None and (self._ready.case, self._ready.devices) != wish:
            self._drop_ready()
        if self._ready is None and self._no_standby != wish:
            self._prepare(*wish)

    def _prepare(self, case: CaseId, devices: Devices) -> None:
        session = self._shell.officers
        self._preparing = True

        def prepare() -> None:
            # Set here, in the lane that F9 works in, so that its start finds it.
            self._ready = stand_by(session, case, devices)

        def done(_: None) -> None:
            self._preparing = False

        def failed(error: BaseException) -> None:
            # Told once; F9 tells it again if it is still so.
            self._preparing = False
            self._no_standby = (case, devices)
            self._shell.messages.error(error)

        self._shell.jobs.run(Lane.WORK, prepare, done=done, failed=failed)

    def _drop_ready(self) -> None:
        ready, self._ready = self._ready, None
        if ready is not None:
            self._warned = ()
            self._shell.jobs.run(Lane.WORK, ready.close)

    def free_camera(self) -> None:
        """Something else needs the camera: let go of what only stands by, before it is opened."""
        self._drop_ready()

    # Recording

    def toggle(self) -> None:
        """F9: start for the step in hand, or stop."""
        if self._busy:
            return
        if self._shell.recording is not None:
            self._stop(self._shell.recording)
        else:
            self._start()

    def _start(self) -> None:
        desk, step = self._desk().desk, self._step_in_hand()
        if desk is None or step is None:
            self._shell.messages.note(tr("先打开案件里正在办理的环节，再开始录制。"))
            return
        self._step = step.rule.title
        self._busy, self._no_standby = True, None
        self.show()
        session, devices = self._shell.officers, self._shell.devices
        case, here = desk.case.id, step.step.id

        def start() -> Recording:
            # Asked now: what was being prepared when the key was pressed is ready by now.
            ready, self._ready = self._ready, None
            return start_recording(session, case, here, devices, ready)

        self._shell.jobs.run(Lane.WORK, start, done=self._started, failed=self._failed)

    def _started(self, recording: Recording) -> None:
        self._busy = False
        self._warned = ()
        self._shell.recording = recording
        self._shell.messages.clear()
        self.show()
        self.changed.emit()

    def _failed(self, error: BaseException) -> None:
        self._busy = False
        self.show()
        self._shell.messages.error(error)

    def _stop(self, recording: Recording) -> None:
        self._busy = True
        self._shell.recording = None
        self.show()
        self._shell.jobs.run(Lane.WORK, recording.stop, done=self._stopped, failed=self._failed)

    def _stopped(self, clip: Clip) -> None:
        self._busy = False
        self.show()
        gaps = tr("，有{gaps_count}处缺口已记入日志", gaps_count=len(clip.gaps)) if clip.gaps else ""
        held = tr("（含预录{preroll_ms:.0f}秒）", preroll_ms=clip.preroll_ms / 1000) if clip.preroll_ms else ""
        self._shell.messages.good(
            tr("{number}已封存，{duration_ms:.0f}秒{held}{gaps}。", number=clip.number,
               duration_ms=clip.duration_ms / 1000, held=held, gaps=gaps))
        self.changed.emit()

    def mark(self) -> None:
        """F8: mark this moment."""
        recording = self._shell.recording
        if recording is not None:
            self._shell.jobs.run(Lane.WORK, lambda: recording.mark("标记"),
                                 done=lambda _: self._shell.messages.good(tr("已标记此刻。")))

    def photo(self) -> None:
        """F2: take a photo into the case."""
        recording = self._shell.recording
        if recording is None:
            return

        def taken(photo: Blob) -> None:
            self._shell.messages.good(tr("{name}已存入本案。", name=photo.name))
            self.changed.emit()

        self._shell.jobs.run(Lane.WORK, recording.take_photo, done=taken)

    def close(self) -> None:
        """No more ticking."""
        self._timer.stop()
        self.sound.close()

    def stop_now(self) -> None:
        """Stop and seal before the window closes."""
        ready, self._ready = self._ready, None
        if ready is not None:
            ready.close()
        recording, self._shell.recording = self._shell.recording, None
        if recording is not None:
            recording.stop()
