"""Two windows on one folder: the second is told; a dead one leaves nothing behind."""

import subprocess
import sys
from pathlib import Path

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication, QMessageBox
from pytestqt.qtbot import QtBot

from field_app import app
from field_app.ui.one_window import take_folder

_HOLD = """
import sys, time
from pathlib import Path
from field_app.ui.one_window import take_folder
lock = take_folder(Path(sys.argv[1]))
assert lock is not None
print("held", flush=True)
time.sleep(60)
"""


def test_the_second_is_told_and_a_killed_one_is_no_hindrance(qtbot: QtBot, tmp_path: Path) -> None:
    first = subprocess.Popen([sys.executable, "-c", _HOLD, str(tmp_path)], stdout=subprocess.PIPE, text=True)
    assert first.stdout is not None
    assert first.stdout.readline() == "held\n"
    told: list[str] = []

    def read() -> None:
        box = QApplication.activeModalWidget()
        if isinstance(box, QMessageBox):
            told.append(box.text() + box.informativeText())
            box.accept()
        else:
            QTimer.singleShot(20, read)

    QTimer.singleShot(0, read)
    assert app.run(tmp_path) == 1
    assert "已经打开" in told[0] and "切换到已经打开的窗口" in told[0]
    first.kill()
    first.wait()
    first.stdout.close()
    lock = take_folder(tmp_path)
    assert lock is not None
    lock.unlock()
