"""The provider in memory: SM2 by ``gmssl-pyx`` (GmSSL 3), SM3 and SM4 by ``cryptography``.

Good for keys on sticks and for headquarters without a module; an assessment of commercial
cryptography does not count it as a certified product.
"""

from typing import Any

from field_app.crypto.gm.provider import SIGNER_ID, GmRefused, GmUnavailable, Sm2Private
from field_app.crypto.gm.sm2_forms import MAX_PLAIN, Sm2Public, is_ciphertext, is_signature
from field_app.crypto.gm.symmetric import Sm4Gcm, sm3

PRIVATE_BYTES = 32


def _library() -> Any:
    """The optional package; what it raises is :class:`GmRefused` to the rest."""
    try:
        import gmssl_pyx
    except ImportError as error:
        raise GmUnavailable("gmssl-pyx is not installed (extra: gm)") from error
    return gmssl_pyx


class SoftSm2:
    """A private key in memory; its bytes never appear in ``repr``."""

    def __init__(self, secret: bytes, public: Sm2Public) -> None:
        if len(secret) != PRIVATE_BYTES:
            raise ValueError("an SM2 private key has 32 bytes")
        self._secret = secret
        self._public = public

    @property
    def public(self) -> Sm2Public:
        return self._public

    def secret_bytes(self) -> bytes:
        """The private scalar; whoever calls this owns keeping it secret."""
        return self._secret


def _soft(key: Sm2Private) -> SoftSm2:
    if not isinstance(key, SoftSm2):
        raise GmRefused("a key of another module")
    return key


class SoftwareGm:
    """:class:`field_app.crypto.gm.provider.GmProvider` without any device."""

    def __init__(self) -> None:
        self._sm2 = _library()

    def generate(self) -> SoftSm2:
        point, secret = self._sm2.sm2_key_generate()
        return SoftSm2(secret, Sm2Public(point))

    def load(self, secret: bytes, public: Sm2Public) -> SoftSm2:
        """A key from outside, tried before it is believed; :class:`GmRefused`."""
        try:
            key = SoftSm2(secret, public)
            tried = self.verify(public, b"key", self.sign(key, b"key"))
        except ValueError as error:
            raise GmRefused("not an SM2 private key") from error
        if not tried:
            raise GmRefused("private and public key do not belong together")
        return key

    def sign(self, key: Sm2Private, tbs: bytes, signer_id: bytes = SIGNER_ID) -> bytes:
        soft = _soft(key)
        try:
            return bytes(self._sm2.sm2_sign(
                soft.secret_bytes(), soft.public.point, tbs, signer_id))
        except self._sm2.GmsslInnerError as error:
            raise GmRefused("SM2 does not sign") from error

    def verify(self, public: Sm2Public, tbs: bytes, signature: bytes,
               signer_id: bytes = SIGNER_ID) -> bool:
        if not is_signature(signature):
            return False
        try:
            return bool(self._sm2.sm2_verify(public.point, tbs, signature, signer_id))
        except self._sm2.GmsslInnerError:
            return False

    def encrypt(self, public: Sm2Public, plain: bytes) -> bytes:
        if not 1 <= len(plain) <= MAX_PLAIN:
            raise GmRefused("SM2 encrypts 1 to 255 bytes")
        try:
            return bytes(self._sm2.sm2_encrypt(public.point, plain))
        except self._sm2.GmsslInnerError as error:
            raise GmRefused("SM2 does not encrypt") from error

    def decrypt(self, key: Sm2Private, sealed: bytes) -> bytes:
        soft = _soft(key)
        if not is_ciphertext(sealed):
            raise GmRefused("not an SM2 ciphertext")
        try:
            return bytes(self._sm2.sm2_decrypt(soft.secret_bytes(), sealed))
        except self._sm2.GmsslInnerError as error:
            raise GmRefused("SM2 ciphertext does not open") from error

    def sm3(self, data: bytes) -> bytes:
        return sm3(data)

    def sm4_gcm(self, key: bytes) -> Sm4Gcm:
        return Sm4Gcm(key)
