"""Windows, pages and widgets; the only home of QtWidgets. Shows values, asks actions to act."""

from field_app.interpreter import hold_constants

hold_constants()
