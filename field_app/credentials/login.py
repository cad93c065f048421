"""Two officers or nothing: both prove their keys, and only the pair opens the vault.

Order of checks (all offline): each signature over a fresh challenge; chain, validity, purpose
and CRL of each certificate; role; two different persons, numbers and keys; enrolled as a pair;
then the vault opens by cryptography, or not at all.
"""

import base64
import os
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from field_app.credentials.device import (
    DeviceHeader,
    DeviceKey,
    PairUnknown,
    device_key,
    open_vault,
)
from field_app.credentials.key_kinds import public_key_der, signature_holds
from field_app.credentials.keys import OfficerKey
from field_app.credentials.profile import Purpose, fingerprint, officer_of
from field_app.credentials.session_keys import SessionKeys
from field_app.credentials.trust import CertificateRefused, Trust, check_certificate
from field_app.crypto.canonical import canonical
from field_app.crypto.vault import VaultError
from field_app.domain.clock import Moment
from field_app.domain.people import Officer, Pair, Role
from field_app.errors import FieldAppError

NONCE_BYTES = 32
ASSISTS = 3  # the slot of one who only assists


class LoginRefused(FieldAppError):
    """The login is refused.

    ``code``: a :class:`CertificateRefused` code, or ``signature``, ``auxiliary``, ``other_card``, ``other_pair``,
    ``same_certificate``, ``same_person``, ``not_enrolled``, ``vault``;
    ``slot``: 1 or 2 for the officer it speaks of, 0 for both; ``name``, ``when``: its facts.
    """

    def __init__(self, code: str, *, slot: int = 0, name: str = "",
                 when: datetime | None = None) -> None:
        super().__init__(f"{code} slot {slot}")
        self.code = code
        self.slot = slot
        self.name = name
        self.when = when


@dataclass(frozen=True)
class Challenge:
    """What each signs to prove a key: bound to device, purpose, time and a random nonce.

    ``purpose``: ``login``, ``unlock``, ``assist`` or ``change_partner``. It also names the key that
    each officer lends to the session (``session_keys.py``).
    """

    device: str
    nonce: bytes
    moment: Moment
    session_keys: SessionKeys = field(default_factory=SessionKeys)
    purpose: str = "login"

    @classmethod
    def fresh(cls, device: str, moment: Moment, *, purpose: str = "login",
              session_keys: SessionKeys | None = None) -> "Challenge":
        return cls(device, os.urandom(NONCE_BYTES), moment, session_keys or SessionKeys(), purpose)

    def statement(self, slot: int) -> bytes:
        return canonical({
            "v": 1, "purpose": self.purpose, "device": self.device, "nonce": self.nonce.hex(),
            "time": self.moment.iso(), "mono_ms": self.moment.mono_ms,
            "boot": self.moment.boot, "role_slot": slot,
            # Only the two who act lend a key; who assists signs for nobody.
            "session_key": self.session_keys.public(slot) if slot != ASSISTS else ""})


@dataclass(frozen=True)
class Proof:
    """One officer's answer to the challenge."""

    slot: int
    statement: bytes
    signature: bytes
    certificate: x509.Certificate

    def to_json(self) -> dict[str, Any]:
        """For the event log: the lasting proof that this officer was there."""
        return {
            "slot": self.slot, "statement": self.statement.decode(),
            "signature": base64.b64encode(self.signature).decode(),
            "certificate": self.certificate.public_bytes(Encoding.PEM).decode()}


@dataclass(frozen=True)
class Unlocked:
    """A successful login: the pair, the vault key, the device's key, both proofs, and the keys
    that the officers lend to the session."""

    pair: Pair
    vault_key: bytes
    device_key: DeviceKey
    proofs: tuple[Proof, Proof]
    session_keys: SessionKeys


def answer(challenge: Challenge, slot: int, key: OfficerKey) -> Proof:
    """Sign the challenge in ``slot`` (1 or 2, or :data:`ASSISTS`)."""
    statement = challenge.statement(slot)
    return Proof(slot, statement, key.sign(statement), key.certificate)


def check_one(certificate: x509.Certificate, trust: Trust, *, at: datetime, slot: int) -> Officer:
    """Whether this certificate may take part at all; ``LoginRefused`` with the exact reason."""
    try:
        check_certificate(certificate, trust, at=at, purpose=Purpose.OFFICER)
    except CertificateRefused as error:
        raise LoginRefused(error.code, slot=slot, name=error.name, when=error.when) from error
    officer = officer_of(certificate)
    if officer.role is not Role.QUALIFIED:
        raise LoginRefused("auxiliary", slot=slot, name=officer.name)
    return officer


