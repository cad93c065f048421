"""HPKE over a raw shared point: the RFC's vectors, and what the vault seals."""

import os

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from field_app.crypto.hpke import key_and_nonce, open_with_point, shared_secret
from field_app.crypto.vault import VaultError, open_with, seal_to

# RFC 9180, appendix A.3.1: DHKEM(P-256, HKDF-SHA256), HKDF-SHA256, AES-128-GCM, base mode.
INFO = bytes.fromhex("4f6465206f6e2061204772656369616e2055726e")
SK_R = "f3ce7fdae57e1a310d87f1ebbde6f328be0a99cdbcadf4d6589cf29de4b8ffd2"
ENC = bytes.fromhex(
    "04a92719c6195d5085104f469a8b9814d5838ff72b60501e2c4466e5e67b325ac98536d7b61a1af4b78e5b7f951c09"
    "00be863c403ce65c9bfcb9382657222d18c4")
SECRET = "c0d26aeab536609a572b07695d933b589dcf363ff9d93c93adea537aeabb8cb8"
KEY, NONCE = "868c066ef58aae6dc589b6cfdd18f97e", "4e0bc5018beba4bf004cca59"
CIPHERTEXT = bytes.fromhex(
    "5ad590bb8baa577f8619db35a36311226a896e7342a6d836d8b7bcd2f20b6c7f9076ac232e3ab2523f39513434")
PLAIN = bytes.fromhex("4265617574792069732074727574682c20747275746820626561757479")


def point_of(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)


def shared_with(key: ec.EllipticCurvePrivateKey, other: bytes) -> bytes:
    public = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), other)
    return key.exchange(ec.ECDH(), public)


def test_the_vectors_of_the_rfc() -> None:
    key = ec.derive_private_key(int(SK_R, 16), ec.SECP256R1())
    secret = shared_secret(shared_with(key, ENC), ENC, point_of(key))
    assert secret.hex() == SECRET
    made, nonce = key_and_nonce(secret, INFO, key_bytes=16)
    assert (made.hex(), nonce.hex()) == (KEY, NONCE)
    assert AESGCM(made).decrypt(nonce, CIPHERTEXT, b"Count-0") == PLAIN


def test_what_the_vault_seals_opens_with_a_token_alike() -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    for size in (0, 1, 32, 113, 5000):
        plain, info = os.urandom(size), os.urandom(40)
        sealed = seal_to(key.public_key(), plain, info)
        assert open_with(key, sealed, info) == plain
        assert open_with_point(lambda p: shared_with(key, p), point_of(key), sealed, info) == plain


def test_what_was_changed_or_is_for_another_does_not_open() -> None:
    key, other = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
    sealed = seal_to(key.public_key(), b"secret", b"info")

    def shared(point: bytes) -> bytes:
        return shared_with(key, point)

    for spoiled in (sealed[:-1], sealed[:64], b"", sealed[:70] + bytes([sealed[70] ^ 1]) + sealed[71:],
                    b"\x02" + sealed[1:]):
        with pytest.raises((VaultError, ValueError)):
            open_with_point(shared, point_of(key), spoiled, b"info")
    with pytest.raises(VaultError):
        open_with_point(shared, point_of(key), sealed, b"other info")
    with pytest.raises(VaultError):
        open_with_point(lambda p: shared_with(other, p), point_of(other), sealed, b"info")
