"""The player's sound, played into a real sound server and measured at its other end."""

import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

pytestmark = pytest.mark.alone

_PLAY = """
import time
import numpy as np
from PySide6.QtCore import QCoreApplication
from field_app.ui.player_sound import PlayerSound

def tone(t, _speed):
    n = int(t * 48000)
    while True:
        wave = np.sin(2 * np.pi * 997 * (np.arange(4800) + n) / 48000)
        yield (wave * 9000).astype("<i2").tobytes()
        n += 4800

app = QCoreApplication([])
sound = PlayerSound(tone)
sound.start(0.0)
until = time.monotonic() + 5
while time.monotonic() < until:
    sound.feed()
    app.processEvents()
    time.sleep(0.01)
sound.stop()
"""

_SPAN = 24_000


@pytest.fixture
def loudspeaker(tmp_path: Path) -> Iterator[dict[str, str]]:
    """The environment of a sound server whose only output is ``room``."""
    socket = tmp_path / "native"
    environment = {**os.environ, "PULSE_SERVER": f"unix:{socket}", "HOME": str(tmp_path),
                   "PULSE_RUNTIME_PATH": str(tmp_path)}
    with subprocess.Popen(
            ["pulseaudio", "-n", "--daemonize=no", "--exit-idle-time=-1", "--use-pid-file=no",
             "-L", f"module-native-protocol-unix auth-anonymous=1 socket={socket}",
             "-L", "module-null-sink sink_name=room rate=48000"], env=environment,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as server:
        deadline = time.monotonic() + 10
        while not socket.exists():
            assert server.poll() is None and time.monotonic() < deadline, "no sound server"
            threading.Event().wait(0.05)
        yield environment
        server.terminate()


def test_the_tone_is_heard_whole_and_in_tune(loudspeaker: dict[str, str]) -> None:
    with subprocess.Popen(
            ["parec", "--latency-msec=50", "-d", "room.monitor", "--raw", "--rate=48000", "--channels=1",
             "--format=s16le"], env=loudspeaker, stdout=subprocess.PIPE) as ear:
        subprocess.run([sys.executable, "-c", _PLAY], env=loudspeaker, check=True,
                       stderr=subprocess.DEVNULL)
        ear.terminate()
        assert ear.stdout is not None
        heard = np.frombuffer(ear.stdout.read(), "<i2").astype(np.float64)
    loud = np.flatnonzero(np.abs(heard) > 1000)
    assert len(loud), "nothing was heard"
    spans = [heard[at:at + _SPAN] for at in range(loud[0], len(heard) - _SPAN, _SPAN // 8)]
    assert spans, "less than half a second was heard"
    # A pure tone is near zero for 0.4 % of the time; a hole in it would show as more. Another
    # program may starve this one for a moment, so the best half second is judged.
    near_zero, best = min(((np.abs(span) < 50).mean(), n) for n, span in enumerate(spans))
    assert near_zero < 0.01
    spectrum = np.abs(np.fft.rfft(spans[best] * np.hanning(_SPAN)))
    assert np.argmax(spectrum) * 48000 / _SPAN == pytest.approx(997, abs=2)
