"""The tables in PostgreSQL, shared by any number of upload services and workers.

Work is taken by locking its row and passing over rows that others hold; the lock ends with its
connection, so a worker that dies leaves its work to the next. Rebuilding and auditing hold one
advisory lock alone that all workers share.
"""

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext, suppress
from typing import Any

from sqlalchemy import Connection, Engine, Select, Table, create_engine, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError, DisconnectionError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from field_app.headquarters.away import StoreAway, full
from field_app.headquarters.store import Claim, migrate

_SETTLING, _MIGRATING = 0x4C450001, 0x4C450002  # names of advisory locks: "LE", 1 and 2
_POOL, _MORE, _POOL_WAIT_SECONDS = 5, 5, 30
# A server that vanished is noticed within half a minute, not when TCP gives up.
_CONNECT = {"connect_timeout": 5, "keepalives_idle": 10, "keepalives_interval": 5,
            "keepalives_count": 3, "tcp_user_timeout": 20_000, "application_name": "headquarters",
            "options": "-c lock_timeout=60s"}
_DISK_FULL, _SHUTTING_DOWN = "53100", ("57P01", "57P02", "57P03")


@contextmanager
def _told() -> Iterator[None]:
    """Names a database that is away or full; everything else is a defect and passes."""
    try:
        yield
    except (PoolTimeout, DisconnectionError) as error:
        raise StoreAway("tables") from error
    except DBAPIError as error:
        state = getattr(error.orig, "sqlstate", None)
        if state == _DISK_FULL:
            raise full() from error
        if (error.connection_invalidated or isinstance(error, OperationalError | InterfaceError)
                or state in _SHUTTING_DOWN):
            raise StoreAway("tables") from error
        raise


class PostgresStore:
    """A :class:`field_app.headquarters.store.HqStore` that processes share."""

    shared = True

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._reading = engine.execution_options(
            isolation_level="REPEATABLE READ", postgresql_readonly=True)

    @contextmanager
    def read(self) -> Iterator[Connection]:
        with _told(), self._reading.connect() as connection:
            yield connection

    @contextmanager
    def write(self, *, synced: bool = True) -> Iterator[Connection]:
        with _told(), self._engine.begin() as connection:
            if not synced:
                connection.exec_driver_sql("SET LOCAL synchronous_commit = off")
            yield connection

    @contextmanager
    def claim(self, query: Select[Any], of: Table) -> Iterator[Claim | None]:
        with _told(), self._engine.begin() as connection:
            row = connection.execute(
                query.limit(1).with_for_update(of=of, skip_locked=True)).first()
            yield None if row is None else Claim(row, lambda: nullcontext(connection))

    @contextmanager
    def settling(self) -> Iterator[None]:
        with self._advisory("pg_advisory_lock_shared", "pg_advisory_unlock_shared"):
            yield

    @contextmanager
    def alone(self) -> Iterator[None]:
        with self._advisory("pg_advisory_lock", "pg_advisory_unlock"):
            yield

    @contextmanager
    def _advisory(self, lock: str, unlock: str) -> Iterator[None]:
        own = self._engine.execution_options(isolation_level="AUTOCOMMIT")
        with _told(), own.connect() as connection:
            connection.execute(text("SET lock_timeout = 0"))
            connection.execute(text(f"SELECT {lock}(:key)"), {"key": _SETTLING})
            try:
                yield
            finally:
                # The lock ends with the connection, whether or not the server still hears this.
                with suppress(DBAPIError):
                    connection.execute(text(f"SELECT {unlock}(:key)"), {"key": _SETTLING})
                    connection.execute(text("RESET lock_timeout"))

    def close(self) -> None:
        self._engine.dispose()


def _lock_migration(connection: Connection) -> None:
    connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _MIGRATING})


def open_postgres(address: str) -> PostgresStore:
    """Open the database at libpq's ``address``, its tables made or brought up to date.

    Raises :class:`field_app.headquarters.store.NewerStore`,
    :class:`field_app.headquarters.away.StoreAway`.
    """
    engine = create_engine(
        make_url(address).set(drivername="postgresql+psycopg"), pool_size=_POOL, max_overflow=_MORE,
        pool_timeout=_POOL_WAIT_SECONDS, pool_pre_ping=True, connect_args=dict(_CONNECT))
    try:
        with _told():
            migrate(engine, _lock_migration)
    except BaseException:
        engine.dispose()
        raise
    return PostgresStore(engine)
