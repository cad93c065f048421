"""A real tone where a sound device exists: played by a process of its own, as a room would."""

import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np

RATE, HERTZ = 48_000, 440.0


def has_devices() -> bool:
    """Whether this machine can both play and record."""
    try:
        import sounddevice

        found = list(sounddevice.query_devices())
    except (OSError, ImportError):
        return False
    return any(d["max_input_channels"] for d in found) and any(
        d["max_output_channels"] for d in found)


def play_until_told() -> None:
    """Play a quiet tone until the standard input ends."""
    import sounddevice

    place, lock = [0], threading.Lock()

    def fill(out: np.ndarray, frames: int, _time: object, _status: object) -> None:
        with lock:
            times = (place[0] + np.arange(frames)) / RATE
            place[0] += frames
        out[:, 0] = 0.2 * np.sin(2 * np.pi * HERTZ * times)

    with sounddevice.OutputStream(samplerate=RATE, channels=1, callback=fill):
        sys.stdin.buffer.read()


@contextmanager
def tone() -> Iterator[None]:
    """The tone sounds while in the block. Its own process: the recorder restarts the sound
    system of ours when it looks for microphones, which would silence it."""
    player = subprocess.Popen(
        [sys.executable, "-m", "field_app.cli.demo.sound"], stdin=subprocess.PIPE,
        stderr=subprocess.DEVNULL)
    try:
        yield
    finally:
        if player.stdin is not None:
            player.stdin.close()
        player.wait(timeout=10)


if __name__ == "__main__":
    play_until_told()
