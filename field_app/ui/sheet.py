"""The one style sheet; its colours and sizes are filled in by ``theme``.

Sizes are pixels at 100 %; borders and paddings add up to the 4-px grid.
"""

from string import Template

SHEET = Template("""
* { font-family: "$family"; font-size: ${base}px; color: $text; }
QWidget#ground, QMainWindow, QDialog, QScrollArea, QScrollArea > QWidget > QWidget#ground
  { background: $ground; }
QScrollArea > QWidget > QWidget#card { background: $card; }
QScrollArea { border: none; }
QFrame#card { background: $card; border: 1px solid $line; border-radius: 8px; }
QFrame#top, QFrame#rail { background: $card; border: none; }
QFrame#top { border-bottom: 1px solid $line; }
QFrame#rail { border-right: 1px solid $line; }
QLabel { background: transparent; }
QLabel#key { background: $ground; border: 1px solid $line; border-radius: 4px; padding: 2px 8px; font-weight: 700; }
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
QLabel[tone="chosen"] { background: $card; color: $action; border-radius: 10px;
  padding: 2px 10px; }
QLabel[tone="plain"] { background: $action_soft; color: $action; border-radius: 10px;
  padding: 2px 10px; }
QPushButton { background: $card; border: 1px solid $line; border-radius: 6px; padding: 7px 16px;
  min-height: ${press}px; }
QPushButton:hover { background: $action_soft; }
QPushButton:pressed { background: $line; }
QPushButton:focus, QToolButton:focus { border: 2px solid $action; padding: 6px 15px; }
QToolButton { background: $card; border: 1px solid $line; border-radius: 6px; padding: 7px 12px; }
QPushButton::menu-indicator { image: url($down); width: 12px; height: 12px; subcontrol-position: right center;
  subcontrol-origin: padding; right: 2px; }
QPushButton:disabled, QToolButton:disabled { color: $hint; border-color: $rest; background: $band; }
QPushButton#action { background: $action; border: 1px solid $action; color: $on_action;
  font-weight: 700; }
QPushButton#action:hover, QPushButton#action:pressed { background: $action_down; }
QPushButton#action:focus { border: 4px double $on_action; padding: 4px 13px; }
QPushButton#action:disabled { background: $band; border-color: $rest; color: $hint; }
QPushButton#record { color: $stop; border-color: $stop; font-weight: 700; }
QPushButton#record:disabled { color: $hint; border-color: $rest; }
QPushButton#link { border: none; background: transparent; color: $action; padding: 6px 8px;
  text-align: left; }
QPushButton#link:hover { background: $action_soft; }
QPushButton#link:focus { border: 2px solid $action; padding: 4px 6px; }
QPushButton#link:disabled { color: $hint; background: transparent; }
QPushButton#nav { border: none; border-radius: 6px; background: transparent; text-align: left;
  padding: 10px 12px; min-height: 20px; color: $text; }
QPushButton#nav:hover { background: $action_soft; }
QPushButton#nav:checked { background: $action_soft; color: $action; font-weight: 700; }
QPushButton#nav:focus { border: 2px solid $action; padding: 8px 10px; }
QPushButton#step { min-height: 58px; border: 1px solid transparent; border-radius: 8px; background: transparent;
  text-align: left; padding: 8px 10px; }
QPushButton#step:hover { background: $action_soft; }
QPushButton#step:checked { background: $action_soft; border: 1px solid $action; }
QPushButton#step:focus { border: 2px solid $action; }
QLineEdit, QPlainTextEdit, QTextEdit, QComboBox, QDateEdit, QDateTimeEdit, QSpinBox, QDoubleSpinBox {
  background: $card; border: 1px solid $edge; border-radius: 6px; padding: 6px 8px;
  selection-background-color: $action; selection-color: $on_action; placeholder-text-color: $hint; }
QLineEdit, QComboBox { min-height: ${field}px; }
QSpinBox, QDoubleSpinBox, QDateEdit, QDateTimeEdit { padding: 5px 8px; min-height: ${spin}px;
  max-height: ${spin}px; }
QLineEdit:focus, QPlainTextEdit:focus, QTextEdit:focus, QComboBox:focus, QDateEdit:focus,
QDateTimeEdit:focus, QSpinBox:focus, QDoubleSpinBox:focus { border: 2px solid $action; padding: 5px 7px; }
QDateEdit:focus, QDateTimeEdit:focus, QSpinBox:focus, QDoubleSpinBox:focus { padding: 4px 7px; }
QLineEdit[wrong="true"], QPlainTextEdit[wrong="true"], QComboBox[wrong="true"],
QDateEdit[wrong="true"], QDateTimeEdit[wrong="true"] { border: 1px solid $stop;
  background: $stop_soft; }
QLineEdit[wrong="true"]:focus, QPlainTextEdit[wrong="true"]:focus, QComboBox[wrong="true"]:focus,
QDateEdit[wrong="true"]:focus, QDateTimeEdit[wrong="true"]:focus { border: 2px solid $stop; }
QLineEdit:read-only { background: $ground; color: $muted; }
QLineEdit:disabled, QPlainTextEdit:disabled, QTextEdit:disabled, QComboBox:disabled, QDateEdit:disabled,
QDateTimeEdit:disabled, QSpinBox:disabled, QDoubleSpinBox:disabled { background: $band; color: $text;
  border-color: $line; }
QComboBox::drop-down, QDateEdit::drop-down, QDateTimeEdit::drop-down { border: none; width: 26px; }
QComboBox::down-arrow, QDateEdit::down-arrow, QDateTimeEdit::down-arrow { image: url($down);
  width: 16px; height: 16px; }
QSpinBox::up-button, QSpinBox::down-button, QDoubleSpinBox::up-button,
QDoubleSpinBox::down-button { width: 0; border: none; }
QDialogButtonBox { dialogbuttonbox-buttons-have-icons: 0; }
QComboBox { combobox-popup: 0; }
QComboBox QAbstractItemView::item { min-height: 32px; padding: 0 6px; }
QComboBox QAbstractItemView { background: $card; border: 1px solid $muted; outline: none;
  selection-background-color: $action_soft; selection-color: $text; }
QCheckBox, QRadioButton { outline: none; spacing: 8px; background: transparent; border: 2px solid transparent;
  border-radius: 6px; padding: 2px; }
QRadioButton::indicator { width: 16px; height: 16px; border: 1px solid $muted; border-radius: ${round}px;
  background: $card; }
QRadioButton::indicator:checked { border: 5px solid $action; width: 8px; height: 8px; }
QCheckBox::indicator, QListWidget::indicator, QTableView::indicator { width: 18px; height: 18px;
  border: 1px solid $muted; border-radius: 4px; background: $card; }
QCheckBox::indicator:checked, QListWidget::indicator:checked, QTableView::indicator:checked { background: $action;
  border-color: $action; image: url($tick); }
QCheckBox:focus, QRadioButton:focus { border: 2px solid $action; }
QGroupBox { border: 1px solid $line; border-radius: 8px; margin-top: 14px; padding: 12px;
  background: $card; font-weight: 700; }
QGroupBox::title { subcontrol-origin: margin; left: 12px; padding: 0 6px; color: $action; }
QTableView, QListWidget { background: $card; border: 1px solid $line; border-radius: 8px;
  gridline-color: $line; alternate-background-color: $band; selection-color: $text; }
QTableWidget::item, QListWidget::item { padding: 8px; }
QTableView::item { padding: 4px 8px; }
QTableView::item:selected, QListWidget::item:selected { background: $action_soft; }
QTableView:focus, QListWidget:focus, QTextBrowser:focus, QScrollArea#paper:focus { border: 2px solid $action; }
QTableView, QListWidget, QTextBrowser { outline: none; }
QTextBrowser { background: $card; border: 1px solid $line; border-radius: 8px; padding: 12px; }
QScrollArea#paper { border: 2px solid transparent; }
QHeaderView { background: transparent; border: none; }
QHeaderView::section { background: $card; color: $muted; border: none; padding: 8px 11px;
  border-bottom: 1px solid $line; font-weight: 700; }
QHeaderView::section:first { border-top-left-radius: 7px; }
QHeaderView::section:last, QHeaderView::section:only-one { border-top-right-radius: 7px; }
QTableCornerButton::section { background: $card; border: none; }
QProgressBar { border: 1px solid $line; border-radius: 6px; background: $ground;
  text-align: center; min-height: 18px; }
QProgressBar::chunk { background: $action; border-radius: 5px; }
QProgressBar#levelMeter { min-height: 8px; max-height: 8px; border-radius: 4px; }
QFrame#banner { background: $stop_soft; border: 1px solid $stop; border-radius: 8px; }
QFrame#banner[tone="good"] { background: $sealed_soft; border-color: $sealed; }
QFrame#banner[tone="note"] { background: $action_soft; border-color: $action; }
QSplitter::handle { background: $line; }
QMenu { background: $card; border: 1px solid $line; padding: 4px; }
QMenu::item { padding: 8px 20px; border-radius: 4px; }
QMenu::item:selected { background: $action_soft; color: $text; }
QMenu::item:disabled { color: $hint; }
QMenu::separator { height: 1px; background: $line; margin: 4px 8px; }
QTabBar::tab { background: transparent; color: $muted; padding: 8px 16px; border: 2px solid transparent; }
QTabBar::tab:selected { color: $action; font-weight: 700; border-bottom: 2px solid $action; }
QTabBar::tab:selected:focus { border: 2px solid $action; border-radius: 6px; }
QTabBar::scroller { width: 64px; }
QTabBar QToolButton { border: 1px solid $edge; border-radius: 6px; background: $card; padding: 0; }
QTabWidget::pane { border: none; }
QSlider:horizontal { min-height: 20px; }
QSlider::groove:horizontal { height: 6px; background: $edge; border-radius: 3px; }
QSlider::handle:horizontal { width: 14px; height: 14px; margin: -6px 0; border-radius: ${round}px; background: $card;
  border: 2px solid $action; }
QSlider::handle:horizontal:focus { background: $action; }
QCalendarWidget QToolButton { border: none; padding: 4px 8px; }
QCalendarWidget QWidget#qt_calendar_navigationbar { background: $card; }
QCalendarWidget QAbstractItemView { background: $card; selection-background-color: $action;
  selection-color: $on_action; }
QScrollBar:vertical { background: transparent; width: 12px; margin: 0; }
QScrollBar::handle:vertical { background: $edge; border-radius: 3px; min-height: 40px; margin: 2px; }
QScrollBar:horizontal { background: transparent; height: 12px; margin: 0; }
QScrollBar::handle:horizontal { background: $edge; border-radius: 3px; min-width: 40px; margin: 2px; }
QScrollBar::add-line, QScrollBar::sub-line { width: 0; height: 0; }
QToolTip { background: $text; color: $card; border: none; padding: 6px; }
QFrame#recordingBar { background: $card; border-top: 1px solid $line; }
QFrame#recordingBar[recording="true"] { background: $stop_soft; border-top: 2px solid $stop; }
QFrame#recordingBar[trouble="true"] { background: $soon_soft; border-top: 4px solid $stop; }
""")
