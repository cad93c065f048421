"""One window on one data folder: a second one would lock and save over the first."""

from pathlib import Path

from PySide6.QtCore import QLockFile
from PySide6.QtWidgets import QMessageBox

from field_app.ui.language import tr

_FILE = "desk.lock"
_WAIT_MS = 100


def take_folder(root: Path) -> QLockFile | None:
    """The folder for this window until the lock is let go or the process ends, however it ends;
    None while another window of this or another user has it."""
    lock = QLockFile(str(root / _FILE))
    lock.setStaleLockTime(0)  # Never by age: a desk may stay open for days. A dead process counts.
    return lock if lock.tryLock(_WAIT_MS) else None


def tell_taken(root: Path) -> None:
    """Say that another window has it, and what to do."""
    box = QMessageBox()
    box.setIcon(QMessageBox.Icon.Warning)
    box.setWindowTitle(tr("现场执法工作站"))
    box.setText(tr("工作站已经打开了。"))
    box.setInformativeText(
        tr("同一份资料只能在一个窗口里办理。请切换到已经打开的窗口；找不到窗口的，请看任务栏，"
           "或者重新启动电脑后再打开。\n资料位置：{root}", root=root))
    box.addButton(tr("知道了"), QMessageBox.ButtonRole.AcceptRole)
    box.exec()
