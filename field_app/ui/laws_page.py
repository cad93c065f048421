"""法规与事项: statutes, articles and matters, found by a character, told for a day with their marks."""

from datetime import date
from html import escape

from PySide6.QtCore import QDate, Signal
from PySide6.QtWidgets import QApplication, QComboBox, QTextBrowser, QVBoxLayout, QWidget

from field_app.actions.catalogues import today
from field_app.actions.law_lookup import MOST, Found, Kind, Section, Told, look_up, tell
from field_app.ui.date_boxes import NO_DATE, DayBox
from field_app.ui.jobs import Lane
from field_app.ui.language import capital, said, tr, tr_later
from field_app.ui.list_table import ListTable
from field_app.ui.parts import button, label, row
from field_app.ui.search_line import SearchLine
from field_app.ui.shell import Shell
from field_app.ui.theme import palette

_HEADS = (tr_later("名称"), tr_later("要点"), tr_later("把握程度"))
_MARKS = {"V": tr_later("已核对"), "P": tr_later("只见摘要"), "M": tr_later("凭记忆"), "I": tr_later("推断"), "": ""}
_KINDS = {Kind.LAW: tr_later("法律法规"), Kind.ARTICLE: tr_later("条文要点"), Kind.MATTER: tr_later("执法事项")}


def _table(section: Section) -> str:
    head, *lines = section.rows
    p = palette()
    cell = f'style="border-bottom:1px solid {p.line}; padding:4px 12px 4px 0"'
    heads = "".join(f"<th align='left' {cell}>{escape(capital(said(c)))}</th>"
                    for c in head)
    body = "".join("<tr>" + "".join(f"<td {cell}>{escape(said(c))}</td>" for c in line) + "</tr>" for line in lines)
    return f"<table cellspacing='0' width='100%'><tr>{heads}</tr>{body}</table>"


def html_of(told: Told) -> str:
    """A page for the browser; what is not checked is marked in the colour of doubt."""
    p = palette()
    parts = [f"<h2>{escape(said(told.title))}</h2>"]
    parts += [f"<p style='margin:2px 0'><span style='color:{p.muted}'>{escape(capital(head))}</span>"
              f"　{escape(text)}</p>"
              for head, text in (map(said, fact) for fact in told.facts)]
    for section in told.sections:
        parts.append(f"<h3>{escape(capital(said(section.heading)))}</h3>")
        for one in section.said:
            colour = p.muted if one.sure else p.soon
            mark = f"　<span style='color:{colour}'>{escape(said(one.mark))}</span>" if one.mark else ""
            parts.append(f"<p style='margin:4px 0'>{escape(capital(said(one.text)))}{mark}</p>")
        if section.rows:
            parts.append(_table(section))
    return "".join(parts)


