"""Boxes that the wheel passes over: it scrolls the page, and no choice or number changes by accident."""

from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import QComboBox, QSpinBox


class Still:
    """Mixed into a box, in hand or not."""

    def wheelEvent(self, event: QWheelEvent) -> None:
        event.ignore()


class Choice(Still, QComboBox):
    """A choice."""


class Number(Still, QSpinBox):
    """A whole number."""
