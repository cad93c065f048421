"""Watches the screen's thread: how long it handled nothing else, and what it did meanwhile."""

import gc
import sys
import threading
import time
import traceback
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from types import FrameType

from PySide6.QtCore import QObject, Qt

_BEAT_MS = 1
_LOOK_S = 0.005
_DEEP = 6


@dataclass(frozen=True)
class Block:
    """One turn of the event loop: seconds by the clock and of the thread's own processor time, what the
    officer did, and where the thread stood, the most frequent place first."""

    wall: float
    cpu: float
    doing: str
    places: tuple[str, ...]

    def __str__(self) -> str:
        return "\n  ".join((f"{self.wall * 1000:.0f} ms, {self.cpu * 1000:.0f} ms of processor time: {self.doing}",
                            *self.places))


def _place(frame: FrameType | None) -> str:
    found = [f for f in traceback.extract_stack(frame) if "field_app" in f.filename][-_DEEP:]
    return " < ".join(f"{f.filename.rpartition('/')[2]}:{f.lineno} {f.name}" for f in reversed(found))


@dataclass
class _Turn:
    """The turn of the event loop that runs now."""

    began: float = field(default_factory=time.perf_counter)
    cpu: float = field(default_factory=time.thread_time)
    seen: list[str] = field(default_factory=list)


class Watchdog(QObject):
    """Make it in the screen's thread. ``doing``: what the officer does now; turns while it is empty do
    not count. ``limit``: seconds from which a turn's places are written down."""

    def __init__(self, *, limit: float = 0.05) -> None:
        super().__init__()
        self.doing = ""
        self.blocks: list[Block] = []
        self._limit = limit
        self._thread = threading.get_ident()
        self._turn = _Turn()
        self._over = threading.Event()
        self.startTimer(_BEAT_MS, Qt.TimerType.PreciseTimer)
        self._looker = threading.Thread(target=self._look, daemon=True)
        self._looker.start()

    def timerEvent(self, _event: object) -> None:  # noqa: N802
        turn, now = self._turn, _Turn()
        wall, cpu = now.began - turn.began, now.cpu - turn.cpu
        if self.doing and max(wall, cpu) > self._limit / 2:
            self.blocks.append(Block(wall, cpu, self.doing, tuple(
                place for place, _ in Counter(turn.seen).most_common(5))))
        self._turn = _Turn()

    def _look(self) -> None:
        while not self._over.wait(_LOOK_S):
            turn = self._turn
            if time.perf_counter() - turn.began > self._limit / 2:
                turn.seen.append(_place(sys._current_frames().get(self._thread)))

    @contextmanager
    def at(self, doing: str) -> Iterator[None]:
        """What the officer does now."""
        self._turn, self.doing = _Turn(), doing
        yield
        self.doing = ""

    def longest(self, *, cpu: bool = False) -> Block:
        """The longest turn by the clock, or by the thread's own processor time."""
        nothing = Block(0.0, 0.0, "", ())
        return max(self.blocks, key=lambda b: b.cpu if cpu else b.wall, default=nothing)

    def stop(self) -> None:
        self._over.set()
        self._looker.join()


@contextmanager
def watched(*, limit: float = 0.05) -> Iterator[Watchdog]:
    """A watchdog for the time of the block.

    Python's collector of cycles rests meanwhile: what it looks at is the test's own heap.
    """
    gc.disable()
    dog = Watchdog(limit=limit)
    try:
        yield dog
    finally:
        dog.stop()
        gc.enable()
