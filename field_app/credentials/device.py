"""The device header: the vault key sealed to every qualified officer pair, and device keys.

``device.hdr`` is JSON and holds only ciphertext and public facts::

    {"format": "le-device/1", "device", "agency", "root_sha256", "certificate": PEM,
     "pairs": [{"outer": sha256, "inner": sha256, "sealed": base64}],
     "escrow": the same for every two of headquarters' custodians (left out when there are none),
     "device_key": base64 AES-GCM of the device's PKCS#8 key}
"""

import base64
import json
import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_der_private_key,
)

from field_app.credentials.certificate_file import from_pem
from field_app.credentials.gm.keys import GmKey
from field_app.credentials.key_kinds import (
    UnknownKeyKind,
    is_sm2,
    p256_public,
    public_key_der,
    seal_for,
)
from field_app.credentials.keys import OfficerKey, SoftKey
from field_app.credentials.profile import fingerprint, officer_of
from field_app.crypto.gm.key_forms import private_der, read_private_der
from field_app.crypto.gm.provider import GmRefused, GmUnavailable
from field_app.crypto.gm.software import SoftSm2, SoftwareGm
from field_app.crypto.vault import (
    OUTER,
    Layer,
    VaultError,
    box,
    derive,
    open_by_pair,
    pair_info,
    seal_nested,
)
from field_app.crypto.vault import unbox as _unbox
from field_app.domain.ids import DeviceId
from field_app.domain.people import Role
from field_app.errors import FieldAppError

FORMAT = "le-device/1"
MAX_HEADER_BYTES = 4 << 20
DeviceKey = SoftKey | GmKey


class NotEnrolled(FieldAppError):
    """This folder is no enrolled laptop, or its header is damaged."""


class PairUnknown(FieldAppError):
    """These two officers are not enrolled as a pair on this laptop."""


@dataclass(frozen=True)
class PairSeal:
    """The vault key sealed to one pair; fingerprints are of the encryption certificates."""

    outer: str
    inner: str
    sealed: bytes


@dataclass(frozen=True)
class DeviceHeader:
    """An enrolled laptop's header, as in ``device.hdr``."""

    device: DeviceId
    agency: str
    root_sha256: str
    certificate: x509.Certificate
    pairs: tuple[PairSeal, ...]
    boxed_key: bytes
    escrow: tuple[PairSeal, ...] = ()

    def pair(self, first: str, second: str) -> PairSeal:
        return _of(self.pairs, first, second)

    def custodians(self, first: str, second: str) -> PairSeal:
        """The seal to two custodians; :class:`PairUnknown`."""
        return _of(self.escrow, first, second)


def _of(seals: Iterable[PairSeal], first: str, second: str) -> PairSeal:
    for seal in seals:
        if {seal.outer, seal.inner} == {first, second}:
            return seal
    raise PairUnknown("no such pair")


def _layer(certificate: x509.Certificate) -> Layer:
    def seal(plain: bytes, info: bytes) -> bytes:
        try:
            return seal_for(certificate, plain, info)
        except UnknownKeyKind as error:
            raise NotEnrolled("officer key is neither P-256 nor SM2") from error

    return seal


def seal_pairs(vault_key: bytes, device: DeviceId,
               officers: Iterable[x509.Certificate]) -> tuple[PairSeal, ...]:
    """One seal for each two qualified officers with different certificate numbers.

    ``officers``: the certificates that keys are sealed to (``Trust.encryption_of``).
    """
    qualified = sorted(
        (c for c in officers if officer_of(c).role is Role.QUALIFIED), key=fingerprint)
    return tuple(_seal(vault_key, device, outer, inner)
                 for outer, inner in combinations(qualified, 2)
                 if officer_of(outer).cert_no != officer_of(inner).cert_no)


def _seal(vault_key: bytes, device: DeviceId, outer: x509.Certificate,
          inner: x509.Certificate) -> PairSeal:
    info = pair_info(device, fingerprint(outer), fingerprint(inner))
    sealed = seal_nested(vault_key, outer=_layer(outer), inner=_layer(inner), info=info)
    return PairSeal(fingerprint(outer), fingerprint(inner), sealed)


def seal_escrow(vault_key: bytes, device: DeviceId,
                custodians: Iterable[x509.Certificate]) -> tuple[PairSeal, ...]:
    """One seal for each two of headquarters' custodians: any two of three open, one opens nothing."""
    ordered = sorted(custodians, key=fingerprint)
    return tuple(_seal(vault_key, device, outer, inner)
                 for outer, inner in combinations(ordered, 2))


def enrol(key: DeviceKey, *, device: DeviceId, agency: str, root: x509.Certificate,
          officers: Sequence[x509.Certificate], vault_key: bytes,
          custodians: Sequence[x509.Certificate] = ()) -> DeviceHeader:
    """A header for a new laptop. The vault key is random and is not kept anywhere else."""
    context = f"le-device/1|{device}|key".encode()
    return DeviceHeader(
        device=device, agency=agency, root_sha256=fingerprint(root),
        certificate=key.certificate, pairs=seal_pairs(vault_key, device, officers),
        boxed_key=box(derive(vault_key, "hdr/v1"), _pkcs8(key), context),
        escrow=seal_escrow(vault_key, device, custodians))


def reseal(header: DeviceHeader, vault_key: bytes, officers: Sequence[x509.Certificate],
           custodians: Sequence[x509.Certificate]) -> DeviceHeader:
    """The header with its pairs made anew for today's roster (at a two-officer login)."""
    return replace(header, pairs=seal_pairs(vault_key, header.device, officers),
                   escrow=seal_escrow(vault_key, header.device, custodians))


