"""What the desk looks like: three themes at 100 to 200 %, changed while it runs."""

import re
from dataclasses import dataclass
from string import Template
from typing import Any

from PySide6.QtCore import QSize
from PySide6.QtGui import QColor, QFont, QFontDatabase, QPalette
from PySide6.QtWidgets import QAbstractButton, QAbstractSpinBox, QApplication, QWidget

from field_app.paths import FONTS, ICONS
from field_app.ui.icons import icon
from field_app.ui.sheet import SHEET

FAMILY = "Noto Sans SC"
SCALES = (100, 125, 150, 175, 200)
NUMBER_PX = 7  # before a number, as other fields have it
_ICON, _SIZES, _OPENED = "desk_icon", "desk_sizes", "desk_opened"  # dynamic properties of widgets
_FRAME = QSize(16, 36)  # what a system puts around a window
_ICON_PX = 18
_ROUND_PX = 16  # within its frame, what chooses one of several
_PX = re.compile(r"(-?\d+)px")
_PADDINGS = {"field": 6, "spin": 5, "press": 7}  # above and below, as the sheet has them


@dataclass(frozen=True)
class Palette:
    """Colours by what they mean: ``action`` blue, ``stop`` seal red, ``sealed`` HQ's green.

    ``line`` divides and may be faint; ``edge`` shows where to type or tick and must be seen (WCAG 2.1,
    1.4.11); ``band`` is behind every second line of a list and what cannot be pressed, ``rest`` around the
    latter; ``hint`` is what may be typed in an empty field, not to be taken for what was typed.
    """

    ground: str
    card: str
    band: str
    line: str
    edge: str
    rest: str
    text: str
    muted: str
    hint: str
    action: str
    action_down: str
    action_soft: str
    on_action: str
    stop: str
    stop_soft: str
    soon: str
    soon_soft: str
    sealed: str
    sealed_soft: str
    base_px: int


THEMES = {
    "light": Palette(
        ground="#F3F5F8", card="#FFFFFF", band="#F3F5F8", line="#D5DCE6", edge="#7F8B9D",
        rest="#D5DCE6", text="#1A2330", muted="#556274", hint="#556274",
        action="#1F4E9E", action_down="#173C7B", action_soft="#E7EEF9", on_action="#FFFFFF",
        stop="#B3261E", stop_soft="#FCEBE9", soon="#7A4F00", soon_soft="#FDF3DC",
        sealed="#1B7040", sealed_soft="#E5F4EB", base_px=14),
    "sunlight": Palette(
        ground="#FFFFFF", card="#FFFFFF", band="#E4E9F0", line="#3B4654", edge="#3B4654",
        rest="#A3AEBC", text="#000000", muted="#222B36", hint="#4A5563",
        action="#0B3A8C", action_down="#06265E", action_soft="#DCE7FA", on_action="#FFFFFF",
        stop="#9B0F08", stop_soft="#FBE0DD", soon="#5E3A00", soon_soft="#FBE8BE",
        sealed="#0B5A2C", sealed_soft="#D5EEDF", base_px=16),
    "dark": Palette(
        ground="#14181F", card="#1D232C", band="#14181F", line="#3A4452", edge="#6F7C90",
        rest="#3A4452", text="#EEF2F7", muted="#AEB9C7", hint="#8D98A8",
        action="#7FA9EE", action_down="#A5C3F4", action_soft="#26364F", on_action="#0E1726",
        stop="#FF8A80", stop_soft="#40211F", soon="#F2C46D", soon_soft="#3B2F16",
        sealed="#79D29B", sealed_soft="#1D3527", base_px=14),
}


@dataclass
class _Now:
    """What is worn now. One program has one dress, as it has one QApplication."""

    name: str = "light"
    scale: int = 100


_now = _Now()


def palette() -> Palette:
    """The colours worn now."""
    return THEMES[_now.name]


def scale_of(text: str) -> int:
    """A stored scale in percent, kept within what is offered."""
    return max(SCALES[0], min(SCALES[-1], int(text))) if text.isdecimal() and len(text) < 4 else 100


def px(size: int) -> int:
    """``size`` pixels of 100 % at the scale worn now."""
    return round(size * _now.scale / 100)


