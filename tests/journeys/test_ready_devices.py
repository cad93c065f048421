"""Before they set out officers see only what is known of camera, microphone and disk, and may try them."""

from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest
from PySide6.QtWidgets import QPushButton
from pytestqt.qtbot import QtBot

from field_app.actions.check_readiness import Light
from field_app.actions.context import Session
from field_app.actions.log_in import log_in, log_out
from field_app.cli.demo.photographs import Photographer
from field_app.cli.demo.world import World
from field_app.domain.case import Case
from tests.unit.media.conftest import MovingPicture, OwnRoom

pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints", extend=True)


@pytest.fixture
def officer(qtbot: QtBot, world: World) -> Iterator[Photographer]:
    made = Photographer(world.laptop.data, world.pictures)
    yield made
    made.window.recording.stop_now()
    made.close()


def _lines(officer: Photographer) -> dict[str, tuple[Light, str, str]]:
    officer.until(lambda: bool(officer.window.today._checks))
    return {c.name: (c.light, c.text, c.remedy) for c in officer.window.today._checks}


def _try(officer: Photographer) -> dict[str, tuple[Light, str, str]]:
    button = next(b for b in officer.window.today.findChildren(QPushButton)
                  if b.text() == "试画面和声音" and b.isVisible())
    button.click()
    officer.until(lambda: not officer.window.today.trial.running)
    return _lines(officer)


def test_camera_and_microphone_are_well_only_when_seen_and_heard(
        world: World, officer: Photographer, source: MovingPicture, sounds: OwnRoom) -> None:
    window = officer.window
    window.shell.settings = replace(window.shell.settings, camera=source.url, microphone="default")
    officer.log_in()
    before = _lines(officer)
    for name in ("摄像头", "话筒"):
        light, text, remedy = before[name]
        assert light is Light.AMBER and "还没有试" in text and "试画面和声音" in remedy
    after = _try(officer)
    assert after["摄像头"] == (Light.GREEN, "有画面", "") and after["话筒"] == (Light.GREEN, "听得到声音", "")
    assert not list(world.laptop.data.media.iterdir()), "nothing is kept"
    officer.take("tried")
    sounds.hush()
    mute = _try(officer)
    assert mute["摄像头"][0] is Light.GREEN and mute["话筒"][:2] == (Light.RED, "没有声音")
    officer.take("mute")
    for camera, word in (("http://127.0.0.1:9/none", "还没有试"), ("/dev/video97", "没有接上")):
        window.shell.settings = replace(window.shell.settings, camera=camera)
        window.go("today")
        officer.until(lambda: True)
        assert word in _lines(officer)["摄像头"][1], "another camera was never tried"
    assert _try(officer)["摄像头"][:2] == (Light.RED, "没有接上")
    assert "没有插好或不存在" in window.banner.text
    window.shell.settings = replace(window.shell.settings, camera="http://127.0.0.1:9/none")
    assert _try(officer)["摄像头"][:2] == (Light.RED, "没有试成")


@pytest.mark.parametrize(("picture", "second"), [("720", ""), ("1080", ""), ("720", "1")])
def test_hours_of_the_disk_are_those_of_the_recording_bar(
        world: World, officer: Photographer, new_case: Callable[[Session], Case], picture: str, second: str) -> None:
    session = log_in(world.laptop, *world.both())
    case = new_case(session)
    log_out(session)
    window = officer.window
    window.shell.settings = replace(window.shell.settings, camera="0", second_camera=second, picture=picture,
                                    microphone="default", preroll="off")
    officer.log_in()
    told = _lines(officer)["磁盘"][1]
    window.open_case(case.id)
    officer.until(lambda: window.desk.desk is not None)
    window.recording.show()
    assert told.startswith("还可录约") and told in window.recording.bar.note.whole.replace(" ", "")
