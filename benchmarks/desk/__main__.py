"""Prints what officers wait for at the desk, each beside its goal.

A cold start (a new process until the login page is usable, and its memory); the list of a store of
``--cases`` (100 000) cases and its search for 1 to 4 characters, each answer compared with a plain
look through all names; the longest time the screen's thread was busy while a case and a paper are
opened, typed into and left; a key until it stands on the screen, and until it stands on the paper.
"""

import argparse
import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QPlainTextEdit, QPushButton, QWidget

from benchmarks.desk.many import Made, make_cases
from field_app.actions.log_in import log_in, log_out
from field_app.actions.overview import list_cases
from field_app.cli.demo.photographs import Photographer
from field_app.cli.demo.world import World, make_world
from field_app.domain.ids import CaseId

_SHOWN = 200


def row(name: str, shown: str, goal: str, held: bool) -> None:
    """One line of the table."""
    print(f"{name:<48} {shown:>34}   {goal:<18} {'yes' if held else 'NO'}", flush=True)


def _worst(times: list[float]) -> str:
    late = statistics.quantiles(times, n=20)[-1] if len(times) > 1 else times[0]
    return f"median {statistics.median(times):.0f}, p95 {late:.0f} ms"


def _p95(times: list[float]) -> float:
    return statistics.quantiles(times, n=20)[-1]


def cold_start(world: World, rounds: int) -> None:
    """New processes, one after the other."""
    took, peaks = [], []
    for _ in range(rounds):
        began = time.perf_counter()
        with subprocess.Popen([sys.executable, "-m", "benchmarks.desk.start", str(world.laptop.data.root)],
                              stdout=subprocess.PIPE, text=True) as child:
            assert child.stdout is not None
            words = child.stdout.readline().split()
            took.append(time.perf_counter() - began)
        assert words and words[0] == "USABLE", words
        peaks.append(int(words[2]))
    row(f"cold start, median of {rounds}", f"{statistics.median(took):.2f} s", "<= 2.5 s",
        statistics.median(took) <= 2.5)
    row("  its memory, the highest", f"{max(peaks)} MiB", "<= 250 MiB", max(peaks) <= 250)


class Painted(QObject):
    """Knows when a widget was painted last."""

    def __init__(self, widget: QWidget) -> None:
        super().__init__()
        self.at = 0.0
        widget.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Paint:
            self.at = time.perf_counter()
        return super().eventFilter(watched, event)


def _until(desk: Photographer, true: Callable[[], bool], *, seconds: float = 30) -> None:
    """As the program's own loop runs: events as they come."""
    end = time.perf_counter() + seconds
    while not true():
        desk.app.processEvents()
        if time.perf_counter() > end:
            raise TimeoutError
        time.sleep(0.0005)


def _plainly(made: list[Made], words: str) -> list[CaseId]:
    """What a search for ``words`` should find, the newest first."""
    return [case.id for case in reversed(made) if any(words in text for text in case.texts)][:_SHOWN]


def searching(world: World, made: list[Made], rounds: int) -> None:
    """By the action itself, each answer judged."""
    session, rng, times = log_in(world.laptop, *world.both()), random.Random(11), []
    for number in range(rounds):
        text, length = rng.choice(rng.choice(made).texts[1:]), 1 + number % 4
        start = rng.randrange(max(1, len(text) - length + 1))
        words = text[start:start + length]
        began = time.perf_counter()
        found = list_cases(session, words)
        times.append((time.perf_counter() - began) * 1000)
        assert [case.id for case in found] == _plainly(made, words), words
    log_out(session)
    row(f"search of {len(made)} cases, 1 to 4 characters", _worst(times), "p95 <= 50 ms", _p95(times) <= 50)


def listing(desk: Photographer, rounds: int) -> None:
    """From the key to the painted list."""
    page, times = desk.window.cases, []
    painted = Painted(page.table.viewport())
    for _ in range(rounds):
        desk.window.go("settings")
        page.table.show_cases([])
        began = time.perf_counter()
        desk.window.go("cases")
        _until(desk, lambda: bool(page.table.cases) and desk.window.shell.jobs.idle())
        page.table.viewport().repaint()
        times.append((painted.at - began) * 1000)
    row("list of them, painted", _worst(times), "<= 300 ms", _p95(times) <= 300)


