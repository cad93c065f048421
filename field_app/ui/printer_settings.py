"""设置 › 打印机: each printer's offset, found with the test page."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QComboBox, QDoubleSpinBox, QFormLayout, QVBoxLayout, QWidget

from field_app.actions.print_profiles import (
    MAX_OFFSET_UM,
    PrinterProfile,
    Profiles,
    keep_profile,
    load_profiles,
)
from field_app.ui.jobs import Lane
from field_app.ui.language import said, tr
from field_app.ui.parts import button, card, label, row
from field_app.ui.shell import Shell
from field_app.ui.theme import give_size

_STEP_MM, _UM = 0.5, 1000
LABEL_PX = 120  # of the names on the page of settings, so that all fields begin on one line


class PrinterSettings(QWidget):
    """Choose a printer, print its test page, type what was measured. Never scales."""

    test = Signal(str)
    blank = Signal()

    def __init__(self, shell: Shell) -> None:
        super().__init__()
        self._shell = shell
        self._profiles = Profiles()
        self._unsaved: tuple[str, float, float] | None = None
        self.printer = QComboBox()
        self.printer.setAccessibleName(tr("要校准的打印机"))
        give_size(self.printer, least_width=300)
        self.right, self.down = self._offset(tr("左右偏移毫米")), self._offset(tr("上下偏移毫米"))
        self.save = button(tr("保存偏移"), "action")
        self.test_, blank = button(tr("打印测试页")), button(tr("打印空白文书…"))
        form = QFormLayout()
        form.setSpacing(12)
        form.setLabelAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        for words, line in (
                (tr("打印机"), row(self.printer, None)),
                (tr("左右"), row(self.right, label(tr("毫米，正数向右移，负数向左移"), "muted"), None)),
                (tr("上下"), row(self.down, label(tr("毫米，正数向下移，负数向上移"), "muted"), None))):
            form.addRow(words, line)
            give_size(form.labelForField(line), least_width=LABEL_PX)
        frame, column = card()
        column.addWidget(label(tr("打印机"), "heading"))
        column.addWidget(label(
            tr("便携打印机印偏时：先打印测试页，按页上说明用直尺量，把偏移填在这里。偏移只移动整页，不放大缩小；"
               "没有偏移时，送出的就是定稿文件本身。"), "muted", wrap=True))
        column.addLayout(form)
        column.addLayout(row(self.test_, blank, None, self.save))
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(frame)
        self.printer.currentTextChanged.connect(self._chosen)
        self.save.clicked.connect(self._save)
        self.test_.clicked.connect(lambda: self.test.emit(self.printer.currentText()))
        blank.clicked.connect(self.blank)

    @staticmethod
    def _offset(name: str) -> QDoubleSpinBox:
        box = QDoubleSpinBox()
        box.setRange(-MAX_OFFSET_UM / _UM, MAX_OFFSET_UM / _UM)
        box.setDecimals(1)
        box.setSingleStep(_STEP_MM)
        give_size(box, width=90)
        box.setAlignment(Qt.AlignmentFlag.AlignCenter)
        box.setAccessibleName(name)
        return box

    def refresh(self) -> None:
        """Look for printers, off the screen's thread."""
        printing, context = self._shell.printing, self._shell.context
        self._shell.jobs.run(Lane.WORK, lambda: (printing.printers(), load_profiles(context)),
                             done=lambda both: self.show_printers(*both))

    def show_printers(self, names: list[str], profiles: Profiles) -> None:
        """Offer the printers and show the chosen one's offset."""
        unsaved, self._unsaved = self._unsaved or self.typed(), None
        self._profiles = profiles
        chosen = unsaved[0] if unsaved else self.printer.currentText() or profiles.last
        self.printer.blockSignals(True)
        self.printer.clear()
        self.printer.addItems(names or [tr("没有找到打印机，请接好并开机")])
        self.printer.setCurrentText(chosen)
        self.printer.blockSignals(False)
        for one in (self.printer, self.right, self.down, self.save, self.test_):
            one.setEnabled(bool(names))
        self._chosen(self.printer.currentText())
        if unsaved is not None and unsaved[0] == self.printer.currentText():
            self.right.setValue(unsaved[1])
            self.down.setValue(unsaved[2])

    def typed(self) -> tuple[str, float, float] | None:
        """The printer and the millimetres to the right and down that are not saved yet, None where all is."""
        name, profile = self.printer.currentText(), self._profiles.of(self.printer.currentText())
        given = (self.right.value(), self.down.value())
        return None if given == (profile.right_um / _UM, profile.down_um / _UM) else (name, *given)

    def type_again(self, typed: tuple[str, float, float] | None) -> None:
        """What was typed and not saved, once the printers are known."""
        self._unsaved = typed

    def _chosen(self, name: str) -> None:
        profile = self._profiles.of(name)
        self.right.setValue(profile.right_um / _UM)
        self.down.setValue(profile.down_um / _UM)

    def _save(self) -> None:
        name, context = self.printer.currentText(), self._shell.context
        profile = PrinterProfile(round(self.right.value() * 10) * 100,
                                 round(self.down.value() * 10) * 100)

        def saved(profiles: Profiles) -> None:
            self._profiles = profiles
            self._shell.messages.good(
                tr("“{name}”的偏移已保存：{words}。可再打印测试页核对。", name=name,
                   words=said(profile.words) or tr("没有偏移")))

        def keep() -> Profiles:
            keep_profile(context, name, profile)
            return load_profiles(context)

        self._shell.jobs.run(Lane.WORK, keep, done=saved)
