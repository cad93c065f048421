"""How far this laptop's clock lies from headquarters', measured (PROTOCOL.md, section 4)."""

import secrets
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from field_app.credentials.cms import CmsRefused, verify_detached
from field_app.credentials.profile import Purpose
from field_app.credentials.trust import CertificateRefused, Trust, check_certificate
from field_app.crypto.canonical import MalformedJson, parse
from field_app.domain.clock import Clock, Moment
from field_app.protocol.messages import SignedDocument
from field_app.protocol.signed_time import MAX_TIME_BYTES, NONCE_BYTES, SignedTime
from field_app.protocol.strict import Malformed
from field_app.sync.client import HeadquartersClient
from field_app.sync.errors import FalseTime

_TRIES = 3
_GOOD_ENOUGH_MS = 40  # a round trip as short as this is not asked for again
_JUMP_MS = 50
_ROUNDING_MS = 1
# The signature is made right after the time is read.
_SIGNING = timedelta(seconds=5)


@dataclass(frozen=True)
class Measured:
    """``offset_ms``: what to add to the local clock, exact to ``uncertainty_ms``; ``told``:
    headquarters' time; ``local``: the local moment that answers to it."""

    offset_ms: int
    uncertainty_ms: int
    told: datetime
    local: Moment


def check_signed_time(signed: SignedDocument, trust: Trust, *, nonce: str, device: str) -> datetime:
    """Headquarters' time, if this is its answer to ``nonce``; :class:`FalseTime` otherwise."""
    try:
        told = SignedTime.from_json(parse(signed.document, limit=MAX_TIME_BYTES))
        if told.nonce != nonce or told.device != device:
            raise FalseTime("nonce" if told.nonce != nonce else "device")
        for signer in verify_detached(signed.document, signed.signature):
            if abs(signer.signing_time - told.at) > _SIGNING:
                raise FalseTime("signing time")
            check_certificate(signer.certificate, trust, at=told.at, purpose=Purpose.TIME)
    except (Malformed, MalformedJson) as error:
        raise FalseTime("malformed") from error
    except (CmsRefused, CertificateRefused) as error:
        raise FalseTime(error.code) from error
    return told.at.astimezone(UTC)


def _once(client: HeadquartersClient, trust: Trust, device: str, clock: Clock) -> Measured | None:
    """One question; None when the clock was set while it was under way."""
    nonce = secrets.token_hex(NONCE_BYTES)
    before = clock.now()
    signed = client.time(nonce)
    after = clock.now()
    told = check_signed_time(signed, trust, nonce=nonce, device=device)
    trip = after.mono_ms - before.mono_ms
    walked = (after.wall - before.wall) / timedelta(milliseconds=1)
    if trip < 0 or after.boot != before.boot or abs(walked - trip) > _JUMP_MS:
        return None
    middle = before.wall + timedelta(milliseconds=trip / 2)
    return Measured(
        round((told - middle) / timedelta(milliseconds=1)), -(-trip // 2) + _ROUNDING_MS, told,
        Moment(middle, before.mono_ms + trip // 2, before.boot))


def measure(client: HeadquartersClient, trust: Trust, *, device: str, clock: Clock) -> Measured | None:
    """The offset by the shortest of at most three round trips; None when the clock was being set.

    Raises a :class:`field_app.sync.errors.SyncFailed`.
    """
    best: Measured | None = None
    for _try in range(_TRIES):
        found = _once(client, trust, device, clock)
        if found is not None and (best is None or found.uncertainty_ms < best.uncertainty_ms):
            best = found
        if best is not None and best.uncertainty_ms * 2 <= _GOOD_ENOUGH_MS:
            break
    return best
