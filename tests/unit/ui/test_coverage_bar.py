"""The bar of an owed recording: words and colours say the same."""

from datetime import datetime, timedelta

import pytest
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from field_app.actions.recorded_spans import Covered
from field_app.domain.clock import CHINA
from field_app.rules.coverage import Stretch, Taken, coverage
from field_app.ui import theme
from field_app.ui.coverage_bar import CoverageBar

pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints", extend=True)

ZERO = datetime(2026, 11, 26, 9, 40, tzinfo=CHINA)


def _span(began: int, ended: int) -> Stretch:
    return Stretch(ZERO + timedelta(minutes=began), ZERO + timedelta(minutes=ended))


@pytest.mark.parametrize("name", ["light", "sunlight", "dark"])
def test_blue_is_recorded_red_is_missing_amber_lacks_half(
        qtbot: QtBot, qapp: QApplication, name: str) -> None:
    theme.apply(qapp, name)
    seen, heard = (_span(0, 30), _span(50, 100)), (_span(0, 30), _span(50, 80))
    found = coverage(_span(0, 100), [Taken("01", seen, heard)], least_gap=timedelta(seconds=5))
    look = theme.THEMES[name]
    bar = CoverageBar(Covered("现场检查", found), look)
    qtbot.addWidget(bar)
    bar.resize(800, 40)
    bar.show()
    qapp.processEvents()
    assert bar.words.text() == "应录 09:40–11:20，已录 80分，缺 10:10–10:30，无声音 11:00–11:20"
    (strip,) = (w for w in bar.findChildren(QWidget) if w is not bar.words)
    picture = strip.grab().toImage()
    at = {x: picture.pixelColor(round(x * picture.width() / 100), picture.height() // 2)
          for x in (15, 40, 65, 90)}
    assert [at[x] for x in (15, 40, 65, 90)] == [
        QColor(c) for c in (look.action, look.stop, look.action, look.soon)]
    assert bar.words.wordWrap() and strip.accessibleName().startswith("现场检查：应录")
    theme.apply(qapp, "light")
