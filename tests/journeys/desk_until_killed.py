"""A real desk in which an officer types into a field, then waits to be killed.

usage: desk_until_killed.py WORLD. Prints ``ready`` once the place is stored, as one line of JSON.
"""

import json
import sys
import time
from pathlib import Path

from PySide6.QtTest import QTest
from PySide6.QtWidgets import QPlainTextEdit

from field_app.actions.whereabouts import last_place
from field_app.cli.demo.photographs import Photographer
from field_app.paths import DataFolder
from tests.journeys.desk_walk import begin_paper

FIELD, TYPED, CURSOR = "check_findings", "saw without guard", 3


def main(root: Path) -> None:
    officer = Photographer(DataFolder(root / "laptop"), root / "pictures")
    officer.log_in()
    window = officer.window
    editor = begin_paper(officer)
    assert editor.form.focus(FIELD)
    box = window.focusWidget()
    assert isinstance(box, QPlainTextEdit)
    QTest.keyClicks(box, TYPED)
    cursor = box.textCursor()
    cursor.setPosition(CURSOR)
    box.setTextCursor(cursor)
    officer.until(lambda: editor.saved.text().startswith("已保存"))

    def kept() -> bool:
        place = last_place(window.shell.officers)
        return place is not None and (place.path, place.cursor) == (FIELD, CURSOR)

    officer.until(kept)
    print(json.dumps({"case": editor.paper.case, "step": window.desk.here, "paper": editor.paper.id}), flush=True)
    while True:
        time.sleep(1)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
