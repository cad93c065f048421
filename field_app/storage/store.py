"""The store: opened by key, migrated with a backup first, used in transactions."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import OperationalError

from field_app.errors import FieldAppError
from field_app.memory import wipe
from field_app.storage import schema
from field_app.storage.engine import open_engine

# SQLite's own words for SQLITE_FULL and SQLITE_IOERR.
_DISK_WORDS = ("disk is full", "disk I/O error")


class NewerStore(FieldAppError):
    """The store was made by a newer version of the program; ``revision`` is unknown here."""

    def __init__(self, revision: str) -> None:
        super().__init__(f"store revision {revision} is unknown")
        self.revision = revision


class StoreNotWritten(FieldAppError):
    """The disk is full or fails; the transaction was rolled back, nothing of it is stored."""


@dataclass(frozen=True)
class Tx:
    """One running transaction; storage functions take it, others only pass it on."""

    connection: Connection


class Store:
    """An open store. Use :meth:`begin` for every read and write; close when officers leave."""

    def __init__(self, engine: Engine, key: bytearray) -> None:
        self._engine = engine
        self._key = key

    @contextmanager
    def begin(self) -> Iterator[Tx]:
        """A transaction: committed and synced at the end, rolled back on any exception.

        Raises :class:`StoreNotWritten` when the disk does not take it.
        """
        try:
            with self._engine.begin() as connection:
                yield Tx(connection)
        except OperationalError as error:
            if any(words in str(error.orig) for words in _DISK_WORDS):
                raise StoreNotWritten(str(error.orig)) from error
            raise

    def forget_deleted(self) -> None:
        """Fold the journal into the file, so that what was overwritten there is gone here too."""
        _fold_journal(self._engine)

    @property
    def closed(self) -> bool:
        return not any(self._key)

    def close(self) -> None:
        """Close it for good: the key is wiped, so nobody opens it again by this object."""
        self._engine.dispose()
        wipe(self._key)


def _backup(path: Path, folder: Path, revision: str) -> Path:
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%S%fZ")
    kept = folder / f"store-{revision}-{stamp}.db"
    shutil.copy2(path, kept)  # Ciphertext as it stands; opens with the same key.
    return kept


def _fold_journal(engine: Engine) -> None:
    """Bring the write-ahead log into the file, outside any transaction."""
    connection = engine.raw_connection()
    try:
        cursor = connection.cursor()
        cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        cursor.fetchall()
        cursor.close()
    finally:
        connection.close()


def _migrate(engine: Engine, path: Path, backups: Path) -> None:
    in_use, current = schema.stands_at(engine)
    if current == schema.head():
        return
    if current is not None and not schema.known(current):
        raise NewerStore(current)
    if not in_use:
        schema.make(engine)
        return
    _fold_journal(engine)
    _backup(path, backups, current or "0000")
    schema.upgrade(engine)


def open_store(path: Path, key: bytes, *, backups: Path) -> Store:
    """Open or make the store at ``path`` and bring it to the present schema.

    Raises ``WrongStoreKey`` or :class:`NewerStore`; a copy is kept in ``backups`` before any
    upgrade of an existing store.
    """
    held = bytearray(key)
    try:
        engine = open_engine(path, held)
    except BaseException:
        wipe(held)
        raise
    try:
        _migrate(engine, path, backups)
    except BaseException:
        engine.dispose()
        wipe(held)
        raise
    path.chmod(0o600)
    return Store(engine, held)
