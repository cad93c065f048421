"""The tables' file: opened, migrated, used in short transactions by service and worker alike."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, inspect
from sqlalchemy.pool import QueuePool

from field_app.errors import FieldAppError
from field_app.headquarters.folder import HqFolder

MIGRATIONS = Path(__file__).resolve().parent / "migrations"
WAIT_SECONDS = 30


class NewerStore(FieldAppError):
    """The tables were made by a newer version of the program; ``revision`` is unknown here."""

    def __init__(self, revision: str) -> None:
        super().__init__(f"tables are at {revision}")
        self.revision = revision


class HqStore:
    """Open tables. :meth:`read` sees one moment; :meth:`write` is synced to disk at its end."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    @contextmanager
    def read(self) -> Iterator[Connection]:
        with self._engine.connect().execution_options(le_reading=True) as connection:
            yield connection

    @contextmanager
    def write(self) -> Iterator[Connection]:
        with self._engine.begin() as connection:
            yield connection

    def close(self) -> None:
        self._engine.dispose()


def _engine(path: Path) -> Engine:
    engine = create_engine(
        f"sqlite:///{path}", poolclass=QueuePool, pool_size=8, max_overflow=24,
        connect_args={"timeout": WAIT_SECONDS, "isolation_level": None,
                      "check_same_thread": False})

    @event.listens_for(engine, "connect")
    def _connect(connection: Any, _record: Any) -> None:
        cursor = connection.cursor()
        for pragma in ("journal_mode = WAL", "synchronous = FULL", "foreign_keys = ON"):
            cursor.execute(f"PRAGMA {pragma}").fetchall()
        cursor.close()

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        # The driver must not begin by itself; writers wait in line instead of failing late.
        reading = connection.get_execution_options().get("le_reading")
        connection.exec_driver_sql("BEGIN" if reading else "BEGIN IMMEDIATE")

    return engine


def migration_config(connection: Connection) -> Any:
    """Alembic's configuration for this connection; nothing is read from the working folder."""
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.attributes["connection"] = connection
    return config


def _migrate(engine: Engine) -> None:
    from alembic import command
    from alembic.runtime.migration import MigrationContext
    from alembic.script import ScriptDirectory

    with engine.begin() as connection:
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
    """Open the tables, made or brought up to date; :class:`NewerStore`."""
    folder.make()
    engine = _engine(folder.database)
    try:
        _migrate(engine)
    except BaseException:
        engine.dispose()
        raise
    return HqStore(engine)
