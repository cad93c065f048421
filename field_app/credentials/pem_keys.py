"""Headquarters' own keys as PEM files, and a laptop's key for TLS."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

from field_app.credentials.cms import certificate_pem, load_pem_certificate
from field_app.credentials.gm.certificates import sm2_public
from field_app.credentials.gm.keys import GmKey
from field_app.credentials.key_kinds import p256_public
from field_app.credentials.keys import NotAKeyFile, SoftKey
from field_app.crypto.gm.key_forms import private_pem as sm2_pem
from field_app.crypto.gm.key_forms import read_private_pem
from field_app.crypto.gm.provider import GmRefused, GmUnavailable
from field_app.crypto.gm.software import SoftSm2, SoftwareGm
from field_app.crypto.suite_keys import parse_identity
from field_app.crypto.suites import GM, INTL, AnyIdentity


def private_pem(key: SoftKey | GmKey) -> bytes:
    """Unencrypted PKCS#8, for headquarters' own server folder only (mode 0600).

    :class:`NotAKeyFile` when the key lies in a module.
    """
    if isinstance(key, SoftKey):
        return key.private_key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    if not isinstance(key.private, SoftSm2):
        raise NotAKeyFile("the key lies in a module")
    return sm2_pem(key.private)


def load_pem_signer(certificate_pem: bytes, key_pem: bytes) -> SoftKey | GmKey:
    """A server's signing key from its PEM files; :class:`NotAKeyFile` when they do not fit."""
    try:
        certificate = load_pem_certificate(certificate_pem)
        if sm2_public(certificate) is not None:
            return _sm2_signer(certificate, key_pem)
        key = load_pem_private_key(key_pem, None)
    except (ValueError, TypeError, UnsupportedAlgorithm, GmRefused) as error:
        raise NotAKeyFile("not a PEM key with its certificate") from error
    except GmUnavailable as error:
        raise NotAKeyFile("nothing on this machine uses SM2") from error
    if (not isinstance(key, ec.EllipticCurvePrivateKey) or not isinstance(key.curve, ec.SECP256R1)
            or key.public_key() != p256_public(certificate)):
        raise NotAKeyFile("holds no P-256 key with its certificate")
    return SoftKey(key, certificate)


def _sm2_signer(certificate: x509.Certificate, key_pem: bytes) -> GmKey:
    software = SoftwareGm()
    private = read_private_pem(key_pem, software)
    if private.public != sm2_public(certificate):
        raise NotAKeyFile("holds no SM2 key with its certificate")
    return GmKey(software, private, certificate)


def identity_name(suite: str) -> str:
    """What the file of headquarters' key that opens packages is called."""
    return "sm2.key" if suite == GM else "age.key"


def read_identity(keys: Path) -> AnyIdentity:
    """Headquarters' key that opens packages, from its folder of keys; ``OSError``, or ``ValueError``
    when it is none."""
    path = keys / identity_name(GM)
    if not path.is_file():
        path = keys / identity_name(INTL)
    try:
        return parse_identity(path.read_text("ascii"))
    except GmUnavailable as error:
        raise ValueError("nothing on this machine uses SM2") from error


@dataclass(frozen=True)
class TlsIdentity:
    """A TLS client's certificate chain and key, the key encrypted under a one-time password.

    Python's TLS loads keys from files only. The password is random, lives in memory alone and
    dies with this object, so the encrypted key may touch a disk.
    """

    chain_pem: bytes
    encrypted_key_pem: bytes
    password: str = field(repr=False)


def tls_identity(key: SoftKey, *, chain: Sequence[x509.Certificate] = ()) -> TlsIdentity:
    """``key`` for use as a TLS client; ``chain``: the authorities to send with it."""
    password = secrets.token_hex(32)
    pem = key.private_key.private_bytes(
        Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(password.encode()))
    certificates = b"".join(certificate_pem(c) for c in (key.certificate, *chain))
    return TlsIdentity(certificates, pem, password)
