"""A turn of the screen's thread in which much is built: the others let it have the interpreter."""

from PySide6.QtCore import QTimer

from field_app.interpreter import screen_rests, screen_works


def begin_turn() -> None:
    """From here until what is built now was laid out and painted: Qt does both before a timer of no time."""
    screen_works()
    QTimer.singleShot(0, screen_rests)
