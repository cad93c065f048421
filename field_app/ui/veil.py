"""Takes every other window out of sight while the desk is locked, and brings them back as they were."""

from PySide6.QtCore import QEvent, QObject, Qt, QTimer
from PySide6.QtWidgets import QApplication, QDialog, QFileDialog, QMainWindow, QToolTip, QWidget
from shiboken6 import isValid

from field_app.ui.text_cursor import cursor_in, put_cursor

PUBLIC = "public"  # property of a window that tells nothing of any case: it may stay in sight
_PASSING = (Qt.WindowType.Popup, Qt.WindowType.ToolTip)  # lists of choices, tips


class Veil(QObject):
    """Over all windows but ``window``'s own. What comes while it lies goes behind it at once."""

    def __init__(self, window: QWidget) -> None:
        super().__init__(window)
        self._window = window
        self._behind: list[QWidget] = []
        self._lies = False

    @staticmethod
    def prepare() -> None:
        """Have PySide make its classes now of everything the program may hold. It does so when it meets the
        first object that it cannot name, some 30 ms long: else when the veil is laid and begins to look."""
        app = QApplication.instance()
        if app is not None:
            app.children()

    def lay(self) -> None:
        """Hide dialogs, menus and tips; nothing typed in them is lost."""
        if self._lies:
            return
        self._lies = True
        while (popup := QApplication.activePopupWidget()) is not None and popup.close():
            pass
        QToolTip.hideText()
        front = QApplication.activeModalWidget()
        for one in QApplication.topLevelWidgets():
            if one.isVisible() and one is not front and self._ours(one):
                self._take(one)
        if front is not None and self._ours(front):
            self._take(front)  # Last, so that it comes back in front.
        app = QApplication.instance()
        if app is not None:
            app.installEventFilter(self)
        self._window.activateWindow()

    def part(self) -> None:
        """What comes from now on stays in sight: of every event of a page that is shown it need not be asked."""
        app = QApplication.instance()
        if app is not None:
            app.removeEventFilter(self)

    def lift(self) -> None:
        """Show again what was hidden and has not been answered or closed since."""
        for one in self._uncover():
            box = one.focusWidget()
            place = cursor_in(box)
            one.setWindowOpacity(1)
            one.show()
            put_cursor(box, place)  # Some mark all their text when shown: the next key would replace it.
            one.raise_()
            one.activateWindow()

    def drop(self) -> None:
        """The session is over: questions are turned back, windows closed."""
        seen = [one for one in QApplication.topLevelWidgets() if one.isVisible() and self._ours(one)]
        for one in (*reversed(self._uncover()), *seen):
            if not isValid(one):
                continue  # It went with the one before.
            if isinstance(one, QDialog):
                one.reject()
            else:
                one.close()

    def _uncover(self) -> list[QWidget]:
        self._lies = False
        self.part()
        behind, self._behind = [one for one in self._behind if isValid(one)], []
        return behind

    def _ours(self, one: QWidget) -> bool:
        """Belongs to this desk, and is not its window itself."""
        owner: QWidget | None = one
        while owner is not None and owner.parentWidget() is not None:
            owner = owner.parentWidget()
        if one.windowType() in _PASSING:
            return False  # The lock page opens some itself.
        return one.isWindow() and one is not self._window and not one.property(PUBLIC) and (
            owner is self._window or not isinstance(owner, QMainWindow))

    def _take(self, one: QWidget) -> None:
        if not self._lies or not isValid(one):
            return
        if isinstance(one, QFileDialog):
            one.reject()  # Waits in Qt's own loop; it holds nothing but a place.
            return
        if isinstance(one, QDialog):
            one.finished.connect(lambda _result: self._forget(one))
        self._behind.append(one)
        one.hide()

    def _forget(self, one: QWidget) -> None:
        """It was answered by the work that ended behind the veil: it does not come back."""
        self._behind = [other for other in self._behind if other is not one]

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Show and isinstance(watched, QWidget) and self._ours(watched):
            watched.setWindowOpacity(0)
            QTimer.singleShot(0, self, lambda: self._take(watched))
        return False
