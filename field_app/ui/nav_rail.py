"""The left rail: every page with its icon, its name and its key."""

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QButtonGroup, QFrame, QPushButton, QVBoxLayout, QWidget

from field_app.ui.language import tr, tr_later
from field_app.ui.parts import button, scroller
from field_app.ui.theme import give_size

NAV = (("today", tr_later("今日")), ("cases", tr_later("案件")), ("plan", tr_later("检查计划")),
       ("papers", tr_later("文书")), ("media", tr_later("音像")), ("laws", tr_later("法规与事项")),
       ("sync", tr_later("同步")), ("statistics", tr_later("统计")), ("settings", tr_later("设置")))
# Pages without a line of their own, and the line they belong to.
WITHIN = {"import": "media", "new": "cases", "desk": "cases"}


class NavRail(QFrame):
    """``buttons`` by the page's name; Ctrl and the number of the line do the same."""

    chosen = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("rail")
        give_size(self, width=142)
        inner = QWidget()
        column = QVBoxLayout(inner)
        column.setContentsMargins(8, 12, 8, 12)
        column.setSpacing(4)
        group = QButtonGroup(self)
        self.buttons: dict[str, QPushButton] = {}
        for number, (name, words) in enumerate(NAV, 1):
            made = button(tr(words), "nav", tip=f"Ctrl+{number}", icon=name)
            made.setCheckable(True)
            made.clicked.connect(lambda _=False, n=name: self.chosen.emit(n))
            group.addButton(made)
            column.addWidget(made)
            self.buttons[name] = made
        column.addStretch(1)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        area = scroller(inner)  # Scrolls only where the screen is too low for all.
        inner.setObjectName("card")
        outer.addWidget(area)
        group.buttonToggled.connect(lambda made, on: area.ensureWidgetVisible(made) if on else None)
