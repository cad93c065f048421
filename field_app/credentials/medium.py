"""On what a file lies: a medium that is carried away, or the laptop's own disk."""

import os
from enum import Enum
from pathlib import Path

_BLOCK = Path("/sys/dev/block")


class Medium(Enum):
    """``UNKNOWN``: the system does not tell (a network, a container)."""

    REMOVABLE = "removable"
    FIXED = "fixed"
    UNKNOWN = "unknown"


def medium_of(path: Path) -> Medium:
    """What ``path`` (or the nearest folder above it that exists) lies on."""
    place = path.resolve()
    while not place.exists() and place != place.parent:
        place = place.parent
    told = _windows(place)
    if told is not None:
        return told
    try:
        device = place.stat().st_dev
    except OSError:
        return Medium.UNKNOWN
    return _linux(_BLOCK / f"{os.major(device)}:{os.minor(device)}")


def _linux(block: Path) -> Medium:
    """USB sticks and card readers say ``removable``; a USB disk that does not hangs off a USB bus."""
    try:
        real = block.resolve(strict=True)
    except OSError:
        return Medium.UNKNOWN
    for folder in (real, real.parent):
        try:
            told = (folder / "removable").read_text("ascii").strip()
        except OSError:
            continue
        outside = told == "1" or any(part.startswith("usb") for part in real.parts)
        return Medium.REMOVABLE if outside else Medium.FIXED
    return Medium.UNKNOWN


def _windows(place: Path) -> Medium | None:
    """What Windows says of the drive; None on other systems."""
    import ctypes

    library = getattr(ctypes, "windll", None)
    if library is None:
        return None
    # GetDriveTypeW: 2 removable, 3 fixed (winbase.h).
    kind = library.kernel32.GetDriveTypeW(place.anchor)
    return {2: Medium.REMOVABLE, 3: Medium.FIXED}.get(kind, Medium.UNKNOWN)
