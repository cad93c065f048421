"""设置 › 文号: how many reserved numbers are left, and which numbers are void."""

from collections.abc import Sequence

from PySide6.QtWidgets import QVBoxLayout, QWidget

from field_app.actions.number_document import Stock, Voided, numbers_left, void_numbers
from field_app.domain.clock import CHINA
from field_app.ui.jobs import Lane
from field_app.ui.language import tr
from field_app.ui.parts import card, chip, clear, label, row
from field_app.ui.shell import Shell

_SHOWN = 50


class NumberStock(QWidget):
    """One line for each reserved series, and for each void number."""

    def __init__(self, shell: Shell) -> None:
        super().__init__()
        self._shell = shell
        frame, column = card()
        column.addWidget(label(tr("文号"), "heading"))
        self.lines = QVBoxLayout()
        self.lines.setSpacing(8)
        column.addLayout(self.lines)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(frame)

    def refresh(self) -> None:
        """Read what is left, off the screen's thread."""
        if self._shell.session is None:
            return
        session = self._shell.session
        self._shell.jobs.run(Lane.STORE, lambda: (numbers_left(session), void_numbers(session)),
                             done=lambda both: self.show_numbers(*both))

    def show_numbers(self, stocks: Sequence[Stock], voids: Sequence[Voided]) -> None:
        """Show series, the scarcest first, and void numbers, the newest first."""
        clear(self.lines)
        for stock in stocks:
            words = tr("还有{left}个", left=stock.left) if stock.left else tr("已用完")
            mark = chip(words, "plain" if not stock.few else "soon" if stock.left else "stop")
            self.lines.addLayout(row(
                mark, label(tr("{series}〔{year}〕", series=stock.series, year=stock.year)), None,
                label(tr("本机号段共{reserved}个", reserved=stock.reserved), "muted")))
        if any(stock.few for stock in stocks):
            self.lines.addWidget(label(
                tr("号段快用完了：请联网同步或从总部领取新的号段；用完后文书只能存为草稿，不能定稿。"),
                "warning", wrap=True))
        if not stocks:
            self.lines.addWidget(label(tr("本机没有预留号段，各文种在本机连续编号。"), "muted", wrap=True))
        if voids:
            self.lines.addWidget(
                label(tr("已作废的文号（共{voids_count}个，不再使用）", voids_count=len(voids)), "muted"))
        for void in reversed(voids[-_SHOWN:]):
            self.lines.addLayout(row(
                chip(tr("作废"), "stop"), label(void.number),
                label(tr("{at:%Y年%m月%d日}　{reason}", at=void.at.astimezone(CHINA), reason=void.reason), "muted"),
                None))
