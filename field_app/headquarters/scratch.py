"""A folder for work in progress that no other process uses, and that a dead process leaves to the next."""

import os
import shutil
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from tempfile import mkdtemp

_PREFIX = "le-headquarters-"


def _try_lock(handle: int) -> bool:
    try:
        if sys.platform == "win32":
            import msvcrt

            msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


def _sweep(parent: Path) -> None:
    """Remove what dead processes left; the system dropped their locks."""
    for folder in parent.glob(f"{_PREFIX}*"):
        with suppress(OSError):
            handle = os.open(folder / "lock", os.O_RDWR)
            try:
                if _try_lock(handle):
                    shutil.rmtree(folder, ignore_errors=True)
            finally:
                os.close(handle)


def own_scratch(parent: Path) -> tuple[Path, Callable[[], None]]:
    """A new private folder below ``parent``, and what removes it. ``OSError``."""
    parent.mkdir(parents=True, exist_ok=True)
    _sweep(parent)
    folder = Path(mkdtemp(prefix=_PREFIX, dir=parent))
    handle = os.open(folder / "lock", os.O_RDWR | os.O_CREAT, 0o600)
    _try_lock(handle)
    staging = folder / "staging"
    staging.mkdir(mode=0o700)

    def end() -> None:
        with suppress(OSError):
            os.close(handle)
        shutil.rmtree(folder, ignore_errors=True)

    return staging, end
