"""Hashes a sealed segment anew: its ciphertext always, its plaintext when keys are there."""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import Enum
from pathlib import Path

from field_app.crypto.hashing import new_sm3
from field_app.crypto.stanzas import AgeError
from field_app.crypto.suites import AnyIdentity, SealedReader
from field_app.media.losses import Loss, find_losses

_PIECE = 1 << 20
Tick = Callable[[int], None]


class State(Enum):
    """``CHANGED``: other bytes than were sealed; ``OTHER``: sealed whole, but not what the store
    says it holds."""

    WHOLE = "whole"
    MISSING = "missing"
    CHANGED = "changed"
    OTHER = "other"


@dataclass(frozen=True)
class Expected:
    """What the store says of a sealed file; hashes hex, sizes bytes, ``sm3`` empty if unknown."""

    path: Path
    size: int
    sha256: str
    ct_size: int
    ct_sha256: str
    sm3: str = ""


@dataclass(frozen=True)
class Checked:
    """How a sealed file stands; ``losses`` only where keys were there and it is changed."""

    expected: Expected
    state: State
    losses: tuple[Loss, ...] = ()


def hash_file(path: Path, tick: Tick) -> str:
    """SHA-256 of a file; ``OSError`` when it cannot be read."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while part := file.read(_PIECE):
            digest.update(part)
            tick(len(part))
    return digest.hexdigest()


def check_file(expected: Expected, identities: Sequence[AnyIdentity] | None, *, duration_s: float = 0.0,
               tick: Tick = lambda _count: None) -> Checked:
    """Hash one sealed file; ``tick`` gets bytes read and may raise ``Cancelled``."""
    try:
        same = (expected.path.stat().st_size == expected.ct_size
                and hash_file(expected.path, tick) == expected.ct_sha256)
    except FileNotFoundError:
        return Checked(expected, State.MISSING, _all(expected, duration_s))
    except OSError:
        same = False
    if not same:
        losses = () if identities is None else find_losses(
            expected.path, identities, size=expected.size, duration_s=duration_s)
        return Checked(expected, State.CHANGED, losses)
    if identities is not None and not _plain_agrees(expected, identities, tick):
        return Checked(expected, State.OTHER)
    return Checked(expected, State.WHOLE)


def _all(expected: Expected, duration_s: float) -> tuple[Loss, ...]:
    return (Loss(0.0, duration_s, 0, expected.size),)


def _plain_agrees(expected: Expected, identities: Sequence[AnyIdentity], tick: Tick) -> bool:
    digest, sm3 = hashlib.sha256(), new_sm3() if expected.sm3 else None
    try:
        with expected.path.open("rb") as file:
            for part in SealedReader(file, identities).stream():
                digest.update(part)
                if sm3 is not None:
                    sm3.update(part)
                tick(len(part))
    except (AgeError, OSError):
        return False
    return digest.hexdigest() == expected.sha256 and (
        sm3 is None or sm3.hexdigest() == expected.sm3)
