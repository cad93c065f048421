"""kill -9 while typing and while recording: at most two seconds are lost, all else opens."""

import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from field_app.actions.case_desk import case_desk
from field_app.actions.finish_recording import recover_recordings
from field_app.actions.log_in import log_in, log_out
from field_app.actions.overview import list_cases, today
from field_app.actions.play_clip import play_clip
from field_app.cli.demo.moving_picture import moving_picture
from field_app.cli.demo.world import World
from field_app.domain.case import ClipState

HERE = Path(__file__).resolve().parent
LOSS_S = 2.0


class Victim:
    """A process whose lines are read until it is killed."""

    def __init__(self, script: str, *args: str) -> None:
        self.process = subprocess.Popen(
            [sys.executable, str(HERE / script), *args], stdout=subprocess.PIPE, text=True)
        self.lines: list[str] = []
        self._more = threading.Condition()
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            with self._more:
                self.lines.append(line.strip())
                self._more.notify_all()

    def wait_for(self, true: Callable[[list[str]], bool]) -> None:
        with self._more:
            assert self._more.wait_for(lambda: true(self.lines), timeout=90), self.lines[-3:]

    def kill(self) -> list[str]:
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()
        if self.process.stdout is not None:
            self.process.stdout.close()
        with self._more:
            return list(self.lines)


@pytest.mark.parametrize("keys", [60, pytest.param(145, marks=pytest.mark.soak)])
def test_killed_while_typing(world: World, keys: int) -> None:
    victim = Victim("typing_until_killed.py", str(world.root))
    victim.wait_for(lambda lines: len(lines) > keys)
    typed = [line.split() for line in victim.kill() if line != "ready"]
    session = log_in(world.laptop, *world.both())
    (draft,) = today(session).drafts
    kept = len(str(draft.paper.answers.get("check_findings", "")))
    log_out(session)
    end = float(typed[-1][1])
    lost = [float(when) for count, when in typed if int(count) > kept]
    assert kept > 0
    assert not lost or end - min(lost) <= LOSS_S


def test_killed_while_recording(either_world: World) -> None:
    world = either_world
    with moving_picture() as camera:
        victim = Victim("recording_until_killed.py", str(world.root), camera)
        victim.wait_for(lambda lines: len(lines) > 2 and float(lines[-1]) >= 5)
        shown = float(victim.kill()[-1])
    session = log_in(world.laptop, *world.both())
    recovered = recover_recordings(session)
    assert recovered.problems == ()
    (clip,) = recovered.clips
    assert clip.state is ClipState.RECOVERED
    assert clip.duration_ms / 1000 >= shown - LOSS_S
    playback = play_clip(session, clip)
    picture = playback.frame_at(clip.duration_ms / 1000 - 0.2)
    playback.close()
    assert picture is not None
    assert picture[:2] == (640, 360)
    assert recover_recordings(session).clips == ()  # Saved once, not again at each login.
    (case,) = list_cases(session)
    assert case_desk(session, case.id).steps[0].clips == (clip,)
    log_out(session)
