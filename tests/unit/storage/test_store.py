"""The store opens only with its key, upgrades after a backup, and refuses a newer one."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from sqlalchemy import Connection

from field_app.storage import numbers, paper_list
from field_app.storage.engine import WrongStoreKey, open_engine
from field_app.storage.media_tables import clip
from field_app.storage.paper_list import Wanted
from field_app.storage.schema import MIGRATIONS, stands_at, upgrade
from field_app.storage.search import find_cases, grams
from field_app.storage.store import NewerStore, Store, open_store


@contextmanager
def older_store(path: Path, key: bytes, revision: str) -> Iterator[Connection]:
    """A store as an earlier version of the program left it, to be filled."""
    engine = open_engine(path, bytearray(key))
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, revision)
        yield connection
    engine.dispose()


def test_migrations_make_exactly_the_tables(store: Store) -> None:
    with store.begin() as tx:
        context = MigrationContext.configure(tx.connection, opts={
            "include_name": lambda name, kind, _parents: not (
                kind == "table" and (name or "").startswith(("case_search", "paper_search", "alembic")))})
        assert compare_metadata(context, clip.metadata) == []


def test_a_new_store_is_what_the_migrations_make(store: Store, tmp_path: Path, key: bytes) -> None:
    asked = "SELECT type, name, tbl_name, sql FROM sqlite_master ORDER BY type, name"
    engine = open_engine(tmp_path / "walked.db", bytearray(key))
    upgrade(engine)
    with engine.connect() as connection:
        walked = connection.exec_driver_sql(asked).all()
    assert stands_at(engine)[0]
    with store.begin() as tx:
        assert tx.connection.exec_driver_sql(asked).all() == walked
        assert tx.connection.exec_driver_sql(
            "SELECT version_num FROM alembic_version").scalar() == stands_at(engine)[1]
    engine.dispose()


def test_file_is_ciphertext_and_needs_its_key(store: Store, tmp_path: Path) -> None:
    path = tmp_path / "store.db"
    assert not path.read_bytes().startswith(b"SQLite format 3")
    assert path.stat().st_mode & 0o077 == 0
    with pytest.raises(WrongStoreKey):
        open_store(path, os.urandom(32), backups=tmp_path / "backups")


def test_newer_store_is_refused_and_untouched(
        store: Store, tmp_path: Path, key: bytes) -> None:
    with store.begin() as tx:
        tx.connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    store.close()
    with pytest.raises(NewerStore) as refused:
        open_store(tmp_path / "store.db", key, backups=tmp_path / "backups")
    assert refused.value.revision == "9999"
    engine = open_engine(tmp_path / "store.db", bytearray(key))
    with engine.connect() as connection:
        found = connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar()
    engine.dispose()
    assert found == "9999"


def test_store_of_the_first_version_keeps_its_data(tmp_path: Path, key: bytes) -> None:
    path = tmp_path / "store.db"
    with older_store(path, key, "0001") as connection:
        connection.exec_driver_sql("INSERT INTO counter VALUES ('责改', 2026, 7)")
    store = open_store(path, key, backups=tmp_path / "backups")
    with store.begin() as tx:
        assert numbers.take(tx, "责改", 2026) == 8
        assert numbers.voids(tx) == []
    store.close()
    assert [p.name[:10] for p in (tmp_path / "backups").iterdir()] == ["store-0001"]


def test_steps_of_older_stores_take_their_turn(tmp_path: Path, key: bytes) -> None:
    path = tmp_path / "store.db"
    with older_store(path, key, "0004") as connection:
        connection.exec_driver_sql(
            "INSERT INTO case_file VALUES ('c','k','D1','inspection',1,'','','{}','','2026','[]','',"
            "'draft',0,0,0,'')")
        for kind, ordinal, state, finished in (
                ("inspection", 0, "done", "2026-05-14T10:00"), ("inquiry", 2, "done", "2026-05-14T11:00"),
                ("rectification", 1, "done", "2026-05-14T12:00"), ("reinspection", 3, "todo", None)):
            connection.exec_driver_sql("INSERT INTO step VALUES (?,'c',?,?,?,NULL,?,'')",
                                       (kind, kind, ordinal, state, finished))
    store = open_store(path, key, backups=tmp_path / "backups")
    with store.begin() as tx:
        found = tx.connection.exec_driver_sql("SELECT kind, turn, outcome FROM step ORDER BY turn")
        assert [tuple(row) for row in found] == [
            ("reinspection", 0, ""), ("inspection", 1, ""), ("inquiry", 2, ""),
            ("rectification", 3, "")]
        assert tx.connection.exec_driver_sql("SELECT marks FROM case_file").scalar() == "{}"
    store.close()


def test_cases_of_older_stores_are_found_newest_first(tmp_path: Path, key: bytes) -> None:
    path = tmp_path / "store.db"
    with older_store(path, key, "0013") as connection:
        for number, day in ((1, "02"), (2, "04"), (3, "03")):
            connection.exec_driver_sql(
                "INSERT INTO case_file (id, package, local_no, procedure, procedure_version, cause,"
                " matter, party, place, opened, officers, identity, sync, revision, confirmed_bytes,"
                " total_bytes, problem) VALUES (?,?,?,'inspection',1,'','','{}','',?,'[]','','draft',0,0,0,'')",
                (f"c{number}", f"k{number}", f"D1-{number}", f"2026-05-{day}T10:00:00+08:00"))
            connection.exec_driver_sql(
                "INSERT INTO case_search (case_id, grams) VALUES (?, ?)", (f"c{number}", grams("木制品厂")))
    store = open_store(path, key, backups=tmp_path / "backups")
    with store.begin() as tx:
        assert find_cases(tx, "制品") == find_cases(tx, "厂") == ["c2", "c3", "c1"]
    store.close()


def test_papers_of_older_stores_are_found_in_the_order_they_were_made(tmp_path: Path, key: bytes) -> None:
    path = tmp_path / "store.db"
    with older_store(path, key, "0014") as connection:
        connection.exec_driver_sql(
            "INSERT INTO case_file (id, package, local_no, procedure, procedure_version, cause,"
            " matter, party, place, opened, officers, identity, sync, revision, confirmed_bytes,"
            " total_bytes, problem) VALUES ('c','k','D1-1','inspection',1,'','','{}','',"
            "'2026-05-04T10:00:00+08:00','[]','','draft',0,0,0,'')")
        connection.exec_driver_sql(
            "INSERT INTO case_search (case_id, grams) VALUES ('c', ?)", (grams("木制品厂"),))
        connection.exec_driver_sql(
            "INSERT INTO step (id, case_id, kind, ordinal, state, reason) VALUES ('s','c','x',1,'now','')")
        for paper, title in (("p1", "现场检查笔录"), ("p2", "询问笔录")):
            connection.exec_driver_sql(
                "INSERT INTO paper (id, case_id, step_id, form, form_version, form_sha256, title, state,"
                " answers, changed, number, short_code, pages, pdf_sha256)"
                " VALUES (?,'c','s','G1-04',1,'',?,'draft','{}','2026-05-04T10:00:00+08:00','','',0,'')",
                (paper, title))
    store = open_store(path, key, backups=tmp_path / "backups")
    with store.begin() as tx:
        def found(words: str) -> list[str]:
            return [str(p.id) for p in paper_list.listed(tx, Wanted(words=words), limit=9)]

        assert found("制品") == found("录") == ["p2", "p1"]
        assert found("询问") == ["p2"]
        assert found("") == ["p2", "p1"]
    store.close()


def test_upgrade_keeps_a_backup_that_opens(tmp_path: Path, key: bytes) -> None:
    """A store that stopped before the newest migration: here, one without any, yet not empty."""
    path = tmp_path / "store.db"
    engine = open_engine(path, bytearray(key))
    with engine.begin() as connection:
        connection.exec_driver_sql("CREATE TABLE alembic_version (version_num VARCHAR(32))")
        connection.exec_driver_sql("CREATE TABLE old_notes (body TEXT)")
        connection.exec_driver_sql("INSERT INTO old_notes VALUES ('早先的记录')")
    engine.dispose()
    store = open_store(path, key, backups=tmp_path / "backups")
    with store.begin() as tx:
        assert tx.connection.exec_driver_sql("SELECT body FROM old_notes").scalar() == "早先的记录"
        assert tx.connection.exec_driver_sql("SELECT count(*) FROM case_file").scalar() == 0
    store.close()
    (kept,) = (tmp_path / "backups").iterdir()
    old = open_engine(kept, bytearray(key))
    with old.connect() as connection:
        assert connection.exec_driver_sql("SELECT body FROM old_notes").scalar() == "早先的记录"
    old.dispose()
