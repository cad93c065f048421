"""Turns a camera's pictures into what is recorded, shown small, photographed and watched."""

import threading
import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from field_app.media.clip import Thumbnail

if TYPE_CHECKING:
    import numpy as np
    from av import VideoFrame
    from numpy.typing import NDArray

# ffmpeg's numbers: BT.601 and BT.709 matrices, limited ("mpeg") range.
_BT601, _BT709, _LIMITED = 5, 1, 1
_JPEG_QUALITY = 95
_THUMBNAIL = (160, 90)
_LOOKED_ROWS = 48


def _inside(columns: int, rows: int, *, width: int, height: int) -> tuple[int, int]:
    """The largest even size of the same shape that fits."""
    scale = min(width / columns, height / rows)
    return (min(width, max(2, round(columns * scale / 2) * 2)),
            min(height, max(2, round(rows * scale / 2) * 2)))


def _plane(frame: "VideoFrame", number: int) -> "NDArray[np.uint8]":
    import numpy as np

    plane = frame.planes[number]
    raw: Any = plane  # A buffer, which numpy's types do not know of it.
    whole: NDArray[np.uint8] = np.frombuffer(raw, np.uint8).reshape(plane.height, plane.line_size)
    return whole[:, :plane.width]


class Fitter:
    """Makes pictures of any size and format ``width`` x ``height`` 4:2:0, BT.601, limited range.

    The shape is kept by black bars. One fitter serves one thread.
    """

    def __init__(self, *, width: int, height: int) -> None:
        from av.video.reformatter import VideoReformatter

        self._width, self._height = width, height
        self._scaler = VideoReformatter()

    def fit(self, frame: "VideoFrame") -> "VideoFrame":
        size = _inside(frame.width, frame.height, width=self._width, height=self._height)
        small = self._scaler.reformat(
            frame, width=size[0], height=size[1], format="yuv420p",
            src_colorspace=_BT709 if frame.colorspace == _BT709 else _BT601,
            dst_colorspace=_BT601, dst_color_range=_LIMITED, interpolation="BILINEAR", threads=1)
        if size == (self._width, self._height):
            return small
        canvas = black(self._width, self._height)
        left, top = ((self._width - size[0]) // 4 * 2, (self._height - size[1]) // 4 * 2)
        for number in range(3):
            halve = 1 if number else 0
            part = _plane(small, number)
            y, x = top >> halve, left >> halve
            _plane(canvas, number)[y:y + part.shape[0], x:x + part.shape[1]] = part
        return canvas


def black(width: int, height: int) -> "VideoFrame":
    """A new black 4:2:0 picture: what is recorded while there is none."""
    from av import VideoFrame

    frame = VideoFrame(width, height, "yuv420p")
    for number, value in enumerate((16, 128, 128)):
        plane = frame.planes[number]
        plane.update(bytes([value]) * plane.buffer_size)
    return frame


@dataclass(frozen=True)
class Look:
    """What a glance at a picture tells: a sum that stays only if it does, and its mean brightness
    (luma, 16 black to 235 white)."""

    sum: int
    brightness: float


def look(frame: "VideoFrame") -> Look:
    """Glance at every few rows of a picture made by :class:`Fitter`."""
    import numpy as np

    luma = _plane(frame, 0)
    rows = np.ascontiguousarray(luma[::max(1, len(luma) // _LOOKED_ROWS)])
    return Look(zlib.crc32(rows.data), float(rows.mean()))


# A scaler is not for several threads at once; small pictures are asked for by any.
_small_lock = threading.Lock()
_small_scalers: list[Any] = []


def _scaled(frame: "VideoFrame", width: int, height: int, pixels: str) -> "NDArray[np.uint8]":
    import numpy as np
    from av.video.reformatter import VideoReformatter

    with _small_lock:
        scaler = _small_scalers.pop() if _small_scalers else VideoReformatter()
    made = scaler.reformat(frame, width=width, height=height, format=pixels,
                           interpolation="BILINEAR", threads=1)
    with _small_lock:
        _small_scalers.append(scaler)
    array: Any = made.to_ndarray()
    return np.asarray(array, np.uint8)


def thumbnail(frame: "VideoFrame") -> Thumbnail:
    """The picture within 160 x 90."""
    width, height = _inside(frame.width, frame.height, width=_THUMBNAIL[0], height=_THUMBNAIL[1])
    return Thumbnail(width, height, _scaled(frame, width, height, "rgb24").tobytes())


def jpeg(frame: "VideoFrame", *, quality: int = _JPEG_QUALITY,
         within: tuple[int, int] | None = None) -> bytes:
    """The picture as JPEG at its own size, or made smaller to fit ``within``."""
    import cv2

    size = (frame.width, frame.height)
    if within is not None and (size[0] > within[0] or size[1] > within[1]):
        size = _inside(*size, width=within[0], height=within[1])
    image = _scaled(frame, size[0], size[1], "bgr24")
    return cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, quality])[1].tobytes()


def picture(image: "NDArray[np.uint8]", *, width: int, height: int) -> "VideoFrame":
    """A BGR picture of any size as a frame that can be recorded."""
    from av import VideoFrame

    plain = VideoFrame.from_ndarray(image, format="bgr24")
    return Fitter(width=width, height=height).fit(plain)
