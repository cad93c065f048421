"""The stores that benchmarks measure hold what the desk's own store holds when each row is written by itself."""

import importlib
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from benchmarks.filling import Into, fill, filled_world
from field_app.actions.context import Session
from field_app.actions.log_in import log_in, log_out
from field_app.actions.overview import list_cases
from field_app.cli.demo.world import World
from field_app.storage import cases, clips, papers
from tests.journeys.conftest import copied

_FILLERS = ("benchmarks.desk.many", "benchmarks.counting.many")
# The log tells of each login, with its time; tables of the text search's own inside are laid out as it likes.
_OTHERS = ("event", "case_search_", "paper_search_", "sqlite_")


def _rows(session: Session) -> dict[str, list[tuple[Any, ...]]]:
    with session.begin() as tx:
        names = tx.connection.execute(text("SELECT name FROM sqlite_master WHERE type = 'table'")).scalars().all()
        # A step's id is drawn by chance: named here by its case and its place.
        steps = {row.id: f"{row.case_id}/{row.ordinal}" for row in tx.connection.execute(
            text("SELECT id, case_id, ordinal FROM step"))}
        return {name: sorted((tuple(steps.get(value, value) for value in row) for row in tx.connection.execute(
                    text(f"SELECT rowid, * FROM {name}"))), key=repr)  # noqa: S608
                for name in names if not name.startswith(_OTHERS)}


def _search_is_whole(session: Session) -> None:
    """The text search judges itself, its index against what it holds."""
    with session.begin() as tx:
        for name in ("case_search", "paper_search"):
            tx.connection.execute(text(f"INSERT INTO {name} ({name}, rank) VALUES ('integrity-check', 1)"))  # noqa: S608
        assert tx.connection.execute(text("PRAGMA foreign_key_check")).all() == []


def _one_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (cases, papers, clips):
        whole = module.add_each

        def each(tx: Any, new: Sequence[Any], whole: Any = whole) -> None:
            for one in new:
                whole(tx, [one])

        monkeypatch.setattr(module, "add_each", each)


@pytest.mark.parametrize("filler", _FILLERS)
def test_a_filled_store_holds_the_same_rows(filler: str, first_world: World, tmp_path: Path,
                                            monkeypatch: pytest.MonkeyPatch) -> None:
    worlds = [copied(first_world, tmp_path / name) for name in ("fast", "slow")]
    fast, slow = (log_in(each.laptop, *each.both()) for each in worlds)
    at = fast.at
    monkeypatch.setattr(Session, "at", at)
    fill(fast, filler, 23)
    _one_at_a_time(monkeypatch)
    importlib.import_module(filler).fill(Into(slow.store, at, slow.actors), 23)
    left, right = _rows(fast), _rows(slow)
    assert len(left["case_file"]) == 23 == len(left["case_search"])
    for name, rows in left.items():
        assert rows == right[name], name
    _search_is_whole(fast)
    _search_is_whole(slow)
    log_out(fast)
    log_out(slow)


@pytest.mark.soak
def test_a_kept_store_is_used_again_and_stays_as_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FIELD_DESK_MACHINE", os.environ["FIELD_DESK_MACHINE"])  # Put back afterwards.
    found = []
    for _ in range(2):
        with filled_world(_FILLERS[0], 7, tmp_path / "kept") as world:
            session = log_in(world.laptop, *world.both())
            found.append([(case.id, case.opened) for case in list_cases(session, "")])
            with session.begin() as tx:
                case = cases.get(tx, found[0][0][0])
                cases.set_sync(tx, case.id, case.sync, problem="changed by a run")
                assert case.problem == "", "what a run changes is not kept"
            log_out(session)
    assert found[0] == found[1] and len(found[0]) == 7
    assert len(list((tmp_path / "kept").iterdir())) == 1
