"""Opens the SQLCipher file with a raw 256-bit key."""

from pathlib import Path
from typing import Any

import sqlcipher3.dbapi2 as sqlcipher
from sqlalchemy import Engine, create_engine, event
from sqlalchemy.pool import QueuePool

from field_app.errors import FieldAppError

CACHE_KIB = 65_536


class WrongStoreKey(FieldAppError):
    """The file is no store of this key, or it is damaged."""


def _connect(path: Path, key: bytearray) -> Any:
    if not any(key):
        raise WrongStoreKey("the store was closed")
    connection = sqlcipher.connect(str(path), check_same_thread=False, isolation_level=None,
                                   timeout=10)
    try:
        # Pages, keys and statements are overwritten when SQLite lets go of them, so that no case stays
        # in memory once the store is closed; costs some 25 microseconds a statement.
        connection.execute("PRAGMA cipher_memory_security = ON").fetchall()
        # A key takes no parameter marker; hex of 32 bytes can carry nothing else. A script is not
        # kept by the driver as statements are, so that the key's text is let go of at once.
        connection.executescript(f"PRAGMA key = \"x'{key.hex()}'\"")
        cursor = connection.cursor()
        cursor.execute("PRAGMA cipher_log_level = NONE")
        cursor.execute(f"PRAGMA cache_size = -{CACHE_KIB}")
        cursor.execute("PRAGMA journal_mode = WAL").fetchall()
        cursor.execute("PRAGMA synchronous = FULL")
        cursor.execute("PRAGMA foreign_keys = ON")
        cursor.execute("PRAGMA temp_store = MEMORY")
        # What is deleted or replaced (a case's key) is overwritten in the file, not only let go.
        cursor.execute("PRAGMA secure_delete = ON").fetchall()
        cursor.execute("SELECT count(*) FROM sqlite_master").fetchall()
    except sqlcipher.DatabaseError as error:
        connection.close()
        raise WrongStoreKey("store does not open with this key") from error
    return connection


def open_engine(path: Path, key: bytearray) -> Engine:
    """An engine on the store; :class:`WrongStoreKey` when the key does not open it.

    ``key`` is asked again for each connection; whoever closes the store wipes it.
    """
    if len(key) != 32:
        raise ValueError("a store key has 32 bytes")
    engine = create_engine(
        "sqlite://", module=sqlcipher, creator=lambda: _connect(path, key), poolclass=QueuePool,
        pool_size=4, max_overflow=4, hide_parameters=True)

    @event.listens_for(engine, "begin")
    def _begin(connection: Any) -> None:
        # The driver must not begin by itself; writers wait in line instead of failing late.
        connection.exec_driver_sql("BEGIN IMMEDIATE")

    connection = engine.raw_connection()
    connection.close()
    return engine
