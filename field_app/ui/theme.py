"""One style sheet in three themes, with the bundled fonts."""

from dataclasses import dataclass
from string import Template

from PySide6.QtGui import QFont, QFontDatabase
from PySide6.QtWidgets import QApplication

from field_app.paths import FONTS

FAMILY = "Noto Sans SC"


@dataclass(frozen=True)
class Palette:
    """Colours by what they mean: ``action`` blue, ``stop`` seal red, ``sealed`` HQ's green."""

    ground: str
    card: str
    line: str
    text: str
    muted: str
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
        ground="#F3F5F8", card="#FFFFFF", line="#D5DCE6", text="#1A2330", muted="#556274",
        action="#1F4E9E", action_down="#173C7B", action_soft="#E7EEF9", on_action="#FFFFFF",
        stop="#B3261E", stop_soft="#FCEBE9", soon="#7A4F00", soon_soft="#FDF3DC",
        sealed="#1B7040", sealed_soft="#E5F4EB", base_px=14),
    "sunlight": Palette(
        ground="#FFFFFF", card="#FFFFFF", line="#3B4654", text="#000000", muted="#222B36",
        action="#0B3A8C", action_down="#06265E", action_soft="#DCE7FA", on_action="#FFFFFF",
        stop="#9B0F08", stop_soft="#FBE0DD", soon="#5E3A00", soon_soft="#FBE8BE",
        sealed="#0B5A2C", sealed_soft="#D5EEDF", base_px=16),
    "dark": Palette(
        ground="#14181F", card="#1D232C", line="#3A4452", text="#EEF2F7", muted="#AEB9C7",
        action="#7FA9EE", action_down="#A5C3F4", action_soft="#26364F", on_action="#0E1726",
        stop="#FF8A80", stop_soft="#40211F", soon="#F2C46D", soon_soft="#3B2F16",
        sealed="#79D29B", sealed_soft="#1D3527", base_px=14),
}

