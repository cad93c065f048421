"""Contrast of every pair of colours that the style sheet puts together, the grid, figures and icons."""

import re
from pathlib import Path

import pytest
from PySide6.QtCore import QRect, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QApplication,
    QComboBox,
    QDialog,
    QLabel,
    QLineEdit,
    QPushButton,
    QRadioButton,
    QScrollBar,
    QSlider,
    QSpinBox,
    QStyle,
    QStyleOptionButton,
    QStyleOptionSlider,
    QVBoxLayout,
    QWidget,
)
from pytestqt.qtbot import QtBot

from field_app.paths import ICONS
from field_app.ui import theme
from field_app.ui.date_boxes import DayBox
from field_app.ui.parts import button
from field_app.ui.theme import (
    FAMILY,
    NUMBER_PX,
    SCALES,
    THEMES,
    apply,
    give_size,
    load_fonts,
    open_at,
    px,
    style_sheet,
)

_UI = Path(theme.__file__).parent
# Text on what it stands on.
_PAIRS = (
    *((ink, ground) for ink in ("text", "muted", "hint", "action", "stop", "soon", "sealed")
      for ground in ("ground", "card", "band")),
    *((tone, f"{tone}_soft") for tone in ("action", "stop", "soon", "sealed")),
    *(("text", f"{tone}_soft") for tone in ("action", "stop", "soon", "sealed")),
    *(("muted", f"{tone}_soft") for tone in ("action", "stop", "soon", "sealed")),
    ("stop", "soon_soft"), ("action", "stop_soft"), ("action", "sealed_soft"), ("soon", "action_soft"),
    ("stop", "action_soft"), ("sealed", "action_soft"),
    ("on_action", "action"), ("on_action", "action_down"),
    ("card", "text"))


