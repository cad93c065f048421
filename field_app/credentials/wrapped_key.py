"""An officer's keys re-wrapped for one laptop: a long passphrase, Argon2id, and the machine's secret.

``NAME.lek`` is JSON: ``format`` ``le-key/1``, ``salt``, ``memory_kib``, ``passes``, ``lanes``
(Argon2id, RFC 9106), the certificates (public, PEM) and ``sealed``, AES-256-GCM over both PKCS#8
keys. The sealing key is HKDF-SHA-256 of Argon2id's output and the machine's secret: copied to
another machine it opens with no passphrase, and each guess here costs 256 MiB and most of a second.
"""

import base64
import json
import os
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_der_private_key,
)

from field_app.credentials.certificate_file import from_pem
from field_app.credentials.keys import NotAKeyFile, SoftKey, WrongPin, p256
from field_app.crypto.stretching import one_at_a_time
from field_app.crypto.vault import VaultError, box, derive, unbox
from field_app.errors import FieldAppError

FORMAT, SUFFIX = "le-key/1", ".lek"
MIN_PASSPHRASE = 12
MEMORY_KIB, PASSES, LANES = 256 << 10, 3, 2
MAX_FILE_BYTES = 64 << 10
# What a file may ask for at most: a hostile one must not eat the laptop.
_MOST_MEMORY_KIB, _MOST_PASSES, _MOST_LANES = 1 << 20, 16, 8


class PassphraseTooShort(FieldAppError):
    """The passphrase is shorter than :data:`MIN_PASSPHRASE` characters."""


def _sealing_key(passphrase: str, salt: bytes, machine: bytes, *, memory_kib: int, passes: int,
                 lanes: int) -> bytes:
    with one_at_a_time:
        stretched = Argon2id(salt=salt, length=32, iterations=passes, lanes=lanes,
                             memory_cost=memory_kib).derive(passphrase.encode())
    return derive(stretched + machine, "key/v1")


def _pkcs8(key: ec.EllipticCurvePrivateKey) -> str:
    return base64.b64encode(
        key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())).decode()


def wrap(key: SoftKey, passphrase: str, machine: bytes, *, memory_kib: int = MEMORY_KIB,
         passes: int = PASSES, lanes: int = LANES) -> bytes:
    """The file's bytes; :class:`PassphraseTooShort`."""
    if len(passphrase) < MIN_PASSPHRASE:
        raise PassphraseTooShort(str(len(passphrase)))
    salt = os.urandom(16)
    secret = json.dumps([_pkcs8(key.private_key), _pkcs8(key.encryption_key)]).encode()
    sealing = _sealing_key(passphrase, salt, machine, memory_kib=memory_kib, passes=passes,
                           lanes=lanes)
    return json.dumps({
        "format": FORMAT, "salt": salt.hex(), "memory_kib": memory_kib, "passes": passes,
        "lanes": lanes,
        "certificates": [c.public_bytes(Encoding.PEM).decode()
                         for c in (key.certificate, key.encryption_certificate)],
        "sealed": base64.b64encode(box(sealing, secret, FORMAT.encode())).decode()}).encode()


def _bounded(raw: dict[str, Any], name: str, most: int) -> int:
    value = raw[name]
    if type(value) is not int or not 1 <= value <= most:
        raise NotAKeyFile(f"{name} is out of bounds")
    return value


def _read(path: Path) -> dict[str, Any]:
    try:
        with path.open("rb") as file:
            data = file.read(MAX_FILE_BYTES + 1)
        if len(data) > MAX_FILE_BYTES:
            raise NotAKeyFile("too large")
        raw = json.loads(data)
        if not isinstance(raw, dict) or raw.get("format") != FORMAT:
            raise NotAKeyFile("unknown format")
        return raw
    except (OSError, ValueError, RecursionError) as error:
        raise NotAKeyFile(type(error).__name__) from error


def wrapped_certificate(path: Path) -> x509.Certificate:
    """The signing certificate, read without the passphrase; :class:`NotAKeyFile`."""
    return _certificates(_read(path))[0]


def _certificates(raw: dict[str, Any]) -> tuple[x509.Certificate, x509.Certificate]:
    try:
        one, two = (from_pem(str(t).encode()) for t in raw["certificates"])
        return one, two
    except (KeyError, ValueError, TypeError) as error:
        raise NotAKeyFile("certificates are malformed") from error


def load_wrapped(path: Path, passphrase: str, machine: bytes) -> SoftKey:
    """Unlock a wrapped file on its machine.

    A wrong passphrase and another machine look alike: :class:`WrongPin`. :class:`NotAKeyFile`.
    """
    raw = _read(path)
    signing, encryption = _certificates(raw)
    try:
        salt, sealed = bytes.fromhex(raw["salt"]), base64.b64decode(raw["sealed"], validate=True)
        lanes = _bounded(raw, "lanes", _MOST_LANES)
        sealing = _sealing_key(
            passphrase, salt, machine, memory_kib=_bounded(raw, "memory_kib", _MOST_MEMORY_KIB),
            passes=_bounded(raw, "passes", _MOST_PASSES), lanes=lanes)
        opened = json.loads(unbox(sealing, sealed, FORMAT.encode()))
        keys = [load_der_private_key(base64.b64decode(k, validate=True), None) for k in opened]
    except VaultError as error:
        raise WrongPin("passphrase or machine does not fit") from error
    except (KeyError, ValueError, TypeError) as error:
        raise NotAKeyFile(type(error).__name__) from error
    if len(keys) != 2:
        raise NotAKeyFile("not two keys")
    key, certificate = p256(keys[0], signing)
    return SoftKey(key, certificate, p256(keys[1], encryption))
