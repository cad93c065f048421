"""Qt's own messages: told on stderr, but for one that only speaks of running without a screen."""

import sys

from PySide6.QtCore import QMessageLogContext, QtMsgType, qInstallMessageHandler

# The offscreen platform says so at every change of a window's size limits.
_WITHOUT_SCREEN = "This plugin does not support propagateSizeHints()"


def _tell(_kind: QtMsgType, _context: QMessageLogContext, text: str) -> None:
    if text != _WITHOUT_SCREEN:
        sys.stderr.write(f"Qt: {text}\n")


def install() -> None:
    """Take over Qt's message handling for this program."""
    qInstallMessageHandler(_tell)
