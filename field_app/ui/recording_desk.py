"""Records the step in hand: feeds the bar, starts and stops off the screen's thread."""

from collections.abc import Callable

from PySide6.QtCore import QObject, QTimer, Signal

from field_app.actions.record_step import Recording, start_recording
from field_app.domain.case import Blob, Clip, StepState
from field_app.ui.desk_page import DeskPage
from field_app.ui.jobs import Lane
from field_app.ui.recording_bar import RecordingBar, RecordingBarState
from field_app.ui.shell import Shell

_TICK_MS = 200


class RecordingDesk(QObject):
    """One recording at a time; it goes on whatever page is shown."""

    changed = Signal()

    def __init__(self, shell: Shell, desk: Callable[[], DeskPage]) -> None:
        super().__init__(shell.jobs)
        self._shell = shell
        self._desk = desk
        self._busy = False
        self._step = ""
        self.bar = RecordingBar()
        self.bar.record_pressed.connect(self.toggle)
        self.bar.mark_pressed.connect(self.mark)
        self.bar.photo_pressed.connect(self.photo)
        self._timer = QTimer(self)
        self._timer.setInterval(_TICK_MS)
        self._timer.timeout.connect(self.show)
        self._timer.start()

    @property
    def running(self) -> bool:
        """Whether a recording runs, opens or closes."""
        return self._shell.recording is not None or self._busy

    def _can_record(self) -> bool:
        page = self._desk()
        if page.desk is None:
            return False
        return any(s.step.id == page.here and s.step.state is StepState.NOW
                   for s in page.desk.steps)

    def _whose(self) -> str:
        """The case and step that F9 would record for."""
        page = self._desk()
        if page.desk is None:
            return ""
        title = next(s.rule.title for s in page.desk.steps if s.step.id == page.here)
        return f"{page.desk.case.party_name}　{title}"

    def show(self) -> None:
        """Bring the bar up to what is really so."""
        recording = self._shell.recording
        if self._shell.session is None:
            return
        if recording is None:
            can = self._can_record()
            self.bar.show_state(RecordingBarState(
                busy=self._busy, can_record=can, step=self._whose() if can else ""))
            return
        status = recording.status()
        small = status.thumbnail
        self.bar.show_state(RecordingBarState(
            recording=True, busy=self._busy, can_record=True, elapsed_s=status.elapsed_s,
            step=f"{self._step}　{recording.clip.number}", level_db=status.level_db,
            thumbnail=(small.width, small.height, small.rgb) if small else None,
            warnings=recording.troubles(), bytes_on_disk=status.bytes_on_disk,
            hours_left=status.hours_left))

    def toggle(self) -> None:
        """F9: start for the step in hand, or stop."""
        if self._busy:
            return
        if self._shell.recording is not None:
            self._stop(self._shell.recording)
        else:
            self._start()

    def _start(self) -> None:
        page = self._desk()
        if page.desk is None or page.here is None or not self._can_record():
            self._shell.messages.note("先打开案件里正在办理的环节，再开始录制。")
            return
        desk, here = page.desk, page.here
        self._step = next(s.rule.title for s in desk.steps if s.step.id == here)
        self._busy = True
        self.show()
        session, devices = self._shell.officers, self._shell.devices
        self._shell.jobs.run(
            Lane.WORK, lambda: start_recording(session, desk.case.id, here, devices),
            done=self._started, failed=self._failed)

    def _started(self, recording: Recording) -> None:
        self._busy = False
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
        gaps = f"，有{len(clip.gaps)}处缺口已记入日志" if clip.gaps else ""
        self._shell.messages.good(f"{clip.number}已封存，{clip.duration_ms / 1000:.0f}秒{gaps}。")
        self.changed.emit()

    def mark(self) -> None:
        """F8: mark this moment."""
        recording = self._shell.recording
        if recording is not None:
            self._shell.jobs.run(Lane.WORK, lambda: recording.mark("标记"),
                                 done=lambda _: self._shell.messages.good("已标记此刻。"))

    def photo(self) -> None:
        """F2: take a photo into the case."""
        recording = self._shell.recording
        if recording is None:
            return

        def taken(photo: Blob) -> None:
            self._shell.messages.good(f"{photo.name}已存入本案。")
            self.changed.emit()

        self._shell.jobs.run(Lane.WORK, recording.take_photo, done=taken)

    def close(self) -> None:
        """No more ticking."""
        self._timer.stop()

    def stop_now(self) -> None:
        """Stop and seal before the window closes."""
        recording, self._shell.recording = self._shell.recording, None
        if recording is not None:
            recording.stop()
