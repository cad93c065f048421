"""A real moving picture served as HTTP MJPEG over loopback, as network cameras serve theirs."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import cv2
import numpy as np

WIDTH, HEIGHT, FPS = 1280, 720, 25
_BOUNDARY = "frame"


def _draw(count: int) -> bytes:
    """A workshop-like scene that changes with each frame: a door, a swinging lamp, a counter."""
    image = np.full((HEIGHT, WIDTH, 3), (196, 204, 208), np.uint8)
    cv2.rectangle(image, (0, 520), (WIDTH, HEIGHT), (120, 126, 132), -1)
    cv2.rectangle(image, (120, 180), (380, 600), (96, 110, 140), -1)
    cv2.rectangle(image, (760, 300), (1160, 560), (84, 130, 96), -1)
    swing = int(180 * np.sin(count / 18))
    cv2.line(image, (640, 0), (640 + swing, 240), (40, 40, 40), 4)
    cv2.circle(image, (640 + swing, 260), 34, (90, 220, 250), -1)
    x = count * 6 % WIDTH
    cv2.rectangle(image, (x, 640), (x + 90, 690), (60, 60, 180), -1)
    text = f"TRAINING {time.strftime('%Y-%m-%d %H:%M:%S')} #{count:06d}"
    cv2.putText(image, text, (30, 60), cv2.FONT_HERSHEY_SIMPLEX, 1.2, (20, 20, 20), 3)
    return cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, 80])[1].tobytes()


class _Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", f"multipart/x-mixed-replace; boundary={_BOUNDARY}")
        self.end_headers()
        start, count = time.monotonic(), 0
        try:
            while True:
                data = _draw(count)
                self.wfile.write(
                    f"--{_BOUNDARY}\r\nContent-Type: image/jpeg\r\n"
                    f"Content-Length: {len(data)}\r\n\r\n".encode() + data + b"\r\n")
                count += 1
                time.sleep(max(0.0, start + count / FPS - time.monotonic()))
        except OSError:
            return  # The viewer went away.

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing: the demo prints its own lines."""


@contextmanager
def moving_picture() -> Iterator[str]:
    """Serve while in the block; gives the address to open as a camera."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, name="picture", daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}/camera.mjpeg"
    finally:
        server.shutdown()
        server.server_close()