_SHEET = Template("""
* { font-family: "$family"; font-size: ${base}px; color: $text; }
QWidget#ground, QMainWindow, QDialog, QScrollArea, QScrollArea > QWidget > QWidget#ground
  { background: $ground; }
QScrollArea { border: none; }
QFrame#card { background: $card; border: 1px solid $line; border-radius: 8px; }
QFrame#top, QFrame#rail { background: $card; border: none; }
QFrame#top { border-bottom: 1px solid $line; }
QFrame#rail { border-right: 1px solid $line; }
QLabel { background: transparent; }
QLabel#title { font-size: ${title}px; font-weight: 700; }
QLabel#heading { font-size: ${heading}px; font-weight: 700; }
QLabel#muted { color: $muted; }
QLabel#problem { color: $stop; }
QLabel#warning { color: $soon; }
QLabel#good { color: $sealed; }
QLabel#chip { background: $action_soft; color: $action; border-radius: 10px; padding: 2px 10px; }
QLabel[tone="stop"] { background: $stop_soft; color: $stop; border-radius: 10px; padding: 2px 10px; }
QLabel[tone="soon"] { background: $soon_soft; color: $soon; border-radius: 10px; padding: 2px 10px; }
QLabel[tone="sealed"] { background: $sealed_soft; color: $sealed; border-radius: 10px;
  padding: 2px 10px; }
QLabel[tone="plain"] { background: $action_soft; color: $action; border-radius: 10px;
  padding: 2px 10px; }
QPushButton { background: $card; border: 1px solid $line; border-radius: 6px; padding: 7px 16px;
  min-height: 20px; }
QPushButton:hover { background: $action_soft; }
QPushButton:pressed { background: $line; }
QPushButton:focus, QToolButton:focus { border: 2px solid $action; padding: 6px 15px; }
QPushButton:disabled { color: $muted; background: $ground; }
QPushButton#action { background: $action; border: 1px solid $action; color: $on_action;
  font-weight: 700; }
QPushButton#action:hover, QPushButton#action:pressed { background: $action_down; }
QPushButton#action:focus { border: 2px solid $text; }
QPushButton#action:disabled { background: $ground; border-color: $line; color: $muted; }
QPushButton#record { color: $stop; border-color: $stop; font-weight: 700; }
QPushButton#link { border: none; background: transparent; color: $action; padding: 4px 6px; }
QPushButton#link:hover { background: $action_soft; }
QPushButton#link:focus { border: 2px solid $action; padding: 2px 4px; }
QPushButton#nav { border: none; border-radius: 6px; background: transparent; text-align: left;
  padding: 10px 12px; color: $text; }
QPushButton#nav:hover { background: $action_soft; }
QPushButton#nav:checked { background: $action_soft; color: $action; font-weight: 700; }
QPushButton#nav:focus { border: 2px solid $action; padding: 8px 10px; }
QPushButton#step { min-height: 58px; border: 1px solid transparent; border-radius: 8px; background: transparent;
  text-align: left; padding: 8px 10px; }
QPushButton#step:hover { background: $action_soft; }
QPushButton#step:checked { background: $action_soft; border: 1px solid $action; }
QPushButton#step:focus { border: 2px solid $action; }
QLineEdit, QPlainTextEdit, QTextEdit, QComboBox, QDateEdit, QDateTimeEdit, QSpinBox, QDoubleSpinBox {
  background: $card; border: 1px solid $line; border-radius: 6px; padding: 6px 8px;
  selection-background-color: $action; selection-color: $on_action; }
QLineEdit:focus, QPlainTextEdit:focus, QTextEdit:focus, QComboBox:focus, QDateEdit:focus,
QDateTimeEdit:focus, QSpinBox:focus, QDoubleSpinBox:focus { border: 2px solid $action; padding: 5px 7px; }
QLineEdit[wrong="true"], QPlainTextEdit[wrong="true"], QComboBox[wrong="true"],
QDateEdit[wrong="true"], QDateTimeEdit[wrong="true"] { border: 1px solid $stop;
  background: $stop_soft; }
QLineEdit:read-only { background: $ground; color: $muted; }
QComboBox::drop-down, QDateEdit::drop-down, QDateTimeEdit::drop-down { border: none; width: 26px; }
QComboBox::down-arrow, QDateEdit::down-arrow, QDateTimeEdit::down-arrow { image: url($down);
  width: 16px; height: 16px; }
QSpinBox::up-button, QSpinBox::down-button, QDoubleSpinBox::up-button,
QDoubleSpinBox::down-button { width: 0; border: none; }
QComboBox QAbstractItemView { background: $card; border: 1px solid $line;
  selection-background-color: $action_soft; selection-color: $text; }
QCheckBox, QRadioButton { spacing: 8px; background: transparent; }
QRadioButton::indicator { width: 16px; height: 16px; border: 1px solid $muted; border-radius: 9px;
  background: $card; }
QRadioButton::indicator:checked { border: 5px solid $action; width: 8px; height: 8px; }
QRadioButton:focus { color: $action; }
QCheckBox::indicator, QListWidget::indicator { width: 18px; height: 18px; border: 1px solid $muted; border-radius: 4px;
  background: $card; }
QCheckBox::indicator:checked, QListWidget::indicator:checked { background: $action; border-color: $action;
  image: url($tick); }
QCheckBox:focus, QRadioButton:focus { color: $action; }
QRadioButton { spacing: 6px; background: transparent; }
QGroupBox { border: 1px solid $line; border-radius: 8px; margin-top: 14px; padding: 12px;
  background: $card; font-weight: 700; }
QGroupBox::title { subcontrol-origin: margin; left: 12px; padding: 0 6px; color: $action; }
QTableView, QListWidget { background: $card; border: 1px solid $line; border-radius: 8px;
  gridline-color: $line; alternate-background-color: $ground; }
QTableWidget::item, QListWidget::item { padding: 8px; }
QTableView::item { padding: 4px 8px; }
QTableView::item:selected, QListWidget::item:selected { background: $action_soft; color: $text; }
QTableView:focus, QListWidget:focus { border: 2px solid $action; }
QHeaderView::section { background: $ground; color: $muted; border: none; padding: 8px;
  border-bottom: 1px solid $line; font-weight: 700; }
QProgressBar { border: 1px solid $line; border-radius: 6px; background: $ground;
  text-align: center; min-height: 18px; }
QProgressBar::chunk { background: $action; border-radius: 5px; }
QProgressBar#levelMeter { min-height: 8px; max-height: 8px; border-radius: 4px; }
QFrame#banner { background: $stop_soft; border: 1px solid $stop; border-radius: 8px; }
QFrame#banner[tone="good"] { background: $sealed_soft; border-color: $sealed; }
QFrame#banner[tone="note"] { background: $action_soft; border-color: $action; }
QSplitter::handle { background: $line; }
QScrollBar:vertical { background: transparent; width: 12px; margin: 0; }
QScrollBar::handle:vertical { background: $line; border-radius: 5px; min-height: 40px; margin: 2px; }
QScrollBar:horizontal { background: transparent; height: 12px; margin: 0; }
QScrollBar::handle:horizontal { background: $line; border-radius: 5px; min-width: 40px; margin: 2px; }
QScrollBar::add-line, QScrollBar::sub-line { width: 0; height: 0; }
QToolTip { background: $text; color: $card; border: none; padding: 6px; }
QFrame#recordingBar { background: $card; border-top: 1px solid $line; }
QFrame#recordingBar[recording="true"] { background: $stop_soft; border-top: 2px solid $stop; }
QFrame#recordingBar[trouble="true"] { background: $soon_soft; border-top: 4px solid $stop; }
""")


def style_sheet(theme: str) -> str:
    """The whole style sheet of a theme (``light``, ``sunlight``, ``dark``)."""
    from field_app.paths import ICONS

    p = THEMES.get(theme, THEMES["light"])
    values = {k: str(v) for k, v in vars(p).items()}
    return _SHEET.substitute(
        values, family=FAMILY, base=p.base_px, heading=p.base_px + 3, title=p.base_px + 9,
        tick=(ICONS / "tick.svg").as_posix(), down=(ICONS / "down.svg").as_posix())


def load_fonts() -> None:
    """Make the bundled Chinese faces known, so that no machine shows boxes."""
    for name in ("NotoSansSC-Regular.ttf", "NotoSansSC-Bold.ttf"):
        QFontDatabase.addApplicationFont(str(FONTS / name))


def apply(app: QApplication, theme: str) -> None:
    """Dress the whole program."""
    font = QFont(FAMILY)
    font.setPixelSize(THEMES.get(theme, THEMES["light"]).base_px)
    app.setFont(font)
    app.setStyleSheet(style_sheet(theme))
