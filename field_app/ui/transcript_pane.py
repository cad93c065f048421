"""What is said, written down while it plays: a line a sentence, each with its time, saved by itself."""

import re
from collections.abc import Callable
from datetime import datetime

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent, QTextCursor
from PySide6.QtWidgets import QPlainTextEdit, QVBoxLayout, QWidget

from field_app.actions.transcribe import time_words
from field_app.domain.recorded import Line
from field_app.ui.language import tr
from field_app.ui.parts import button, label, row

_SAVE_AFTER_MS = 1200
_TIME = re.compile(r"\s*(\d{1,2}):(\d{2}):(\d{2})(?:\.(\d{1,3}))?[ \t　]?")


def parse(text: str) -> list[Line]:
    """Lines with their times; one without a time goes on with the line before it."""
    made: list[Line] = []
    for raw in text.split("\n"):
        found = _TIME.match(raw)
        if found is not None:
            hours, minutes, seconds = (int(found[n]) for n in (1, 2, 3))
            ms = int((found[4] or "0").ljust(3, "0"))
            made.append(Line(((hours * 60 + minutes) * 60 + seconds) * 1000 + ms,
                             raw[found.end():].rstrip()))
        elif raw.strip():
            made.append(Line(made[-1].at_ms if made else 0, raw.strip()))
    return made


def written(lines: tuple[Line, ...]) -> str:
    """The lines as they are typed."""
    return "\n".join(f"{time_words(x.at_ms)} {x.text}" for x in lines)


class _Editor(QPlainTextEdit):
    """Enter begins a line with the time that plays; a double click on a line goes there."""

    wanted = Signal(float)

    def __init__(self, now: Callable[[], float]) -> None:
        super().__init__()
        self._now = now
        self.setAccessibleName(tr("文字记录"))
        self.setPlaceholderText(tr("播放时在这里记下所说的话。回车换行，时间自动写在行首。"))
        self.setTabChangesFocus(True)

    def stamp(self) -> str:
        return f"{time_words(round(self._now() * 1000))} "

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and not event.modifiers():
            self.insertPlainText("\n" + self.stamp())
            return
        if not self.document().characterCount() > 1 and event.text().strip():
            self.insertPlainText(self.stamp())
        super().keyPressEvent(event)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        found = parse(self.cursorForPosition(event.position().toPoint()).block().text())
        if found and _TIME.match(self.cursorForPosition(
                event.position().toPoint()).block().text()):
            self.wanted.emit(found[0].at_ms / 1000)
        else:
            super().mouseDoubleClickEvent(event)


class TranscriptPane(QWidget):
    """``save`` gets the wording about a second after the last key; ``wanted`` a second to go to."""

    save = Signal(list)
    wanted = Signal(float)

    def __init__(self, now: Callable[[], float], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.editor = _Editor(now)
        self.editor.wanted.connect(self.wanted)
        self.saved = label("", "muted")
        self.saved.setAccessibleName(tr("文字记录保存状态"))
        self.mark = button(tr("写入当前时间"), "link", tip=tr("在光标处另起一行，写上正在播放的时间（Ctrl+T）"))
        self.mark.clicked.connect(self.stamp)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(_SAVE_AFTER_MS)
        self._timer.timeout.connect(self.save_now)
        self.editor.textChanged.connect(self._changed)
        self._dirty = False
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        column.addLayout(row(label(tr("文字记录"), "heading"), None, self.mark))
        column.addWidget(self.editor, 1)
        column.addWidget(self.saved)
        column.addWidget(label(tr("双击一行跳到那里；Ctrl+空格 播放/暂停。声音资料作证据的须附文字记录。"),
                               "muted", wrap=True))

    def show_lines(self, lines: tuple[Line, ...], saved: datetime | None, revision: int) -> None:
        """Show what is written so far."""
        self.editor.blockSignals(True)
        self.editor.setPlainText(written(lines))
        self.editor.moveCursor(QTextCursor.MoveOperation.End)
        self.editor.blockSignals(False)
        self._dirty = False
        self.saved.setText(tr("第{revision}稿，{saved:%m月%d日 %H:%M} 保存", revision=revision, saved=saved) if saved
                           else tr("还没有文字记录"))

    def stamp(self) -> None:
        """Begin a line with the time that plays."""
        begin = "" if self.editor.textCursor().block().text() == "" else "\n"
        self.editor.insertPlainText(begin + self.editor.stamp())
        self.editor.setFocus()

    def _changed(self) -> None:
        self._dirty = True
        self.saved.setText(tr("正在输入…"))
        if not self._timer.isActive():
            # Counted from the first key, so that steady typing is saved within two seconds too.
            self._timer.start()

    def save_now(self) -> None:
        """Hand the wording on if it changed."""
        self._timer.stop()
        if self._dirty:
            self._dirty = False
            self.save.emit(parse(self.editor.toPlainText()))

    def was_saved(self, at: datetime, revision: int) -> None:
        if not self._dirty:
            self.saved.setText(tr("已保存 {at:%H:%M:%S}　第{revision}稿", at=at, revision=revision))

    def was_not_saved(self, words: str) -> None:
        self._dirty = True
        self.saved.setText(words)
