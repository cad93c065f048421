"""A real desk in which an officer types, one character after another, until it is killed.

usage: typing_until_killed.py WORLD. Prints ``ready``, then the number of characters typed and the
monotonic time of the last one, a line each.
"""

import sys
import time
from pathlib import Path

from PySide6.QtTest import QTest
from PySide6.QtWidgets import QPlainTextEdit

from field_app.actions.case_desk import case_desk
from field_app.actions.open_case import NewCase, open_case
from field_app.cli.demo.photographs import Photographer
from field_app.paths import DataFolder


def main(root: Path) -> None:
    officer = Photographer(DataFolder(root / "laptop"), root / "pictures")
    officer.log_in()
    window = officer.window
    case = open_case(window.shell.officers, NewCase(
        cause="日常检查", matter="", place="车间", party={"name": "演练公司"}))
    window.open_case(case.id)
    officer.until(lambda: window.desk.desk is not None)
    assert case_desk(window.shell.officers, case.id).steps
    window.desk.step.start_paper.emit("G1-04")
    officer.until(lambda: window.desk.editor is not None)
    editor = window.desk.editor
    assert editor is not None
    assert editor.form.focus("check_findings")
    box = window.focusWidget()
    assert isinstance(box, QPlainTextEdit)
    print("ready", flush=True)
    count = 0
    while True:
        QTest.keyClicks(box, "abcdefghij"[count % 10])
        count += 1
        print(count, time.monotonic(), flush=True)
        QTest.qWait(20)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
