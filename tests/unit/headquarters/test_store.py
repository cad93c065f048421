"""Tables: made by migrations, equal to the models, refused when newer."""

from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import text

from field_app.headquarters.folder import HqFolder
from field_app.headquarters.store import NewerStore, open_store
from field_app.headquarters.tables import metadata
from tests.unit.headquarters.backends import BOTH, Backend


@BOTH
def test_migrations_make_exactly_the_models(tmp_path: Path, backend: Backend) -> None:
    store = open_store(backend.configure(HqFolder(tmp_path)))
    with store.read() as connection:
        context = MigrationContext.configure(connection, opts={
            "compare_server_default": True,
            # Each database has its own index for words, and SQLite's keeps tables of its own for it.
            "include_name": lambda name, kind, _parents: not (
                kind == "table" and (name or "").startswith("case_gram"))})
        assert compare_metadata(context, metadata) == []
    store.close()


def test_the_embedded_file_is_synced(tmp_path: Path) -> None:
    store = open_store(HqFolder(tmp_path))
    with store.read() as connection:
        assert connection.execute(text("PRAGMA journal_mode")).scalar() == "wal"
        assert connection.execute(text("PRAGMA synchronous")).scalar() == 2
    store.close()
    open_store(HqFolder(tmp_path)).close()


@BOTH
def test_a_newer_store_is_refused_untouched(tmp_path: Path, backend: Backend) -> None:
    store = open_store(backend.configure(HqFolder(tmp_path)))
    with store.write() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    store.close()
    with pytest.raises(NewerStore) as newer:
        open_store(HqFolder(tmp_path))
    assert newer.value.revision == "9999"


def test_folders_are_private(tmp_path: Path) -> None:
    folder = HqFolder(tmp_path / "hq").make()
    assert folder.root.stat().st_mode & 0o777 == 0o700
    assert folder.keys.stat().st_mode & 0o777 == 0o700
