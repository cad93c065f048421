"""Received cases are found by any characters of theirs, newest first, on either database."""

import random
import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Connection, create_engine, event, text

from field_app.domain.people import Role
from field_app.headquarters.case_index import index_case
from field_app.headquarters.case_search import find_cases, forget_all
from field_app.headquarters.console import reading
from field_app.headquarters.contacts import note_contact
from field_app.headquarters.folder import HqFolder
from field_app.headquarters.store import HqStore, open_store
from field_app.packages.index import CaseFacts, CaseIndex, OfficerEntry
from field_app.packages.statement import IndexRef, State, Statement
from tests.unit.headquarters.backends import BOTH, Backend

NOW = datetime(2026, 11, 26, 9, tzinfo=UTC)
_SIGNS = "张李王赵武隆区镇餐馆㙦%_'\"\\\U0001f3e0aAＡ1〔〕-"


@dataclass(frozen=True)
class Told:
    """What a case says: its number, party, cause, agency and officer."""

    package: str
    texts: tuple[str, str, str, str, str]
    opened: datetime = NOW


def _name(number: int) -> str:
    return f"00000000-0000-4000-8000-{number:012d}"


@pytest.fixture
def store(tmp_path: Path, backend: Backend) -> Iterator[HqStore]:
    made = open_store(backend.configure(HqFolder(tmp_path)))
    yield made
    made.close()


def _index(connection: Connection, told: Told) -> None:
    """By the function that the worker calls."""
    number, party, cause, agency, officer = told.texts
    signed = Statement(told.package, 1, None, "D001", "0" * 64, State.SUBMITTED, NOW, "0" * 64,
                       IndexRef("data", "0" * 64, 1, "0" * 64), (), (), (), ())
    index_case(connection, signed, CaseIndex(
        told.package, 1, "0" * 64, CaseFacts(told.package, number, cause, agency, party, told.opened),
        (OfficerEntry("YL1", officer, Role.QUALIFIED, "0" * 64),), (), ()))


def _plainly(made: Sequence[Told], query: str) -> list[str]:
    """A look through everything: each word stands in one text, full width and capitals the same."""
    def plain(value: str) -> str:
        return unicodedata.normalize("NFKC", value).lower()

    words = plain(query).split()
    return [told.package for told in sorted(made, key=lambda each: each.opened, reverse=True)
            if all(any(word in plain(one) for one in (*told.texts, "D001")) for word in words)]


def _found(connection: Connection, query: str) -> list[str]:
    found = find_cases(connection, query, limit=1000, offset=0)
    assert found.total == len(found.packages)
    return found.packages


@BOTH
def test_every_search_finds_what_a_look_through_everything_finds(store: HqStore) -> None:
    rng = random.Random(5)

    def told(number: int) -> Told:
        texts = ["".join(rng.choices(_SIGNS, k=rng.randrange(1, 9))) for _ in range(5)]
        return Told(_name(number), (texts[0], texts[1], texts[2], texts[3], texts[4]),
                    NOW + timedelta(seconds=rng.randrange(10**6)))

    made = [told(number) for number in range(120)]
    with store.write() as connection:
        for each in made:
            _index(connection, each)
        # Revisions that say something else: what an older one said is not found any more.
        for number in range(0, 120, 7):
            made[number] = told(number)
            _index(connection, made[number])
    with store.read() as connection:
        for length in (1, 2, 3, 4):
            for _ in range(60):
                text_ = rng.choice(rng.choice(made).texts)
                start = rng.randrange(max(1, len(text_) - length + 1))
                query = text_[start:start + length]
                assert _found(connection, query) == _plainly(made, query), query
        for query in ("", "  ", "张 李", "张 d001", "D001", "ａ", "没有", "%%", "_", "\\", "'", '"', "\0", "x" * 90,
                      "AND", "张 OR 李", "*", "\U0001f3e0", "张李 " * 9):
            assert _found(connection, query) == _plainly(made, " ".join(query[:80].split()[:6])), query


@BOTH
def test_pages_are_whole_and_in_order(store: HqStore) -> None:
    made = [Told(_name(number), (f"D001-{number:04d}", "某餐馆", "检查", "某乡", "王大㙦"),
                 NOW - timedelta(minutes=number)) for number in range(120)]
    with store.write() as connection:
        for each in made[::-1]:
            _index(connection, each)
    with store.read() as connection:
        for query in ("", "餐馆", "大", "王大㙦 检查"):
            pages = [reading.list_cases(connection, query, page=number) for number in (1, 2, 3)]
            assert [line.package for page in pages for line in page.lines] == [each.package for each in made]
            assert {(page.total, page.pages) for page in pages} == {(120, 3)}
            last = reading.list_cases(connection, query, page=10**9)
            assert (last.page, last.lines) == (3, pages[2].lines)


@BOTH
def test_devices_are_found_by_their_number(store: HqStore) -> None:
    with store.write() as connection:
        for number in range(450):
            note_contact(connection, f"D{number:04d}", "stick", NOW - timedelta(days=number))
    with store.read() as connection:
        pages = [reading.list_devices(connection, NOW, page=number) for number in (1, 2, 3, 9)]
        assert [(page.page, page.total, len(page.lines)) for page in pages] == [
            (1, 450, 200), (2, 450, 200), (3, 450, 50), (3, 450, 50)]
        assert (pages[0].lines[0].number, pages[2].lines[-1].number) == ("D0449", "D0000")
        only = reading.list_devices(connection, NOW, " d0400 ").lines
        assert [(line.number, line.days, line.silent) for line in only] == [("D0400", 400, True)]
        assert reading.list_devices(connection, NOW, "%").total == 0


