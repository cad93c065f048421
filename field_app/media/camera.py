"""A camera read on its own thread, so that a dead one never stops anybody else."""

import threading
import time
from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING

from field_app.media.capture import CannotOpen, Wish, pictures
from field_app.media.errors import CameraUnavailable
from field_app.media.pictures import Fitter

if TYPE_CHECKING:
    from av import VideoFrame

# An alarm must come within three seconds, so two without a picture are enough.
LOST_AFTER_S = 2.0
# A reader that hangs inside the driver beyond every time-out is left to itself and replaced.
HUNG_AFTER_S = 10.0
_REOPEN_EVERY_S = 0.5
# What a busy computer may be behind; large pictures are kept for a shorter time.
_KEPT_FRAMES = 50
_KEPT_BYTES = 100 << 20
_FPS_OVER = 120
_FPS_OVER_NS = 2_000_000_000


@dataclass(frozen=True)
class Frame:
    """One picture as the camera gave it, and its arrival on ``time.monotonic_ns``."""

    mono_ns: int
    picture: "VideoFrame"


@dataclass(frozen=True)
class Fitted:
    """One picture fitted to what is recorded; ``size`` is what the camera gave (columns, rows).

    Only these wait: a decoder never gives back the memory of pictures that once waited for long.
    """

    mono_ns: int
    picture: "VideoFrame"
    size: tuple[int, int]


class CameraSource:
    """A camera number, device, file, FIFO or URL (http MJPEG, udp MPEG-TS, rtsp).

    :meth:`open` waits for the first frame. Afterwards the source looks after itself: a stream
    that ends or stalls is opened again until :meth:`close`. ``kept``: whether pictures are kept
    for :meth:`take`; without, only the newest is there.
    """

    def __init__(self, source: int | str, *, width: int = 1280, height: int = 720, fps: int = 25,
                 open_timeout_s: float = 8.0, kept: bool = True) -> None:
        self._source = source
        self._kept = kept
        self._wish = Wish(width, height, fps, open_timeout_s)
        self._open_timeout_s = open_timeout_s
        self._lock = threading.Lock()
        self._news = threading.Event()
        self._fresh: deque[Fitted] = deque()
        self._latest: Frame | None = None
        self._arrivals: deque[int] = deque(maxlen=_FPS_OVER)
        self._missed = 0
        self._fact = "did not open"
        self._stop = threading.Event()
        self._reader: threading.Thread | None = None

    def begin(self) -> None:
        """Start opening without waiting; :meth:`await_first` tells how it went."""
        self._start_reader()

    def await_first(self) -> Frame:
        """The first frame; :class:`CameraUnavailable` when none came in time (then closed)."""
        began = time.monotonic()
        if self._news.wait(self._open_timeout_s):
            with self._lock:
                if self._latest is not None:
                    return self._latest
        fact = self._fact
        self.close()
        raise CameraUnavailable(self._source, fact=fact, waited_s=time.monotonic() - began)

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
        fitter = Fitter(width=self._wish.width, height=self._wish.height) if self._kept else None
        while not stop.is_set():
            try:
                for mono_ns, picture in pictures(
                        self._source, self._wish, opened=self._opened, stop=stop):
                    if stop.is_set():
                        return
                    self._arrived(Frame(mono_ns, picture),
                                  fitter.fit(picture) if fitter is not None else None)
            except CannotOpen as error:
                if error.final and self._fact == str(error):
                    self._news.set()  # Said twice: nobody needs to wait for it any longer.
                self._fact = str(error)
            stop.wait(_REOPEN_EVERY_S)

    def _opened(self) -> None:
        self._fact = "opened but gave no picture"

    def _arrived(self, frame: Frame, fitted: "VideoFrame | None") -> None:
        with self._lock:
            if len(self._fresh) >= self._most_kept:
                # Every second one goes: a busy computer gives a slower film, not one with holes.
                kept = list(self._fresh)[1::2]
                self._missed += len(self._fresh) - len(kept)
                self._fresh = deque(kept)
            if fitted is not None:
                size = (frame.picture.width, frame.picture.height)
                self._fresh.append(Fitted(frame.mono_ns, fitted, size))
            self._latest = frame
            self._arrivals.append(frame.mono_ns)
        self._news.set()

    def take(self) -> list[Fitted]:
        """Frames that came since the last call, oldest first, thinned to two seconds."""
        self._replace_hung_reader()
        with self._lock:
            frames = list(self._fresh)
            self._fresh.clear()
        return frames

    @property
    def _most_kept(self) -> int:
        # A byte and a half for each pixel of 4:2:0.
        size = 3 * self._wish.width * self._wish.height // 2
        return max(15, min(_KEPT_FRAMES, _KEPT_BYTES // max(1, size)))

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
        """No frame for two seconds."""
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
        """Frames a second over the last two seconds; 0 when lost."""
        if self.lost:
            return 0.0
        with self._lock:
            times = list(self._arrivals)
        since = time.monotonic_ns() - _FPS_OVER_NS
        times = [at for at in times if at >= since] or times[-2:]
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


