"""A camera read on its own thread, so that a dead one never stops anybody else."""

import threading
import time
from collections import deque
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from field_app.media.errors import CameraUnavailable

if TYPE_CHECKING:
    import cv2
    import numpy as np
    from numpy.typing import NDArray

    Image = NDArray[np.uint8]

LOST_AFTER_S = 3.0
# A reader that hangs inside the driver beyond every time-out is left to itself and replaced.
HUNG_AFTER_S = 10.0
_REOPEN_EVERY_S = 0.5
_KEPT_FRAMES = 15
_FPS_OVER = 50


@dataclass(frozen=True)
class Frame:
    """One picture (height x width x 3, BGR, 8 bit) and its arrival on ``time.monotonic_ns``."""

    mono_ns: int
    image: "Image"


def _open_capture(source: int | str, *, width: int, height: int, fps: int,
                  timeout_s: float) -> "cv2.VideoCapture":
    import os

    import cv2

    cv2.utils.logging.setLogLevel(cv2.utils.logging.LOG_LEVEL_SILENT)
    if isinstance(source, int):
        # Media Foundation takes up to half a minute to open some cameras; DirectShow does not.
        capture = cv2.VideoCapture(source, cv2.CAP_DSHOW if os.name == "nt" else cv2.CAP_ANY)
        # MJPG first: raw pictures of this size do not fit through USB 2 at 25 frames/s. A camera
        # that cannot do as asked keeps its own size, which is fitted later.
        capture.set(cv2.CAP_PROP_FOURCC, cv2.VideoWriter.fourcc(*"MJPG"))
        capture.set(cv2.CAP_PROP_FRAME_WIDTH, width)
        capture.set(cv2.CAP_PROP_FRAME_HEIGHT, height)
        capture.set(cv2.CAP_PROP_FPS, fps)
        return capture
    return cv2.VideoCapture(source, cv2.CAP_FFMPEG, [
        cv2.CAP_PROP_OPEN_TIMEOUT_MSEC, int(timeout_s * 1000),
        cv2.CAP_PROP_READ_TIMEOUT_MSEC, int(LOST_AFTER_S * 1000)])


class _Pace:
    """Lets a regular file play at its own speed; live sources set their own."""

    def __init__(self, source: int | str, capture: "cv2.VideoCapture") -> None:
        import cv2

        rate = 0.0
        if isinstance(source, str) and "://" not in source and Path(source).is_file():
            rate = float(capture.get(cv2.CAP_PROP_FPS)) or 25.0
        self._period_ns = round(1e9 / rate) if rate else 0
        self._due_ns = time.monotonic_ns()

    def wait(self, stop: threading.Event) -> None:
        if self._period_ns:
            self._due_ns += self._period_ns
            stop.wait(max(0, self._due_ns - time.monotonic_ns()) / 1e9)


