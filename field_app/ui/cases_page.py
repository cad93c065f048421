"""案件: the list with instant Chinese search, and the new-case page."""

from collections.abc import Mapping
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QComboBox, QFormLayout, QLineEdit, QVBoxLayout, QWidget

from field_app.actions.open_case import NewCase, open_case, procedures_offered
from field_app.actions.overview import Opened, list_cases
from field_app.actions.plan import PlanLine
from field_app.domain.case import Case
from field_app.ui.case_table import CaseTable
from field_app.ui.jobs import Lane
from field_app.ui.language import said, tr, tr_later
from field_app.ui.matter_picker import MatterPicker
from field_app.ui.parts import button, card, label, row, scroller
from field_app.ui.search_line import SearchLine
from field_app.ui.shell import Shell

_HINT = Qt.ItemDataRole.UserRole + 1
_SPANS = {Opened.ANY: tr_later("全部时间"), Opened.MONTH: tr_later("本月"), Opened.LAST_MONTH: tr_later("上月"),
          Opened.YEAR: tr_later("本年"), Opened.LAST_YEAR: tr_later("上年")}
_KINDS = (tr_later("个体工商户"), tr_later("法人"), tr_later("其他组织"), tr_later("公民"))


class CasesPage(QWidget):
    """All cases of this laptop, newest first."""

    def __init__(self, shell: Shell) -> None:
        super().__init__()
        self._shell = shell
        self.search = SearchLine(tr("搜索案件"), tr("输入姓名、单位、地点、案号，一个字也能找"))
        self.search.asked.connect(self.refresh)
        self.opened = QComboBox()
        self.opened.setAccessibleName(tr("立项时间"))
        for span, words in _SPANS.items():
            self.opened.addItem(tr(words), span)
        self.opened.activated.connect(lambda _index: self.refresh())
        new = button(tr("新建案件"), "action", tip="Ctrl+N", icon="new")
        new.clicked.connect(lambda: shell.go("new"))
        self.table = CaseTable()
        self.table.chosen.connect(lambda case: shell.open_case(case.id))
        self.search.down.connect(self.table.setFocus)
        self.empty = label("", "muted")
        self.empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(24, 20, 24, 20)
        outer.setSpacing(12)
        outer.addLayout(row(self.search, self.opened, new))
        outer.addWidget(self.table, 1)
        outer.addWidget(self.empty)

    def refresh(self) -> None:
        """Search and show, off the screen's thread."""
        session, words = self._shell.session, self.search.text()
        if session is None:
            return  # The time to search came after the log-out.
        opened = Opened(self.opened.currentData())
        self._shell.jobs.run(Lane.STORE, lambda: list_cases(session, words, opened=opened), done=self._show)

    def _show(self, found: list[Case]) -> None:
        self.table.show_cases(found)
        self.empty.setText("" if found else (
            tr("没有找到。换一个字，或者换一个立项时间试试。") if self.search.text() or self.opened.currentIndex()
            else tr("还没有案件。点“新建案件”开始第一件。")))


