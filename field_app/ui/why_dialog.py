"""为什么不能做: every reason with its law and what to do, one click away from what is blocked."""

from collections.abc import Mapping, Sequence

from PySide6.QtWidgets import QDialog, QPushButton, QVBoxLayout, QWidget

from field_app.domain.reasons import Level, Reason
from field_app.errors import UserError
from field_app.rules.table import rules
from field_app.ui.language import said, tr, tr_later
from field_app.ui.parts import button, card, chip, label, row, scroller
from field_app.ui.theme import px
from field_app.ui.waiting import ask

_LEVELS = {Level.BLOCK: (tr_later("必须先办"), "stop"), Level.WARN: (tr_later("要写明理由"), "soon"),
           Level.TIMER: (tr_later("期限"), "soon"), Level.INFO: (tr_later("提示"), "plain")}

_WIDTH, _EDGES, _MOST, _AROUND = 720, 60, 620, 140


def reasons_of(error: BaseException) -> tuple[Reason, ...]:
    """The reasons an error carries, or the rule that its code names; none when it has neither."""
    carried = getattr(error, "reasons", ())
    if carried:
        return tuple(r for r in carried if isinstance(r, Reason))
    table = rules()
    if isinstance(error, UserError) and error.code in table:
        return (table[error.code].reason(),)
    return ()


class WhyDialog(QDialog):
    """Lists reasons, blocking ones first. ``steps``: titles of steps by kind; a reason that points to one of
    them leads there, ``chosen`` tells which was asked for."""

    def __init__(self, parent: QWidget | None, title: str, reasons: Sequence[Reason], *,
                 steps: Mapping[str, str] | None = None) -> None:
        super().__init__(parent)
        self.chosen = ""
        self._steps = steps or {}
        self.setWindowTitle(tr("为什么不能做"))
        inner = QWidget()
        column = QVBoxLayout(inner)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(12)
        for reason in sorted(reasons, key=lambda r: r.level is not Level.BLOCK):
            column.addWidget(self._reason(reason))
        column.addStretch(1)
        ways = inner.findChildren(QPushButton)
        close = button(tr("知道了"), "" if ways else "action")
        close.clicked.connect(self.accept)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(20, 16, 20, 16)
        outer.setSpacing(12)
        outer.addWidget(label(said(title), "heading", wrap=True))
        outer.addWidget(scroller(inner), 1)
        outer.addLayout(row(None, close))
        (ways[0] if ways else close).setFocus()  # Enter goes where the reason is seen to.
        needed = max(column.heightForWidth(_WIDTH - _EDGES), column.sizeHint().height())
        self.resize(px(_WIDTH), min(px(_MOST), needed + px(_AROUND)))

    def _go(self, step: str) -> None:
        self.chosen = step
        self.accept()

    def _reason(self, reason: Reason) -> QWidget:
        frame, column = card()
        words, tone = _LEVELS[reason.level]
        words = tr(words)
        column.addLayout(row(chip(words, tone), None))
        column.addWidget(label(said(reason.text), wrap=True))
        if reason.remedy:
            column.addWidget(label(tr("怎么办：{remedy}", remedy=said(reason.remedy)), wrap=True))
        if reason.where in self._steps:
            there = button(tr("打开“{title}”", title=said(self._steps[reason.where])), "action")
            there.clicked.connect(lambda _=False: self._go(reason.where))
            column.addLayout(row(there, None))
        if reason.basis:
            column.addWidget(label(tr("依据：{basis}", basis=said(reason.basis)), "muted", wrap=True))
        rule = rules().get(reason.rule)
        if rule is not None and rule.text not in reason.text:
            column.addWidget(label(tr("规定：{words}", words=said(rule.text)), "muted", wrap=True))
        return frame


def tell_why(parent: QWidget | None, title: str, reasons: Sequence[Reason], *,
             steps: Mapping[str, str] | None = None) -> str:
    """Show the reasons until they are put away; the kind of the step that was asked for, empty for none."""
    dialog = WhyDialog(parent, title, reasons, steps=steps)
    ask(dialog)
    dialog.deleteLater()
    return dialog.chosen