def words_px(size: int) -> int:
    """``size`` pixels of 100 % in the standard type, at the scale and in the theme's size of type worn now."""
    return px(size * palette().base_px // THEMES["light"].base_px)


def style_sheet(theme: str, scale: int = 100) -> str:
    """The whole style sheet of a theme (``light``, ``sunlight``, ``dark``) at ``scale`` percent."""
    theme = theme if theme in THEMES else "light"
    p = THEMES[theme]
    values = {k: str(v) for k, v in vars(p).items()}
    made = SHEET.safe_substitute(
        values, family=FAMILY, base=p.base_px, heading=p.base_px + 3, title=p.base_px + 9,
        tick=(ICONS / f"tick-{theme}.svg").as_posix(), down=(ICONS / f"down-{theme}.svg").as_posix())
    # A hairline stays one pixel: it divides, it is not read.
    scaled = _PX.sub(lambda m: m[0] if abs(int(m[1])) < 2 else f"{round(int(m[1]) * scale / 100)}px", made)
    # Paddings differ and are rounded each by itself; with these all fields and buttons are of one height,
    # and none gives way when a window is low: a line of our type, what Qt leaves free, the padding.
    high = round((p.base_px * 3 // 2 + 14) * scale / 100)
    fields = {name: str(high - 2 * round(padding * scale / 100)) for name, padding in _PADDINGS.items()}
    # Half of what is round, and never more: Qt would draw it square.
    return Template(scaled).substitute(fields, round=round(_ROUND_PX * scale / 100) // 2 + 1)


def load_fonts() -> None:
    """Make the bundled Chinese faces known, so that no machine shows boxes."""
    for name in ("NotoSansSC-Regular.ttf", "NotoSansSC-Bold.ttf"):
        QFontDatabase.addApplicationFont(str(FONTS / name))


def _qt_palette(p: Palette) -> QPalette:
    """For what no style sheet reaches: item views, menus of the system, links."""
    made = QPalette()
    role = QPalette.ColorRole
    for which, colour in (
            (role.Window, p.ground), (role.Base, p.card), (role.AlternateBase, p.band), (role.Text, p.text),
            (role.WindowText, p.text), (role.Button, p.card), (role.ButtonText, p.text),
            (role.Highlight, p.action), (role.HighlightedText, p.on_action), (role.Link, p.action),
            (role.LinkVisited, p.action), (role.PlaceholderText, p.hint), (role.ToolTipBase, p.text),
            (role.ToolTipText, p.card)):
        made.setColor(which, QColor(colour))
    return made


def apply(app: QApplication, theme: str, scale: int = 100) -> None:
    """Dress the whole program, also while it runs: nothing is made anew, so nothing typed is lost."""
    larger = scale != _now.scale
    _now.name, _now.scale = (theme if theme in THEMES else "light"), scale
    if app.style().name() != "fusion":
        app.setStyle("Fusion")  # The same on every system.
    # Undressed first: with a sheet on, each of the three would go through every widget and its rules.
    app.setStyleSheet("")
    font = QFont(FAMILY)
    font.setPixelSize(px(palette().base_px))
    app.setFont(font)
    app.setPalette(_qt_palette(palette()))
    app.setStyleSheet(style_sheet(_now.name, scale))
    for widget in app.allWidgets():
        _resize(widget)
        if larger:
            _open(widget)
        if isinstance(widget, QAbstractButton):
            _draw_icon(widget)


def give_icon(button: QAbstractButton, name: str) -> None:
    """Put our icon ``name`` on a button; it follows the theme and the scale from now on."""
    button.setProperty(_ICON, name)
    _draw_icon(button)


def _draw_icon(button: QAbstractButton) -> None:
    name = button.property(_ICON)
    if not name:
        return
    p = palette()
    colour = {"action": p.on_action, "record": p.stop}.get(button.objectName(), p.action)
    size = px(_ICON_PX)
    button.setIcon(icon(str(name), colour, size, p.hint))
    button.setIconSize(QSize(size, size))


def give_size(widget: QWidget, **sizes: int) -> None:
    """Fix sizes in pixels of 100 %: ``width``, ``height``, ``least_width``, ``least_height``,
    ``most_width``, ``most_height``, ``words_width``, which also follows the theme's size of type, and ``indent``
    before the number in a spin box; they follow the scale."""
    widget.setProperty(_SIZES, sizes)
    _resize(widget)


def open_at(window: QWidget, width: int, height: int = 0) -> None:
    """Open a window this large, in pixels of 100 %, or as large as there is room; without ``height`` as high
    as it needs. Its size is made anew with the scale, as its words are."""
    window.setProperty(_OPENED, (width, height))
    _open(window)


def _open(window: QWidget) -> None:
    size: Any = window.property(_OPENED)
    if not size:
        return
    width, height = size
    window.resize(QSize(px(width), px(height) if height else window.sizeHint().height()).boundedTo(room_for(window)))


def room_for(window: QWidget) -> QSize:
    """As large as a window can be: within the screen, or the window behind it."""
    room = window.screen().availableSize() - _FRAME
    behind = window.parentWidget()
    return room if behind is None else room.expandedTo(behind.window().size() - _FRAME)


def _resize(widget: QWidget) -> None:
    sizes: Any = widget.property(_SIZES)
    for name, size in (sizes or {}).items():
        if name == "indent":
            _indent(widget, px(int(size)))
            continue
        if name == "words_width":
            widget.setFixedWidth(words_px(int(size)))
            continue
        {"width": widget.setFixedWidth, "height": widget.setFixedHeight,
         "least_width": widget.setMinimumWidth, "least_height": widget.setMinimumHeight,
         "most_width": widget.setMaximumWidth, "most_height": widget.setMaximumHeight}[name](px(int(size)))


def _indent(widget: QWidget, wide: int) -> None:
    """Numbers begin where words do in other fields: the style sheet does not reach the line inside."""
    if isinstance(widget, QAbstractSpinBox):
        widget.lineEdit().setTextMargins(wide, 0, wide, 0)
