"""The disk's own thread: seals what the encoder hands over, so that a slow disk drops no frame."""

import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from field_app.crypto.appender import SealedAppender, SealedFile
from field_app.crypto.suites import AnyRecipient

# About a minute at 4 Mbit/s; beyond it the encoder waits and frames are dropped and counted.
_MOST_WAITING = 32 << 20


@dataclass(frozen=True)
class _Job:
    run: Callable[[], None]
    weight: int = 0


class Sealer:
    """Writes sealed files in the order told, on one thread.

    The first failure (a full disk, a stick pulled out) stops all writing: files are let go as
    they are, :attr:`failure` is set and later jobs are dropped. :attr:`waited_ns`: how long those who
    hand over waited for the disk.
    """

    def __init__(self, recipients: Sequence[AnyRecipient], notes: Path) -> None:
        self._recipients = tuple(recipients)
        self._changed = threading.Condition()
        self._jobs: deque[_Job] = deque()
        self._weight = 0
        self._ending = False
        self._segment: SealedAppender | None = None
        try:
            self._notes = SealedAppender(notes, recipients)
        except FileExistsError:
            raise
        except OSError:
            notes.unlink(missing_ok=True)
            raise
        self.failure: Exception | None = None
        self.waited_ns = 0
        self._thread = threading.Thread(target=self._work, name="sealer", daemon=True)
        self._thread.start()

    def _put(self, run: Callable[[], None], *, weight: int = 0) -> None:
        with self._changed:
            while weight and self._weight > _MOST_WAITING and self.failure is None:
                began_ns = time.monotonic_ns()
                self._changed.wait()
                self.waited_ns += time.monotonic_ns() - began_ns
            if self.failure is None:
                self._jobs.append(_Job(run, weight))
                self._weight += weight
                self._changed.notify_all()

    def open(self, path: Path) -> None:
        """Begin a segment file."""
        def run() -> None:
            self._segment = SealedAppender(path, self._recipients, with_sm3=True)
        self._put(run)

    def write(self, data: bytes) -> None:
        """Append plaintext to the open segment."""
        def run() -> None:
            if self._segment is not None:
                self._segment.write(data)
        self._put(run, weight=len(data))

    def checkpoint(self) -> None:
        """Bring all that was handed over so far onto the disk."""
        def run() -> None:
            if self._segment is not None:
                self._segment.checkpoint()
            self._notes.checkpoint()
        self._put(run)

    def note(self, line: bytes) -> None:
        """Append a line to the clip's notes, on disk at once."""
        def run() -> None:
            self._notes.write(line)
            self._notes.checkpoint()
        self._put(run)

    def close_segment(self, closed: Callable[[SealedFile], bytes]) -> None:
        """Seal the segment's end; ``closed`` turns the facts into the note that says so."""
        def run() -> None:
            if self._segment is not None:
                done = self._segment.close()
                self._segment = None
                self._notes.write(closed(done))
                self._notes.checkpoint()
        self._put(run)

    def finish(self) -> None:
        """Do what is left, seal the notes, let go of an open segment and end the thread."""
        self._put(self._let_go)
        with self._changed:
            self._ending = True
            self._changed.notify_all()
        self._thread.join()

    def _let_go(self) -> None:
        if self._segment is not None:
            self._segment.checkpoint()
            self._segment.abandon()
            self._segment = None
        self._notes.close()

    def _work(self) -> None:
        while True:
            with self._changed:
                while not self._jobs and not self._ending:
                    self._changed.wait()
                if not self._jobs:
                    return
                job = self._jobs.popleft()
                self._weight -= job.weight
                self._changed.notify_all()
            try:
                job.run()
            except Exception as error:  # The thread's last frame: kept for whoever asks.
                self._give_up(error)

    def _give_up(self, error: Exception) -> None:
        with self._changed:
            self.failure = error
            self._jobs.clear()
            self._weight = 0
            self._changed.notify_all()
        if self._segment is not None:
            self._segment.abandon()
        self._notes.abandon()
