"""Removable drives that are mounted now: cards, sticks, recorders as drives, phones' folders."""

import os
import sys
from dataclasses import dataclass
from pathlib import Path

# Where desktops mount what was plugged in.
_PLACES = ("/media/", "/run/media/")
_KINDS = frozenset({"vfat", "exfat", "ntfs", "ntfs3", "fuseblk", "msdos", "udf", "hfsplus",
                    "fuse.jmtpfs", "fuse.go-mtpfs", "fuse.gvfsd-fuse"})
_REMOVABLE = 2  # GetDriveTypeW: DRIVE_REMOVABLE


@dataclass(frozen=True)
class Drive:
    """A mounted drive; ``label`` is what it is called."""

    root: Path
    label: str


def _unescaped(text: str) -> str:
    for code, character in (("\\040", " "), ("\\011", "\t"), ("\\012", "\n"), ("\\134", "\\")):
        text = text.replace(code, character)
    return text


def drives_in(mountinfo: str) -> list[Drive]:
    """Removable drives by the text of ``/proc/self/mountinfo`` (proc(5))."""
    found = []
    for line in mountinfo.splitlines():
        before, dash, after = line.partition(" - ")
        fields = before.split(" ")
        if not dash or len(fields) < 5:
            continue
        root, kind = Path(_unescaped(fields[4])), after.split(" ")[0]
        card = kind in _KINDS and not str(root).startswith(("/boot", "/efi"))
        if card or str(root).startswith(_PLACES):
            found.append(Drive(root, root.name or str(root)))
    return sorted(found, key=lambda d: str(d.root))


def drives() -> list[Drive]:
    """What is plugged in and mounted; empty where it cannot be told."""
    if sys.platform == "win32":
        return _windows()
    try:
        text = Path("/proc/self/mountinfo").read_text("utf-8", "backslashreplace")
    except OSError:
        return []
    return [d for d in drives_in(text) if os.access(d.root, os.R_OK)]


def _windows() -> list[Drive]:
    import ctypes

    kernel = ctypes.windll.kernel32  # type: ignore[attr-defined,unused-ignore]
    letters = [chr(65 + n) for n in range(26) if kernel.GetLogicalDrives() >> n & 1]
    return [Drive(Path(f"{letter}:\\"), f"{letter}:") for letter in letters
            if kernel.GetDriveTypeW(f"{letter}:\\") == _REMOVABLE]
