"""How fast a laptop may send: a limit at certain hours, so that the office's line stays usable."""

import re
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from field_app.domain.clock import CHINA

_HOURS = re.compile(r"([01]\d|2[0-3]):([0-5]\d)-([01]\d|2[0-3]):([0-5]\d)")
# So much may go out at once after a silence: one part is never held back by itself.
_BURST_SECONDS = 1.0


@dataclass(frozen=True)
class Limit:
    """At most ``bytes_per_second`` from ``begins`` to ``ends`` (since midnight, Chinese time; the
    same twice: always). Zero bytes: no limit."""

    bytes_per_second: int = 0
    begins: timedelta = timedelta()
    ends: timedelta = timedelta()

    def at(self, now: datetime) -> int:
        """Bytes a second that may be sent now; zero for as many as the line takes."""
        here = now.astimezone(CHINA)
        since = timedelta(hours=here.hour, minutes=here.minute, seconds=here.second)
        if self.begins == self.ends:
            return self.bytes_per_second
        if self.begins < self.ends:
            inside = self.begins <= since < self.ends
        else:  # Over midnight.
            inside = since >= self.begins or since < self.ends
        return self.bytes_per_second if inside else 0


def parse_hours(text: str) -> tuple[timedelta, timedelta]:
    """``08:30-18:00``; empty for always. ``ValueError`` otherwise."""
    if not text.strip():
        return timedelta(), timedelta()
    found = _HOURS.fullmatch(text.strip())
    if found is None:
        raise ValueError("not hours")
    first, second, third, fourth = map(int, found.groups())
    return timedelta(hours=first, minutes=second), timedelta(hours=third, minutes=fourth)


class Pace:
    """Holds senders back to a :class:`Limit`; shared by all threads of one sending."""

    def __init__(self, limit: Limit, *, now: Callable[[], datetime],
                 clock: Callable[[], float] = time.monotonic) -> None:
        self._limit = limit
        self._now = now
        self._clock = clock
        self._lock = threading.Lock()
        self._free_at = clock()

    def wait_for(self, count: int) -> float:
        """Seconds to wait before ``count`` bytes may go; they are counted as sent then."""
        rate = self._limit.at(self._now())
        if not rate:
            return 0.0
        with self._lock:
            now = self._clock()
            begins = max(self._free_at, now - _BURST_SECONDS)
            self._free_at = begins + count / rate
            return max(0.0, begins - now)