class NewCasePage(QWidget):
    """A new case: its procedure, party, place, cause; the rest is asked on the papers."""

    opened = Signal(object)

    def __init__(self, shell: Shell) -> None:
        super().__init__()
        self._shell = shell
        self.procedure = QComboBox()
        self.procedure.setAccessibleName(tr("办案程序"))
        self.procedure.currentIndexChanged.connect(self._show_hint)
        self.hint = label("", "muted", wrap=True)
        self.kind = QComboBox()
        for kind in _KINDS:
            self.kind.addItem(tr(kind), kind)
        self.kind.setAccessibleName(tr("当事人类型"))
        self.name = self._line(tr("当事人名称（姓名）"), tr("营业执照或身份证上的全称"))
        self.place = self._line(tr("地点"), tr("乡镇、村（社区）、门牌或方位"))
        self.cause = self._line(tr("事由"), tr("例如：安全生产日常检查"))
        self.matter = self._line(tr("执法事项"), tr("输入名称里的字，从清单里选"))
        form = QFormLayout()
        form.setSpacing(12)
        form.setLabelAlignment(Qt.AlignmentFlag.AlignRight)
        for words, widget in ((tr("办案程序"), self.procedure), ("", self.hint),
                              (tr("当事人类型"), self.kind), (tr("名称或姓名"), self.name),
                              (tr("地点"), self.place), (tr("事由"), self.cause),
                              (tr("执法事项"), self.matter)):
            form.addRow(words, widget)
        self.picker = MatterPicker(shell, self.matter)
        form.addRow("", self.picker.note)
        self._planned: dict[str, str] = {}
        self.planned = label("", "muted", wrap=True)
        self.planned.hide()
        form.addRow("", self.planned)
        self.start = start = button(tr("开始办案"), "action", icon="next")
        back = button(tr("返回"))
        start.clicked.connect(self._start)
        back.clicked.connect(lambda: shell.go("cases"))
        frame, column = card()
        column.addWidget(label(tr("新建案件"), "heading"))
        column.addWidget(label(tr("先写清查谁、在哪里、查什么；其他信息在文书里填写。"), "muted"))
        column.addLayout(form)
        column.addLayout(row(None, back, start))
        inner = QWidget()
        middle = QVBoxLayout(inner)
        middle.setContentsMargins(24, 20, 24, 20)
        middle.addWidget(frame)
        middle.addStretch(1)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(scroller(inner))

    def _line(self, name: str, hint: str) -> QLineEdit:
        line = QLineEdit()
        line.setAccessibleName(name)
        line.setPlaceholderText(hint)
        line.setMaxLength(200)
        line.returnPressed.connect(self._start)
        return line

    def clear(self) -> None:
        """Begin with empty fields and the procedures in force today."""
        self.procedure.clear()
        for made in procedures_offered(self._shell.officers):
            self.procedure.addItem(said(made.title), made.id)
            self.procedure.setItemData(self.procedure.count() - 1, said(made.hint), _HINT)
        self._show_hint()
        for line in (self.name, self.place, self.cause, self.matter):
            line.clear()
        self._plan("", "")
        self.picker.refresh()
        self.name.setFocus()

    def begin(self, line: PlanLine) -> None:
        """All that a line of the plan tells stands in the fields; Enter begins."""
        told = line.facts
        self.type_again({
            "name": told.name, "place": told.place, "cause": told.cause, "kind": told.party_type,
            "matter": told.matters[0] if told.matters else "", "plan": line.id, "number": told.uscc})
        self.start.setFocus()

    def rest_on(self, matter: str) -> None:
        """A case under this matter; the rest is typed."""
        self.matter.setText(matter)
        self.name.setFocus()

    def _plan(self, line: str, number: str) -> None:
        """That it carries out a line of the plan; ``number``: the party's, empty where not known."""
        self._planned = {"plan": line, "number": number} if line else {}
        told = tr("按检查计划检查，办完后计划里记为已检查。")
        if number:
            told += tr("证件号码 {number} 一并带入文书。", number=number)
        self.planned.setText(told if line else "")
        self.planned.setVisible(bool(line))

    def typed(self) -> dict[str, str]:
        """What stands in the fields, by their names."""
        return {name: text for name, text in (
            *((n, b.text()) for n, b in self._lines.items()), ("kind", str(self.kind.currentData())),
            *self._planned.items()) if text}

    def type_again(self, typed: Mapping[str, str]) -> None:
        """Put back what stood there when the desk was killed."""
        for name, line in self._lines.items():
            line.setText(str(typed.get(name, "")))
            line.setCursorPosition(0)
        self._plan(str(typed.get("plan", "")), str(typed.get("number", "")))
        self.kind.setCurrentIndex(max(0, self.kind.findData(str(typed.get("kind", "")))))

    @property
    def _lines(self) -> dict[str, QLineEdit]:
        return {"name": self.name, "place": self.place, "cause": self.cause, "matter": self.matter}

    def _show_hint(self) -> None:
        self.hint.setText(str(self.procedure.currentData(_HINT) or ""))

    def _start(self) -> None:
        party: dict[str, Any] = {"party_type": str(self.kind.currentData()),
                                 "name": self.name.text().strip()}
        if number := self._planned.get("number", ""):
            known = "身份证" if party["party_type"] == "公民" else "统一社会信用代码"
            party |= {"id_type": known, "id_no": number}
            party |= {} if party["party_type"] == "公民" else {"uscc": number}
        new = NewCase(cause=self.cause.text(), matter=self.matter.text(),
                      place=self.place.text(), party=party,
                      procedure=str(self.procedure.currentData() or "inspection"),
                      plan=self._planned.get("plan", ""))
        session = self._shell.officers
        self._shell.jobs.run(Lane.STORE, lambda: open_case(session, new),
                             done=lambda case: self._shell.open_case(case.id), failed=self._failed)

    def _failed(self, error: BaseException) -> None:
        """What was refused is told, and the cursor waits in the first field that says nothing."""
        self._shell.messages.error(error)
        empty = next((line for line in self._lines.values() if not line.text().strip()), None)
        if empty is not None:
            empty.setFocus()
