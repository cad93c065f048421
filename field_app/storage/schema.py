"""The store's schema: what the migrations make of a new store, and the way up for an older one."""

from functools import cache
from pathlib import Path
from typing import Any

import sqlcipher3.dbapi2 as sqlcipher
from sqlalchemy import Connection, Engine, create_engine, inspect
from sqlalchemy.pool import StaticPool

MIGRATIONS = Path(__file__).resolve().parent / "migrations"


def _config(connection: Connection | None = None) -> Any:
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.attributes["connection"] = connection
    return config


@cache
def _scripts() -> Any:
    from alembic.script import ScriptDirectory

    return ScriptDirectory.from_config(_config())


@cache
def head() -> str:
    """The newest revision."""
    return str(_scripts().get_current_head())


def known(revision: str) -> bool:
    """Whether this version of the program has the revision."""
    from alembic.util import CommandError

    try:
        _scripts().get_revision(revision)
    except CommandError:
        return False
    return True


def stands_at(engine: Engine) -> tuple[bool, str | None]:
    """Whether the store holds anything, and the revision it is at."""
    from alembic.runtime.migration import MigrationContext

    with engine.connect() as connection:
        in_use = bool(inspect(connection).get_table_names())
        return in_use, MigrationContext.configure(connection).get_current_revision()


def upgrade(engine: Engine) -> None:
    """Bring a store to the newest revision, in one transaction."""
    from alembic import command

    with engine.begin() as connection:
        command.upgrade(_config(connection), "head")


@cache
def _statements() -> tuple[str, ...]:
    """What makes the newest schema, read off a store in memory that went through all migrations.

    Changing a table is slow in an encrypted file; a new store need not go that way each time.
    """
    engine = create_engine("sqlite://", module=sqlcipher, poolclass=StaticPool)
    upgrade(engine)
    with engine.connect() as connection:
        rows = connection.exec_driver_sql(
            "SELECT type, name, sql FROM sqlite_master WHERE sql IS NOT NULL ORDER BY rowid").all()
    engine.dispose()
    virtual = [name for kind, name, sql in rows if kind == "table" and sql.startswith("CREATE VIRTUAL")]
    return tuple(sql for kind, name, sql in rows
                 if not any(name.startswith(f"{owner}_") for owner in virtual))


def make(engine: Engine) -> None:
    """Make the newest schema in an empty store, in one transaction."""
    with engine.begin() as connection:
        for statement in _statements():
            connection.exec_driver_sql(statement)
        connection.exec_driver_sql("INSERT INTO alembic_version VALUES (?)", (head(),))
