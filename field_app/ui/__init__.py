"""Windows, pages and widgets; the only home of QtWidgets. Shows values, asks actions to act."""
