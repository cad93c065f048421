"""The device's vault key: sealed to every officer pair, and the keys derived from it.

One officer's key removes one layer of a nested HPKE seal (RFC 9180, DHKEM(P-256, HKDF-SHA256),
HKDF-SHA256, AES-256-GCM) and finds ciphertext for the other officer beneath it: two or none.
"""

import os
from collections.abc import Callable

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.ec import (
    EllipticCurvePrivateKey,
    EllipticCurvePublicKey,
)
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, Suite
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from field_app.errors import FieldAppError

VAULT_KEY_BYTES = 32
_SUITE = Suite(KEM.P256, KDF.HKDF_SHA256, AEAD.AES_256_GCM)
_GCM_NONCE = 12
OUTER, INNER = b"|outer", b"|inner"  # What tells the two layers of one seal apart.

Open = Callable[[bytes, bytes], bytes]
"""Opens one HPKE layer: ``(sealed, info) -> plaintext``; an officer's key offers it."""

Layer = Callable[[bytes, bytes], bytes]
"""Adds one layer: ``(plaintext, info) -> sealed``."""


class VaultError(FieldAppError):
    """A sealed key does not open: wrong key, wrong device, or changed."""


def new_vault_key() -> bytes:
    """32 random bytes; lives in memory only while two officers are logged in."""
    return os.urandom(VAULT_KEY_BYTES)


def pair_info(device: str, first_fingerprint: str, second_fingerprint: str) -> bytes:
    """What a pair's seal is bound to; the order of the two does not matter."""
    low, high = sorted((first_fingerprint, second_fingerprint))
    return f"le-vault/1|{device}|{low}|{high}".encode()


def seal_to(public_key: EllipticCurvePublicKey, plain: bytes, info: bytes) -> bytes:
    """One HPKE layer to a P-256 key."""
    return _SUITE.encrypt(plain, public_key, info=info)


def open_with(private_key: EllipticCurvePrivateKey, sealed: bytes, info: bytes) -> bytes:
    """Remove one HPKE layer; :class:`VaultError` if it does not open."""
    try:
        return _SUITE.decrypt(sealed, private_key, info=info)
    except (InvalidTag, ValueError) as error:
        raise VaultError("sealed key does not open") from error


def seal_to_pair(vault_key: bytes, *, outer: EllipticCurvePublicKey,
                 inner: EllipticCurvePublicKey, info: bytes) -> bytes:
    """``outer(inner(vault_key))``: needs both private keys, in that order."""
    return seal_nested(
        vault_key, outer=lambda plain, bound: seal_to(outer, plain, bound),
        inner=lambda plain, bound: seal_to(inner, plain, bound), info=info)


def seal_nested(vault_key: bytes, *, outer: Layer, inner: Layer, info: bytes) -> bytes:
    """:func:`seal_to_pair` for keys of any kind."""
    return outer(inner(vault_key, info + INNER), info + OUTER)


def open_by_pair(sealed: bytes, *, outer: Open, inner: Open, info: bytes) -> bytes:
    """The vault key; :class:`VaultError` unless both layers open."""
    key = inner(outer(sealed, info + OUTER), info + INNER)
    if len(key) != VAULT_KEY_BYTES:
        raise VaultError("vault key has a wrong length")
    return key


def derive(vault_key: bytes, purpose: str) -> bytes:
    """32 bytes for one purpose (``db/v1``, ``hdr/v1``), HKDF-SHA-256 (RFC 5869)."""
    return HKDF(algorithm=hashes.SHA256(), length=32, salt=None,
                info=b"le-vault/1|" + purpose.encode()).derive(vault_key)


def box(key: bytes, plain: bytes, context: bytes) -> bytes:
    """AES-256-GCM with a random nonce in front; ``context`` is authenticated, not hidden."""
    nonce = os.urandom(_GCM_NONCE)
    return nonce + AESGCM(key).encrypt(nonce, plain, context)


def unbox(key: bytes, boxed: bytes, context: bytes) -> bytes:
    """Open :func:`box`; :class:`VaultError` if anything differs."""
    try:
        return AESGCM(key).decrypt(boxed[:_GCM_NONCE], boxed[_GCM_NONCE:], context)
    except (InvalidTag, ValueError) as error:
        raise VaultError("boxed data does not open") from error
