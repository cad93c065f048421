"""What is hidden or written on a masked copy: areas of the picture, spans of sound, a line below."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from field_app.paths import FONTS

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

MAX_AREAS = 200
MAX_SPANS = 500
# A hidden face keeps at most so many patches on a side: nothing can be made out or restored.
_PATCHES = 6
_MIN_PATCH = 24


@dataclass(frozen=True)
class Area:
    """A rectangle in pixels of the original that is blurred from ``from_s`` to ``to_s``."""

    x: int
    y: int
    width: int
    height: int
    from_s: float
    to_s: float

    def inside(self, width: int, height: int) -> "Area | None":
        """The part of it that lies in the picture; None when nothing does."""
        left, top = max(0, self.x), max(0, self.y)
        right, bottom = min(width, self.x + self.width), min(height, self.y + self.height)
        if right <= left or bottom <= top or self.to_s <= self.from_s:
            return None
        return Area(left, top, right - left, bottom - top, self.from_s, self.to_s)


@dataclass(frozen=True)
class Masks:
    """All that a masked copy changes. ``muted``: spans in seconds of the original without sound;
    ``line``: what is burnt in below the picture at a second of the original."""

    areas: tuple[Area, ...] = ()
    muted: tuple[tuple[float, float], ...] = ()
    line: Callable[[float], str] | None = None


def blur(image: "NDArray[np.uint8]", areas: Sequence[Area]) -> None:
    """Hide ``areas`` of a BGR picture, in place."""
    import cv2

    for area in areas:
        spot = image[area.y:area.y + area.height, area.x:area.x + area.width]
        across = max(1, min(_PATCHES, area.width // _MIN_PATCH))
        down = max(1, min(_PATCHES, area.height // _MIN_PATCH))
        small = cv2.resize(spot, (across, down), interpolation=cv2.INTER_AREA)
        spot[:] = cv2.resize(small, (area.width, area.height), interpolation=cv2.INTER_LINEAR)


def mute(samples: "NDArray[np.int16]", at_s: float, spans: Sequence[tuple[float, float]],
         rate: int) -> None:
    """Silence what of ``samples`` (beginning at ``at_s``) lies in ``spans``, in place."""
    for begin, end in spans:
        first = max(0, round((begin - at_s) * rate))
        last = min(len(samples), round((end - at_s) * rate))
        if last > first:
            samples[first:last] = 0


class BurntLine:
    """Draws one line of Chinese on a dark band at the foot of a picture; made anew when it changes."""

    def __init__(self, width: int, height: int) -> None:
        import cv2

        self._face: Any = cv2.FontFace(str(FONTS / "NotoSansSC-Regular.ttf"))
        self._band = max(20, height // 22)
        self._width = width
        self._text = ""
        self._drawn: Any = None

    def draw(self, image: "NDArray[np.uint8]", text: str) -> None:
        """Put ``text`` on ``image``, in place; it gets smaller rather than cut."""
        import cv2
        import numpy as np

        if text != self._text or self._drawn is None:
            band: Any = np.full((self._band, self._width, 3), 24, np.uint8)
            size = self._band * 62 // 100
            while size > 8 and self._length(text, size) > self._width - 16:
                size -= 1
            place = (8, self._band * 72 // 100)
            cv2.putText(band, text, place, (255, 255, 255), self._face, size, 500)
            self._text, self._drawn = text, band
        foot = image[-self._band:]
        foot[:] = cv2.addWeighted(foot, 0.25, self._drawn, 0.9, 0)

    def _length(self, text: str, size: int) -> int:
        import cv2

        probe: Any = cv2.getTextSize((10_000, 200), text, (0, 100), self._face, size, 500)
        return int(probe[2])
