"""Small things the desk keeps by name, each a JSON value."""

from typing import Any

from sqlalchemy import delete, insert, select

from field_app.storage.store import Tx
from field_app.storage.tables import setting


def get(tx: Tx, key: str) -> Any:
    """What is kept under ``key``, None when there is nothing."""
    row = tx.connection.execute(select(setting.c.value).where(setting.c.key == key)).one_or_none()
    return None if row is None else row.value


def put(tx: Tx, key: str, value: Any) -> None:
    """Keep ``value`` in place of what was there."""
    drop(tx, key)
    tx.connection.execute(insert(setting).values(key=key, value=value))


def drop(tx: Tx, key: str) -> None:
    tx.connection.execute(delete(setting).where(setting.c.key == key))
