"""What the watchdog notices, how fast, and that it reads the disk and no flag."""

import threading
import time
from functools import partial
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from field_app.crypto.age_keys import Identity
from field_app.media.battery import Battery, battery
from field_app.media.clip import Alarm, Trouble
from field_app.media.recorder import Recorder
from field_app.media.recovery import recover_clip
from field_app.media.watchdog import Watchdog

pytestmark = pytest.mark.alone

WITHIN_S = 3.0


class _Told:
    """Alarms with the time they came."""

    def __init__(self) -> None:
        self.alarms: list[tuple[Alarm, float]] = []

    def __call__(self, alarm: Alarm) -> None:
        self.alarms.append((alarm, time.monotonic()))

    def after(self, what: Trouble, *, over: bool = False) -> float:
        """When it was last told; 0 when never."""
        times = [at for alarm, at in self.alarms if alarm.what is what and alarm.over is over]
        return times[-1] if times else 0.0


def _expect(told: _Told, wait_until: Any, *troubles: Trouble) -> None:
    changed = time.monotonic()
    for trouble in troubles:
        wait_until(lambda t=trouble: told.after(t) > changed, within_s=5)
        assert told.after(trouble) - changed <= WITHIN_S, trouble


def test_picture_and_sound_that_only_seem_to_live(
        folder: Path, *, make_plan: Any, camera: Any, own_room: Any, identity: Any, judge: Any,
        wait_until: Any) -> None:
    told = _Told()
    recorder, moving = Recorder(told), camera.paint
    plan = make_plan(folder, camera=camera.url, microphone="", witness=identity)
    recorder.start(plan)
    wait_until(lambda: recorder.status().elapsed_s > 0.6)
    assert not told.alarms
    still = moving(5)
    camera.paint = lambda _number: still
    own_room.hush()
    _expect(told, wait_until, Trouble.FROZEN, Trouble.SILENT)
    status = recorder.status()
    assert status.troubles == (Trouble.FROZEN, Trouble.SILENT) and status.silent
    camera.paint = lambda _number: np.zeros_like(still)
    own_room.sound()
    _expect(told, wait_until, Trouble.BLACK)
    wait_until(lambda: told.after(Trouble.SILENT, over=True) > 0)
    # The camera changes its size in the middle and comes five times a second only.
    camera.paint = lambda number: cv2.resize(moving(number), (320, 240))
    camera.rate = 5.0
    _expect(told, wait_until, Trouble.SLOW)
    assert Trouble.BLACK not in recorder.status().troubles
    safe_s, elapsed_s = recorder.status().safe_s, recorder.status().elapsed_s
    assert safe_s is not None and elapsed_s - 2.5 <= safe_s <= elapsed_s
    result = recorder.stop()
    assert result.clean and not result.gaps
    begun = [a.what for a in result.alarms if not a.over]
    assert set(begun[:2]) == {Trouble.FROZEN, Trouble.SILENT} and begun[2] is Trouble.BLACK
    video = judge.streams(judge.decrypt(result.segments[0].path))["video"]
    assert (video["width"], video["height"]) == (640, 360), "fitted when the camera changed its size"
    assert int(video["nb_read_packets"]) == result.frames
    again = recover_clip(folder, plan.clip_id, identities=[identity],
                         recipients=plan.recipients, clock=plan.clock)
    assert list(map(_facts, again.alarms)) == list(map(_facts, result.alarms)), "also in the notes"


def _facts(alarm: Alarm) -> tuple[Trouble, int, bool]:
    return alarm.what, alarm.at.mono_ms, alarm.over


def _hang(stuck: threading.Event, free: threading.Event) -> None:
    stuck.set()
    free.wait()


@pytest.mark.parametrize(
    "with_witness", [True, pytest.param(False, marks=pytest.mark.soak)])
def test_a_disk_that_takes_nothing_any_more(
        folder: Path, *, make_plan: Any, camera: Any, identity: Identity, wait_until: Any,
        with_witness: bool) -> None:
    told, stuck, hung = _Told(), threading.Event(), threading.Event()
    recorder = Recorder(told)
    recorder.start(make_plan(folder, camera=camera.url,
                             witness=identity if with_witness else None))
    wait_until(lambda: recorder.status().bytes_on_disk > 5000)
    assert recorder._session is not None and recorder._session._writing is not None
    recorder._session._writing.sealer._put(lambda: _hang(stuck, hung))
    assert stuck.wait(5)
    _expect(told, wait_until, Trouble.NOT_WRITTEN)
    hung.set()
    wait_until(lambda: told.after(Trouble.NOT_WRITTEN, over=True) > 0)
    assert recorder.stop().clean


def _supply(folder: Path, **facts: str) -> None:
    folder.mkdir()
    for name, words in facts.items():
        (folder / name).write_text(words + "\n")


def test_the_battery_is_read_from_the_system(tmp_path: Path) -> None:
    assert battery(tmp_path) is None and battery(tmp_path / "none") is None
    _supply(tmp_path / "AC", type="Mains", online="0")
    _supply(tmp_path / "BAT-mouse", type="Battery", scope="Device", capacity="3",
            status="Discharging")
    assert battery(tmp_path) is None
    _supply(tmp_path / "BAT0", type="Battery", capacity="14", status="Discharging")
    assert battery(tmp_path) == Battery(14, charging=False)
    (tmp_path / "BAT0" / "status").write_text("Charging\n")
    assert battery(tmp_path) == Battery(14, charging=True)
    (tmp_path / "BAT0" / "capacity").write_text("much\n")
    assert battery(tmp_path) is None


def _same(level: Battery | None) -> Battery | None:
    return level


def test_a_battery_that_runs_down_is_told(
        folder: Path, *, make_plan: Any, camera: Any, wait_until: Any) -> None:
    recorder = Recorder()
    recorder.start(make_plan(folder, camera=camera.url))
    assert recorder._session is not None
    levels: tuple[tuple[Battery | None, bool], ...] = ((Battery(15, False), True), (Battery(15, True), False),
        (Battery(16, False), False), (None, False))
    for level, expected in levels:
        watchdog = Watchdog(recorder._session, power=partial(_same, level))
        found = watchdog.look(time.monotonic_ns())
        watchdog.close()
        assert (Trouble.BATTERY_LOW in found) is expected
    assert recorder.stop().clean
