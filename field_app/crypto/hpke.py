"""Opening an HPKE layer when the private key never leaves its token (RFC 9180, base mode).

A token offers one thing: the shared point of its key and another. Everything after that is done
here by the RFC, so that what ``crypto/vault.py`` sealed opens with a token too. Suite: DHKEM(P-256,
HKDF-SHA256), HKDF-SHA256, AES-256-GCM.
"""

import hashlib
import hmac
from collections.abc import Callable

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from field_app.crypto.vault import VaultError

POINT_BYTES = 65  # an uncompressed point of P-256 (SEC 1, 2.3.3)
AES_256 = 32
_KEM, _KDF, _AEADS = b"\x00\x10", b"\x00\x01", {16: b"\x00\x01", 32: b"\x00\x02"}
_NONCE, _SECRET = 12, 32
_VERSION = b"HPKE-v1"

SharedPoint = Callable[[bytes], bytes]
"""The x-coordinate (32 bytes) of the key's product with an uncompressed point (RFC 9180, 7.1.1)."""


def _extract(salt: bytes, suite: bytes, label: bytes, material: bytes) -> bytes:
    return hmac.new(salt or bytes(32), _VERSION + suite + label + material, hashlib.sha256).digest()


def _expand(key: bytes, suite: bytes, label: bytes, info: bytes, length: int) -> bytes:
    labelled = length.to_bytes(2, "big") + _VERSION + suite + label + info
    made, block = b"", b""
    while len(made) < length:
        block = hmac.new(key, block + labelled + bytes([len(made) // 32 + 1]),
                         hashlib.sha256).digest()
        made += block
    return made[:length]


def shared_secret(dh: bytes, encapsulated: bytes, public: bytes) -> bytes:
    """ExtractAndExpand of DHKEM(P-256, HKDF-SHA256) (RFC 9180, 4.1)."""
    suite = b"KEM" + _KEM
    key = _extract(b"", suite, b"eae_prk", dh)
    return _expand(key, suite, b"shared_secret", encapsulated + public, _SECRET)


def key_and_nonce(secret: bytes, info: bytes, *, key_bytes: int = AES_256) -> tuple[bytes, bytes]:
    """The key schedule in base mode (RFC 9180, 5.1) for the first message."""
    suite = b"HPKE" + _KEM + _KDF + _AEADS[key_bytes]
    context = b"\x00" + _extract(b"", suite, b"psk_id_hash", b"") + _extract(
        b"", suite, b"info_hash", info)
    key = _extract(secret, suite, b"secret", b"")
    return (_expand(key, suite, b"key", context, key_bytes),
            _expand(key, suite, b"base_nonce", context, _NONCE))


def open_with_point(shared: SharedPoint, public: bytes, sealed: bytes, info: bytes) -> bytes:
    """Remove one layer; ``public``: the key's own uncompressed point.

    Raises :class:`field_app.crypto.vault.VaultError` if it does not open; what the token raises
    goes through.
    """
    encapsulated, ciphertext = sealed[:POINT_BYTES], sealed[POINT_BYTES:]
    if len(encapsulated) != POINT_BYTES or encapsulated[:1] != b"\x04":
        raise VaultError("sealed key is too short")
    secret = shared_secret(shared(encapsulated), encapsulated, public)
    key, nonce = key_and_nonce(secret, info)
    try:
        return AESGCM(key).decrypt(nonce, ciphertext, b"")
    except (InvalidTag, ValueError) as error:
        raise VaultError("sealed key does not open") from error
