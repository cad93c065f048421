"""The latest time this laptop ever saw, and headquarters' newest signed time, so that a clock set
back is noticed at login.

``clock.json`` lies beside the store and carries an HMAC under the machine's secret. Certificates are
judged at the effective time: never earlier than headquarters' own time in the trust bundle or in its
newest signed answer, nor than what was seen. No time that was recorded is changed.
"""

import hashlib
import hmac
import json
import os
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from field_app.domain.clock import Moment

FORMAT, FIRST_FORMAT = "le-clock/2", "le-clock/1"
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


@dataclass(frozen=True)
class Seen:
    """``latest``: the latest local time; ``told``: headquarters' newest signed time. Both aware."""

    latest: datetime | None = None
    told: datetime | None = None


def _mac(text: str, machine: bytes) -> str:
    return hmac.new(machine, text.encode(), hashlib.sha256).hexdigest()


def _aware(text: str) -> datetime | None:
    if not text:
        return None
    at = datetime.fromisoformat(text)
    if at.tzinfo is None:
        raise ValueError("time without offset")
    return at


def read_seen(path: Path, machine: bytes) -> Seen:
    """What was seen and told; nothing when there is no such file or another hand wrote it."""
    try:
        if path.stat().st_size > _MAX_BYTES:
            return Seen()
        raw = json.loads(path.read_bytes())
        kind, seen = str(raw["format"]), str(raw["seen"])
        # The first format knew no told time.
        told = str(raw["told"]) if kind == FORMAT else ""
        text = f"{kind}|{seen}|{told}" if kind == FORMAT else f"{kind}|{seen}"
        if kind not in (FORMAT, FIRST_FORMAT) or not hmac.compare_digest(
                str(raw["mac"]).encode(), _mac(text, machine).encode()):
            return Seen()
        return Seen(_aware(seen), _aware(told))
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return Seen()


def _write(path: Path, machine: bytes, seen: Seen) -> None:
    latest, told = (at.isoformat() if at is not None else "" for at in (seen.latest, seen.told))
    data = json.dumps({"format": FORMAT, "seen": latest, "told": told,
                       "mac": _mac(f"{FORMAT}|{latest}|{told}", machine)}).encode()
    beside = path.with_name(path.name + ".part")
    with os.fdopen(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    beside.replace(path)


def keep_seen(path: Path, machine: bytes, now: datetime) -> None:
    """Remember ``now`` (aware) if it is later than what was seen; synced."""
    before = read_seen(path, machine)
    if before.latest is None or before.latest < now:
        _write(path, machine, Seen(now, before.told))


def keep_told(path: Path, machine: bytes, told: datetime) -> None:
    """Remember headquarters' signed time (aware), the present; synced.

    What was seen later than that came from a clock that ran ahead, and is let go of.
    """
    before = read_seen(path, machine)
    newest = told if before.told is None else max(told, before.told)
    latest = newest if before.latest is None else min(before.latest, newest)
    if (latest, newest) != (before.latest, before.told):
        _write(path, machine, Seen(latest, newest))


def effective(now: Moment, *, bundle_issued: datetime, seen: Seen) -> Effective:
    """The time to judge by, and how far the wall clock was set back."""
    zone = now.wall.tzinfo
    floors = [now.wall, bundle_issued]
    if seen.told is not None:
        floors.append(seen.told)
    if seen.latest is not None and seen.latest - bundle_issued <= _MOST_AHEAD:
        floors.append(seen.latest)
    latest = max(floors).astimezone(zone)
    return Effective(Moment(latest, now.mono_ms, now.boot), latest - now.wall)
