"""Asks an officer why something is done although rules warn; the reason goes into the log."""

from collections.abc import Sequence

from PySide6.QtWidgets import QWidget

from field_app.domain.reasons import Reason
from field_app.ui.ask_text import ask_text
from field_app.ui.language import said, tr

_WIDTH = 680


def told_lines(reasons: Sequence[Reason]) -> str:
    """Each warning on its own line, with its law."""
    return "\n".join(tr("• {words}（{basis}）", words=said(r.text), basis=said(r.basis)) if r.basis
                     else f"• {said(r.text)}"
                     for r in reasons)


def ask_reason(parent: QWidget, reasons: Sequence[Reason], *, then: str) -> str:
    """The reason typed, empty when the officer turned back; ``then`` names what it lets happen."""
    return ask_text(
        parent, tr("说明理由"),
        tr("{reasons}\n\n确实需要{then}的，请写明理由，理由会记入日志：", reasons=told_lines(reasons), then=then),
        yes=tr("写明理由，{then}", then=then), no=tr("返回修改"), name=tr("理由"), width=_WIDTH)
