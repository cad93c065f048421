"""设置: devices, headquarters' address, the look of the screen, printers, numbers left."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtWidgets import (
    QFormLayout,
    QLineEdit,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from field_app.actions.more_keys import tokens_at
from field_app.actions.send_cases import check_address, check_road
from field_app.errors import UserError
from field_app.languages import LANGUAGES
from field_app.ui.forms_dialog import FormsDialog
from field_app.ui.jobs import Lane
from field_app.ui.language import language, tr, tr_later
from field_app.ui.number_stock import NumberStock
from field_app.ui.parts import button, card, label, row, scroller
from field_app.ui.printer_settings import LABEL_PX, PrinterSettings
from field_app.ui.recording_settings import RecordingSettings, choice
from field_app.ui.shell import Shell
from field_app.ui.theme import SCALES, give_size, scale_of
from field_app.ui.waiting import ask

_THEMES = {tr_later("标准"): "light", tr_later("强光下（高对比、大字）"): "sunlight", tr_later("深色"): "dark"}
_FIELD_PX = 680
_LANGUAGE = "语言 / Language"  # In both, so that whoever cannot read the rest finds it.


class SettingsPage(QWidget):
    """Few settings, each explained."""

    themed = Signal(str, int)
    spoken = Signal(str)
    administer = Signal()

    def __init__(self, shell: Shell) -> None:
        super().__init__()
        self._shell = shell
        self.recording = RecordingSettings(shell, self)
        self.headquarters = self._line(tr("总部地址"), tr("https://主机:端口"))
        self.proxy = self._line(tr("网络代理"), tr("http://主机:端口；单位网络要求用代理时填写，一般留空"))
        self.limit = self._line(tr("报送限速"), tr("每秒多少KB，例如 200；不限速则留空"))
        self.hours = self._line(tr("限速时段"), tr("例如 08:30-18:00，其余时间不限；全天则留空"))
        self.driver = self._line(tr("密码钥匙驱动"), tr("USB密码钥匙的PKCS#11驱动文件；不用则留空"))
        self._wrong: dict[str, QWidget] = {"sync.address": self.headquarters, "sync.proxy": self.proxy,
                                            "recorder.twice": self.recording.second}  # Where a refusal is mended.
        self.theme = choice(tr("界面样式"), _THEMES)
        self.scale = choice(tr("界面大小"), {f"{s}%": str(s) for s in SCALES})
        self.language = choice(_LANGUAGE, {})
        for name, words in LANGUAGES.items():
            self.language.addItem(words, name)
        self.language.activated.connect(lambda _index: self.spoken.emit(str(self.language.currentData())))
        for box in (self.theme, self.scale):
            box.activated.connect(lambda _index: self._look())
        self.printers, self.numbers = PrinterSettings(shell), NumberStock(shell)
        inner = QWidget()
        middle = QVBoxLayout(inner)
        middle.setContentsMargins(24, 0, 24, 20)
        middle.setSpacing(16)
        middle.addWidget(self._part(
            tr("界面"), ((_LANGUAGE, self.language), (tr("样式"), self.theme), (tr("大小"), self.scale)),
            tr("选中立即换，正在填写的内容不受影响。任何页面按 F7 换样式，Ctrl 加 + 或 - 放大缩小，Ctrl+0 复原。")))
        middle.addWidget(self._part(tr("录音录像"), self.recording.lines()))
        middle.addWidget(self._part(tr("报送和证书"), (
            (tr("总部地址"), self.headquarters), (tr("网络代理"), self.proxy), (tr("报送限速"), self.limit),
            (tr("限速时段"), self.hours), (tr("密码钥匙驱动"), self.driver))))
        middle.addWidget(self.printers)
        middle.addWidget(self.numbers)
        middle.addStretch(1)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        self._area = scroller(inner)
        outer.addWidget(self._area, 1)
        outer.insertWidget(0, self._head())
        self.recording.trial.changed.connect(lambda: QTimer.singleShot(0, self, self._show_trial))

    def _part(self, title: str, lines: Sequence[tuple[str, QWidget]], hint: str = "") -> QWidget:
        """A card of settings that belong together; fields no wider than what stands in them."""
        form = QFormLayout()
        form.setSpacing(12)
        form.setLabelAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        for words, widget in lines:
            give_size(widget, most_width=_FIELD_PX)
            widget.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
            form.addRow(words, widget)
            if words:
                give_size(form.labelForField(widget), least_width=LABEL_PX)
        frame, column = card()
        column.addWidget(label(title, "heading"))
        if hint:
            column.addWidget(label(hint, "muted", wrap=True))
        column.addLayout(form)
        return frame

    def _head(self) -> QWidget:
        """Always in sight, however long the page is, and where no message moves it."""
        save = button(tr("保存"), "action", tip=tr("保存本页的设置（Ctrl+S）"), icon="done")
        save.setShortcut("Ctrl+S")
        save.clicked.connect(self._save)
        sources = button(tr("文书与依据"), tip=tr("每种文书的出处、把握程度和尚待核对的内容"), icon="paper")
        sources.clicked.connect(lambda: ask(FormsDialog(self)))
        certificates = button(tr("证书管理"), tip=tr("系统管理员签发、换发、吊销证书，登记电脑"), icon="officer")
        certificates.clicked.connect(self.administer)
        head = QWidget()
        line = row(label(tr("设置"), "title"), None, sources, certificates, save, spacing=12)
        line.setContentsMargins(24, 16, 24, 12)
        head.setLayout(line)
        return head

    @staticmethod
    def _line(name: str, hint: str) -> QLineEdit:
        line = QLineEdit()
        line.setAccessibleName(name)
        line.setPlaceholderText(hint)
        line.setMaxLength(400)
        return line

    def refresh(self) -> None:
        """Show what is set."""
        self.printers.refresh()
        self.numbers.refresh()
        settings = self._shell.settings
        self.recording.refresh()
        self.headquarters.setText(settings.headquarters)
        self.proxy.setText(settings.proxy)
        self.limit.setText(settings.send_limit)
        self.hours.setText(settings.send_hours)
        self.driver.setText(settings.token_module)
        self.show_look()

    def open_at_address(self) -> None:
        """Show the page with the cursor where headquarters' address belongs."""
        self._shell.go("settings")
        self._area.ensureWidgetVisible(self.headquarters)
        self.headquarters.setFocus()

    def _show_trial(self) -> None:
        """What came of it may lie below what is seen of the page."""
        self._area.ensureWidgetVisible(self.recording.hands)

    def show_look(self) -> None:
        """The language, theme and scale now; nothing else on the page is touched."""
        settings = self._shell.settings
        self.language.setCurrentIndex(max(0, self.language.findData(language())))
        self.theme.setCurrentIndex(max(0, self.theme.findData(settings.theme)))
        self.scale.setCurrentIndex(max(0, self.scale.findData(settings.scale)))

    def _look(self) -> None:
        """Worn at once and kept; what else is typed here waits for 保存."""
        self._shell.keep_settings(replace(self._shell.settings, theme=str(self.theme.currentData()),
                                          scale=str(self.scale.currentData())))
        self.themed.emit(self._shell.settings.theme, scale_of(self._shell.settings.scale))

    def _save(self) -> None:
        address = self.headquarters.text().strip().rstrip("/")
        try:
            self.recording.check()
            if address:
                check_address(address)
            check_road(self.proxy.text().strip(), self.limit.text(), self.hours.text())
        except UserError as error:
            self._shell.messages.error(error)
            wrong = self._wrong.get(error.code)
            if wrong is not None:
                wrong.setFocus()
                if isinstance(wrong, QLineEdit):
                    wrong.selectAll()
            return
        driver = self.driver.text().strip()
        if driver and driver != self._shell.settings.token_module:
            # Tried before it is kept: a wrong driver would hide every key at the next login.
            self._shell.jobs.run(Lane.STORE, lambda: tokens_at(Path(driver)),
                                 done=lambda found: self._keep(address, driver, len(found)))
        else:
            self._keep(address, driver)

    def _keep(self, address: str, driver: str, tokens: int | None = None) -> None:
        self._shell.keep_settings(replace(
            self.recording.chosen(self._shell.settings), headquarters=address, token_module=driver,
            proxy=self.proxy.text().strip(), send_limit=self.limit.text().strip(),
            send_hours=self.hours.text().strip()))
        self._shell.messages.good(tr("已保存。") if tokens is None else
                                  tr("已保存，驱动可用，现在插着{tokens}个密码钥匙。", tokens=tokens))
