"""Asks for a stick or a folder: what is plugged in is one press away, any other folder two."""

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QTimer, QUrl
from PySide6.QtWidgets import QDialog, QFileDialog, QVBoxLayout, QWidget

from field_app.actions.import_drives import plugged_in
from field_app.ui.jobs import Lane
from field_app.ui.language import said, tr
from field_app.ui.parts import button, clear, label, row
from field_app.ui.shell import Shell
from field_app.ui.theme import open_at
from field_app.ui.waiting import ask

_WIDTH = 520


def choose_folder(parent: QWidget, title: str, start: Path | None = None,
                  sticks: tuple[Path, ...] = ()) -> Path | None:
    """Any folder, looked for from ``start`` (the home folder) on; ``sticks`` stand beside the list."""
    dialog = QFileDialog(parent, title, str(start or Path.home()))
    dialog.setFileMode(QFileDialog.FileMode.Directory)
    dialog.setOption(QFileDialog.Option.ShowDirsOnly)
    chosen = _chosen(dialog, sticks)
    return chosen[0] if chosen else None


def choose_files(parent: QWidget, title: str, filters: str) -> list[Path]:
    """Any files of these kinds, looked for on a stick, else in the home folder."""
    sticks = [drive.root for drive in plugged_in()]
    dialog = QFileDialog(parent, title, str((*sticks, Path.home())[0]), filters)
    dialog.setFileMode(QFileDialog.FileMode.ExistingFiles)
    return _chosen(dialog, sticks)


def _chosen(dialog: QFileDialog, sticks: Sequence[Path]) -> list[Path]:
    dialog.setSidebarUrls([QUrl.fromLocalFile(str(p)) for p in (*sticks, Path.home())])
    # Qt's own Chinese has no words for these two.
    dialog.setLabelText(QFileDialog.DialogLabel.LookIn, tr("位置"))
    dialog.setLabelText(QFileDialog.DialogLabel.FileType, tr("类型"))
    chosen = dialog.selectedFiles() if ask(dialog) else []
    dialog.deleteLater()
    return [Path(name) for name in chosen]


class PlaceDialog(QDialog):
    """``place``: what was chosen, None before."""

    def __init__(self, shell: Shell, parent: QWidget, title: str) -> None:
        super().__init__(parent)
        self._shell, self._title = shell, title
        self._sticks: tuple[Path, ...] = ()
        self.place: Path | None = None
        self.setWindowTitle(title)
        self._list = QVBoxLayout()
        self._list.setSpacing(8)
        self.none = label("", "muted", wrap=True)
        again, back = button(tr("刷新"), "link", tip=tr("重新查找插入的U盘")), button(tr("返回"))
        self.other = button(tr("其他文件夹…"))
        again.clicked.connect(self.refresh)
        self.other.clicked.connect(self._browse)
        back.clicked.connect(self.reject)
        column = QVBoxLayout(self)
        column.setContentsMargins(20, 16, 20, 16)
        column.setSpacing(12)
        column.addWidget(label(title, "heading", wrap=True))
        column.addWidget(self.none)
        column.addLayout(self._list)
        column.addStretch(1)
        column.addLayout(row(again, None, self.other, back))
        open_at(self, _WIDTH)
        self.refresh()

    def refresh(self) -> None:
        """Look what is plugged in, off the screen's thread."""
        self.none.setText(tr("正在查找U盘…"))
        self._shell.jobs.run(Lane.WORK, plugged_in, failed=lambda _error: self._show([]),
                             done=lambda found: self._show([(d.root, d.label) for d in found]))

    def _show(self, found: list[tuple[Path, str]]) -> None:
        clear(self._list)
        self._sticks = tuple(root for root, _words in found)
        self.none.setText(tr("找到的U盘和存储卡：") if found else tr("没有找到U盘。插好后点“刷新”，或者选其他文件夹。"))
        for place, (root, words) in enumerate(found):
            made = button(tr("{words}　{root}", words=said(words), root=root),
                          "action" if len(found) == 1 else "")
            made.clicked.connect(lambda _=False, chosen=root: self._take(chosen))
            self._list.addWidget(made)
            if not place:
                QTimer.singleShot(0, made, made.setFocus)  # Once it is in sight.

    def _take(self, place: Path) -> None:
        self.place = place
        self.accept()

    def _browse(self) -> None:
        chosen = choose_folder(self, self._title, self._sticks[0] if self._sticks else None, self._sticks)
        if chosen is not None:
            self._take(chosen)


def ask_place(shell: Shell, parent: QWidget, title: str) -> Path | None:
    """A stick or a folder, None when the officer turned back."""
    dialog = PlaceDialog(shell, parent, title)
    ask(dialog)
    dialog.deleteLater()
    return dialog.place
