"""A line for a place on the disk: typed, or chosen in the system's window."""

from pathlib import Path

from PySide6.QtWidgets import QFileDialog, QHBoxLayout, QLineEdit, QWidget

from field_app.ui.ask_place import choose_folder
from field_app.ui.language import tr
from field_app.ui.parts import button


class PlaceLine(QWidget):
    """``filters`` asks for a file (``照片 (*.jpg)``), without it for a folder."""

    def __init__(self, name: str, hint: str = "", *, filters: str = "") -> None:
        super().__init__()
        self._name, self._filters = name, filters
        self.line = QLineEdit()
        self.line.setAccessibleName(name)
        self.line.setPlaceholderText(hint)
        self.line.setMaxLength(1000)
        self.choose = button(tr("选择…"))
        self.choose.setAccessibleName(tr("选择{name}", name=name))
        self.choose.setAutoDefault(False)
        self.choose.clicked.connect(self._choose)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        row.addWidget(self.line, 1)
        row.addWidget(self.choose)
        self.setFocusProxy(self.line)

    @property
    def path(self) -> Path | None:
        """What is there, None for an empty line."""
        text = self.line.text().strip()
        return Path(text).expanduser() if text else None

    def show_path(self, path: Path | str) -> None:
        self.line.setText(str(path))

    def _choose(self) -> None:
        start = self.line.text().strip()
        if self._filters:
            chosen, _ = QFileDialog.getOpenFileName(self, tr("选择{name}", name=self._name), start, self._filters)
        else:
            folder = choose_folder(self, tr("选择{name}", name=self._name), Path(start) if start else None)
            chosen = str(folder or "")
        if chosen:
            self.line.setText(chosen)
