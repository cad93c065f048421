"""What the national suite asks of a cryptographic module: one small interface.

``software.py`` answers it in memory. A certified module takes its place where an assessment (GB/T
39786) asks for one: a 智能密码钥匙 over SKF (GM/T 0016) or a machine over SDF (GM/T 0018). Private
keys are handles, so that they need not leave such a module.
"""

from typing import Protocol

from field_app.crypto.gm.sm2_forms import Sm2Public
from field_app.crypto.stream import Aead
from field_app.errors import FieldAppError

SIGNER_ID = b"1234567812345678"
"""The signer's ID when nobody gave another (GM/T 0009-2012, 10)."""


class GmRefused(FieldAppError):
    """The module does not do it: a wrong key, changed bytes, a value out of bounds."""


class GmUnavailable(FieldAppError):
    """The module, or the package that it needs, is not installed on this machine."""


class Sm2Private(Protocol):
    """A private key, or a module's handle to one."""

    @property
    def public(self) -> Sm2Public: ...


class GmProvider(Protocol):
    """SM2 (GB/T 32918), SM3 (GB/T 32905), SM4 (GB/T 32907) by one module."""

    def generate(self) -> Sm2Private:
        """A fresh key pair."""
        ...

    def sign(self, key: Sm2Private, tbs: bytes, signer_id: bytes = SIGNER_ID) -> bytes:
        """DER signature over SM3(Z || ``tbs``); :class:`GmRefused` when the key is not ours."""
        ...

    def verify(self, public: Sm2Public, tbs: bytes, signature: bytes,
               signer_id: bytes = SIGNER_ID) -> bool:
        """Whether the signature holds. Malformed bytes do not hold; nothing is raised."""
        ...

    def encrypt(self, public: Sm2Public, plain: bytes) -> bytes:
        """DER SM2Ciphertext, C1C3C2, of 1 to 255 bytes (GM/T 0009); :class:`GmRefused`."""
        ...

    def decrypt(self, key: Sm2Private, sealed: bytes) -> bytes:
        """What :meth:`encrypt` sealed to this key; :class:`GmRefused`."""
        ...

    def sm3(self, data: bytes) -> bytes:
        """32 bytes."""
        ...

    def sm4_gcm(self, key: bytes) -> Aead:
        """SM4-GCM under a 16-byte key, nonces of 12 bytes, tags of 16 behind the ciphertext."""
        ...
