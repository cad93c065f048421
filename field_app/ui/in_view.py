"""What one types into stays in sight while fields and words come and go around it."""

from PySide6.QtCore import QEvent, QObject, QTimer
from PySide6.QtWidgets import QScrollArea, QWidget

_AROUND_PX = 80


class KeepInView(QObject):
    """Looks after ``area``: whenever what it holds is laid out anew, the widget with the keys is scrolled
    into sight; from :meth:`follow` on, until somebody scrolls by hand."""

    def __init__(self, area: QScrollArea, held: QWidget) -> None:
        super().__init__(area)
        self._area, self._held = area, held
        self._wanted = True
        held.installEventFilter(self)
        area.verticalScrollBar().actionTriggered.connect(self._leave)

    def follow(self) -> None:
        """Somebody came to a field or types into it."""
        self._wanted = True
        self.soon()

    def soon(self) -> None:
        """Look behind the layout, which what was just made or shown has not been through yet."""
        if self._wanted:
            QTimer.singleShot(0, self, self._look)

    def _leave(self) -> None:
        self._wanted = False

    def _look(self) -> None:
        field = self._area.window().focusWidget()
        if not self._wanted or field is None or not self._held.isAncestorOf(field):
            return
        half = field.height() // 2
        if 2 * (half + _AROUND_PX) <= self._area.viewport().height():
            middle = field.mapTo(self._held, field.rect().center())
            self._area.ensureVisible(middle.x(), middle.y(), 0, half + _AROUND_PX)
        else:
            self._area.ensureWidgetVisible(field, 0, _AROUND_PX)  # the line with the cursor

    def eventFilter(self, _held: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Resize:
            self.soon()
        return False
