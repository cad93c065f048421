"""Keeps windows where they can be seen when screens are pulled out, put in, turned or scaled anew."""

from PySide6.QtCore import QObject, QRect, Qt, QTimer, Signal
from PySide6.QtGui import QGuiApplication, QScreen
from PySide6.QtWidgets import QApplication, QWidget

# Systems report one change in several steps, and a window manager moves windows after it.
_SETTLE_MS = 250
_SEEN = 0.95  # of a window: less is brought in
_LOST = 0.5
_KINDS = (Qt.WindowType.Window, Qt.WindowType.Dialog, Qt.WindowType.Tool)
_FILLS = Qt.WindowState.WindowFullScreen | Qt.WindowState.WindowMaximized


class Screens(QObject):
    """Brings windows that are no longer seen to a screen, tells that the desk's own was ``moved``, then that
    screens have ``changed``; once they lie still."""

    changed = Signal()
    moved = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(_SETTLE_MS)
        self._timer.timeout.connect(self._settled)
        app = QGuiApplication.instance()
        if isinstance(app, QGuiApplication):
            app.screenAdded.connect(self._watch)
            app.screenAdded.connect(self._timer.start)
            app.screenRemoved.connect(self._timer.start)
            app.primaryScreenChanged.connect(self._timer.start)
        for screen in QGuiApplication.screens():
            self._watch(screen)

    def _watch(self, screen: QScreen) -> None:
        screen.geometryChanged.connect(self._timer.start)
        screen.availableGeometryChanged.connect(self._timer.start)
        screen.logicalDotsPerInchChanged.connect(self._timer.start)

    def _settled(self) -> None:
        lost = [window for window in _windows() if bring_in(window)]
        if any(window.parentWidget() is None for window in lost):
            self.moved.emit()
        self.changed.emit()


def _windows() -> list[QWidget]:
    """Every window in sight that stands by itself; those that fill a screen of their own see to themselves."""
    return [w for w in QApplication.topLevelWidgets()
            if w.isVisible() and not w.isMinimized() and w.windowType() in _KINDS
            and not (w.isFullScreen() and w.parentWidget() is not None)]


def screen_of(window: QWidget) -> QScreen:
    """The screen that shows most of a window; the main one if none shows any of it."""
    frame = window.frameGeometry()
    best = max(QGuiApplication.screens(), key=lambda s: _area(frame.intersected(s.geometry())))
    return best if _area(frame.intersected(best.geometry())) else QGuiApplication.primaryScreen()


def screen_beside(window: QWidget) -> QScreen | None:
    """A screen that shows something else than the one the window is on: a mirror of it is none."""
    own = screen_of(window).geometry()
    return next((s for s in QGuiApplication.screens() if not s.geometry().intersects(own)), None)


def bring_in(window: QWidget) -> bool:
    """Move a window that is not seen whole onto a screen, smaller if need be; whether it was lost."""
    frame = window.frameGeometry()
    mirrors_once = {s.geometry().getRect(): s.geometry() for s in QGuiApplication.screens()}
    share = sum(_area(frame.intersected(lit)) for lit in mirrors_once.values()) / max(1, _area(frame))
    if share >= _SEEN:
        return False
    room = screen_of(window).availableGeometry()
    filling = window.windowState() & _FILLS
    if filling:
        window.setWindowState(window.windowState() & ~_FILLS)
    around = window.frameGeometry().size() - window.size()
    window.resize(window.size().boundedTo(room.size() - around))
    frame = QRect(window.pos(), window.size() + around)
    window.move(max(room.left(), min(frame.left(), room.right() + 1 - frame.width())),
                max(room.top(), min(frame.top(), room.bottom() + 1 - frame.height())))
    if filling:
        window.setWindowState(window.windowState() | filling)
    return share < _LOST


def _area(part: QRect) -> int:
    return part.width() * part.height() if part.isValid() else 0
