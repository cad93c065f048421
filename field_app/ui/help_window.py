"""说明: the manual, the keys, and every rule with its law; one window, read without leaving the work."""

from typing import Any

from PySide6.QtCore import QByteArray, Qt, QUrl, Signal
from PySide6.QtGui import QImage, QResizeEvent, QTextDocument
from PySide6.QtWidgets import (
    QDialog,
    QGridLayout,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QTabWidget,
    QTextBrowser,
    QVBoxLayout,
    QWidget,
)

from field_app.actions.manual import folder_of, manual, page_of
from field_app.rules.table import Rule, rules
from field_app.ui.language import language, said, tr, tr_later
from field_app.ui.list_table import wrap
from field_app.ui.parts import button, card, label, row, scroller
from field_app.ui.shortcuts import GROUPS, shown
from field_app.ui.theme import give_size, open_at, px
from field_app.ui.veil import PUBLIC

_LEVELS = {"block": tr_later("不符合的不能继续"), "warn": tr_later("不符合的要写明理由"), "timer": tr_later("期限"),
           "info": tr_later("提示")}
_SURE = {"V": tr_later("已对照原文"), "P": tr_later("只对照过摘要"), "M": tr_later("凭记忆录入，须核对原文"),
         "I": tr_later("我们的理解，须核对")}


def rule_text(rule: Rule) -> str:
    """A rule in Markdown: what it says, by which article, what to do, how sure the text is."""
    lines = [f"**{said(rule.text)}**", tr("依据：{law}", law=said(rule.law)),
             tr("怎么办：{remedy}", remedy=said(rule.remedy)),
             tr("{level}；{sure}。（{id}）", level=tr(_LEVELS[rule.level.value]),
                sure=tr(_SURE.get(rule.confidence, rule.confidence)), id=rule.id)]
    return "\n\n".join(lines)


