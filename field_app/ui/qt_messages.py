"""Qt's own words: messages go to stderr, but for two; buttons of its dialogs are Chinese."""

import sys

from PySide6.QtCore import (
    QCoreApplication,
    QLibraryInfo,
    QMessageLogContext,
    QtMsgType,
    QTranslator,
    qInstallMessageHandler,
)

# The offscreen platform says so at every change of a window's size limits, and of its order.
_WITHOUT_SCREEN = ("This plugin does not support propagateSizeHints()",
                   "This plugin does not support raise()")


def _tell(_kind: QtMsgType, _context: QMessageLogContext, text: str) -> None:
    if text not in _WITHOUT_SCREEN:
        sys.stderr.write(f"Qt: {text}\n")


def install() -> None:
    """Take over Qt's message handling, and let its dialogs speak Chinese (OK is 确定)."""
    qInstallMessageHandler(_tell)
    app = QCoreApplication.instance()
    if app is None or app.findChild(QTranslator) is not None:
        return
    translator = QTranslator(app)
    if translator.load("qtbase_zh_CN", QLibraryInfo.path(QLibraryInfo.LibraryPath.TranslationsPath)):
        app.installTranslator(translator)