def check_assistant(challenge: Challenge, proof: Proof, trust: Trust, *, at: datetime,
                    pair: Pair) -> Officer:
    """Someone who joins to assist: a valid certificate, an auxiliary's or an officer's, and nobody
    who is already there (PE-05). Raises :class:`LoginRefused`."""
    _check_proof(proof, challenge)
    try:
        check_certificate(proof.certificate, trust, at=at, purpose=Purpose.OFFICER)
    except CertificateRefused as error:
        raise LoginRefused(error.code, slot=ASSISTS, name=error.name, when=error.when) from error
    officer = officer_of(proof.certificate)
    if officer.cert_no in {o.cert_no for o in pair.both}:
        raise LoginRefused("same_person", slot=ASSISTS, name=officer.name)
    return officer


def check_again(challenge: Challenge, proof: Proof, trust: Trust, *, at: datetime,
                pair: Pair) -> Officer:
    """One of the two proves the key again; raises :class:`LoginRefused` (``other_pair``)."""
    _check_proof(proof, challenge)
    officer = check_one(proof.certificate, trust, at=at, slot=proof.slot)
    if officer.cert_sha256 not in {o.cert_sha256 for o in pair.both}:
        raise LoginRefused("other_pair", slot=proof.slot, name=officer.name)
    return officer


def _check_proof(proof: Proof, challenge: Challenge) -> None:
    if (proof.statement != challenge.statement(proof.slot)
            or not signature_holds(proof.certificate, proof.statement, proof.signature)):
        raise LoginRefused("signature", slot=proof.slot)


def check_pair(challenge: Challenge, proofs: tuple[Proof, Proof], trust: Trust, *,
               at: datetime) -> Pair:
    """Everything but the vault; raises :class:`LoginRefused`."""
    for proof in proofs:
        _check_proof(proof, challenge)
    one, two = proofs
    if (one.slot, two.slot) != (1, 2):
        # One slot twice would leave the other's session key lent by nobody.
        raise LoginRefused("signature", slot=2)
    if (fingerprint(one.certificate) == fingerprint(two.certificate)
            or public_key_der(one.certificate) == public_key_der(two.certificate)):
        raise LoginRefused("same_certificate", slot=2)
    officers = [check_one(p.certificate, trust, at=at, slot=p.slot) for p in proofs]
    if officers[0].cert_no == officers[1].cert_no:
        raise LoginRefused("same_person", slot=2, name=officers[1].name)
    return Pair(*officers)


def _check_encryption(key: OfficerKey, trust: Trust, *, at: datetime, slot: int) -> None:
    """The key that opens is the same officer's, and neither expired nor withdrawn."""
    signing, other = key.certificate, key.encryption_certificate
    if other == signing:
        return
    try:
        check_certificate(other, trust, at=at, purpose=Purpose.OFFICER_ENCRYPTION)
    except CertificateRefused as error:
        raise LoginRefused(error.code, slot=slot, name=error.name, when=error.when) from error
    if officer_of(other).cert_no != officer_of(signing).cert_no:
        raise LoginRefused("other_card", slot=slot, name=officer_of(signing).name)


def _check_device(header: DeviceHeader, trust: Trust, *, at: datetime) -> None:
    """The device's certificate stands unprotected in the header: whoever changed it would be found
    by headquarters only, after the work was done. Its expiry is no reason to keep officers out."""
    try:
        check_certificate(header.certificate, trust, at=at, purpose=Purpose.DEVICE)
    except CertificateRefused as error:
        if error.code in ("unknown_issuer", "wrong_purpose"):
            raise VaultError("device certificate was changed") from error


def log_in(header: DeviceHeader, first: OfficerKey, second: OfficerKey, trust: Trust, *,
           moment: Moment, purpose: str = "login") -> Unlocked:
    """The whole login. ``moment`` is the trusted present; raises :class:`LoginRefused`."""
    challenge = Challenge.fresh(header.device, moment, purpose=purpose,
                                session_keys=SessionKeys.below(header.certificate))
    proofs = (answer(challenge, 1, first), answer(challenge, 2, second))
    pair = check_pair(challenge, proofs, trust, at=moment.wall)
    for slot, key in enumerate((first, second), 1):
        _check_encryption(key, trust, at=moment.wall, slot=slot)
    try:
        vault_key = open_vault(header, first, second)
        _check_device(header, trust, at=moment.wall)
        return Unlocked(pair, vault_key, device_key(header, vault_key), proofs,
                        challenge.session_keys)
    except PairUnknown as error:
        raise LoginRefused("not_enrolled") from error
    except VaultError as error:
        raise LoginRefused("vault") from error