def open_vault(header: DeviceHeader, first: OfficerKey, second: OfficerKey) -> bytes:
    """The vault key, by both keys. Raises :class:`PairUnknown` or ``VaultError``."""
    by_print = {fingerprint(k.encryption_certificate): k for k in (first, second)}
    if len(by_print) != 2:
        raise PairUnknown("one key twice")
    return _open(header, header.pair(*by_print), by_print)


def open_by_custodians(header: DeviceHeader, first: OfficerKey, second: OfficerKey) -> bytes:
    """The vault key, by two custodians. Raises :class:`PairUnknown` or ``VaultError``."""
    by_print = {fingerprint(k.encryption_certificate): k for k in (first, second)}
    if len(by_print) != 2:
        raise PairUnknown("one key twice")
    return _open(header, header.custodians(*by_print), by_print)


def open_own_layers(header: DeviceHeader, key: OfficerKey) -> int:
    """Open every escrow layer that is a custodian's own, none of which tells the vault key.

    Returns how many seals name the key; ``VaultError`` when one does not open, or the key does not
    open what is sealed to its certificate.
    """
    own = fingerprint(key.encryption_certificate)
    seals = [s for s in header.escrow if own in (s.outer, s.inner)]
    for seal in seals:
        if seal.outer == own:
            key.open(seal.sealed, pair_info(header.device, seal.outer, seal.inner) + OUTER)
    told, purpose = os.urandom(32), b"le-device/1|trial"
    if key.open(_layer(key.encryption_certificate)(told, purpose), purpose) != told:
        raise VaultError("another value came out")
    return len(seals)


def _open(header: DeviceHeader, seal: PairSeal, keys: Mapping[str, OfficerKey]) -> bytes:
    info = pair_info(header.device, seal.outer, seal.inner)
    return open_by_pair(seal.sealed, outer=keys[seal.outer].open,
                        inner=keys[seal.inner].open, info=info)


def device_key(header: DeviceHeader, vault_key: bytes) -> DeviceKey:
    """The laptop's own signing key; ``VaultError`` if the header was changed.

    A P-256 key speaks TLS too; an SM2 one signs only.
    """
    context = f"le-device/1|{header.device}|key".encode()
    der = _unbox(derive(vault_key, "hdr/v1"), header.boxed_key, context)
    if is_sm2(header.certificate):
        return _sm2_key(der, header.certificate)
    try:
        key = load_der_private_key(der, None)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise VaultError("device key is no key") from error
    if (not isinstance(key, ec.EllipticCurvePrivateKey)
            or key.public_key() != p256_public(header.certificate)):
        raise VaultError("device key and certificate differ")
    return SoftKey(key, header.certificate)


def _sm2_key(der: bytes, certificate: x509.Certificate) -> GmKey:
    try:
        software = SoftwareGm()
        key = read_private_der(der, software)
    except (GmRefused, GmUnavailable) as error:
        raise VaultError("device key is no key") from error
    if key.public.spki != public_key_der(certificate):
        raise VaultError("device key and certificate differ")
    return GmKey(software, key, certificate)


def _pkcs8(key: DeviceKey) -> bytes:
    if isinstance(key, SoftKey):
        return key.private_key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    if not isinstance(key.private, SoftSm2):
        raise NotEnrolled("the device key lies in a module")
    return private_der(key.private)


def _written(seals: Iterable[PairSeal]) -> list[dict[str, str]]:
    return [{"outer": s.outer, "inner": s.inner, "sealed": base64.b64encode(s.sealed).decode()}
            for s in seals]


def _read_seals(rows: list[dict[str, Any]]) -> tuple[PairSeal, ...]:
    return tuple(PairSeal(str(p["outer"]), str(p["inner"]),
                          base64.b64decode(p["sealed"], validate=True)) for p in rows)


def write_header(path: Path, header: DeviceHeader) -> None:
    """Write beside and rename, synced: a power cut leaves the old or the new header."""
    data = json.dumps({
        "format": FORMAT, "device": header.device, "agency": header.agency,
        "root_sha256": header.root_sha256,
        "certificate": header.certificate.public_bytes(Encoding.PEM).decode(),
        "pairs": _written(header.pairs), "escrow": _written(header.escrow),
        "device_key": base64.b64encode(header.boxed_key).decode(),
    }, ensure_ascii=False, indent=1).encode()
    beside = path.with_name(path.name + ".part")
    with beside.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    beside.chmod(0o600)
    beside.replace(path)


def read_header(path: Path) -> DeviceHeader:
    """Read ``device.hdr``; :class:`NotEnrolled` when missing, too large or malformed."""
    try:
        with path.open("rb") as file:
            data = file.read(MAX_HEADER_BYTES + 1)
        if len(data) > MAX_HEADER_BYTES:
            raise NotEnrolled("header is too large")
        raw: dict[str, Any] = json.loads(data)
        if raw["format"] != FORMAT:
            raise NotEnrolled("unknown format")
        return DeviceHeader(
            device=DeviceId(str(raw["device"])), agency=str(raw["agency"]),
            root_sha256=str(raw["root_sha256"]),
            certificate=from_pem(raw["certificate"].encode()),
            pairs=_read_seals(raw["pairs"]), escrow=_read_seals(raw.get("escrow", [])),
            boxed_key=base64.b64decode(raw["device_key"], validate=True))
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise NotEnrolled(type(error).__name__) from error


def destroy_header(path: Path) -> None:
    """Overwrite and delete the sealed keys, and the copies a write may have left beside them."""
    for one in (path, path.with_name(path.name + ".part")):
        try:
            size = one.stat().st_size
            with one.open("r+b") as file:
                file.write(os.urandom(size))
                file.flush()
                os.fsync(file.fileno())
            one.unlink()
        except FileNotFoundError:
            continue
