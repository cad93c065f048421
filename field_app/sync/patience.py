"""How often and how long to try again: doubling waits, jitter, and an end."""

import secrets
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from field_app.errors import Cancelled
from field_app.sync.errors import SyncFailed

_Result = TypeVar("_Result")
_LOOK_EVERY = 0.2  # seconds


def _random_factor() -> float:
    return 0.5 + secrets.randbelow(1000) / 2000


@dataclass(frozen=True)
class Patience:
    """Waits from ``first`` seconds doubling to ``longest``; at most ``tries`` without progress. Headquarters
    that asks for more than ``longest`` is not waited for.

    ``receipt_seconds``: how long to ask for the receipt before leaving it for the next time.
    """

    tries: int = 8
    first: float = 1.0
    longest: float = 300.0
    receipt_seconds: float = 120.0
    receipt_first: float = 0.25
    receipt_longest: float = 5.0


class Persistence:
    """Repeats calls that may succeed later. Shared by the threads of one sending."""

    def __init__(self, patience: Patience, *, sleep: Callable[[float], None] | None = None,
                 cancelled: Callable[[], bool] = lambda: False,
                 factor: Callable[[], float] = _random_factor) -> None:
        self._patience = patience
        self._sleep = sleep or self._doze
        self._cancelled = cancelled
        self._factor = factor
        self._lock = threading.Lock()
        self._failures = 0

    def progressed(self) -> None:
        """New bytes were confirmed: patience starts anew."""
        with self._lock:
            self._failures = 0

    def check_cancelled(self) -> None:
        if self._cancelled():
            raise Cancelled

    def _doze(self, seconds: float) -> None:
        ends = time.monotonic() + seconds
        while (left := ends - time.monotonic()) > 0:
            self.check_cancelled()
            time.sleep(min(left, _LOOK_EVERY))

    def pause(self, seconds: float) -> None:
        """Wait, unless cancelled; that is noticed while waiting too."""
        self.check_cancelled()
        self._sleep(seconds)
        self.check_cancelled()

    def call(self, work: Callable[[], _Result]) -> _Result:
        """``work()``, tried again while it may help; raises its last :class:`SyncFailed`."""
        while True:
            self.check_cancelled()
            try:
                return work()
            except SyncFailed as error:
                if not error.again:
                    raise
                with self._lock:
                    self._failures += 1
                    failures = self._failures
                if failures >= self._patience.tries or error.wait > self._patience.longest:
                    raise
                wait = min(self._patience.first * 2.0 ** (failures - 1), self._patience.longest)
                self.pause(max(wait * self._factor(), error.wait))
