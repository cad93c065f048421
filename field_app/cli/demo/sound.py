"""A real tone where a sound device exists: played by one device, recorded from another."""

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


@contextmanager
def tone() -> Iterator[None]:
    """Play a quiet tone while in the block."""
    import sounddevice

    place, lock = [0], threading.Lock()

    def fill(out: np.ndarray, frames: int, _time: object, _status: object) -> None:
        with lock:
            times = (place[0] + np.arange(frames)) / RATE
            place[0] += frames
        out[:, 0] = 0.2 * np.sin(2 * np.pi * HERTZ * times)

    with sounddevice.OutputStream(samplerate=RATE, channels=1, callback=fill):
        yield
