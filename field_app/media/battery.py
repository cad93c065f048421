"""How full the battery is, read from the system."""

import os
from dataclasses import dataclass
from pathlib import Path

SUPPLIES = Path("/sys/class/power_supply")


@dataclass(frozen=True)
class Battery:
    """``percent`` 0 to 100; ``charging``: on mains power or filling."""

    percent: int
    charging: bool


def _words(path: Path) -> str:
    try:
        return path.read_text(encoding="ascii", errors="replace").strip()
    except OSError:
        return ""


def _from_linux(supplies: Path) -> Battery | None:
    try:
        found = sorted(supplies.iterdir())
    except OSError:
        return None
    for supply in found:
        level = _words(supply / "capacity")
        # A mouse's battery says its scope is that device.
        if (_words(supply / "type") == "Battery" and level.isdecimal()
                and _words(supply / "scope") != "Device"):
            return Battery(min(100, int(level)), _words(supply / "status") != "Discharging")
    return None


def _from_windows() -> Battery | None:
    import ctypes

    class Status(ctypes.Structure):
        _fields_ = (("mains", ctypes.c_ubyte), ("flags", ctypes.c_ubyte),
                    ("percent", ctypes.c_ubyte), ("saver", ctypes.c_ubyte),
                    ("left_s", ctypes.c_ulong), ("full_s", ctypes.c_ulong))

    status = Status()
    kernel = getattr(ctypes, "windll").kernel32  # noqa: B009 - absent where it is not asked for.
    if not kernel.GetSystemPowerStatus(ctypes.byref(status)) or status.percent > 100:
        return None
    return Battery(int(status.percent), status.mains == 1)


def battery(supplies: Path = SUPPLIES) -> Battery | None:
    """The computer's battery; ``None`` where there is none or nothing can be learnt."""
    return _from_windows() if os.name == "nt" else _from_linux(supplies)
