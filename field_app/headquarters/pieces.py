"""Parts that arrive in pieces over a road too bad for a whole one.

What came of a part lies in the tables until it is whole and has its hash; then it is a part like any
other. So it does not matter which process of the service a laptop reaches next, nor whether the
service began anew. Pieces are no promise: a power cut may take the last of them.
"""

from sqlalchemy import Connection, Select, delete, func, select

from field_app.headquarters.depot import Depot
from field_app.headquarters.parts import is_wanted_part, keep_part
from field_app.headquarters.store import HqStore, upsert
from field_app.headquarters.tables import file_part, piece
from field_app.protocol.errors import WireError, WireRefused


def _here(connection: Connection, sha256: str) -> int:
    return int(connection.execute(select(func.coalesce(func.sum(piece.c.size), 0))
                                  .where(piece.c.part == sha256)).scalar_one())


def _in_line(sha256: str) -> Select[tuple[str]]:
    """Locks what wants the part: pieces of one part follow each other, whoever takes them in."""
    return (select(file_part.c.file).where(file_part.c.part == sha256)
            .order_by(file_part.c.file, file_part.c.ordinal).with_for_update())


def _forget(store: HqStore, sha256: str) -> None:
    with store.write(synced=False) as connection:
        connection.execute(delete(piece).where(piece.c.part == sha256))


class Pieces:
    """What arrived of parts that are not whole yet."""

    def __init__(self, depot: Depot, store: HqStore) -> None:
        self._depot = depot
        self._store = store

    def held(self, sha256: str) -> tuple[int, bool]:
        """How many bytes of a part are here, and whether it is whole. :class:`WireRefused` for one
        that nobody waits for."""
        with self._store.read() as connection:
            if not is_wanted_part(connection, sha256):
                return 0, True
            return _here(connection, sha256), False

    def add(self, sha256: str, offset: int, size: int, data: bytes) -> tuple[int, bool]:
        """Add bytes from ``offset`` of a part of ``size``; how many are here now, and whether it is
        whole. A piece that does not follow what is here changes nothing.

        Raises :class:`WireRefused`: not wanted, or whole and not what its hash says (forgotten then).
        """
        with self._store.write(synced=False) as connection:
            connection.execute(_in_line(sha256)).all()
            if not is_wanted_part(connection, sha256):
                return size, True
            if not data or offset + len(data) > size:
                raise WireRefused(WireError.MALFORMED, detail="piece beyond its part")
            here = _here(connection, sha256)
            if offset <= here < offset + len(data):
                fresh = data[here - offset:]
                connection.execute(upsert(connection, piece).values(
                    part=sha256, start=here, size=len(fresh), data=fresh).on_conflict_do_nothing())
                here = _here(connection, sha256)
        if here < size:
            return here, False
        with self._store.read() as connection:
            whole = b"".join(connection.execute(
                select(piece.c.data).where(piece.c.part == sha256).order_by(piece.c.start)).scalars())
        try:
            keep_part(self._depot, self._store, sha256, whole)
        except WireRefused:
            _forget(self._store, sha256)
            raise
        _forget(self._store, sha256)
        return size, True
