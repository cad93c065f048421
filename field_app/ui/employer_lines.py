"""Agency, unit and its code of whom a certificate is for: known ones are offered, others are typed."""

from collections.abc import Iterable, Sequence

from PySide6.QtWidgets import QComboBox, QLineEdit

from field_app.actions.district_register import Employer
from field_app.ui.language import tr
from field_app.ui.work_dialog import MAX_TEXT, text_line


class EmployerLines:
    """The newest of ``known`` stands in the lines at first; its code goes when another unit is typed."""

    def __init__(self, known: Sequence[Employer]) -> None:
        self._known, self._code = known, ""
        self.agency_box, self.agency = _box(tr("机关"), "", (one.agency for one in known))
        self.unit_box, self.unit = _box(tr("单位"), tr("例如：综合行政执法大队"), (one.unit for one in known))
        self.unit_code = text_line(tr("单位代码"), tr("没有则留空"))
        self.agency_box.activated.connect(lambda _index: self._agency_chosen())
        for line in (self.agency, self.unit):
            line.textEdited.connect(lambda _text: self._follow())
        self.unit_box.activated.connect(lambda _index: self._follow())
        if known:
            self.show(known[0])

    def show(self, one: Employer, *, fixed: bool = False) -> None:
        """``fixed``: as it stands in the certificate that is renewed."""
        for box, words in ((self.agency_box, one.agency), (self.unit_box, one.unit)):
            box.setCurrentIndex(box.findText(words))
            box.setEditText(words)
            box.setEnabled(not fixed)
        self.unit_code.setText(one.unit_code)
        self._code = one.unit_code
        self.unit_code.setReadOnly(fixed)

    def typed(self) -> Employer:
        return Employer(self.agency.text(), self.unit.text(), self.unit_code.text())

    def _agency_chosen(self) -> None:
        self.show(next(one for one in self._known if one.agency == self.agency.text()))

    def _follow(self) -> None:
        """A code that nobody typed is that of the unit, if it is known."""
        if self.unit_code.text() != self._code:
            return
        self._code = next((one.unit_code for one in self._known
                           if (one.agency, one.unit) == (self.agency.text(), self.unit.text())), "")
        self.unit_code.setText(self._code)


def _box(name: str, hint: str, known: Iterable[str]) -> tuple[QComboBox, QLineEdit]:
    """A line with a list to choose from."""
    box = QComboBox()
    box.setAccessibleName(name)
    box.setEditable(True)
    line = box.lineEdit()  # Qt's own: another one's text stands too low.
    if line is None:
        raise RuntimeError("a box that can be typed in has a line")
    line.setAccessibleName(name)
    line.setPlaceholderText(hint)
    line.setMaxLength(MAX_TEXT)
    box.setInsertPolicy(QComboBox.InsertPolicy.NoInsert)
    box.setCompleter(None)  # type: ignore[arg-type] # Nothing is added to what is typed.
    box.addItems(list(dict.fromkeys(words for words in known if words)))
    box.setCurrentIndex(-1)
    return box, line
