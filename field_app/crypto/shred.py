"""Destroys a sealed file: its file key first, then its name."""

import os
from pathlib import Path

from field_app.crypto.appender import sync_folder

# The header holds the file key sealed to each recipient; it ends far below this.
_HEAD_BYTES = 64 << 10


def destroy_sealed(*paths: Path) -> None:
    """Make a sealed file unreadable and remove all its names (links to the same file included).

    The head is overwritten with random bytes and synced, so that on a disk which keeps old blocks
    what is left of the body has lost its key; then every name goes. A missing name is passed over.
    Copies elsewhere stay readable: a case's own key must go too (the case key's destruction).
    """
    for path in paths:
        try:
            with path.open("r+b") as file:
                file.write(os.urandom(min(_HEAD_BYTES, path.stat().st_size)))
                file.flush()
                os.fsync(file.fileno())
        except FileNotFoundError:
            continue
        path.unlink(missing_ok=True)
        sync_folder(path.parent)
