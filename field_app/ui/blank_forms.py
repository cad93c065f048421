"""空白文书: any form, empty, for handwriting where the desk cannot be used."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QFont, QKeyEvent
from PySide6.QtWidgets import QDialog, QLineEdit, QListWidget, QListWidgetItem, QVBoxLayout, QWidget

from field_app.actions.blank_forms import blank_forms
from field_app.actions.print_document import PrintItem
from field_app.ui.language import said, tr
from field_app.ui.parts import button, label, row
from field_app.ui.theme import open_at

_FORM = Qt.ItemDataRole.UserRole


class BlankFormsDialog(QDialog):
    """A list by group with search; several may be chosen. ``chosen`` tells what to print."""

    chosen = Signal(list)

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setWindowTitle(tr("空白文书"))
        open_at(self, 620, 620)
        self._picked: dict[str, str] = {}
        self._bold = QFont(self.font())
        self._bold.setBold(True)
        self.search = QLineEdit()
        self.search.setPlaceholderText(tr("输入文书名称或编号，例如：询问、G1-04"))
        self.search.setAccessibleName(tr("查找文书"))
        self.search.setMaxLength(40)
        self.search.setClearButtonEnabled(True)
        self.list = QListWidget()
        self.list.setAccessibleName(tr("文书列表"))
        self.count = label("", "muted")
        self.print_ = button(tr("打印所选"), "action")
        self.print_.setAutoDefault(False)
        back = button(tr("返回"))
        back.setAutoDefault(False)
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 20, 24, 20)
        column.setSpacing(12)
        column.addWidget(label(tr("空白文书"), "heading"))
        column.addWidget(label(
            tr("供断电、设备故障等不能在本机制作时手工填写。不占文号、没有二维码，页脚印有“空白 手工填写”；"
               "填好后按规定编号，并拍照入卷。"), "muted", wrap=True))
        column.addWidget(self.search)
        column.addWidget(self.list, 1)
        column.addLayout(row(self.count, None, back, self.print_))
        self.search.textChanged.connect(self.show_found)
        self.list.itemChanged.connect(self._ticked)
        self.list.itemActivated.connect(self._toggle)
        back.clicked.connect(self.reject)
        self.print_.clicked.connect(self._sure)
        self.show_found("")

    def show_found(self, words: str) -> None:
        """List the forms that hold ``words``, under their groups; ticks are kept."""
        self.list.blockSignals(True)
        self.list.clear()
        group = ""
        found = blank_forms(words)
        for form in found:
            if form.group != group:
                group = form.group
                head = QListWidgetItem(said(group))
                head.setFont(self._bold)
                head.setFlags(Qt.ItemFlag.NoItemFlags)
                self.list.addItem(head)
            item = QListWidgetItem(tr("{form_id}　{title}", form_id=form.form_id, title=said(form.title)))
            item.setData(_FORM, (form.form_id, form.title))
            item.setFlags(Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable
                          | Qt.ItemFlag.ItemIsUserCheckable)
            item.setCheckState(Qt.CheckState.Checked if form.form_id in self._picked
                               else Qt.CheckState.Unchecked)
            self.list.addItem(item)
        if not found:
            none = QListWidgetItem(tr("没有这样的文书，请换个词再找。"))
            none.setFlags(Qt.ItemFlag.NoItemFlags)
            self.list.addItem(none)
        self.list.blockSignals(False)
        self._tell()

    def _ticked(self, item: QListWidgetItem) -> None:
        form_id, title = item.data(_FORM)
        if item.checkState() is Qt.CheckState.Checked:
            self._picked[form_id] = title
        else:
            self._picked.pop(form_id, None)
        self._tell()

    def _toggle(self, item: QListWidgetItem) -> None:
        on = item.checkState() is Qt.CheckState.Checked
        item.setCheckState(Qt.CheckState.Unchecked if on else Qt.CheckState.Checked)

    def _tell(self) -> None:
        self.count.setText(tr("已选{picked_count}种", picked_count=len(self._picked)))
        self.print_.setEnabled(bool(self._picked))

    def _sure(self) -> None:
        self.accept()
        self.chosen.emit([PrintItem(title=title, form=form_id)
                          for form_id, title in sorted(self._picked.items())])

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Down leads from the search into the list; Enter there ticks."""
        if event.key() == Qt.Key.Key_Down and self.search.hasFocus():
            self.list.setFocus()
            return
        super().keyPressEvent(event)
