"""执法事项: typed with suggestions from the agency's catalogue, and what the chosen one means."""

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QModelIndex, QObject, QPersistentModelIndex, Qt
from PySide6.QtGui import QKeyEvent, QStandardItem, QStandardItemModel
from PySide6.QtWidgets import QCompleter, QLabel, QLineEdit, QListView

from field_app.actions.catalogues import matters_today
from field_app.rules.catalogue import CatalogueMatter
from field_app.rules.catalogue_tables import MAX_TEXT
from field_app.ui.jobs import Lane
from field_app.ui.language import said, tr, tr_later
from field_app.ui.parts import label
from field_app.ui.shell import Shell

_NAME, _WORDS = Qt.ItemDataRole.UserRole, Qt.ItemDataRole.UserRole + 1
_NO_CATALOGUE = tr_later("本机还没有执法事项清单，请照公布的清单填写事项名称。")
_UNKNOWN = tr_later("清单里没有这个事项，不能确认本机关有权办理。没有依据的，只能巡查发现后移交有权机关；"
                    "确有依据的，核对后可以继续。")
_BASES_SHOWN = 3


class _ByWords(QCompleter):
    """Finds by name, field or code; puts in the name."""

    def pathFromIndex(self, index: QModelIndex | QPersistentModelIndex) -> str:
        return str(index.data(_NAME))


class MatterPicker(QObject):
    """Gives ``line`` suggestions; ``note`` tells capacity, agency and bases, or warns."""

    def __init__(self, shell: Shell, line: QLineEdit) -> None:
        super().__init__(line)
        self._shell = shell
        self._line = line
        self._matters: dict[str, CatalogueMatter] = {}
        self._model = QStandardItemModel(line)
        completer = _ByWords(self._model, line)
        completer.setCompletionRole(_WORDS)
        completer.setFilterMode(Qt.MatchFlag.MatchContains)
        completer.setCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
        completer.setMaxVisibleItems(12)
        line.setMaxLength(MAX_TEXT)
        self._popup = QListView()
        completer.setPopup(self._popup)
        line.setCompleter(completer)
        self._popup.installEventFilter(self)
        self.note: QLabel = label("", "muted", wrap=True)
        self.note.hide()
        line.textChanged.connect(self._show)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Enter on a suggestion only takes it over; it must not press Enter in the line as well."""
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress and event.key() in (
                Qt.Key.Key_Return, Qt.Key.Key_Enter):
            index = self._popup.currentIndex()
            if index.isValid():
                self._popup.hide()
                self._line.setText(str(index.data(_NAME)))
                return True
        return False

    @property
    def chosen(self) -> CatalogueMatter | None:
        """The matter whose full name stands in the line."""
        return self._matters.get(self._line.text().strip())

    def refresh(self) -> None:
        """Read what may be acted on today."""
        session = self._shell.officers
        self._shell.jobs.run(Lane.STORE, lambda: matters_today(session), done=self.show_matters)

    def show_matters(self, matters: Sequence[CatalogueMatter]) -> None:
        """Offer these."""
        self._matters = {m.name: m for m in matters}
        self._model.clear()
        for matter in matters:
            item = QStandardItem(
                tr("{name}　（{capacity}·{field}）", name=matter.name, capacity=said(matter.capacity),
                   field=matter.field))
            item.setData(matter.name, _NAME)
            item.setData(f"{matter.name} {matter.field} {matter.code}", _WORDS)
            item.setToolTip(matter.name)
            self._model.appendRow(item)
        self._show()

    def _show(self) -> None:
        text, matter = self._line.text().strip(), self.chosen
        warns = bool(text) and matter is None and bool(self._matters)
        if matter is not None:
            words = _meaning(matter)
        elif warns:
            words = tr(_UNKNOWN)
        else:
            words = "" if self._matters else tr(_NO_CATALOGUE)
        self.note.setObjectName("warning" if warns else "muted")
        self.note.style().unpolish(self.note)
        self.note.style().polish(self.note)
        self.note.setText(words)
        self.note.setVisible(bool(words))


def _meaning(matter: CatalogueMatter) -> str:
    bases = [b.citation for b in matter.bases]
    more = tr("等{bases_count}条", bases_count=len(bases)) if len(bases) > _BASES_SHOWN else ""
    told = tr("{type}，{capacity}事项，以{name}名义作出。依据：{bases}{more}。", type=said(matter.type),
              capacity=said(matter.capacity), name=matter.agency.name,
              bases=tr("、").join(map(said, bases[:_BASES_SHOWN])), more=more)
    if matter.confidence in ("M", "I"):
        told += tr("这一项未经核对，请以公布的清单为准。")
    return told
