"""The desk ends as it should with something copied: what lies on the clipboard outlives Python."""

import subprocess
import sys
from pathlib import Path

_PROGRAM = """
import sys
from pathlib import Path
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication
from field_app import app
from field_app.ui.clean_text import TextBox

def copy():
    box = TextBox("copied")
    box.selectAll()
    box.copy()
    assert QApplication.clipboard().text() == "copied"
    if len(sys.argv) > 2:
        QApplication.clipboard().setText("citation")  # As the page of laws does.
    QApplication.closeAllWindows()

qt = QApplication([])
QTimer.singleShot(0, copy)
sys.exit(app.run(Path(sys.argv[1])))
"""


def test_the_desk_ends_well_with_something_copied(tmp_path: Path) -> None:
    for more in ([], ["citation"]):
        done = subprocess.run([sys.executable, "-c", _PROGRAM, str(tmp_path / "data"), *more],
                              capture_output=True, text=True, timeout=60, check=False)
        assert done.returncode == 0, done.stderr
