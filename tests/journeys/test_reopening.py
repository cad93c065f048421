"""A desk that is killed opens again at the very field; one that is closed begins at 今日."""

import json
import os
import signal
import subprocess
import sys

import pytest
from PySide6.QtWidgets import QPlainTextEdit

from field_app.cli.demo.photographs import Photographer
from field_app.cli.demo.world import World
from tests.journeys.desk_until_killed import CURSOR, FIELD, TYPED


@pytest.fixture
def killed(world: World) -> dict[str, str]:
    """A desk of its own process, killed with the cursor in the middle of a word."""
    desk = subprocess.Popen(
        [sys.executable, "-m", "tests.journeys.desk_until_killed", str(world.root)],
        stdout=subprocess.PIPE, text=True)
    assert desk.stdout is not None
    told = desk.stdout.readline()
    os.kill(desk.pid, signal.SIGKILL)
    desk.wait()
    desk.stdout.close()
    place: dict[str, str] = json.loads(told)
    return place


def test_killed_it_opens_where_it_was_and_closed_it_does_not(
        killed: dict[str, str], world: World) -> None:
    officer = Photographer(world.laptop.data, world.pictures)
    window = officer.window
    officer.log_in()
    officer.until(lambda: window.desk.editor is not None and not window.desk.wanting)
    assert window.place == "desk"
    assert window.desk.desk is not None and window.desk.editor is not None
    assert window.desk.desk.case.id == killed["case"]
    assert window.desk.here == killed["step"]
    assert window.desk.editor.paper.id == killed["paper"]
    assert window.desk.editor.field == FIELD
    box = window.focusWidget()
    assert isinstance(box, QPlainTextEdit)
    assert (box.toPlainText(), box.textCursor().position()) == (TYPED, CURSOR)
    assert "已回到当时的位置" in window.banner.text
    officer.close()
    again = Photographer(world.laptop.data, world.pictures)
    again.log_in()
    again.until(lambda: True)
    assert again.window.place == "today"
    assert not again.window.banner.isVisible()
    again.window.go("new")
    again.window.new.name.setText("写到一半的单位")
    again.window.keeper.look()
    again.until(lambda: True)
    again.window.leave(asked=False)  # Half an hour locked: nobody asked for it.
    again.until(lambda: True)
    again.log_in()
    again.until(lambda: again.window.place == "new")
    assert again.window.new.name.text() == "写到一半的单位"
    again.close()
