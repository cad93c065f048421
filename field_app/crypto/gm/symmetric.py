"""SM3 and SM4 in software (OpenSSL's, through ``cryptography``): hash, MAC, derivation, GCM."""

import hmac

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives import hmac as keyed
from cryptography.hazmat.primitives.ciphers import Cipher, modes
from cryptography.hazmat.primitives.ciphers.algorithms import SM4
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from field_app.crypto.hashing import new_sm3

SM4_KEY_BYTES = 16
TAG_BYTES = 16


def sm3(data: bytes) -> bytes:
    """SM3 of bytes in memory, 32 bytes."""
    digest = new_sm3()
    digest.update(data)
    return bytes.fromhex(digest.hexdigest())


def hmac_sm3(key: bytes, data: bytes) -> bytes:
    """HMAC (RFC 2104) with SM3, 32 bytes."""
    made = keyed.HMAC(key, hashes.SM3())
    made.update(data)
    return made.finalize()


def same_bytes(one: bytes, other: bytes) -> bool:
    """Compare secrets in a time that does not tell where they differ."""
    return hmac.compare_digest(one, other)


def hkdf_sm3(key: bytes, *, salt: bytes, info: bytes, length: int) -> bytes:
    """HKDF (RFC 5869) with SM3."""
    return HKDF(algorithm=hashes.SM3(), length=length, salt=salt, info=info).derive(key)


class Sm4Gcm:
    """SM4-GCM; the tag stands behind the ciphertext, as in RFC 5116."""

    def __init__(self, key: bytes) -> None:
        if len(key) != SM4_KEY_BYTES:
            raise ValueError("an SM4 key has 16 bytes")
        self._cipher = SM4(key)

    def encrypt(self, nonce: bytes, data: bytes | memoryview,
                associated_data: bytes | None) -> bytes:
        run = Cipher(self._cipher, modes.GCM(nonce)).encryptor()
        run.authenticate_additional_data(associated_data or b"")
        return run.update(data) + run.finalize() + run.tag

    def decrypt(self, nonce: bytes, data: bytes, associated_data: bytes | None) -> bytes:
        """The plaintext; ``InvalidTag`` when anything was changed or cut."""
        body, tag = data[:-TAG_BYTES], data[-TAG_BYTES:]
        # A short tag is refused by GCM as a ValueError; to us it is a cut message like any other.
        if len(tag) < TAG_BYTES:
            raise InvalidTag
        run = Cipher(self._cipher, modes.GCM(nonce, tag)).decryptor()
        run.authenticate_additional_data(associated_data or b"")
        return run.update(body) + run.finalize()
