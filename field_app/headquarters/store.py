"""The tables: opened, migrated, used in short transactions by service and worker alike.

One narrow interface, held by SQLite in the folder (:mod:`sqlite_store`, the default) and by a
PostgreSQL that several processes share (:mod:`postgres_store`).
"""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from sqlalchemy import Connection, Engine, Row, Select, Table, inspect
from sqlalchemy.dialects import postgresql, sqlite

from field_app.errors import FieldAppError
from field_app.headquarters.folder import HqFolder

MIGRATIONS = Path(__file__).resolve().parent / "migrations"


class NewerStore(FieldAppError):
    """The tables were made by a newer version of the program; ``revision`` is unknown here."""

    def __init__(self, revision: str) -> None:
        super().__init__(f"tables are at {revision}")
        self.revision = revision


@dataclass(frozen=True)
class Claim:
    """A row that nobody else works on; ``write`` is the transaction that settles it."""

    row: Row[Any, Any, Any]
    write: Callable[[], AbstractContextManager[Connection]]


class HqStore(Protocol):
    """Open tables. Every call raises :class:`field_app.headquarters.away.StoreAway` while the
    database is away, and ``OSError`` (ENOSPC) when its disk is full."""

    shared: bool
    """Whether other processes, perhaps on other machines, work on these tables too."""

    def read(self) -> AbstractContextManager[Connection]:
        """See one moment."""

    def write(self, *, synced: bool = True) -> AbstractContextManager[Connection]:
        """Change something; synced to disk at its end. Without ``synced`` a power cut may undo it, whole."""

    def claim(self, query: Select[Any], of: Table) -> AbstractContextManager[Claim | None]:
        """The first row of ``query`` that nobody else has claimed by its row in ``of``, or None."""

    def settling(self) -> AbstractContextManager[None]:
        """Hold off whoever wants to be :meth:`alone`; waits for them."""

    def alone(self) -> AbstractContextManager[None]:
        """Wait until nobody settles anything, and keep all others waiting."""

    def close(self) -> None:
        """End all connections."""


def upsert(connection: Connection, table: Table) -> "sqlite.Insert | postgresql.Insert":
    """An insert that may say what happens when the row is there."""
    return (postgresql.insert(table) if connection.dialect.name == "postgresql"
            else sqlite.insert(table))


def migration_config(connection: Connection) -> Any:
    """Alembic's configuration for this connection; nothing is read from the working folder."""
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.attributes["connection"] = connection
    return config


def migrate(engine: Engine, lock: Callable[[Connection], None] = lambda _connection: None) -> None:
    """Make the tables or bring them up to date; :class:`NewerStore`. ``lock``: taken first."""
    from alembic import command
    from alembic.runtime.migration import MigrationContext
    from alembic.script import ScriptDirectory

    with engine.begin() as connection:
        lock(connection)
        config = migration_config(connection)
        known = {script.revision for script in
                 ScriptDirectory.from_config(config).walk_revisions()}
        at = MigrationContext.configure(connection).get_current_revision()
        if at is None and inspect(connection).has_table("statement"):
            raise NewerStore("unknown")
        if at is not None and at not in known:
            raise NewerStore(at)
        command.upgrade(config, "head")


def open_store(folder: HqFolder) -> HqStore:
    """Open the tables that the folder's configuration names, made or brought up to date.

    Raises :class:`NewerStore`, :class:`field_app.headquarters.config.ConfigMalformed`,
    :class:`field_app.headquarters.away.StoreAway`, ``OSError``.
    """
    from field_app.headquarters.config import read_config

    folder.make()
    config = read_config(folder)
    if config.tables is None:
        from field_app.headquarters.sqlite_store import open_sqlite

        return open_sqlite(folder)
    from field_app.headquarters.postgres_store import open_postgres

    return open_postgres(config.tables)
