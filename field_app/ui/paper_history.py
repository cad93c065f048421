"""A line below a paper's head: why it is void, and the way to the one before or after it."""

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QWidget

from field_app.actions.paper_history import PaperHistory
from field_app.ui.language import said, tr
from field_app.ui.parts import Elided, button


class HistoryLine(QWidget):
    """Hidden for a paper that nothing happened to. ``opened``: the other paper is asked for."""

    opened = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self.history = PaperHistory()
        self.words = Elided("warning")
        self.other = button("", "link")
        self.other.clicked.connect(lambda: self.opened.emit(self.history.after or self.history.before))
        line = QHBoxLayout(self)
        line.setContentsMargins(16, 0, 12, 8)
        line.addWidget(self.words, 1)
        line.addWidget(self.other)
        self.hide()

    def show_history(self, history: PaperHistory) -> None:
        """Tell ``history``, and lead to the paper that counts now, else to the one before."""
        self.history = history
        self.words.show_text(said(history.words))
        other = history.after or history.before
        self.other.setVisible(other is not None)
        if other is not None:
            self.other.setText(tr("打开{number}", number=other.number) if other.number else tr("打开草稿"))
        self.setVisible(bool(history.words))
