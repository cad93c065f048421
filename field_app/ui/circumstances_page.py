"""案件情形: what officers tell of a case, what rules judge by themselves, what warnings were passed."""

from collections.abc import Iterable, Iterator
from itertools import groupby

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QButtonGroup,
    QGridLayout,
    QLineEdit,
    QRadioButton,
    QVBoxLayout,
    QWidget,
)

from field_app.actions.circumstances import (
    MAX_REASON,
    Answer,
    Asked,
    CaseCircumstances,
    Judged,
    case_circumstances,
    tell_circumstances,
)
from field_app.actions.pass_warning import Trace
from field_app.domain.clock import CHINA
from field_app.domain.ids import CaseId
from field_app.ui.flow_row import FlowRow
from field_app.ui.jobs import Lane
from field_app.ui.language import capital, said, tr, tr_later
from field_app.ui.parts import Flowing, button, card, chip, clear, label, row, scroller
from field_app.ui.shell import Shell
from field_app.ui.slices import Slices

_CHOICES: tuple[tuple[str, bool | None], ...] = ((tr_later("是"), True), (tr_later("否"), False),
                                                 (tr_later("未定"), None))
_JUDGED = {True: (tr_later("是"), "soon"), False: (tr_later("否"), "plain"), None: (tr_later("待定"), "plain")}


class Question:
    """One question's widgets: the words, three choices, and why."""

    def __init__(self, asked: Asked) -> None:
        self.asked = asked
        self.words = label(said(asked.circumstance.question), wrap=True)
        if asked.laws:
            self.words.setToolTip(tr("；").join(map(said, asked.laws)))
        self.group = QButtonGroup()
        self.choices = []
        for number, (word, value) in enumerate((tr(w), v) for w, v in _CHOICES):
            one = QRadioButton(word)
            one.setAccessibleName(tr("{question}：{word}", question=said(asked.circumstance.question), word=word))
            one.setChecked(asked.said is value)
            self.group.addButton(one, number)
            self.choices.append(one)
        self.reason = QLineEdit(asked.reason)
        self.reason.setMaxLength(MAX_REASON)
        self.reason.setAccessibleName(tr("{question}的理由", question=said(asked.circumstance.question)))
        self.reason.setPlaceholderText(tr("选“是”的写明理由和依据"))

    @property
    def said(self) -> bool | None:
        return _CHOICES[self.group.checkedId()][1]

    def deny_if_open(self) -> None:
        """What nobody told becomes no."""
        if self.said is None:
            self.choices[1].setChecked(True)

    @property
    def changed(self) -> bool:
        return (self.said, self.reason.text().strip()) != (self.asked.said, self.asked.reason)


