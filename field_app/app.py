"""Wires the window by hand and runs it."""

import sys
from pathlib import Path

from field_app import interpreter
from field_app.actions.context import AppContext
from field_app.domain.clock import SystemClock
from field_app.paths import DataFolder
from field_app.settings import load_settings

_WARM_UP_MS = 1500


def _warm_up() -> None:
    from field_app.actions.warm_up import warm_up

    warm_up()


def run(data: Path) -> int:
    """Open the desk on ``data`` and stay until it is closed."""
    from PySide6.QtCore import QTimer
    from PySide6.QtWidgets import QApplication

    from field_app.ui import one_window, qt_messages, theme
    from field_app.ui.desk import Desk
    from field_app.ui.jobs import Lane
    from field_app.ui.language import speak, tr

    app = QApplication.instance() or QApplication(sys.argv[:1])
    if not isinstance(app, QApplication):
        raise TypeError("another kind of application runs here")
    qt_messages.install()
    theme.load_fonts()
    folder = DataFolder(data).make()
    worn = load_settings(folder.settings)
    speak(worn.language)
    app.setApplicationDisplayName(tr("现场执法工作站"))
    theme.apply(app, worn.theme, theme.scale_of(worn.scale))
    lock = one_window.take_folder(folder.root)
    if lock is None:
        one_window.tell_taken(folder.root)
        return 1
    desk = Desk(AppContext(SystemClock(), folder))
    desk.window.show()
    interpreter.settle()
    # While officers put in their keys; what fails is told where it is used.
    QTimer.singleShot(_WARM_UP_MS, desk, lambda: desk.window.shell.jobs.run(
        Lane.WORK, _warm_up, failed=lambda _error: None))
    try:
        return int(app.exec())
    finally:
        lock.unlock()
