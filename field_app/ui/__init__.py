"""Windows, pages and widgets; the only home of QtWidgets. Shows values, asks actions to act."""

from field_app.interpreter import hold_constants
from field_app.ui.qt_sources import read_no_sources

hold_constants()
read_no_sources()