class CircumstancesPage(QWidget):
    """All questions of one case, grouped; kept together with one button."""

    closed = Signal()
    told = Signal()

    def __init__(self, shell: Shell) -> None:
        super().__init__()
        self._shell = shell
        self.case: CaseId | None = None
        self.questions: list[Question] = []
        self._again: dict[str, tuple[int, str]] = {}
        self.keep = button(tr("保存"), "action", tip=tr("保存本页（Ctrl+S）"))
        self.keep.setShortcut("Ctrl+S")
        self.keep.clicked.connect(self.save)
        self.rest = button(tr("未定的都选“否”"))
        self.rest.clicked.connect(self._deny_rest)
        back = button(tr("返回环节"), tip=tr("不保存，返回（Esc）"))
        back.clicked.connect(self.closed)
        about = Flowing(tr("程序和裁量的判断以此为准；是谁、何时、为何，都留痕。"), "muted")
        head = FlowRow(
            label(tr("案件情形"), "heading"), about, self.rest, back, self.keep, right=self.rest)
        head.setContentsMargins(20, 12, 20, 4)
        self._slices = Slices(self)
        inner = QWidget()
        self._column = QVBoxLayout(inner)
        self._column.setContentsMargins(20, 8, 20, 16)
        self._column.setSpacing(16)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addLayout(head)
        outer.addWidget(scroller(inner), 1)

    def typed(self) -> dict[str, tuple[int, str]]:
        """What was changed and not saved, by the circumstances' names: the choice and the reason."""
        return {q.asked.circumstance.name: (q.group.checkedId(), q.reason.text()) for q in self.questions if q.changed}

    def type_again(self, typed: dict[str, tuple[int, str]]) -> None:
        """Put it back once the questions are shown."""
        self._again = typed

    def open(self, case: CaseId) -> None:
        """Read and show a case's circumstances."""
        self.case = case
        session = self._shell.officers
        self._shell.jobs.run(Lane.STORE, lambda: case_circumstances(session, case),
                             done=self._show)

    def _show(self, found: CaseCircumstances) -> None:
        clear(self._column)
        self.questions = []
        self._able(False)
        self._slices.start(self._build(found))

    def _able(self, able: bool) -> None:
        """Nothing is kept of a page that is not whole."""
        self.keep.setEnabled(able)
        self.rest.setEnabled(able)

    def _build(self, found: CaseCircumstances) -> Iterator[None]:
        questions: list[Question] = []
        self._column.addWidget(self._judged(found.judged))
        yield
        for about, asked in groupby(
                sorted(found.asked, key=lambda a: _order(found.asked, a)),
                key=lambda a: a.circumstance.about):
            yield from self._group(about, asked, questions)
        self._column.addWidget(self._passed(found.passed))
        self._column.addStretch(1)
        self.questions = questions
        for question in questions:
            if question.asked.circumstance.name in self._again:
                choice, reason = self._again[question.asked.circumstance.name]
                question.choices[choice].setChecked(True)
                question.reason.setText(reason)
        self._again = {}
        self._able(True)

    def _group(self, about: str, asked: Iterable[Asked], questions: list[Question]) -> Iterator[None]:
        frame, column = card()
        self._column.addWidget(frame)
        column.addWidget(label(said(about), "heading"))
        grid = QGridLayout()
        grid.setHorizontalSpacing(12)
        grid.setVerticalSpacing(8)
        grid.setColumnStretch(0, 5)
        grid.setColumnStretch(4, 4)
        column.addLayout(grid)
        for line, one in enumerate(asked):
            question = Question(one)
            questions.append(question)
            grid.addWidget(question.words, line, 0)
            for place, choice in enumerate(question.choices, 1):
                grid.addWidget(choice, line, place)
            grid.addWidget(question.reason, line, 4)
            yield

    def _judged(self, judged: tuple[Judged, ...]) -> QWidget:
        frame, column = card()
        column.addWidget(label(tr("系统按文书和规则判断"), "heading"))
        grid = QGridLayout()
        grid.setHorizontalSpacing(12)
        grid.setVerticalSpacing(8)
        for place, one in enumerate(judged):
            words, tone = _JUDGED[one.holds]
            words = tr(words)
            line, side = divmod(place, 2)
            mark = chip(words, tone)
            mark.setAlignment(Qt.AlignmentFlag.AlignCenter)
            grid.addWidget(mark, line, side * 2)
            grid.addWidget(label(capital(said(one.meaning)), wrap=True), line, side * 2 + 1)
        for column_of_words in (1, 3):
            grid.setColumnStretch(column_of_words, 1)
        column.addLayout(grid)
        return frame

    def _passed(self, traces: tuple[Trace, ...]) -> QWidget:
        frame, column = card()
        column.addWidget(label(tr("写明理由放行过的警告"), "heading"))
        if not traces:
            column.addWidget(label(tr("没有。"), "muted"))
        for trace in traces:
            one = trace.passed
            mark = chip(tr("两人签名有效")) if trace.holds else chip(tr("与日志不符"), "stop")
            column.addLayout(row(mark, label(one.rule), None, label(
                f"{one.at.astimezone(CHINA):%Y-%m-%d %H:%M}", "muted")))
            column.addWidget(label(said(one.text), wrap=True))
            column.addWidget(label(tr("理由：{reason}", reason=one.reason), "muted", wrap=True))
        return frame

    def _deny_rest(self) -> None:
        for question in self.questions:
            question.deny_if_open()

    def save(self) -> None:
        """Keep what was changed; a yes without reason is refused in words and nothing is lost."""
        case, session = self.case, self._shell.officers
        answers = {q.asked.circumstance.name: Answer(q.said, q.reason.text())
                   for q in self.questions if q.changed}
        if case is None:
            return
        if not answers:
            self.closed.emit()
            return
        self._shell.jobs.run(Lane.STORE, lambda: tell_circumstances(session, case, answers),
                             done=lambda _asked: self._kept(case))

    def _kept(self, case: CaseId) -> None:
        self._shell.messages.clear()
        self.told.emit()
        self.open(case)


def _order(asked: tuple[Asked, ...], one: Asked) -> int:
    """Headings in the order of their first question."""
    heads = list(dict.fromkeys(a.circumstance.about for a in asked))
    return heads.index(one.circumstance.about)
