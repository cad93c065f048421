"""The tables in one SQLite file: the embedded default, one service and one worker."""

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, Select, Table, create_engine, event
from sqlalchemy.exc import OperationalError
from sqlalchemy.pool import QueuePool

from field_app.headquarters.away import full
from field_app.headquarters.exclusive import alone
from field_app.headquarters.folder import HqFolder
from field_app.headquarters.store import Claim, migrate

WAIT_SECONDS = 30
# Of pages, for each connection. The system has the file's pages at hand as well; with SQLite's own 2 MiB
# a service that is at work would still be growing after an hour.
_PAGES_KIB = 1024


@contextmanager
def _told() -> Iterator[None]:
    try:
        yield
    except (OperationalError, sqlite3.OperationalError) as error:
        cause = error.orig if isinstance(error, OperationalError) else error
        if isinstance(cause, sqlite3.OperationalError) and cause.sqlite_errorcode == sqlite3.SQLITE_FULL:
            raise full() from error
        raise


class SqliteStore:
    """A :class:`field_app.headquarters.store.HqStore` in one file; writers stand in line."""

    shared = False

    def __init__(self, engine: Engine, folder: HqFolder) -> None:
        self._engine = engine
        self._reading = engine.execution_options(le_reading=True)
        self._loose = engine.execution_options(le_loose=True)
        self._folder = folder
        # Between processes SQLite polls with growing pauses; within one, who came first goes first.
        self._turn = threading.Lock()

    @contextmanager
    def read(self) -> Iterator[Connection]:
        with self._reading.connect() as connection:
            yield connection

    @contextmanager
    def write(self, *, synced: bool = True) -> Iterator[Connection]:
        with _told(), self._turn, (self._engine if synced else self._loose).begin() as connection:
            yield connection

    @contextmanager
    def claim(self, query: Select[Any], of: Table) -> Iterator[Claim | None]:
        # Nobody else settles anything (see settling), so a look is enough.
        with self.read() as connection:
            row = connection.execute(query.limit(1)).first()
        yield None if row is None else Claim(row, self.write)

    @contextmanager
    def settling(self) -> Iterator[None]:
        with alone(self._folder):
            yield

    alone = settling

    def close(self) -> None:
        self._engine.dispose()


def _engine(path: Path) -> Engine:
    engine = create_engine(
        # The last one first: its pages are still known, and seldom used ones fill no memory with theirs.
        f"sqlite:///{path}", poolclass=QueuePool, pool_size=8, max_overflow=24, pool_use_lifo=True,
        connect_args={"timeout": WAIT_SECONDS, "isolation_level": None,
                      "check_same_thread": False})

    @event.listens_for(engine, "connect")
    def _connect(connection: Any, _record: Any) -> None:
        cursor = connection.cursor()
        for pragma in ("journal_mode = WAL", "synchronous = FULL", "foreign_keys = ON",
                       f"cache_size = -{_PAGES_KIB}"):
            cursor.execute(f"PRAGMA {pragma}").fetchall()
        cursor.close()

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        # The driver must not begin by itself; writers wait in line instead of failing late.
        options = connection.get_execution_options()
        # No fsync for what may be undone; told before the transaction, and kept by the connection.
        safety = "NORMAL" if options.get("le_loose") else "FULL"
        driver: sqlite3.Connection = connection.connection.driver_connection  # type: ignore[assignment]
        if connection.info.setdefault("safety", "FULL") != safety:
            driver.execute(f"PRAGMA synchronous = {safety}")
            connection.info["safety"] = safety
        driver.execute("BEGIN" if options.get("le_reading") else "BEGIN IMMEDIATE")

    return engine


def open_sqlite(folder: HqFolder) -> SqliteStore:
    """The file in the folder; :class:`field_app.headquarters.store.NewerStore`."""
    engine = _engine(folder.database)
    try:
        migrate(engine)
    except BaseException:
        engine.dispose()
        raise
    return SqliteStore(engine, folder)
