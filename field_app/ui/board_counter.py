"""Counts what is due in cases that were not counted yet, in slices behind the officers' work."""

from PySide6.QtCore import QObject, QTimer, Signal

from field_app.actions.board import count_on
from field_app.ui.jobs import Lane
from field_app.ui.shell import Shell

# A slice of some 30 ms, then as long again for what officers do.
_PAUSE_MS = 40


class BoardCounter(QObject):
    """``counted`` carries how many cases are left after each slice; it stops at 0 and at log-out."""

    counted = Signal(int)

    def __init__(self, shell: Shell, parent: QObject) -> None:
        super().__init__(parent)
        self._shell = shell
        self.running = False
        self._pause = QTimer(self)
        self._pause.setSingleShot(True)
        self._pause.setInterval(_PAUSE_MS)
        self._pause.timeout.connect(self._count)

    def begin(self) -> None:
        """Count until nothing is left; once is enough."""
        if not self.running:
            self.running = True
            self._pause.start()

    def _count(self) -> None:
        session = self._shell.session
        if session is None:
            self.running = False
            return
        self._shell.jobs.run(Lane.STORE, lambda: count_on(session), done=self._counted,
                             failed=self._failed)

    def _counted(self, left: int) -> None:
        self.running = left > 0 and self._shell.session is not None
        if self.running:
            self._pause.start()
        self.counted.emit(left)

    def _failed(self, error: BaseException) -> None:
        self.running = False
        if self._shell.session is not None:  # Else the store was closed by the log-out meanwhile.
            self._shell.messages.error(error)
