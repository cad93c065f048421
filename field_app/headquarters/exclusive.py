"""One settler at a time in a folder: the worker, a stick's import or a rebuild, across processes.

The system drops the lock when its holder dies, however it dies. What a dead holder left in
staging is cleared by the next one.
"""

import os
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from field_app.headquarters.folder import HqFolder

_PART = "part-"


def _lock(handle: int) -> None:
    if sys.platform == "win32":
        import msvcrt

        while True:
            try:
                msvcrt.locking(handle, msvcrt.LK_LOCK, 1)
                return
            except OSError:
                continue  # It gives up after ten seconds; we do not.
    else:
        import fcntl

        fcntl.flock(handle, fcntl.LOCK_EX)


def _clear(folder: HqFolder, *, parts: bool) -> None:
    for path in folder.staging.iterdir():
        if path.name.startswith(_PART) != parts:
            continue
        if path.is_dir():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink(missing_ok=True)


@contextmanager
def alone(folder: HqFolder) -> Iterator[None]:
    """Wait until nobody else settles revisions in this folder, and keep others waiting."""
    handle = os.open(folder.data / "settling.lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        _lock(handle)
        _clear(folder, parts=False)
        yield
    finally:
        os.close(handle)


def clear_staged_parts(folder: HqFolder) -> None:
    """Drop half-received parts; called before the service listens."""
    _clear(folder, parts=True)
