"""A moving picture over loopback and sound in the room, with a flash and a beep at one instant.

Runs as a process of its own, so that it takes nothing from the recorder's. Each picture carries a
running number; every :data:`EVERY_S` a corner turns white for a tenth of a second, and a beep whose
first sample is played at the very time of the first white picture sounds in the room.
"""

import argparse
import ctypes
import os
import sys
import threading
import time
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

FPS = 25
EVERY_S = 10
BEEP_S = 0.12
BEEP_HZ = 1000
RING = 128
RATE = 48_000
# Places in the picture, in parts of its width and height: the number's bits, and the corner.
BIT_WIDTH, BITS_TOP, BITS_HEIGHT, BITS = 0.04, 0.02, 0.06, 7
CORNER = 0.2
_BLOCK = 480
_LATE_S = 0.2


def draw(number: int, *, width: int, height: int, flash: bool) -> NDArray[np.uint8]:
    """Picture ``number``: moving shapes under a sensor's noise, the number, and the corner."""
    noise = np.random.default_rng(number).integers(-6, 7, (height, width, 1), np.int16)
    x = np.arange(width)[None, :, None] + number * 6
    y = np.arange(height)[:, None, None]
    waves = 96 + 60 * np.sin(x / 37) * np.sin((y + number * 2) / 53) + noise
    coloured = np.repeat(waves, 3, axis=2) + np.array([20, 0, -15])
    image: NDArray[np.uint8] = np.clip(coloured, 0, 200).astype(np.uint8)
    top, bottom = round(height * BITS_TOP), round(height * (BITS_TOP + BITS_HEIGHT))
    for bit in range(BITS):
        left = round(width * BIT_WIDTH * (bit + 1))
        image[top:bottom, left:left + round(width * BIT_WIDTH)] = 255 * (number >> bit & 1)
    image[round(height * (1 - CORNER)):, round(width * (1 - CORNER)):] = 255 if flash else 0
    return image


class _PulseFormat(ctypes.Structure):
    _fields_ = (("format", ctypes.c_int), ("rate", ctypes.c_uint32), ("channels", ctypes.c_uint8))


class _PulseBuffer(ctypes.Structure):
    _fields_ = tuple((name, ctypes.c_uint32) for name in (
        "maxlength", "tlength", "prebuf", "minreq", "fragsize"))


class Loudspeaker:
    """Plays into the room and knows when each sample will sound."""

    def __init__(self) -> None:
        self._pulse: Any = ctypes.CDLL("libpulse-simple.so.0")
        self._pulse.pa_simple_new.restype = ctypes.c_void_p
        self._pulse.pa_simple_get_latency.restype = ctypes.c_uint64
        no_change = 0xFFFFFFFF
        buffer = _PulseBuffer(no_change, RATE * 2 * 60 // 1000, 0, no_change, no_change)
        error = ctypes.c_int()
        self._stream = ctypes.c_void_p(self._pulse.pa_simple_new(
            None, b"scene", 1, b"room", b"beep", ctypes.byref(_PulseFormat(3, RATE, 1)), None,
            ctypes.byref(buffer), ctypes.byref(error)))
        if not self._stream:
            raise OSError(f"no sound server: {error.value}")

    def play(self, samples: NDArray[np.int16]) -> None:
        if not len(samples):
            return  # An empty write is an error to the sound server.
        error = ctypes.c_int()
        data = samples.tobytes()
        if self._pulse.pa_simple_write(
                self._stream, data, ctypes.c_size_t(len(data)), ctypes.byref(error)) < 0:
            raise OSError(f"cannot play: {error.value}")

    def next_sounds_at(self) -> float:
        """When the next sample played will sound, on ``time.monotonic``."""
        error = ctypes.c_int()
        latency_us: int = self._pulse.pa_simple_get_latency(self._stream, ctypes.byref(error))
        return time.monotonic() + latency_us / 1e6


def _beep_forever(began: float) -> None:
    speaker = Loudspeaker()
    steps = np.arange(round(BEEP_S * RATE))
    beep = (12_000 * np.sin(2 * np.pi * BEEP_HZ * steps / RATE)).astype(np.int16)
    # Faint noise, as in any room: a microphone that gives nothing at all would be a fault.
    hiss = np.random.default_rng(1).integers(-60, 61, RATE).astype(np.int16)
    due = began + EVERY_S
    while True:
        wait = due - speaker.next_sounds_at()
        if wait > 2 * _BLOCK / RATE:
            speaker.play(hiss[:_BLOCK])
            continue
        speaker.play(hiss[:max(0, round(wait * RATE))])
        speaker.play(beep)
        due += EVERY_S


class _Camera:
    def __init__(self, *, width: int, height: int) -> None:
        self._jpegs = [[cv2.imencode(".jpg", draw(n, width=width, height=height, flash=flash),
                                     [cv2.IMWRITE_JPEG_QUALITY, 85])[1].tobytes()
                        for n in range(RING)] for flash in (False, True)]
        self.began = time.monotonic() + 0.5

    def serve(self, handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.send_header("Content-Type", "multipart/x-mixed-replace; boundary=frame")
        handler.end_headers()
        number = max(0, int((time.monotonic() - self.began) * FPS) + 1)
        try:
            while True:
                threading.Event().wait(self.began + number / FPS - time.monotonic())
                in_turn = (number / FPS) % EVERY_S
                flash = number >= EVERY_S * FPS and in_turn < BEEP_S - 1e-6
                jpeg = self._jpegs[flash][number % RING]
                late = time.monotonic() - self.began - number / FPS
                if late > _LATE_S:
                    print(f"  picture {number} was {late:.2f} s late", file=sys.stderr, flush=True)
                handler.wfile.write(b"--frame\r\nContent-Type: image/jpeg\r\nContent-Length: "
                                    + str(len(jpeg)).encode() + b"\r\n\r\n" + jpeg + b"\r\n")
                number += 1
        except OSError:
            return


def main() -> None:
    """Serve until ended; prints the camera's address once it is ready."""
    parser = argparse.ArgumentParser()
    parser.add_argument("width", type=int)
    parser.add_argument("height", type=int)
    wanted = parser.parse_args()
    camera = _Camera(width=wanted.width, height=wanted.height)
    # A real camera and a real voice do not wait for a processor.
    with suppress(OSError):
        os.nice(-5)

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            camera.serve(self)

        def log_message(self, format: str, *args: Any) -> None:
            """The benchmark speaks, not the server."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    camera.began = time.monotonic() + 0.5
    threading.Thread(target=_beep_forever, args=(camera.began,), daemon=True).start()
    print(f"http://127.0.0.1:{server.server_address[1]}/camera.mjpg", flush=True)
    server.serve_forever()


if __name__ == "__main__":
    main()
