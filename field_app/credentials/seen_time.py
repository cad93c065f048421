"""The latest time this laptop ever saw, so that a clock set back is noticed at login.

``clock.json`` lies beside the store and carries an HMAC under the machine's secret. It only ever
grows. Certificates are judged at the effective time: never earlier than headquarters' own time in
the trust bundle, nor than what was seen. No time that was recorded is changed.
"""

import hashlib
import hmac
import json
import os
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from field_app.domain.clock import Moment

FORMAT = "le-clock/1"
# What a battery-backed clock may lose between two looks without anyone having touched it.
TOLERANCE = timedelta(minutes=2)
# Farther ahead of headquarters' time than this, what was seen is not believed (a clock once wrong).
_MOST_AHEAD = timedelta(days=400)
_MAX_BYTES = 4096


@dataclass(frozen=True)
class Effective:
    """``moment``: the time to judge by; ``set_back``: how far the wall clock lies behind."""

    moment: Moment
    set_back: timedelta

    @property
    def suspect(self) -> bool:
        return self.set_back > TOLERANCE


def _mac(wall: str, machine: bytes) -> str:
    return hmac.new(machine, f"{FORMAT}|{wall}".encode(), hashlib.sha256).hexdigest()


def read_seen(path: Path, machine: bytes) -> datetime | None:
    """The latest time seen; None when there is none or another hand wrote it."""
    try:
        if path.stat().st_size > _MAX_BYTES:
            return None
        raw = json.loads(path.read_bytes())
        wall = str(raw["seen"])
        if raw["format"] != FORMAT or not hmac.compare_digest(str(raw["mac"]), _mac(wall, machine)):
            return None
        seen = datetime.fromisoformat(wall)
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return None
    return seen if seen.tzinfo is not None else None


def keep_seen(path: Path, machine: bytes, now: datetime) -> None:
    """Remember ``now`` (aware) if it is later than what was seen; synced."""
    before = read_seen(path, machine)
    if before is not None and before >= now:
        return
    wall = now.isoformat()
    data = json.dumps({"format": FORMAT, "seen": wall, "mac": _mac(wall, machine)}).encode()
    beside = path.with_name(path.name + ".part")
    with os.fdopen(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    beside.replace(path)


def effective(now: Moment, *, bundle_issued: datetime, seen: datetime | None) -> Effective:
    """The time to judge by, and how far the wall clock was set back."""
    zone = now.wall.tzinfo
    latest = now.wall
    if seen is not None and seen - bundle_issued <= _MOST_AHEAD:
        latest = max(latest, seen.astimezone(zone))
    latest = max(latest, bundle_issued.astimezone(zone))
    return Effective(Moment(latest, now.mono_ms, now.boot), latest - now.wall)