def _light(colour: str) -> float:
    """Relative luminance (WCAG 2.1)."""
    parts = [int(colour[i:i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    high, low = sorted((_light(one), _light(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("name", THEMES)
def test_contrast_of_every_pair(name: str) -> None:
    worn = THEMES[name]
    weak = {(ink, ground): round(contrast(getattr(worn, ink), getattr(worn, ground)), 2)
            for ink, ground in _PAIRS
            if contrast(getattr(worn, ink), getattr(worn, ground)) < 4.5}
    assert weak == {}
    # The frame of the focus, and what shows where to type and tick, where a bar scrolls, what lies in time.
    faint = {(part, ground): round(contrast(getattr(worn, part), getattr(worn, ground)), 2)
             for part in ("action", "edge", "stop", "soon") for ground in ("ground", "card")
             if contrast(getattr(worn, part), getattr(worn, ground)) < 3}
    assert faint == {}


def test_contrast_knows_its_ends() -> None:
    assert contrast("#000000", "#FFFFFF") == 21
    assert contrast("#777777", "#FFFFFF") < 4.5 < contrast("#767676", "#FFFFFF")


# They draw on paper, on a picture or for a camera, which are the same in every theme.
_OWN_COLOURS = {"theme.py", "icons.py", "import_clock.py", "mask_screen.py", "paper_view.py", "stroke_pad.py"}


def test_no_page_has_colours_of_its_own() -> None:
    """A colour that is no theme's would not follow the theme, and no contrast of it would be judged."""
    found = {path.name for path in _UI.glob("*.py")
             if re.search(r"""["']#[0-9A-Fa-f]{6}["']|QColor\(\d""", path.read_text("utf-8"))}
    assert found == _OWN_COLOURS


@pytest.mark.parametrize("name", THEMES)
def test_marks_inside_controls_are_seen(name: str) -> None:
    """No rule of a style sheet colours them: each theme has its own drawings."""
    worn, sheet = THEMES[name], style_sheet(name)
    for mark, ground in (("tick", worn.action), ("down", worn.card), ("down", worn.band)):
        drawn = ICONS / f"{mark}-{name}.svg"
        assert drawn.as_posix() in sheet
        (colour,) = set(re.findall(r"#[0-9A-Fa-f]{6}", drawn.read_text("utf-8")))
        assert contrast(colour, ground) >= 4.5, (mark, ground)


@pytest.mark.parametrize("name", THEMES)
def test_the_focus_of_the_button_that_matters_most_is_seen(qapp: QApplication, qtbot: QtBot, name: str) -> None:
    """WCAG 2.2, 2.4.13: what the focus changes differs as 3 to 1 from what was there."""
    page = QWidget()
    qtbot.addWidget(page)
    load_fonts()
    apply(qapp, name)
    try:
        press, other = button("定稿", "action"), button("返回")
        column = QVBoxLayout(page)
        column.addWidget(press)
        column.addWidget(other)
        page.show()
        page.activateWindow()
        other.setFocus()
        qtbot.waitUntil(other.hasFocus)
        without = press.grab().toImage()
        press.setFocus()
        with_it = press.grab().toImage()
        middle = press.width() // 4  # left of the words
        found = [contrast(without.pixelColor(middle, y).name(), with_it.pixelColor(middle, y).name())
                 for y in range(press.height())]
        assert max(found) >= 3
    finally:
        apply(qapp, "light")


@pytest.mark.parametrize("name", THEMES)
def test_a_hint_is_not_taken_for_what_was_typed(name: str) -> None:
    worn = THEMES[name]
    assert contrast(worn.text, worn.card) / contrast(worn.hint, worn.card) > 1.5


def _fields(page: QWidget) -> dict[str, QWidget]:
    made: dict[str, QWidget] = {
        "line": QLineEdit("1"), "combo": QComboBox(), "spin": QSpinBox(), "day": DayBox(), "press": button("打开"),
        "icon": button("打开", "action", icon="new")}
    column = QVBoxLayout(page)
    for field in made.values():
        column.addWidget(field)
    return made


@pytest.mark.parametrize("high", [1, 1200])
@pytest.mark.parametrize("scale", SCALES)
@pytest.mark.parametrize("name", THEMES)
def test_fields_of_a_line_are_of_one_height(
        qapp: QApplication, qtbot: QtBot, name: str, scale: int, high: int) -> None:
    """Also where a window is lower than it would like to be, in which only some would give way."""
    page = QWidget()
    qtbot.addWidget(page)
    load_fonts()
    apply(qapp, name, scale)
    try:
        made = _fields(page)
        page.resize(400, high)
        page.show()
        heights = {kind: field.height() for kind, field in made.items()}
        assert max(heights.values()) - min(heights.values()) <= 1, heights
        assert min(heights.values()) >= page.fontMetrics().height() + 2 * px(5)
    finally:
        apply(qapp, "light")


@pytest.mark.parametrize("scale", SCALES)
def test_round_is_round_at_every_size(qapp: QApplication, scale: int) -> None:
    """Qt draws square what is to be rounded by more than half of its side."""
    load_fonts()
    apply(qapp, "light", scale)
    try:
        choice, slider, bar = QRadioButton(), QSlider(Qt.Orientation.Horizontal), QScrollBar(Qt.Orientation.Vertical)
        for part in (choice, slider):
            part.resize(px(200), px(60))
            part.ensurePolished()
        shown = QStyleOptionButton()
        shown.initFrom(choice)
        assert _is_round(choice, choice.style().subElementRect(
            QStyle.SubElement.SE_RadioButtonIndicator, shown, choice))
        grip = QStyleOptionSlider()
        slider.initStyleOption(grip)
        assert _is_round(slider, slider.style().subControlRect(
            QStyle.ComplexControl.CC_Slider, grip, QStyle.SubControl.SC_SliderHandle, slider))
        bar.setRange(0, 100)
        bar.resize(bar.sizeHint().width(), 400)
        image, edge = bar.grab().toImage(), QColor(THEMES["light"].edge)
        top = next(y for y in range(400) if image.pixelColor(bar.width() // 2, y) == edge)
        left = next(x for x in range(bar.width()) if image.pixelColor(x, top + px(20)) == edge)
        assert image.pixelColor(left, top) != edge
    finally:
        apply(qapp, "light")


def _is_round(widget: QWidget, place: QRect) -> bool:
    """Whether the outline, which the middle of the upper edge shows, leaves out the corner."""
    image = widget.grab().toImage()
    return image.pixel(place.topLeft()) != image.pixel(place.center().x(), place.top())


def test_windows_open_as_large_as_their_words(qapp: QApplication, qtbot: QtBot) -> None:
    behind = QWidget()
    qtbot.addWidget(behind)
    behind.resize(1920, 1020)
    asked = QDialog(behind)
    try:
        apply(qapp, "light", 150)
        open_at(asked, 600, 400)
        assert asked.size().toTuple() == (900, 600)
        asked.resize(700, 500)
        apply(qapp, "dark", 150)
        assert asked.size().toTuple() == (700, 500), "what an officer pulled to its size stays in another theme"
        apply(qapp, "dark", 200)
        assert asked.size().toTuple() == (1200, 800)
        open_at(asked, 1600, 900)
        assert asked.width() < 1920 and asked.height() < 1020, "never larger than there is room"
    finally:
        apply(qapp, "light")


def test_numbers_begin_where_words_do(qapp: QApplication, qtbot: QtBot) -> None:
    box = QSpinBox()
    qtbot.addWidget(box)
    give_size(box, indent=NUMBER_PX)
    try:
        for scale in (100, 200):
            apply(qapp, "light", scale)
            assert box.lineEdit().textMargins().left() == round(NUMBER_PX * scale / 100)
    finally:
        apply(qapp, "light")


def test_what_holds_words_is_wider_where_the_type_is_larger(qapp: QApplication, qtbot: QtBot) -> None:
    rail = QWidget()
    qtbot.addWidget(rail)
    give_size(rail, words_width=280)
    try:
        for name, scale, width in (("light", 100, 280), ("sunlight", 100, 320), ("dark", 200, 560),
                                   ("sunlight", 200, 640)):
            apply(qapp, name, scale)
            assert rail.width() == width
    finally:
        apply(qapp, "light")


def test_margins_lie_on_the_grid() -> None:
    call = re.compile(r"(?:setSpacing|setContentsMargins|addSpacing|set(?:Vertical|Horizontal)Spacing)\(([\d, ]+)\)")
    off = {f"{path.name}: {found[0]}" for path in _UI.glob("*.py")
           for found in call.finditer(path.read_text("utf-8"))
           if any(int(n) % 4 for n in found[1].split(","))}
    assert off == set()


def test_icons_have_one_line_weight_and_one_colour() -> None:
    for path in ICONS.glob("*.svg"):
        drawn = path.read_text("utf-8")
        assert 'viewBox="0 0 24 24"' in drawn and 'stroke-linecap="round"' in drawn
        if not path.stem.startswith(("tick-", "down-")):  # parts of controls, drawn smaller, of each theme's colour
            assert set(re.findall(r'stroke-width="([\d.]+)"', drawn)) == {"1.75"}, path.name
            assert set(re.findall(r"#[0-9A-Fa-f]{6}", drawn)) == {"#1F4E9E"}, path.name


def test_figures_are_of_one_width(qapp: QApplication) -> None:
    load_fonts()
    for bold in (False, True):
        font = QFont(FAMILY)
        font.setPixelSize(200)
        font.setBold(bold)
        metrics = QFontMetricsF(font)
        assert len({metrics.horizontalAdvance(figure) for figure in "0123456789"}) == 1


def test_the_sheet_scales_all_but_hairlines() -> None:
    half, whole = style_sheet("light", 100), style_sheet("light", 200)
    assert "font-size: 14px" in half and "font-size: 28px" in whole
    assert "border: 1px solid" in whole and "padding: 14px 32px" in whole


def test_worn_while_it_runs_nothing_typed_is_lost(qapp: QApplication, qtbot: QtBot) -> None:
    page = QWidget()
    qtbot.addWidget(page)
    line, words, press = QLineEdit(), QLabel("当事人"), button("新建案件", "action", icon="new")
    give_size(line, least_width=100)
    column = QVBoxLayout(page)
    for part in (words, line, press):
        column.addWidget(part)
    page.show()
    line.setFocus()
    QTest.keyClicks(line, "half a word")
    line.setCursorPosition(4)
    before = press.icon().pixmap(px(18), px(18)).toImage()
    try:
        for name, scale in (("dark", 100), ("sunlight", 200), ("dark", 150)):
            apply(qapp, name, scale)
            assert (line.text(), line.cursorPosition(), page.focusWidget()) == ("half a word", 4, line)
            assert line.minimumWidth() == scale
            assert QApplication.font().pixelSize() == round(THEMES[name].base_px * scale / 100)
            assert press.iconSize().width() == round(18 * scale / 100)
        after = press.icon().pixmap(px(18), px(18)).toImage()
        assert before.size() != after.size()
        line.undo()
        assert line.text() == ""
    finally:
        apply(qapp, "light")
    assert isinstance(press, QPushButton)
