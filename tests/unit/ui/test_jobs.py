"""What runs beside the screen: cycles are collected in the screen's thread alone, and long work gives way."""

import gc
import threading
import time
import weakref
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from pytestqt.qtbot import QtBot

from field_app.interpreter import give_way, no_collection
from field_app.ui.jobs import Jobs, Lane
from field_app.ui.turns import begin_turn

_MANY = 20_000  # cycles: Python looks for them after some hundred


class _Cycle:
    def __init__(self) -> None:
        self.itself = self


@contextmanager
def _collectors() -> Iterator[set[int]]:
    """The threads in which anything was collected meanwhile."""
    seen: set[int] = set()

    def saw(phase: str, _info: dict[str, int]) -> None:
        if phase == "start":
            seen.add(threading.get_ident())

    gc.callbacks.append(saw)
    try:
        yield seen
    finally:
        gc.callbacks.remove(saw)


def _cycles() -> "weakref.ref[_Cycle]":
    first = weakref.ref(_Cycle())
    for _ in range(_MANY):
        _Cycle()
    return first


def test_what_work_leaves_is_collected_in_the_thread_of_the_screen(qtbot: QtBot) -> None:
    jobs = Jobs()
    found: list[weakref.ref[_Cycle]] = []
    with _collectors() as seen:
        jobs.run(Lane.WORK, _cycles, done=found.append)
        qtbot.waitUntil(lambda: bool(found) and found[0]() is None, timeout=10_000)
    assert seen == {threading.get_ident()}


def test_nothing_is_collected_while_somebody_wants_none(qtbot: QtBot) -> None:
    jobs = Jobs()
    with _collectors() as seen, no_collection():
        _cycles()
        qtbot.wait(600)
        assert not seen
        assert jobs.idle()


def test_without_jobs_python_collects_by_itself(qtbot: QtBot) -> None:
    assert gc.isenabled()
    jobs, more = Jobs(), Jobs()
    assert not gc.isenabled()
    more.deleteLater()
    qtbot.wait(50)
    assert not gc.isenabled()
    jobs.deleteLater()
    qtbot.waitUntil(gc.isenabled)


class _Ends:
    """Tells in which thread it went."""

    def __init__(self, ended: list[int]) -> None:
        weakref.finalize(self, lambda: ended.append(threading.get_ident()))


@pytest.mark.parametrize("fails", [True, False])
def test_what_work_closes_over_goes_in_the_thread_of_the_screen(qtbot: QtBot, fails: bool) -> None:
    jobs, ended, told = Jobs(), list[int](), list[str]()

    def start() -> None:
        closed_over = _Ends(ended)

        def work() -> _Ends:
            inner = _Ends(ended)  # In the frames of the error, or given back.
            if fails:
                raise ValueError(repr(closed_over))
            return inner

        jobs.run(Lane.WORK, work, done=lambda _value: told.append("done"), failed=lambda _error: told.append("failed"))

    for _ in range(50):
        start()
    qtbot.waitUntil(lambda: len(told) == 50 and jobs.idle())
    qtbot.waitUntil(lambda: len(ended) == 100)
    assert set(ended) == {threading.get_ident()} and set(told) == {"failed" if fails else "done"}


def test_nobody_gives_way_to_who_waits_for_him(qtbot: QtBot) -> None:
    jobs = Jobs()

    def work() -> None:
        for _ in range(1000):  # 8 s of giving way.
            give_way()

    begin_turn()
    jobs.run(Lane.WORK, work)
    began = time.monotonic()
    jobs.wait()
    assert time.monotonic() - began < 4
    qtbot.waitUntil(jobs.idle)


@pytest.mark.parametrize("built", [True, False])
def test_long_work_gives_way_while_much_is_built(qtbot: QtBot, built: bool) -> None:
    jobs, stop, steps, done = Jobs(), threading.Event(), [0], list[int]()

    def work() -> int:
        while not stop.is_set():
            give_way()
            steps[0] += 1
        return steps[0]

    jobs.run(Lane.WORK, work, done=done.append)
    qtbot.waitUntil(lambda: steps[0] > 0)
    if built:
        begin_turn()
    before = steps[0]
    time.sleep(0.2)  # The screen's thread does not come back to its events.
    meanwhile = steps[0] - before
    qtbot.waitUntil(lambda: steps[0] - before > 1000)  # Let go when the turn was over.
    stop.set()
    qtbot.waitUntil(lambda: bool(done))
    # One step each 8 ms at most, and thousands where nobody asked; never none.
    assert (1 <= meanwhile <= 40) is built, meanwhile


def test_what_ends_after_closing_comes_to_no_page_but_errors_are_told(qtbot: QtBot) -> None:
    """A window for signing was opened anew by a result that came after the window had closed."""
    jobs = Jobs()
    heard: list[object] = []
    told: list[object] = []
    jobs.failed.connect(told.append)
    error = ValueError("late")

    def fails() -> None:
        raise error

    jobs.run(Lane.STORE, lambda: "late", done=heard.append)
    jobs.run(Lane.WORK, fails, failed=heard.append)
    jobs.close()
    qtbot.waitUntil(jobs.idle, timeout=10_000)
    assert heard == [] and told == [error]
