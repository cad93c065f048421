"""Watches the screen's thread: how long it handled nothing else, and what it did meanwhile."""

import os
import sys
import threading
import time
import traceback
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType
from typing import Literal, Self

from PySide6.QtCore import QObject, Qt

from field_app.interpreter import no_collection

_BEAT_MS = 1
_LOOK_S = 0.005
_WORTH_S = 0.005  # shorter turns are not written down
_DEEP = 6
SCHEDULER = Path("/proc/thread-self/schedstat")  # Linux


@dataclass(frozen=True)
class Block:
    """One turn of the event loop: seconds by the clock, of the thread's own processor time, and of standing
    still; what the officer did, and where the thread stood, the most frequent place first.

    ``still``: neither running nor kept from a processor by other programs: it waited for the interpreter,
    a lock or the disk. Where the system does not tell, 0.
    """

    wall: float
    cpu: float
    still: float
    doing: str
    places: tuple[str, ...]

    def __str__(self) -> str:
        return "\n  ".join((
            f"{self.wall * 1000:.0f} ms, {self.cpu * 1000:.0f} ms of processor time, {self.still * 1000:.0f} ms"
            f" standing still: {self.doing}", *self.places))


class _Kept:
    """Seconds for which the thread that made it could have run and had no processor; None where untold."""

    def __init__(self) -> None:
        self._file = os.open(SCHEDULER, os.O_RDONLY) if SCHEDULER.exists() else -1

    def __call__(self) -> float | None:
        return int(os.pread(self._file, 99, 0).split()[1]) / 1e9 if self._file >= 0 else None

    def close(self) -> None:
        if self._file >= 0:
            os.close(self._file)


def _place(frame: FrameType | None) -> str:
    found = [f for f in traceback.extract_stack(frame) if "field_app" in f.filename][-_DEEP:]
    return " < ".join(f"{f.filename.rpartition('/')[2]}:{f.lineno} {f.name}" for f in reversed(found))


@dataclass
class _Turn:
    """The turn of the event loop that runs now; a turn ends where the next one begins, so that none of the
    thread's time is lost between two."""

    began: float
    cpu: float
    kept: float | None
    seen: list[str] = field(default_factory=list)

    @classmethod
    def now(cls, kept: _Kept) -> Self:
        # Asking the system lets go of the interpreter: whatever waits for it then counts in the turn that begins.
        return cls(time.perf_counter(), time.thread_time(), kept())


class Watchdog(QObject):
    """Make it in the screen's thread. ``doing``: what the officer does now; turns while it is empty do
    not count. ``limit``: seconds from which a turn's places are written down."""

    def __init__(self, *, limit: float = 0.05) -> None:
        super().__init__()
        self.doing = ""
        self.blocks: list[Block] = []
        self._limit = limit
        self._thread = threading.get_ident()
        self._kept = _Kept()
        self._turn = _Turn.now(self._kept)
        self._over = threading.Event()
        self._timer = self.startTimer(_BEAT_MS, Qt.TimerType.PreciseTimer)
        self._looker = threading.Thread(target=self._look, daemon=True)
        self._looker.start()

    def timerEvent(self, _event: object) -> None:  # noqa: N802
        turn, now = self._turn, _Turn.now(self._kept)
        wall, cpu = now.began - turn.began, now.cpu - turn.cpu
        still = (max(0.0, wall - cpu - (now.kept - turn.kept))
                 if now.kept is not None and turn.kept is not None else 0.0)
        if self.doing and max(wall, cpu) > _WORTH_S:
            self.blocks.append(Block(wall, cpu, still, self.doing, tuple(
                place for place, _ in Counter(turn.seen).most_common(5))))
        self._turn = now

    def _look(self) -> None:
        """Where the screen's thread stands in a long turn; when the turn for looking came late itself, where
        the others stand too: one of them has just let go of the interpreter, if it is still there."""
        while True:
            began = time.perf_counter()
            if self._over.wait(_LOOK_S):
                return
            turn, now = self._turn, time.perf_counter()
            if now - turn.began > self._limit / 2:
                frames = sys._current_frames()
                turn.seen.append(_place(frames.pop(self._thread, None)))
                if now - began > self._limit / 2:
                    frames.pop(threading.get_ident(), None)
                    turn.seen += [f"beside: {place}" for frame in frames.values() if (place := _place(frame))]

    @contextmanager
    def at(self, doing: str) -> Iterator[None]:
        """What the officer does now."""
        self._turn, self.doing = _Turn.now(self._kept), doing
        yield
        self.doing = ""

    def longest(self, by: Literal["wall", "cpu", "still"] = "wall") -> Block:
        """The longest turn by the clock, by the thread's own processor time, or by standing still."""
        nothing = Block(0.0, 0.0, 0.0, "", ())
        return max(self.blocks, key=lambda b: float(getattr(b, by)), default=nothing)

    def stop(self) -> None:
        self.killTimer(self._timer)
        self._over.set()
        self._looker.join()
        self._kept.close()


@contextmanager
def watched(*, limit: float = 0.05) -> Iterator[Watchdog]:
    """A watchdog for the time of the block.

    Python's collector of cycles rests meanwhile: what it looks at is the test's own heap.
    """
    with no_collection():
        dog = Watchdog(limit=limit)
        try:
            yield dog
        finally:
            dog.stop()
