"""Lines of a check: how each thing stands, and below it what to do."""

from collections.abc import Iterator, Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QVBoxLayout

from field_app.actions.check_readiness import Check, Light
from field_app.ui.language import capital, said, tr, tr_later
from field_app.ui.parts import chip, label, row

_MARKS = {Light.GREEN: (tr_later("好"), "plain"), Light.AMBER: (tr_later("留意"), "soon"),
          Light.RED: (tr_later("须处理"), "stop")}


def add_checks(column: QVBoxLayout, checks: Sequence[Check]) -> Iterator[None]:
    """Put the lines below what stands in ``column``, one after the other."""
    for check in checks:
        words, tone = _MARKS[check.light]
        found = label(capital(said(check.text)), "muted", wrap=True)
        found.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        line = row(chip(tr(words), tone), label(said(check.name)), found)
        line.setStretch(2, 1)
        both = QVBoxLayout()
        both.setSpacing(4)  # What to do stands nearer to its own line than to the next one.
        both.addLayout(line)
        if check.remedy:
            both.addWidget(label(said(check.remedy), "warning", wrap=True))
        column.addLayout(both)
        yield
