"""Tells device times as moments, and notices when the wall clock jumps."""

import time
from datetime import timedelta

from field_app.domain.clock import Clock, Moment

_JUMP = timedelta(seconds=2)


class Stopwatch:
    """Turns ``time.monotonic_ns`` of devices into moments of the device's clock."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._seen = clock.now()

    def moment(self, mono_ns: int) -> Moment:
        """The moment at ``mono_ns`` on ``time.monotonic_ns``, a little ago."""
        now, ago_ms = self._clock.now(), (time.monotonic_ns() - mono_ns) // 1_000_000
        return Moment(wall=now.wall - timedelta(milliseconds=ago_ms),
                      mono_ms=now.mono_ms - ago_ms, boot=now.boot)

    def jump(self) -> tuple[Moment, Moment] | None:
        """The moments before and after a jump of the wall clock since the last call."""
        before, now = self._seen, self._clock.now()
        self._seen = now
        passed = timedelta(milliseconds=now.mono_ms - before.mono_ms)
        return (before, now) if abs(now.wall - before.wall - passed) > _JUMP else None


def later(moment: Moment, *, seconds: float) -> Moment:
    """The moment ``seconds`` after ``moment``, had nothing touched the clock."""
    return Moment(wall=moment.wall + timedelta(seconds=seconds),
                  mono_ms=moment.mono_ms + round(seconds * 1000), boot=moment.boot)
