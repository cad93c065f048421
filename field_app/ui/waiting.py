"""Questions that wait for their answer without Qt's own loop, which ends as soon as a window is hidden.

The lock hides every window; a question asked this way goes on waiting behind it, with all that was
typed, and is there again when an officer unlocks.
"""

from PySide6.QtCore import QEventLoop
from PySide6.QtWidgets import QDialog
from shiboken6 import isValid


def ask(dialog: QDialog) -> int:
    """Show ``dialog`` over everything and wait until it is answered; its result, 0 when turned back.

    The dialog stays the caller's, who deletes it once it is read.
    """
    loop = QEventLoop()
    dialog.finished.connect(loop.quit)
    dialog.destroyed.connect(loop.quit)
    dialog.setResult(0)
    dialog.setModal(True)
    dialog.show()
    loop.exec()
    return dialog.result() if isValid(dialog) else 0
