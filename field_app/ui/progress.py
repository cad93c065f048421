"""Long work off the screen's thread with progress and cancel, one piece at a time."""

import threading
from collections.abc import Callable
from typing import TypeVar

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtWidgets import QProgressDialog, QWidget

from field_app.ui.jobs import Lane
from field_app.ui.language import tr
from field_app.ui.shell import Shell
from field_app.ui.theme import give_size

T = TypeVar("T")
Work = Callable[[Callable[[int, int], None], Callable[[], bool]], T]


class Progress(QObject):
    """Runs ``work(progress, cancelled)`` in the work lane under a bar that can be cancelled."""

    _told = Signal(object, object)  # Bytes: from 2 GiB on they are no int of Qt's.

    def __init__(self, shell: Shell, window: QWidget) -> None:
        super().__init__(window)
        self._shell, self._window = shell, window
        self._stop = threading.Event()
        self.bar: QProgressDialog | None = None
        self._told.connect(self._show)

    @property
    def busy(self) -> bool:
        return self.bar is not None

    def run(self, words: str, work: Work[T], *, done: Callable[[T], None],
            parent: QWidget | None = None) -> None:
        """Begin; ``done`` gets the value. A failure is told by the banner, a cancel is not."""
        if self.busy:
            self._shell.messages.note(tr("上一项工作还没有完成，请稍候。"))
            return
        self._stop.clear()
        self.bar = QProgressDialog(words, tr("取消"), 0, 1000, parent or self._window)
        self.bar.setWindowTitle(tr("请稍候"))
        self.bar.setWindowModality(Qt.WindowModality.WindowModal)
        self.bar.setMinimumDuration(400)
        give_size(self.bar, least_width=420)
        self.bar.canceled.connect(self._stop.set)

        def finish(value: T) -> None:
            self._close()
            done(value)

        self._shell.jobs.run(Lane.WORK, lambda: work(self._told.emit, self._stop.is_set),
                             done=finish, failed=self._failed)

    def cancel(self) -> None:
        """Ask the running work to stop."""
        self._stop.set()

    def _show(self, done: int, total: int) -> None:
        if self.bar is not None and total:
            self.bar.setValue(min(999, done * 1000 // total))

    def _close(self) -> None:
        if self.bar is not None:
            self.bar.canceled.disconnect()
            self.bar.close()
            self.bar.deleteLater()
            self.bar = None

    def _failed(self, error: BaseException) -> None:
        self._close()
        self._shell.messages.error(error)
