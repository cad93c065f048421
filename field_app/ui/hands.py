"""Tells when somebody touches the desk: a key, the mouse, the wheel, a finger or a pen."""

from PySide6.QtCore import QEvent, QObject, Signal
from PySide6.QtGui import QGuiApplication, QWindow

_HANDS = (QEvent.Type.KeyPress, QEvent.Type.MouseButtonPress, QEvent.Type.Wheel,
          QEvent.Type.TouchBegin, QEvent.Type.TabletPress)


class Hands(QObject):
    """``moved`` with every touch while watched.

    Windows are looked at, not the program: its filter sees each of the thousands of events by which
    widgets are made, and would double what a page costs.
    """

    moved = Signal()

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._on = False
        app = QGuiApplication.instance()
        if isinstance(app, QGuiApplication):
            app.focusWindowChanged.connect(self._window)

    def watch(self, on: bool) -> None:
        """Begin or stop."""
        self._on = on
        for window in QGuiApplication.allWindows():
            window.removeEventFilter(self)
            if on:
                window.installEventFilter(self)

    def _window(self, window: QWindow | None) -> None:
        """A window that came later: a dialog, the party's paper."""
        if self._on and window is not None:
            window.removeEventFilter(self)
            window.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() in _HANDS:
            self.moved.emit()
        return super().eventFilter(watched, event)