class HelpWindow(QDialog):
    """Stays open beside the work; Esc closes it."""

    def __init__(self, parent: QWidget | None) -> None:
        super().__init__(parent)
        self.setWindowTitle(tr("说明"))
        self.setModal(False)
        self.setProperty(PUBLIC, True)
        open_at(self, 980, 640)
        self.tabs = QTabWidget()
        self.tabs.setAccessibleName(tr("说明的分类"))
        self.tabs.addTab(self._manual(), tr("操作说明"))
        self.tabs.addTab(self._keys(), tr("快捷键"))
        self.tabs.addTab(self._rules(), tr("规则与依据"))
        close = button(tr("关闭"), tip="Esc")
        close.clicked.connect(self.close)
        column = QVBoxLayout(self)
        column.setContentsMargins(20, 12, 20, 12)
        column.setSpacing(12)
        column.addWidget(self.tabs, 1)
        column.addLayout(row(label(tr("F1 说明　Ctrl+/ 快捷键　Esc 关闭"), "muted"), None, close))

    def _manual(self) -> QWidget:
        self.contents = QListWidget()
        self.contents.setAccessibleName(tr("目录"))
        self.contents.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        give_size(self.contents, words_width=208)
        for page in manual(language()):
            item = QListWidgetItem(page.title)
            item.setData(Qt.ItemDataRole.UserRole, page.id)
            self.contents.addItem(item)
        self.text = _browser(tr("说明正文"))
        # A bar that came and went with each page would change the width, and with it the pictures.
        self.text.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOn)
        # Queued: the width changes while a page is being laid out.
        self.text.narrowed.connect(self._show_again, Qt.ConnectionType.QueuedConnection)
        self.contents.currentItemChanged.connect(lambda item, _before: self._show_page(item))
        return _beside(self.contents, self.text)

    def _keys(self) -> QWidget:
        inner = QWidget()
        column = QVBoxLayout(inner)
        column.setContentsMargins(12, 12, 12, 12)
        column.setSpacing(12)
        grids: list[QGridLayout] = []
        widest = 0
        for title, keys in GROUPS:
            frame, inside = card()
            inside.addWidget(label(tr(title), "heading"))
            grid = QGridLayout()
            grid.setHorizontalSpacing(16)
            grid.setVerticalSpacing(8)
            grid.setColumnStretch(1, 1)
            grids.append(grid)
            for line, key in enumerate(keys):
                pressed = label(shown(key.keys), "key")
                widest = max(widest, pressed.sizeHint().width())
                grid.addWidget(pressed, line, 0, Qt.AlignmentFlag.AlignLeft)
                grid.addWidget(label(tr(key.words), wrap=True), line, 1)
            inside.addLayout(grid)
            column.addWidget(frame)
        for grid in grids:  # All groups tell their words from one line on.
            grid.setColumnMinimumWidth(0, widest)
        column.addStretch(1)
        self.keys = scroller(inner)
        self.keys.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.keys.setObjectName("paper")
        self.keys.setAccessibleName(tr("快捷键"))
        return self.keys

    def _rules(self) -> QWidget:
        self.search = QLineEdit()
        self.search.setAccessibleName(tr("查找规则"))
        self.search.setPlaceholderText(tr("输入规则里的字或者法律名称，例如：两人、听证、第四十二条"))
        self.search.setClearButtonEnabled(True)
        self.found = QListWidget()
        self.found.setAccessibleName(tr("规则"))
        wrap(self.found)
        give_size(self.found, width=320)
        self.rule = _browser(tr("规则正文"))
        self.search.textChanged.connect(lambda _text: self._fill_rules())
        self.found.currentItemChanged.connect(lambda item, _before: self._show_rule(item))
        self._fill_rules()
        whole = QWidget()
        column = QVBoxLayout(whole)
        column.setContentsMargins(0, 12, 0, 0)
        column.setSpacing(8)
        column.addWidget(self.search)
        column.addWidget(_beside(self.found, self.rule), 1)
        return whole

    def _fill_rules(self) -> None:
        words = self.search.text().strip()
        self.found.clear()
        for rule in rules().values():
            if all(w in f"{rule.id}{rule.text}{rule.law}{rule.remedy}" for w in words.split()):
                item = QListWidgetItem(said(rule.text))
                item.setToolTip(f"{said(rule.text)}\n{said(rule.law)}")
                item.setData(Qt.ItemDataRole.UserRole, rule.id)
                self.found.addItem(item)
        if self.found.count():
            self.found.setCurrentRow(0)
        else:
            self.rule.setPlainText(tr("没有找到。换一个字试试。"))

    def _show_rule(self, item: QListWidgetItem | None) -> None:
        if item is not None:
            self.rule.setMarkdown(rule_text(rules()[str(item.data(Qt.ItemDataRole.UserRole))]))

    def _show_again(self) -> None:
        """The same page for another width, at the same place."""
        bar = self.text.verticalScrollBar()
        at = bar.value()
        self._show_page(self.contents.currentItem())
        bar.setValue(at)

    def _show_page(self, item: QListWidgetItem | None) -> None:
        if item is not None:
            page = page_of(str(item.data(Qt.ItemDataRole.UserRole)), language())
            self.text.document().setMarkdown(
                f"# {page.title}\n\n{page.text}", QTextDocument.MarkdownFeature.MarkdownDialectGitHub)
            self.text.moveCursor(self.text.textCursor().MoveOperation.Start)

    def show_manual(self, place: str) -> None:
        """Open the manual where it tells of ``place``."""
        wanted = page_of(place, language()).id
        for line in range(self.contents.count()):
            if self.contents.item(line).data(Qt.ItemDataRole.UserRole) == wanted:
                self.contents.setCurrentRow(line)
        self._open(0, self.text)

    def show_keys(self) -> None:
        """Open the sheet of keys."""
        self._open(1, self.keys)

    def show_rule(self, rule: str) -> None:
        """Open one rule by its id."""
        self.search.setText(rule)
        self._open(2, self.rule)

    def _open(self, tab: int, first: QWidget) -> None:
        self.tabs.setCurrentIndex(tab)
        self.show()
        self.raise_()
        self.activateWindow()
        first.setFocus()


class _Browser(QTextBrowser):
    """Pictures are never wider than the page, so that nothing is cut and nothing scrolls sideways.

    ``narrowed``: there is another width, so pictures must be made anew.
    """

    narrowed = Signal()

    def loadResource(self, kind: int, name: QUrl | str) -> Any:
        found = super().loadResource(kind, name)
        if kind != QTextDocument.ResourceType.ImageResource.value:
            return found
        image = QImage.fromData(found) if isinstance(found, QByteArray | bytes) else QImage(found)
        ratio = self.devicePixelRatioF()
        room = round(self.viewport().width() - 2 * self.document().documentMargin())
        if not image.isNull() and room > 0:
            image = image.scaledToWidth(round(min(room, px(image.width())) * ratio),
                                        Qt.TransformationMode.SmoothTransformation)
            image.setDevicePixelRatio(ratio)
        return image

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if event.size().width() != event.oldSize().width():
            self.narrowed.emit()


def _browser(name: str) -> _Browser:
    made = _Browser()
    made.setAccessibleName(name)
    made.setSearchPaths([str(folder_of(language()))])
    made.setOpenLinks(False)
    return made


def _beside(left: QWidget, right: QWidget) -> QWidget:
    both = QWidget()
    line = row(left, right, spacing=12)
    line.setContentsMargins(0, 12, 0, 0)
    line.setStretch(1, 1)
    both.setLayout(line)
    return both
