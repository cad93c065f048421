"""Columns of a table as wide as what stands in them; those that may be cut share what room is left."""

from collections.abc import Iterable, Sequence

from PySide6.QtCore import QEvent, QModelIndex, Qt
from PySide6.QtGui import QResizeEvent, QShowEvent
from PySide6.QtWidgets import QHeaderView, QTableView

_LOOKED_AT = 20  # rows that say how wide a column is
_LEAST_CHARACTERS = 4  # of what may be cut, its padding among them: a head may go, a date or a month may not
_NEW_LOOK = frozenset({QEvent.Type.StyleChange, QEvent.Type.FontChange})


def shared(needs: Sequence[int], room: int) -> list[int]:
    """``room`` among those that need so much: whoever needs less than an even share leaves the rest to the
    others; what nobody needs is spread evenly. Adds up to ``room``."""
    given = [0] * len(needs)
    left, open_ = room, sorted(range(len(needs)), key=lambda n: needs[n])
    for place, n in enumerate(open_):
        given[n] = min(needs[n], left // (len(open_) - place))
        left -= given[n]
    for place, n in enumerate(open_):
        more = left // (len(open_) - place)
        given[n] += more
        left -= more
    return given


class ColumnTable(QTableView):
    """Its columns keep so whatever is shown, in any size of window and type, once :meth:`keep_columns` was called.

    What stands in them is measured when somebody sees it, and once for as long as it stays.
    """

    _wide: tuple[int, ...] | None = None
    _measured: tuple[list[int], list[int]] | None = None  # each column's head, and what it needs

    def keep_columns(self, wide: Iterable[int]) -> None:
        """To be called with the model in place; the columns of ``wide`` may be cut."""
        self._wide = tuple(sorted(wide))
        header = self.horizontalHeader()
        header.setResizeContentsPrecision(_LOOKED_AT)
        header.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        header.setMinimumSectionSize(1)
        header.setTextElideMode(Qt.TextElideMode.ElideRight)
        model = self.model()
        model.modelReset.connect(self._measure_anew)
        model.layoutChanged.connect(self._measure_anew)
        model.headerDataChanged.connect(self._measure_anew)
        model.dataChanged.connect(self._changed)
        self._measure_anew()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.share_columns()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.share_columns()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() in _NEW_LOOK:
            self._measure_anew()

    def _changed(self, _first: QModelIndex, _last: QModelIndex, roles: Sequence[int]) -> None:
        if Qt.ItemDataRole.CheckStateRole not in roles:  # A tick changes no width.
            self._measure_anew()

    def _measure_anew(self) -> None:
        self._measured = None
        self.share_columns()

    def measure(self) -> tuple[list[int], list[int]]:
        """How wide each column's head is, and what the column needs, in pixels."""
        if self._measured is not None:
            return self._measured
        self.ensurePolished()  # Else it is measured in another type.
        header = self.horizontalHeader()
        heads = [header.sectionSizeHint(column) for column in range(header.count())]
        self._measured = heads, [max(head, self.sizeHintForColumn(column)) for column, head in enumerate(heads)]
        return self._measured

    def share_columns(self) -> None:
        """Give each column its width, if anybody sees it."""
        if self._wide is None or not self.isVisible():
            return
        header, needs = self.horizontalHeader(), list(self.measure()[1])
        narrow = sum(need for column, need in enumerate(needs) if column not in self._wide)
        room = self.viewport().width() - narrow
        # Where there is no room for the first of their characters, all columns give way: nobody scrolls sideways.
        least = _LEAST_CHARACTERS * self.fontInfo().pixelSize()  # A Han character is as wide as high.
        enough = room >= sum(min(needs[column], least) for column in self._wide)
        cut = self._wide if enough else tuple(range(len(needs)))
        room = self.viewport().width() - sum(need for column, need in enumerate(needs) if column not in cut)
        for column, width in zip(cut, shared([needs[c] for c in cut], max(0, room)), strict=True):
            needs[column] = width
        for column, width in enumerate(needs):
            header.resizeSection(column, width)
