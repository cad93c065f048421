"""The alarm's tone, played into a real sound server and heard at its other end."""

import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from field_app.ui.alarm_sound import tone

pytestmark = pytest.mark.alone

_RING = """
import time
from PySide6.QtCore import QCoreApplication
from field_app.ui.alarm_sound import AlarmSound
app = QCoreApplication([])
alarm = AlarmSound()
assert alarm.ring()
until = time.monotonic() + 2
while time.monotonic() < until:
    app.processEvents()
    time.sleep(0.01)
alarm.close()
"""


def _strongest_hz(samples: "np.ndarray[tuple[int], np.dtype[np.float64]]") -> float:
    spectrum = np.abs(np.fft.rfft(samples * np.hanning(len(samples))))
    return float(np.argmax(spectrum) * 48000 / len(samples))


def test_the_tone_itself() -> None:
    samples = np.frombuffer(tone(), "<i2").astype(np.float64)
    assert 0.5 < len(samples) / 48000 < 0.8 and 0.2 < np.abs(samples).max() / 32768 < 0.4
    part = samples[1000:7000]
    assert _strongest_hz(part) == pytest.approx(880, abs=8)


def _until(true: Callable[[], bool], process: "subprocess.Popen[bytes]", missing: str) -> None:
    deadline = time.monotonic() + 10
    while not true():
        assert process.poll() is None and time.monotonic() < deadline, missing
        threading.Event().wait(0.05)


def test_it_is_heard_in_the_room(tmp_path: Path) -> None:
    socket = tmp_path / "native"
    environment = {**os.environ, "PULSE_SERVER": f"unix:{socket}", "HOME": str(tmp_path),
                   "PULSE_RUNTIME_PATH": str(tmp_path)}
    with subprocess.Popen(
            ["pulseaudio", "-n", "--daemonize=no", "--exit-idle-time=-1", "--use-pid-file=no",
             "-L", f"module-native-protocol-unix auth-anonymous=1 socket={socket}",
             "-L", "module-null-sink sink_name=room rate=48000"], env=environment,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as server:
        _until(socket.exists, server, "no sound server")
        with (tmp_path / "heard").open("wb") as kept, subprocess.Popen(
                ["parec", "--latency-msec=50", "-d", "room.monitor", "--raw", "--rate=48000",
                 "--channels=1", "--format=s16le"], env=environment, stdout=kept) as ear:
            # It rings only once somebody listens: the ear may take longer to begin than the bell.
            _until(lambda: (tmp_path / "heard").stat().st_size > 0, ear, "nobody listens")
            subprocess.run([sys.executable, "-c", _RING], env=environment, check=True,
                           stderr=subprocess.DEVNULL)
            ear.terminate()
        heard = np.fromfile(tmp_path / "heard", "<i2").astype(np.float64)
        server.terminate()
    loud = np.flatnonzero(np.abs(heard) > 2000)
    assert len(loud), "nothing was heard"
    assert 0.3 < (loud[-1] - loud[0]) / 48000 < 1.0
    assert _strongest_hz(heard[loud[0] + 500:loud[0] + 6500]) == pytest.approx(880, abs=10)
