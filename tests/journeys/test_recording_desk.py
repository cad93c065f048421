"""The desk while it stands by, records and something goes wrong."""

import os
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest
from pytestqt.qtbot import QtBot

from field_app.actions.context import Session
from field_app.actions.log_in import log_in, log_out
from field_app.actions.record_step import Recording
from field_app.cli.demo.moving_picture import moving_picture
from field_app.cli.demo.photographs import Photographer
from field_app.cli.demo.world import World
from field_app.domain.case import Case

pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints", extend=True)


@pytest.fixture
def officer(qtbot: QtBot, world: World) -> Iterator[Photographer]:
    assert os.environ["QT_QPA_PLATFORM"] == "offscreen"
    made = Photographer(world.laptop.data, world.pictures)
    yield made
    made.window.recording.stop_now()
    made.close()


def _spin(officer: Photographer, true: Callable[[], bool], within_s: float = 20.0) -> None:
    """Let the window work, its timers too, until ``true``."""
    deadline = time.monotonic() + within_s
    while not true():
        assert time.monotonic() < deadline
        officer.app.processEvents()
        threading.Event().wait(0.02)


def _unplug(recording: Recording | None) -> None:
    """As if the camera had been pulled out: nothing comes from it any more."""
    assert recording is not None
    session = recording._cameras[0].recorder._session
    assert session is not None and session.camera is not None
    session.camera.close()


def test_standing_by_recording_and_an_alarm(
        world: World, officer: Photographer, new_case: Callable[[Session], Case],
        monkeypatch: pytest.MonkeyPatch) -> None:
    session = log_in(world.laptop, *world.both())
    case = new_case(session)
    log_out(session)
    window = officer.window
    rung: list[int] = []
    monkeypatch.setattr(window.recording.sound, "ring", lambda: rung.append(1))
    with moving_picture() as camera:
        window.shell.settings = replace(
            window.shell.settings, camera=camera, microphone="", preroll="on", alarm="on")
        officer.log_in()
        assert window.recording.ready is None
        window.open_case(case.id)
        _spin(officer, lambda: window.recording.bar.state.standby
              and window.recording.bar.state.preroll_s > 1)
        assert not list(world.laptop.data.media.iterdir()), "nothing is written before F9"
        window.recording.free_camera()
        assert window.recording.ready is None
        _spin(officer, lambda: window.recording.ready is not None
              and window.recording.ready.status().preroll_s > 1)
        _spin(officer, lambda: window.recording.bar.state.standby
              and window.recording.bar.state.preroll_s > 1)
        window.recording.toggle()
        _spin(officer, lambda: window.recording.bar.state.recording
              and (window.recording.bar.state.safe_s or 0) > 1)
        rung.clear()
        _unplug(window.shell.recording)
        cut = time.monotonic()
        _spin(officer, lambda: any("摄像头无画面" in w for w in window.recording.bar.state.warnings))
        assert time.monotonic() - cut < 4.0 and rung, "told by sight and by sound"
        assert window.recording.bar.property("trouble") == "true"
        window.recording.toggle()
        _spin(officer, lambda: window.shell.recording is None and window.shell.jobs.idle())
    assert "含预录" in window.banner.text
    _spin(officer, lambda: window.desk.desk is not None
          and bool(window.desk.desk.step("inspection").clips))
    assert window.desk.desk is not None
    (clip,) = window.desk.desk.step("inspection").clips
    assert clip.preroll_ms >= 1000
    assert any(a["what"] == "camera_lost" for a in clip.alarms)


def test_an_alarm_can_be_muted_and_no_camera_is_told_once(
        world: World, officer: Photographer, new_case: Callable[[Session], Case]) -> None:
    session = log_in(world.laptop, *world.both())
    case = new_case(session)
    log_out(session)
    window = officer.window
    window.shell.settings = replace(window.shell.settings, camera="/dev/video97", microphone="",
                                    preroll="on", alarm="off")
    officer.log_in()
    window.open_case(case.id)
    _spin(officer, lambda: "没有插好或不存在" in window.banner.text)
    window.shell.messages.clear()
    until = time.monotonic() + 1.5
    _spin(officer, lambda: time.monotonic() > until)
    assert not window.banner.isVisible() and window.recording.sound.rung == 0