class CameraSource:
    """Any OpenCV source: camera index, file, FIFO or URL (http MJPEG, udp MPEG-TS, rtsp).

    :meth:`open` waits for the first frame. Afterwards the source looks after itself: a stream
    that ends or stalls is opened again until :meth:`close`.
    """

    def __init__(self, source: int | str, *, width: int = 1280, height: int = 720, fps: int = 25,
                 open_timeout_s: float = 8.0) -> None:
        self._source = source
        self._size = (width, height)
        self._fps = fps
        self._open_timeout_s = open_timeout_s
        self._lock = threading.Lock()
        self._news = threading.Event()
        self._fresh: deque[Frame] = deque()
        self._latest: Frame | None = None
        self._arrivals: deque[int] = deque(maxlen=_FPS_OVER)
        self._missed = 0
        self._opened_once = False
        self._stop = threading.Event()
        self._reader: threading.Thread | None = None

    def begin(self) -> None:
        """Start opening without waiting; :meth:`await_first` tells how it went."""
        self._start_reader()

    def await_first(self) -> Frame:
        """The first frame; :class:`CameraUnavailable` when none came in time (then closed)."""
        if self._news.wait(self._open_timeout_s):
            with self._lock:
                if self._latest is not None:
                    return self._latest
        opened = self._opened_once
        self.close()
        raise CameraUnavailable(
            self._source, fact="opened but gave no picture" if opened else "did not open",
            waited_s=self._open_timeout_s)

    def open(self) -> Frame:
        """Start and wait for the first frame; :class:`CameraUnavailable` when none comes."""
        self.begin()
        return self.await_first()

    def _start_reader(self) -> None:
        # Each reader owns its stop event: a hung one that wakes up late sees its own.
        self._stop = threading.Event()
        self._reader = threading.Thread(
            target=self._read, args=(self._stop,), name="camera", daemon=True)
        self._reader.start()

    def _read(self, stop: threading.Event) -> None:
        while not stop.is_set():
            capture = _open_capture(
                self._source, width=self._size[0], height=self._size[1], fps=self._fps,
                timeout_s=self._open_timeout_s)
            try:
                if capture.isOpened():
                    self._opened_once = True
                    self._read_frames(capture, stop)
            finally:
                capture.release()
            stop.wait(_REOPEN_EVERY_S)

    def _read_frames(self, capture: "cv2.VideoCapture", stop: threading.Event) -> None:
        pace = _Pace(self._source, capture)
        while not stop.is_set():
            good, image = capture.read()
            if not good or image is None:
                return
            if not stop.is_set():
                self._arrived(Frame(time.monotonic_ns(), image))  # type: ignore[arg-type]
            pace.wait(stop)

    def _arrived(self, frame: Frame) -> None:
        with self._lock:
            if len(self._fresh) == _KEPT_FRAMES:
                # Every second one goes: a busy computer gives a slower film, not one with holes.
                kept = list(self._fresh)[1::2]
                self._missed += len(self._fresh) - len(kept)
                self._fresh = deque(kept)
            self._fresh.append(frame)
            self._latest = frame
            self._arrivals.append(frame.mono_ns)
        self._news.set()

    def take(self) -> list[Frame]:
        """Frames that came since the last call, oldest first, thinned to 15 at most."""
        self._replace_hung_reader()
        with self._lock:
            frames = list(self._fresh)
            self._fresh.clear()
        return frames

    def _replace_hung_reader(self) -> None:
        if self._stop.is_set() or self.silence_s() < HUNG_AFTER_S:
            return
        self._stop.set()
        with self._lock:
            self._arrivals.clear()
            self._arrivals.append(time.monotonic_ns())
        self._start_reader()

    def latest(self) -> Frame | None:
        """The newest frame at the camera's own resolution."""
        with self._lock:
            return self._latest

    def silence_s(self) -> float:
        """Seconds since the last frame (or since a hung reader was replaced)."""
        with self._lock:
            last = self._arrivals[-1] if self._arrivals else None
        return 0.0 if last is None else (time.monotonic_ns() - last) / 1e9

    @property
    def lost(self) -> bool:
        """No frame for three seconds."""
        with self._lock:
            last = self._latest
        return last is not None and time.monotonic_ns() - last.mono_ns > LOST_AFTER_S * 1e9

    @property
    def missed(self) -> int:
        """Frames that nobody took in time."""
        with self._lock:
            return self._missed

    @property
    def fps(self) -> float:
        """Frames a second lately measured; 0 when lost."""
        if self.lost:
            return 0.0
        with self._lock:
            times = list(self._arrivals)
        if len(times) < 2 or times[-1] == times[0]:
            return 0.0
        return (len(times) - 1) * 1e9 / (times[-1] - times[0])

    def close(self, *, patience_s: float = 1.0) -> bool:
        """Stop reading; whether the reader ended in time.

        One that hangs in its driver is left behind: it lets go of the camera when it wakes up.
        """
        self._stop.set()
        reader = self._reader
        if reader is None:
            return True
        reader.join(patience_s)
        return not reader.is_alive()


def fit(image: "Image", *, width: int, height: int) -> "Image":
    """The picture at ``width`` x ``height``, its shape kept by black bars."""
    import cv2
    import numpy as np

    rows, columns = image.shape[:2]
    if (columns, rows) == (width, height):
        return image
    scale = min(width / columns, height / rows)
    inner = (min(width, max(1, round(columns * scale))), min(height, max(1, round(rows * scale))))
    small = cv2.resize(image, inner, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR)
    if inner == (width, height):
        return small.astype(np.uint8, copy=False)
    canvas = np.zeros((height, width, 3), np.uint8)
    left, top = (width - inner[0]) // 2, (height - inner[1]) // 2
    canvas[top:top + inner[1], left:left + inner[0]] = small
    return canvas
