"""The manual: its pictures are as wide as there is room, at every width, and its text stays text."""

import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from field_app.ui import theme
from field_app.ui.help_window import HelpWindow

pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints|raise", extend=True)


def _headings(window: HelpWindow) -> list[int]:
    document = window.text.document()
    blocks = [document.findBlockByNumber(n) for n in range(document.blockCount())]
    return [b.blockFormat().headingLevel() for b in blocks if b.text().strip() and "￼" not in b.text()]


@pytest.mark.parametrize("place", ["desk", "today", "media"])
def test_pictures_fit_and_text_stays_text(qapp: QApplication, qtbot: QtBot, place: str) -> None:
    theme.load_fonts()
    theme.apply(qapp, "light")
    window = HelpWindow(None)
    qtbot.addWidget(window)
    window.show_manual(place)
    once = None
    for width in (980, 700, 1300, 820):
        window.resize(width, 640)
        for _ in range(5):
            qapp.processEvents()
        assert window.text.horizontalScrollBar().maximum() == 0
        found = _headings(window)
        assert found[0] == 1 and found.count(0) > 2 and once in (None, found)
        once = found
