"""How large a piece is sent at once: a whole part on a good road, little on one that is cut again and again.

A cut costs what was under way and not confirmed. So after a failure pieces become short in time, and at
most half as long as what was under way: some roads bear a time, some so many bytes. They become longer
again while nothing fails.
"""

import threading
import time
from collections.abc import Callable

LEAST, MOST = 32 << 10, 2 << 20
_FIRST_SECONDS, _LEAST_SECONDS, _MOST_SECONDS = 2.0, 0.1, 60.0
_LONGER_AFTER = 20


class Stride:
    """Shared by all threads of one sending."""

    def __init__(self, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._seconds = _FIRST_SECONDS
        self._most = MOST
        self._rate = 0.0
        self._good = 0
        self.careful = False

    def failed(self, count: int = 0) -> None:
        """A call broke with ``count`` bytes under way: from now on parts go in pieces, and in shorter ones than
        before."""
        with self._lock:
            if count:
                self._most = max(LEAST, min(self._most, count // 2))
            if self.careful:
                self._seconds = max(_LEAST_SECONDS, self._seconds / 2)
            self.careful, self._good = True, 0

    def began(self) -> float:
        return self._clock()

    def went(self, count: int, began: float) -> None:
        """``count`` bytes were confirmed that set out at ``began``."""
        with self._lock:
            self._rate = count / max(self._clock() - began, 1e-3)
            self._good += 1
            if self._good >= _LONGER_AFTER:
                self._good, self._seconds = 0, min(_MOST_SECONDS, self._seconds * 1.5)
                self._most = min(MOST, self._most * 2)

    def next(self) -> int:
        """Bytes of the next piece."""
        with self._lock:
            return int(min(self._most, max(LEAST, self._rate * self._seconds)))
