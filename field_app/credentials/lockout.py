"""Wrong PINs are counted outside the store, since they come before it opens: delays that grow.

``lockout.json`` holds, for each key, how many PINs were wrong in a row and until when it waits; an
HMAC under the machine's secret shows a hand that edited it, and such a file counts as full. It is a
nuisance to who guesses at the keyboard, no wall against who owns the disk: tokens count themselves,
and key files are protected by their medium.
"""

import hashlib
import hmac
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

FORMAT = "le-lockout/1"
FREE_TRIES = 5
DELAYS = (timedelta(minutes=1), timedelta(minutes=5), timedelta(minutes=30))
MAX_KEYS, MAX_BYTES = 200, 64 << 10


@dataclass(frozen=True)
class Tries:
    """``wrong``: in a row; ``until``: when the next PIN is taken, None for at once."""

    wrong: int = 0
    until: datetime | None = None


@dataclass(frozen=True)
class Lockout:
    """All keys' tries by the fingerprint of their certificate; ``total``: wrong PINs since the
    last login of two; ``edited``: the file was changed by another hand."""

    tries: Mapping[str, Tries] = field(default_factory=dict)
    total: int = 0
    edited: bool = False

    def wait(self, key: str, now: datetime) -> timedelta:
        """How long this key must still wait; zero when a PIN is taken now."""
        until = self.tries.get(key, Tries()).until
        return max(until - now, timedelta()) if until is not None else timedelta()

    def left(self, key: str) -> int:
        """Free tries before the next delay."""
        wrong = self.tries.get(key, Tries()).wrong
        return FREE_TRIES - wrong % FREE_TRIES

    def after_wrong(self, key: str, now: datetime) -> "Lockout":
        """One more wrong PIN: each fifth brings a delay, the next one longer."""
        wrong = self.tries.get(key, Tries()).wrong + 1
        round_, rest = divmod(wrong, FREE_TRIES)
        until = None if rest else now + DELAYS[min(round_, len(DELAYS)) - 1]
        kept = dict(list(self.tries.items())[-MAX_KEYS + 1:])
        return replace(self, tries={**kept, key: Tries(wrong, until)}, total=self.total + 1)

    def after_login(self, *keys: str) -> "Lockout":
        """Both are in: their tries are forgotten."""
        return Lockout({k: v for k, v in self.tries.items() if k not in keys})


def _mac(body: bytes, machine: bytes) -> str:
    return hmac.new(machine, b"le-lockout/1|" + body, hashlib.sha256).hexdigest()


def _body(lockout: Lockout) -> dict[str, Any]:
    return {"format": FORMAT, "total": lockout.total, "tries": {
        key: [t.wrong, t.until.isoformat() if t.until else ""]
        for key, t in sorted(lockout.tries.items())}}


def _encoded(body: dict[str, Any]) -> bytes:
    return json.dumps(body, sort_keys=True, separators=(",", ":")).encode()


def read_lockout(path: Path, machine: bytes, *, now: datetime) -> Lockout:
    """What is known; a file that was edited or is broken makes every key wait the longest delay."""
    try:
        if path.stat().st_size > MAX_BYTES:
            return Lockout(edited=True)
        raw = json.loads(path.read_bytes())
        mac = raw.pop("mac")
        if raw.get("format") != FORMAT or not hmac.compare_digest(
                str(mac), _mac(_encoded(raw), machine)):
            return Lockout(edited=True)
        tries = {str(key): Tries(int(wrong), datetime.fromisoformat(until) if until else None)
                 for key, (wrong, until) in raw["tries"].items()}
        # A clock set back must not lengthen a delay beyond what was imposed.
        bounded = {k: replace(t, until=min(t.until, now + DELAYS[-1])) if t.until else t
                   for k, t in tries.items()}
        return Lockout(bounded, int(raw["total"]))
    except FileNotFoundError:
        return Lockout()
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return Lockout(edited=True)


def write_lockout(path: Path, lockout: Lockout, machine: bytes) -> None:
    """Keep it, synced, written beside and renamed."""
    body = _body(lockout)
    data = json.dumps({**body, "mac": _mac(_encoded(body), machine)}).encode()
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    beside = path.with_name(path.name + ".part")
    with os.fdopen(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    beside.replace(path)
