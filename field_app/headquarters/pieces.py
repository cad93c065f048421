"""Parts that arrive in pieces over a road too bad for a whole one.

What came of a part lies in staging until it is whole and has its hash; then it is a part like any
other. Pieces are no promise: they are lost when the service starts anew, at most a part each.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from field_app.headquarters.depot import Depot
from field_app.headquarters.parts import is_wanted_part, keep_part
from field_app.headquarters.store import HqStore
from field_app.protocol.errors import WireError, WireRefused

_LOCKS = 64


class Pieces:
    """What arrived of parts that are not whole yet; one for each service process."""

    def __init__(self, depot: Depot, store: HqStore) -> None:
        self._depot = depot
        self._store = store
        self._locks = [threading.Lock() for _ in range(_LOCKS)]

    @contextmanager
    def _alone(self, sha256: str) -> Iterator[Path]:
        with self._locks[int(sha256[:4], 16) % _LOCKS]:
            # Named as half-received parts are, so that it is cleared with them.
            yield self._depot.staging / f"part-{sha256}.piece"

    def held(self, sha256: str) -> tuple[int, bool]:
        """How many bytes of a part are here, and whether it is whole. :class:`WireRefused` for one
        that nobody waits for."""
        with self._store.read() as connection:
            wanted = is_wanted_part(connection, sha256)
        if not wanted:
            return 0, True
        with self._alone(sha256) as path:
            return (path.stat().st_size if path.exists() else 0), False

    def add(self, sha256: str, offset: int, size: int, data: bytes) -> tuple[int, bool]:
        """Add bytes from ``offset`` of a part of ``size``; how many are here now, and whether it is
        whole. A piece that does not follow what is here changes nothing.

        Raises :class:`WireRefused`: not wanted, or whole and not what its hash says (forgotten then).
        """
        with self._store.read() as connection:
            if not is_wanted_part(connection, sha256):
                return size, True
        if not data or offset + len(data) > size:
            raise WireRefused(WireError.MALFORMED, detail="piece beyond its part")
        with self._alone(sha256) as path:
            here = path.stat().st_size if path.exists() else 0
            if offset <= here < offset + len(data):
                with path.open("ab") as file:
                    file.write(data[here - offset:])
                here = offset + len(data)
            if here < size:
                return here, False
            whole = path.read_bytes()
            path.unlink()
            keep_part(self._depot, self._store, sha256, whole)
            return size, True
