"""Qt's own messages go to stderr, but for two."""

import sys

from PySide6.QtCore import QMessageLogContext, QtMsgType, qInstallMessageHandler

# The offscreen platform says so at every change of a window's size limits, and of its order.
_WITHOUT_SCREEN = ("This plugin does not support propagateSizeHints()",
                   "This plugin does not support raise()")


def _tell(_kind: QtMsgType, _context: QMessageLogContext, text: str) -> None:
    if text not in _WITHOUT_SCREEN:
        sys.stderr.write(f"Qt: {text}\n")


def install() -> None:
    """Take over Qt's message handling."""
    qInstallMessageHandler(_tell)
