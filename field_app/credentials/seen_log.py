"""The newest link of the event log that this laptop ever had, so that an older store is noticed.

``log.json`` lies beside ``clock.json``, outside the store, and carries an HMAC under the machine's
secret. Who puts back an older copy of the store alone is found at the next login; who puts back the
whole folder is found by headquarters only, which keeps the newest head it was sent.
"""

import hashlib
import hmac
import json
import os
from dataclasses import dataclass
from pathlib import Path

from field_app.errors import FieldAppError

FORMAT = "le-seen-log/1"
_MAX_BYTES = 4096


class SeenLogLost(FieldAppError):
    """There is no such file, or another hand wrote it."""


@dataclass(frozen=True)
class SeenLog:
    """An event's number and hash, as the log had them."""

    seq: int
    hash: str


def _mac(device: str, seen: SeenLog, machine: bytes) -> str:
    return hmac.new(machine, f"{FORMAT}|{device}|{seen.seq}|{seen.hash}".encode(),
                    hashlib.sha256).hexdigest()


def read_seen_log(path: Path, machine: bytes, *, device: str) -> SeenLog:
    """What was remembered of this device's log; :class:`SeenLogLost`."""
    try:
        if path.stat().st_size > _MAX_BYTES:
            raise SeenLogLost("too large")
        raw = json.loads(path.read_bytes())
        seen = SeenLog(raw["seq"], str(raw["hash"]))
        if (type(seen.seq) is not int or raw["format"] != FORMAT
                or not hmac.compare_digest(str(raw["mac"]).encode(), _mac(device, seen, machine).encode())):
            raise SeenLogLost("another hand wrote it")
    except (OSError, ValueError, KeyError, TypeError, RecursionError) as error:
        raise SeenLogLost(type(error).__name__) from error
    return seen


def keep_seen_log(path: Path, machine: bytes, seen: SeenLog, *, device: str) -> None:
    """Remember; written beside, synced and renamed. ``OSError`` when the disk does not take it."""
    data = json.dumps({"format": FORMAT, "seq": seen.seq, "hash": seen.hash,
                       "mac": _mac(device, seen, machine)}).encode()
    beside = path.with_name(path.name + ".part")
    with os.fdopen(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    beside.replace(path)
