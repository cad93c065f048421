"""Sees and listens for some seconds with the chosen devices; nothing is recorded or kept."""

from PySide6.QtCore import QObject, Signal

from field_app.actions.record_step import Devices
from field_app.actions.try_devices import Tried, try_devices
from field_app.ui.jobs import Lane
from field_app.ui.language import tr
from field_app.ui.shell import Shell


class DeviceTrial(QObject):
    """``changed``: it began, or it ended and ``shell.tried`` tells what came of it."""

    changed = Signal()

    def __init__(self, shell: Shell, parent: QObject) -> None:
        super().__init__(parent)
        self._shell = shell
        self.running = False

    def start(self, devices: Devices) -> None:
        """Not beside a recording, which has the devices and shows what they do."""
        if self._shell.recording is not None:
            self._shell.messages.note(tr("正在录制，画面和声音看下面的录制条。"))
            return
        session = self._shell.officers
        self._shell.free_camera()
        self.running = True
        self.changed.emit()
        self._shell.jobs.run(Lane.WORK, lambda: try_devices(session, devices), done=self._tried, failed=self._failed)

    def _tried(self, found: Tried) -> None:
        self.running = False
        self._shell.tried = found
        if found.refused is not None:
            self._shell.messages.error(found.refused)
        if self._shell.session is not None:
            self.changed.emit()

    def _failed(self, error: BaseException) -> None:
        self.running = False
        self.changed.emit()
        self._shell.messages.error(error)
