"""Files of a package as they are sent: read in parts, and counted when headquarters has confirmed them."""

import hashlib
import threading
from collections.abc import Callable
from pathlib import Path

from field_app.packages.durable import open_regular
from field_app.packages.layout import PART_SIZE
from field_app.packages.statement import NamedFile
from field_app.sync.errors import PackageDamaged
from field_app.sync.patience import Persistence

Progress = Callable[[int, int], None]


def read_part(folder: Path, file: NamedFile, ordinal: int) -> bytes:
    """Up to 2 MiB of a package's file, as they lie there; :class:`PackageDamaged` when they do not."""
    try:
        with open_regular(folder / file.path) as source:
            source.seek(ordinal * PART_SIZE)
            return source.read(PART_SIZE)
    except OSError as error:
        raise PackageDamaged(file.path) from error


def checked_part(folder: Path, file: NamedFile, ordinal: int, sha256: str) -> bytes:
    """As :func:`read_part`, held to its hash."""
    data = read_part(folder, file, ordinal)
    if hashlib.sha256(data).hexdigest() != sha256:
        raise PackageDamaged(file.path)
    return data


class Tally:
    """Bytes that headquarters has confirmed, never counted twice."""

    def __init__(self, total: int, on_progress: Progress, persistence: Persistence) -> None:
        self._lock = threading.Lock()
        self._done: dict[str, int] = {}
        self._total = total
        self._on_progress = on_progress
        self._persistence = persistence

    @property
    def confirmed(self) -> int:
        return sum(self._done.values())

    def confirm(self, key: str, size: int) -> None:
        """``key`` names a part of a file; confirming it again changes nothing."""
        with self._lock:
            if key in self._done:
                return
            self._done[key] = size
            self._persistence.progressed()
            self._on_progress(self.confirmed, self._total)
