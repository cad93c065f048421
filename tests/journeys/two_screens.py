"""Run by a test in a process of its own, on two screens: the party's paper goes to the second one, and
not to the officers' when that is pulled. Prints what was seen, as JSON."""

import json
import sys
from pathlib import Path

from PySide6.QtGui import QGuiApplication

from field_app.actions.case_desk import case_desk
from field_app.actions.fill_document import start_paper
from field_app.actions.open_case import NewCase, open_case
from field_app.cli.demo.photographs import Photographer
from tests.journeys.conftest import at


def main(root: Path) -> None:
    world = at(root)
    desk = Photographer(world.laptop.data, world.pictures)
    first, second = QGuiApplication.screens()
    desk.log_in()
    window = desk.window
    session = window.shell.officers
    case = open_case(session, NewCase(cause="日常检查", matter="", place="车间", party={"name": "演练公司"}))
    start_paper(session, case.id, case_desk(session, case.id).steps[0].step.id, "G1-04")
    window.open_case(case.id)
    desk.until(lambda: window.desk.desk is not None)
    assert window.desk.desk is not None
    window.desk.open_paper(window.desk.desk.steps[0].papers[0])
    desk.until(lambda: window.desk.editor is not None and bool(window.desk.editor.view.pages))
    editor = window.desk.editor
    assert editor is not None
    editor.show_party()
    party = editor.party
    assert party is not None
    # Drawn again for the larger screen, or this waits in vain.
    desk.until(lambda: party.view.pages[0].page.image.width() >= party.view.pixels_wide())
    seen: dict[str, object] = {
        "on": party.screen().name(), "wide": party.width(), "whole": party.isFullScreen(),
        "pixels": party.view.pages[0].page.image.width()}
    app = desk.app
    app.screenRemoved.emit(first)  # Another screen is none of its business.
    seen["stays"] = party.isVisible()
    app.screenRemoved.emit(second)
    desk.until(lambda: True)
    seen |= {"gone": not party.isVisible(), "told": window.banner._text.text(), "editor": window.desk.editor is editor}
    editor.show_party()
    window.move(9000, 9000)  # As a window lies whose screen was pulled where no window manager cares.
    app.screenRemoved.emit(first)
    rooms = [screen.geometry() for screen in (first, second)]
    desk.until(lambda: any(room.contains(window.frameGeometry()) for room in rooms))
    seen["moved"] = window.banner._text.text()
    seen["again"] = editor.party is not None and editor.party.isVisible()
    desk.close()
    print(json.dumps(seen, ensure_ascii=False))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