class LawsPage(QWidget):
    """``rest_on``: the officer wants a new case under the matter of that name."""

    rest_on = Signal(str)

    def __init__(self, shell: Shell) -> None:
        super().__init__()
        self._shell = shell
        self.shown: list[Found] = []
        self.told: Told | None = None
        self._asked = 0
        self.search = SearchLine(tr("查找法规与事项"), tr("输入法律名称、第几条、事项名称或者要点里的字"))
        self.search.asked.connect(self._look)
        self.kind = QComboBox()
        self.kind.setAccessibleName(tr("类别"))
        self.kind.addItem(tr("全部类别"), None)
        for kind, words in _KINDS.items():
            self.kind.addItem(tr(words), kind)
        self.kind.activated.connect(lambda _index: self._look())
        self.day = DayBox()
        self.day.setDate(NO_DATE)
        self.day.setAccessibleName(tr("按哪一天有效的"))
        self.day.setToolTip(tr("按哪一天有效的规定和清单；违法行为发生在以前的，选那一天"))
        self.day.dateChanged.connect(lambda _day: self._look())
        self.text = QTextBrowser()
        self.text.setAccessibleName(tr("内容、依据和把握程度"))
        self.text.setOpenLinks(False)
        self.table = ListTable(tr("法规与事项"), [tr(words) for words in _HEADS], wide=(0, 1))
        self.table.chosen.connect(lambda _line: self._tell())
        self.table.opened.connect(lambda _line: self.text.setFocus())
        self.search.down.connect(self.table.setFocus)
        self.count = label("", "muted", wrap=True)
        self.copy = button(tr("复制引用"), tip=tr("按文书的写法复制，可粘贴到文书里"))
        self.new = button(tr("按此事项新建案件"), "action", icon="new")
        self.copy.clicked.connect(self._copy)
        self.new.clicked.connect(lambda: self.rest_on.emit(self.told.matter if self.told else ""))
        self._arrange()

    def _arrange(self) -> None:
        outer = QVBoxLayout(self)
        outer.setContentsMargins(24, 20, 24, 16)
        outer.setSpacing(12)
        head = row(self.search, self.kind, label(tr("有效日期"), "muted"), self.day)
        head.setStretch(0, 1)
        outer.addLayout(head)
        body = row(self.table, self.text, spacing=16)
        body.setStretch(0, 1)
        body.setStretch(1, 1)
        outer.addLayout(body, 1)
        self.for_messages = QVBoxLayout()
        outer.addLayout(self.for_messages)
        foot = row(self.count, self.copy, self.new)
        foot.setStretch(0, 1)
        outer.addLayout(foot)

    @property
    def _day(self) -> date:
        shown = self.day.date()
        return date(shown.year(), shown.month(), shown.day())

    def refresh(self) -> None:
        """As of today, unless another day was chosen."""
        if self.day.date() == NO_DATE:
            now = today(self._shell.officers)
            self.day.setDate(QDate(now.year, now.month, now.day))  # This looks by itself.
        else:
            self._look()

    def _look(self) -> None:
        if self._shell.session is None or self.day.date() == NO_DATE:
            return
        session, words, day = self._shell.officers, self.search.text(), self._day
        kind = self.kind.currentData()
        self._asked += 1
        asked = self._asked
        self._shell.jobs.run(
            Lane.STORE, lambda: look_up(session, words, day=day, kind=None if kind is None else Kind(kind)),
            done=lambda found: self._show(found) if asked == self._asked else None)

    def _show(self, found: list[Found]) -> None:
        self.shown = found
        rows = [(said(f.short) if f.in_force else tr("（当日无效）{title}", title=said(f.short)),
                 capital(said(f.about)), capital(tr(_MARKS[f.confidence])))
                for f in found]
        pale = {(line, column): palette().muted for line, f in enumerate(found) for column in range(3)
                if not f.in_force}
        self.table.show_rows(rows, pale, tips=[said(f.title) for f in found])
        if len(found) >= MOST:
            self.count.setText(tr("只列出前{count}条，请输入字查找。", count=len(found)))
        else:
            self.count.setText(tr("共{count}条。本机不收录法律全文，列出的是程序所依据的要点，引用前请核对原文。",
                                  count=len(found)) if found else tr("没有找到。换一个字，或者换一个类别、日期试试。"))

    @property
    def found(self) -> Found | None:
        """The line that is lit."""
        at = self.table.line
        return self.shown[at] if 0 <= at < len(self.shown) else None

    def _tell(self) -> None:
        one, day = self.found, self._day
        if one is None:
            self._told(None)
            return
        session = self._shell.officers
        self._shell.jobs.run(Lane.STORE, lambda: tell(session, one, day=day),
                             done=lambda told: self._told(told) if self.found is one else None)

    def _told(self, told: Told | None) -> None:
        self.told = told
        self.text.setHtml("" if told is None else html_of(told))
        self.copy.setEnabled(told is not None and bool(told.citation))
        self.new.setEnabled(told is not None and bool(told.matter))
        self.new.setToolTip("" if told is None or told.matter else tr("只有当日可以办理的执法事项才能据以新建案件"))

    def _copy(self) -> None:
        if self.told is not None and self.told.citation:
            QApplication.clipboard().setText(self.told.citation)
            self._shell.messages.good(tr("已复制：{citation}", citation=self.told.citation))
