"""Honest clocks: wall time, monotonic time and boot identity are always told together."""

import time
import uuid
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Protocol

CHINA = timezone(timedelta(hours=8), "Asia/Shanghai")


@dataclass(frozen=True)
class Moment:
    """An instant as a device saw it.

    ``wall``: aware time; ``mono_ms``: milliseconds on the boot's monotonic clock;
    ``boot``: identity of that boot. Neither is ever rewritten.
    """

    wall: datetime
    mono_ms: int
    boot: str

    def iso(self) -> str:
        """RFC 3339 with milliseconds and the device's offset."""
        return self.wall.isoformat(timespec="milliseconds")


class Clock(Protocol):
    """Tells the present moment; the only place time comes in."""

    def now(self) -> Moment: ...


def _boot_id() -> str:
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
    except OSError:
        # No boot identity on this system: one per process still orders its own events.
        return str(uuid.uuid4())


class SystemClock:
    """The machine's clocks; wall time is told at the machine's own offset."""

    def __init__(self) -> None:
        self._boot = _boot_id()

    def now(self) -> Moment:
        wall = datetime.now(UTC).astimezone(CHINA)
        return Moment(wall=wall, mono_ms=time.monotonic_ns() // 1_000_000, boot=self._boot)
