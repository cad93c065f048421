"""A line for a PIN, which keeps nothing of it once it is forgotten.

A line edit's ``clear`` leaves what was typed in memory, in its buffer and in its history of single
keys, until something else needs the place. This line has both in full length from the beginning, so
that neither is copied as it grows, and writes over them.
"""

from PySide6.QtGui import QHideEvent
from PySide6.QtWidgets import QLineEdit

_MOST = 128
_NOTHING = "0" * _MOST


class PinLine(QLineEdit):
    """Shows dots; ``name`` is what a screen reader says, ``hint`` stands in the empty line. Forgets when
    its page or window goes out of sight."""

    def __init__(self, name: str, hint: str = "") -> None:
        super().__init__()
        self.setEchoMode(QLineEdit.EchoMode.Password)
        self.setMaxLength(_MOST)
        self.setAccessibleName(name)
        self.setPlaceholderText(hint)
        self._begin()
        self._typed = False
        self.textChanged.connect(self._note)

    def _note(self) -> None:  # without the text: each would be one more copy
        self._typed = True

    def forget(self) -> None:
        """Empty the line and write over what stood there."""
        if not self._typed:
            return
        was = self.blockSignals(True)
        held = self._take_back()
        # Setting a text begins the history anew, and each key is one entry of it, as is each that is taken
        # back: here thrice a full line, over what came after one full line.
        self._begin()
        self.insert(_NOTHING)
        self._take_back()
        self._begin()
        self.blockSignals(was)
        if held:
            self.textChanged.emit("")
        self._typed = False

    def _begin(self) -> None:
        self.setText(_NOTHING)
        self._take_back()

    def _take_back(self) -> int:
        """One character after the other from the end: Qt closes the text anew in its place each time. How many
        there were."""
        self.end(False)
        held = self.cursorPosition()
        for _character in range(held):
            self.backspace()
        return held

    def taken(self) -> str:
        """What was typed; the line forgets it."""
        typed = self.text()
        self.forget()
        return typed

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        if not event.spontaneous():  # a window made small by hand keeps what is typed
            self.forget()
