"""Deletes what nobody sees any more piece by piece: a long form in one go would hold the screen's thread."""

from collections.abc import Iterable, Iterator

import shiboken6
from PySide6.QtCore import QCoreApplication, QEvent, QObject
from PySide6.QtWidgets import QWidget

from field_app.ui.slices import Slices


class LettingGo(QObject):
    """Takes widgets out of sight, and deletes them as the event loop comes round."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._waiting: list[tuple[QWidget, list[QWidget]]] = []
        self._slices = Slices(self)

    def take(self, whole: QWidget, pieces: Iterable[QWidget]) -> None:
        """``whole`` is hidden at once and deleted last, ``pieces`` of it before, from the end: what holds
        others stands before them."""
        whole.hide()
        self._waiting.append((whole, list(pieces)))
        if not self._slices.pending:
            self._slices.start(self._delete(), now=False)

    def _delete(self) -> Iterator[None]:
        while self._waiting:
            whole, pieces = self._waiting[0]
            while pieces and shiboken6.isValid(whole):
                _delete(pieces.pop())
                yield
            self._waiting.pop(0)
            _delete(whole)
            yield


def _delete(widget: QWidget) -> None:
    """As Qt does it itself, but now, so that a slice knows how long it took."""
    if shiboken6.isValid(widget):
        widget.deleteLater()
        QCoreApplication.sendPostedEvents(widget, QEvent.Type.DeferredDelete.value)
