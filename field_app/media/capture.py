"""Opens cameras, files and streams and gives their pictures as they come, undamaged and uncopied.

Everything that libav can open is read through libav: an MJPEG camera's picture is decoded to its own
YCbCr planes, without the way through BGR and back that OpenCV takes (a third of a core at 720p25).
Camera numbers outside Linux are OpenCV's, because libav asks for a name there.
"""

import errno
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from field_app.media.devices import DIRECT_SHOW, camera_number

if TYPE_CHECKING:
    from av import VideoFrame
    from av.container import InputContainer

    Arrival = tuple[int, VideoFrame]

READ_TIMEOUT_S = 2.0
_LONGEST_WAIT_NS = 5_000_000_000
# Only what a camera, a file or a stream needs: no playlist or joined file may name others.
_PROTOCOLS = "file,pipe,http,https,tcp,udp,rtp,rtsp,tls,crypto"
_FACTS = {errno.EBUSY: "is used by another program", errno.ENOENT: "is not there",
          errno.ENODEV: "is not there", errno.ENXIO: "is not there",
          errno.EACCES: "may not be used", errno.EPERM: "may not be used"}

_FINAL = frozenset({"is not there", "may not be used"})


@dataclass(frozen=True)
class Wish:
    """What is asked of a camera; one that cannot gives its own size and rate."""

    width: int
    height: int
    fps: int
    open_timeout_s: float


class CannotOpen(Exception):
    """A source did not open; the message says why in a few words. ``final``: waiting is of no use."""

    def __init__(self, fact: str, *, final: bool = False) -> None:
        super().__init__(fact)
        self.final = final


def _device(source: int | str) -> str | None:
    """The video device that a source names on this system, if it is one."""
    if isinstance(source, int):
        return f"/dev/video{source}"
    return source if source.startswith(("/dev/video", "/dev/v4l/")) else None


def _open_device(path: str, wish: Wish) -> "InputContainer":
    import av

    size = {"video_size": f"{wish.width}x{wish.height}", "framerate": str(wish.fps)}
    # MJPEG first: raw pictures of this size do not fit through USB 2 at 25 frames/s.
    tries: tuple[dict[str, str], ...] = ({**size, "input_format": "mjpeg"}, size, {})
    for number, options in enumerate(tries, start=1):
        try:
            return av.open(path, "r", format="video4linux2", options=options,
                           timeout=(wish.open_timeout_s, READ_TIMEOUT_S))
        except av.error.FFmpegError as error:
            if error.errno in _FACTS or number == len(tries):
                raise
    raise AssertionError("unreachable")


def _open_stream(source: str, wish: Wish) -> "InputContainer":
    import av

    options = {"protocol_whitelist": _PROTOCOLS, "probesize": "500000",
               "analyzeduration": "300000", "fflags": "nobuffer"}
    return av.open(source, "r", options=options, timeout=(wish.open_timeout_s, READ_TIMEOUT_S))


class _Pace:
    """Lets a regular file play at its own speed; live sources set their own."""

    def __init__(self, source: int | str, stream: Any) -> None:
        is_file = isinstance(source, str) and "://" not in source and Path(source).is_file()
        rate = float(stream.average_rate or stream.guessed_rate or 25) if is_file else 0.0
        self._period_ns = round(1e9 / rate) if rate else 0
        self._due_ns = time.monotonic_ns()

    def wait(self, stop: threading.Event) -> None:
        if self._period_ns:
            self._due_ns += self._period_ns
            stop.wait(max(0, self._due_ns - time.monotonic_ns()) / 1e9)


def _through_libav(source: int | str, wish: Wish, opened: Callable[[], None],
                   stop: threading.Event) -> Iterator["Arrival"]:
    import av

    device = _device(source)
    try:
        container = _open_device(device, wish) if device else _open_stream(str(source), wish)
    except (av.error.FFmpegError, OSError, ValueError) as error:
        fact = _FACTS.get(getattr(error, "errno", None) or 0, "did not open")
        raise CannotOpen(fact, final=fact in _FINAL) from error
    with container:
        if not container.streams.video:
            raise CannotOpen("has no picture")
        stream = container.streams.video[0]
        opened()
        pace = _Pace(source, stream)
        # A stream that breaks off ends like one that is over: it is opened again.
        with suppress(av.error.FFmpegError):
            for packet in container.demux(stream):
                arrived_ns = _seen_ns(packet) if device else time.monotonic_ns()
                for picture in _decoded(packet):
                    yield arrived_ns, picture
                    pace.wait(stop)


def _seen_ns(packet: Any) -> int:
    """When the driver took a picture, by its own stamp where that is on our clock.

    A program that was held up then still knows when each waiting picture was taken.
    """
    now_ns = time.monotonic_ns()
    if packet.pts is None or packet.time_base is None:
        return now_ns
    taken_ns = int(packet.pts * packet.time_base * 1_000_000_000)
    return taken_ns if now_ns - _LONGEST_WAIT_NS < taken_ns <= now_ns else now_ns


def _decoded(packet: Any) -> "list[VideoFrame]":
    """The pictures of a packet; a damaged one gives none and harms no other."""
    import av

    try:
        pictures: list[VideoFrame] = packet.decode()
    except av.error.InvalidDataError:
        return []
    return pictures


def _through_opencv(number: int, wish: Wish, opened: Callable[[], None],
                    stop: threading.Event) -> Iterator["Arrival"]:
    import os

    import cv2
    from av import VideoFrame

    cv2.utils.logging.setLogLevel(cv2.utils.logging.LOG_LEVEL_SILENT)
    # Media Foundation takes up to half a minute to open some cameras; DirectShow does not.
    capture = cv2.VideoCapture(number, cv2.CAP_DSHOW if os.name == "nt" else cv2.CAP_ANY)
    try:
        if not capture.isOpened():
            raise CannotOpen("did not open")
        capture.set(cv2.CAP_PROP_FOURCC, cv2.VideoWriter.fourcc(*"MJPG"))
        capture.set(cv2.CAP_PROP_FRAME_WIDTH, wish.width)
        capture.set(cv2.CAP_PROP_FRAME_HEIGHT, wish.height)
        capture.set(cv2.CAP_PROP_FPS, wish.fps)
        opened()
        while not stop.is_set():
            good, image = capture.read()
            if not good or image is None:
                return
            yield time.monotonic_ns(), VideoFrame.from_ndarray(image, format="bgr24")  # type: ignore[arg-type]
    finally:
        capture.release()


def pictures(source: int | str, wish: Wish, *, opened: Callable[[], None],
             stop: threading.Event) -> Iterator["Arrival"]:
    """Pictures of a source with their arrival on ``time.monotonic_ns``, until it ends.

    ``source``: camera number, device, file, FIFO or URL. ``opened`` is called when it is open.
    Raises :class:`CannotOpen`. May hang where a driver does: run it on a thread of its own.
    """
    if isinstance(source, str) and source.startswith(DIRECT_SHOW):
        number = camera_number(source)
        if number is None:
            raise CannotOpen("is not there", final=True)
        return _through_opencv(number, wish, opened, stop)
    if isinstance(source, int) and sys.platform != "linux":
        return _through_opencv(source, wish, opened, stop)
    return _through_libav(source, wish, opened, stop)