@BOTH
def test_what_laptops_say_of_time_neither_hides_nor_moves_others(store: HqStore) -> None:
    times = (NOW, NOW, NOW, datetime(1, 1, 2, tzinfo=UTC), datetime(9999, 12, 30, tzinfo=UTC),
             datetime(1969, 1, 1, tzinfo=UTC), datetime.fromisoformat("2026-11-26T16:59:59+08:00"))
    made = [Told(_name(number), (f"N{number}", "甲", "乙", "丙", "丁"), at) for number, at in enumerate(times)]
    with store.write() as connection:
        for each in (*made, made[1]):
            _index(connection, each)
    with store.read() as connection:
        found = _found(connection, "甲")
        assert found == _found(connection, "") and sorted(found) == [each.package for each in made]
        # Same moments in any order among themselves; the zone is no part of the time.
        assert (found[0], found[4], found[5], found[6]) == (_name(4), _name(6), _name(5), _name(3))
    with store.write() as connection:
        forget_all(connection)
        assert _found(connection, "甲") == []


@BOTH
def test_cases_that_were_there_before_are_found(tmp_path: Path, backend: Backend) -> None:
    folder = backend.configure(HqFolder(tmp_path))
    made = [Told(_name(number), (f"D001-{number:04d}", f"甲{number}", "检查", "某乡", "王大㙦"),
                 NOW - timedelta(minutes=number)) for number in range(3)]
    open_store(folder).close()
    engine = create_engine(
        f"sqlite:///{folder.database}" if backend.services is None
        else _address(folder).replace("postgresql://", "postgresql+psycopg://"))
    with engine.begin() as connection:
        _as_before(connection)
        for each in made:
            connection.execute(text(
                "INSERT INTO case_file (package, case_id, device, revision, state, local_no, cause, agency, party,"
                " opened) VALUES (:p, :p, 'D001', 1, 'draft', :n, :c, :a, :q, :o)"), {
                    "p": each.package, "n": each.texts[0], "q": each.texts[1], "c": each.texts[2],
                    "a": each.texts[3], "o": each.opened.isoformat()})
            connection.execute(text("INSERT INTO case_officer VALUES (:p, 'YL1', :n, 'qualified', '0')"),
                               {"p": each.package, "n": each.texts[4]})
    engine.dispose()
    store = open_store(folder)
    with store.read() as connection:
        assert _found(connection, "大㙦") == _found(connection, "") == [each.package for each in made]
        assert _found(connection, "甲1") == [made[1].package]
    with store.write() as connection:
        _index(connection, Told(made[1].package, ("N", "乙", "检查", "某乡", "王"), NOW))
        assert _found(connection, "甲1") == [] and len(_found(connection, "检")) == 3
    store.close()


def _address(folder: HqFolder) -> str:
    found = re.search(r'postgresql = "([^"]+)"', (folder.root / "headquarters.toml").read_text())
    assert found is not None
    return found[1]


def _as_before(connection: Connection) -> None:
    """Undo what the migration made, as a headquarters of before it stands."""
    for name in ("ix_case_file_place", "ix_case_file_device", "ix_statement_device", "ix_receipt_at",
                 "ix_receipt_verdict"):
        connection.execute(text(f"DROP INDEX {name}"))
    connection.execute(text("DROP TABLE case_gram"))
    for name in ("place", "words"):
        connection.execute(text(f"ALTER TABLE case_file DROP COLUMN {name}"))
    connection.execute(text("UPDATE alembic_version SET version_num = '0006'"))


def test_no_list_reads_or_sorts_everything(tmp_path: Path) -> None:
    store = open_store(HqFolder(tmp_path))
    asked: list[str] = []
    with store.write() as connection:
        _index(connection, Told(_name(1), ("N", "甲", "乙", "丙", "丁")))
    with store.read() as connection:
        def note(_c: object, _u: object, statement: str, *_more: object) -> None:
            asked.append(statement)

        event.listen(connection, "before_cursor_execute", note)
        reading.list_cases(connection)
        reading.list_cases(connection, "甲")
        reading.list_receipts(connection)
        reading.list_receipts(connection, refused_only=True)
        reading.list_devices(connection, NOW)
        event.remove(connection, "before_cursor_execute", note)
        for statement in asked:
            plan = [row[3] for row in connection.exec_driver_sql(
                "EXPLAIN QUERY PLAN " + statement, tuple("1" for _ in range(statement.count("?"))))]
            for step in plan:
                reads_all = re.match(r"SCAN (case_file|statement|receipt|case_officer|case_object)\b(?!.*INDEX)", step)
                assert "(verdict=?)" not in step or "count(" in statement or " LIMIT " in statement, (statement, plan)
                some_only = " IN (" in statement or "FROM device_alarm" in statement
                assert some_only or (not reads_all and "USE TEMP B-TREE FOR ORDER BY" not in step), (statement, plan)
    store.close()