class Busy(QObject):
    """The longest time in which the screen's thread handled nothing else."""

    def __init__(self) -> None:
        super().__init__()
        self.worst = 0.0
        self.where = ""
        self._last = time.perf_counter()
        self.startTimer(1, Qt.TimerType.PreciseTimer)
        self.doing = ""

    def timerEvent(self, _event: object) -> None:
        now = time.perf_counter()
        if now - self._last > self.worst:
            self.worst, self.where = now - self._last, self.doing
        self._last = now


@contextmanager
def step(busy: Busy, name: str) -> Iterator[None]:
    """What the officer does now."""
    busy.doing = name
    yield
    busy.doing = ""


def _click(desk: Photographer, place: QWidget, words: str) -> None:
    def found() -> list[QPushButton]:
        return [b for b in place.findChildren(QPushButton) if b.text() == words and b.isVisible()]

    _until(desk, lambda: bool(found()))
    QTest.mouseClick(found()[0], Qt.MouseButton.LeftButton)


def typing(desk: Photographer, keys: int) -> None:
    """A case, a paper, keys into its longest field."""
    window, busy = desk.window, Busy()
    with step(busy, "new case"):
        window.go("new")
        for line, text in ((window.new.name, "演练木制品厂"), (window.new.place, "演练乡桐麻村"),
                           (window.new.cause, "安全生产日常检查")):
            line.setText(text)
        QTest.keyClick(window.new.matter, Qt.Key.Key_Return)
        _until(desk, lambda: window.desk.desk is not None and window.shell.jobs.idle())
    with step(busy, "paper opened"):
        _click(desk, window.desk.step, "填写")
        _until(desk, lambda: window.desk.editor is not None and window.shell.jobs.idle()
               and bool(window.desk.editor.view.pages))
    editor = window.desk.editor
    assert editor is not None and editor.form.focus("check_findings")
    box = window.focusWidget()
    assert isinstance(box, QPlainTextEdit)
    on_screen, on_paper, painted = [], [], Painted(box.viewport())
    with step(busy, "typing"):
        for number in range(keys):
            before = editor.view.pages[0].page
            began = time.perf_counter()
            QTest.keyClicks(box, "abcdefghij"[number % 10])
            _until(desk, lambda began=began: painted.at > began)  # type: ignore[misc]
            on_screen.append((painted.at - began) * 1000)
            _until(desk, lambda before=before: editor.view.pages[0].page is not before)  # type: ignore[misc]
            on_paper.append((time.perf_counter() - began) * 1000)
            _until(desk, window.shell.jobs.idle)
    with step(busy, "left"):
        editor.leave()
        _until(desk, lambda: window.desk.editor is None and window.shell.jobs.idle())
    row("a key on the screen", _worst(on_screen), "<= 30 ms", _p95(on_screen) <= 30)
    row("a key on the paper", _worst(on_paper), "<= 300 ms", _p95(on_paper) <= 300)
    row("longest block of the screen's thread", f"{busy.worst * 1000:.0f} ms ({busy.where})", "<= 50 ms",
        busy.worst <= 0.05)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.desk", description=__doc__)
    parser.add_argument("--cases", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--searches", type=int, default=200)
    parser.add_argument("--keys", type=int, default=40)
    wanted = parser.parse_args()
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    with tempfile.TemporaryDirectory(prefix="desk-") as root:
        os.environ["FIELD_DESK_MACHINE"] = str(Path(root) / "machine")
        world = make_world(Path(root) / "w")
        print(f"{'the desk':<48} {'measured':>34}   {'goal':<18} held")
        cold_start(world, wanted.rounds)
        session = log_in(world.laptop, *world.both())
        made = list(make_cases(session, wanted.cases))
        log_out(session)
        searching(world, made, wanted.searches)
        desk = Photographer(world.laptop.data, world.pictures)
        began = time.perf_counter()
        desk.log_in()
        # What is due in so many cases that nobody looked at before is counted first.
        _until(desk, desk.window.shell.jobs.idle, seconds=3600)
        print(f"  first page of {len(made)} new cases whole after {time.perf_counter() - began:.0f} s")
        listing(desk, wanted.rounds * 4)
        typing(desk, wanted.keys)
        desk.close()


if __name__ == "__main__":
    main()
