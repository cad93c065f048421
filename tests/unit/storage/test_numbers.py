"""Numbers are given once, whatever crashes, is rolled back, or is reserved meanwhile."""

import os
import shutil
import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from field_app.storage import numbers
from field_app.storage.numbers import Block, NumbersUsedUp
from field_app.storage.store import Store, open_store

_SERIES, _YEAR = "武演责改", 2026


class _Crash(Exception):
    """The power goes while a paper is being issued."""


def _take(store: Store, blocks: list[Block] | None, *, crash: bool = False) -> int | None:
    """One paper's number, or None when it crashed before it was stored."""
    try:
        with store.begin() as tx:
            number = numbers.take(tx, _SERIES, _YEAR, blocks)
            if crash:
                raise _Crash
            return number
    except _Crash:
        return None


def _power_cut(store: Store, path: Path, key: bytes,
               blocks: list[Block] | None) -> tuple[Store, Path]:
    """What lies on the disk in the middle of a transaction, opened anew."""
    after = path.parent / "after"
    after.mkdir()
    try:
        with store.begin() as tx:
            try:
                numbers.take(tx, _SERIES, _YEAR, blocks)
            finally:
                for file in path.parent.glob(f"{path.name}*"):
                    shutil.copy2(file, after)
            raise _Crash
    except (_Crash, NumbersUsedUp):
        store.close()
    return open_store(after / path.name, key, backups=after / "backups"), after / path.name


# What may happen to a laptop, in any order; a block is where it begins and how long it is.
_HAPPENS = st.lists(st.one_of(
    st.just("take"), st.just("roll back"), st.just("power cut"),
    st.tuples(st.integers(1, 60), st.integers(1, 5))), max_size=25)


@settings(max_examples=25, deadline=None,
          suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(reserved=st.booleans(), happens=_HAPPENS)
def test_never_twice(reserved: bool, happens: list[str | tuple[int, int]]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path, key = Path(folder) / "store.db", os.urandom(32)
        store = open_store(path, key, backups=Path(folder) / "backups")
        blocks: list[Block] | None = [Block(10, 12)] if reserved else None
        given_out: list[int] = []
        for what in happens:
            if isinstance(what, tuple):
                if blocks is not None:
                    blocks = [*blocks, Block(what[0], what[0] + what[1] - 1)]
                continue
            if what == "power cut":
                store, path = _power_cut(store, path, key, blocks)
                continue
            try:
                number = _take(store, blocks, crash=what == "roll back")
            except NumbersUsedUp:
                assert blocks is not None
                with store.begin() as tx:
                    assert all(b.last <= max(given_out, default=0) for b in blocks)
                    assert numbers.left(tx, _SERIES, _YEAR, blocks) == 0
                continue
            if number is not None:
                given_out.append(number)
        store.close()
    assert len(set(given_out)) == len(given_out)
    assert given_out == sorted(given_out)
    if blocks is not None:
        assert all(any(b.first <= n <= b.last for b in blocks) for n in given_out)
    else:
        assert given_out == list(range(1, len(given_out) + 1))


def test_left_is_what_can_still_be_given(store: Store) -> None:
    blocks = [Block(5, 6), Block(20, 22)]
    for left in (5, 4, 3, 2, 1):
        with store.begin() as tx:
            assert numbers.left(tx, _SERIES, _YEAR, blocks) == left
        _take(store, blocks)
    with pytest.raises(NumbersUsedUp):
        _take(store, blocks)
    with store.begin() as tx:
        assert numbers.left(tx, _SERIES, _YEAR, blocks) == 0


def test_each_year_and_series_counts_for_itself(store: Store) -> None:
    with store.begin() as tx:
        taken = [numbers.take(tx, s, y) for s, y in (
            (_SERIES, 2026), (_SERIES, 2026), (_SERIES, 2027), ("武演罚", 2026))]
    assert taken == [1, 2, 1, 1]
