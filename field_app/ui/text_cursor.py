"""Where the cursor stands in a box of text, in characters."""

from PySide6.QtWidgets import QLineEdit, QPlainTextEdit, QWidget


def cursor_in(box: QWidget | None) -> int:
    """Characters before the cursor; 0 where there is none."""
    if isinstance(box, QLineEdit):
        return box.cursorPosition()
    return box.textCursor().position() if isinstance(box, QPlainTextEdit) else 0


def put_cursor(box: QWidget | None, place: int) -> None:
    """The text cursor back to where it was."""
    if isinstance(box, QLineEdit):
        box.setCursorPosition(place)
        box.deselect()
    elif isinstance(box, QPlainTextEdit):
        cursor = box.textCursor()
        cursor.setPosition(min(place, len(box.toPlainText())))
        box.setTextCursor(cursor)
