"""Keys that sign and open: one small interface, and the kind that lies in memory.

An officer has two keys from the first day: one whose certificate signs, one whose certificate keys
are sealed to. A card made before that has one for both. The kinds: a PKCS#12 file on a stick
(``key_file.py``), a PKCS#11 token (``token_keys.py``), a file wrapped for one machine
(``wrapped_key.py``); one suite of trials holds them all to this interface.
"""

from typing import Protocol

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

from field_app.crypto.vault import VaultError, open_with
from field_app.errors import FieldAppError


class NotAKeyFile(FieldAppError):
    """The file or token is missing, too large, or holds no P-256 key with its certificate."""


class WrongPin(FieldAppError):
    """The PIN does not open the key."""


class KeyLocked(FieldAppError):
    """The token has locked itself after too many wrong PINs; only its issuer unlocks it."""


class KeyGone(FieldAppError):
    """The token was pulled, or the stick with the key file is no longer there."""


class SigningKey(Protocol):
    """Something that signs for the holder of ``certificate``."""

    @property
    def certificate(self) -> x509.Certificate: ...

    def sign(self, data: bytes) -> bytes:
        """ECDSA P-256 over SHA-256 of ``data``, as DER; :class:`KeyGone` when it was pulled."""
        ...


class OfficerKey(SigningKey, Protocol):
    """An officer's unlocked key: signs, and removes its layer of the vault seal."""

    @property
    def encryption_certificate(self) -> x509.Certificate:
        """The certificate keys are sealed to; the signing one when a card has only one."""
        ...

    def open(self, sealed: bytes, info: bytes) -> bytes:
        """Remove one HPKE layer; :class:`field_app.crypto.vault.VaultError` if not for us,
        :class:`KeyGone` when it was pulled."""
        ...

    def forget(self) -> None:
        """Let go of the key: it neither signs nor opens any more (:class:`KeyGone`)."""
        ...


class SoftKey:
    """A private key held in memory; ``encryption``: the other key with its certificate."""

    def __init__(self, private_key: ec.EllipticCurvePrivateKey, certificate: x509.Certificate,
                 encryption: tuple[ec.EllipticCurvePrivateKey, x509.Certificate] | None = None,
                 ) -> None:
        self._private_key: ec.EllipticCurvePrivateKey | None = private_key
        self._certificate = certificate
        self._encryption: tuple[ec.EllipticCurvePrivateKey | None, x509.Certificate] = (
            encryption or (private_key, certificate))

    @property
    def private_key(self) -> ec.EllipticCurvePrivateKey:
        if self._private_key is None:
            raise KeyGone("the key was let go of")
        return self._private_key

    @property
    def encryption_key(self) -> ec.EllipticCurvePrivateKey:
        """The key that opens; the signing one when there is only one."""
        key = self._encryption[0]
        if key is None:
            raise KeyGone("the key was let go of")
        return key

    @property
    def certificate(self) -> x509.Certificate:
        return self._certificate

    @property
    def encryption_certificate(self) -> x509.Certificate:
        return self._encryption[1]

    def sign(self, data: bytes) -> bytes:
        return self.private_key.sign(data, ec.ECDSA(hashes.SHA256()))

    def open(self, sealed: bytes, info: bytes) -> bytes:
        return open_with(self.encryption_key, sealed, info)

    def forget(self) -> None:
        self._private_key = None
        self._encryption = (None, self._encryption[1])


def p256(key: object, certificate: x509.Certificate | None,
         ) -> tuple[ec.EllipticCurvePrivateKey, x509.Certificate]:
    """A key with its certificate, checked to belong together; :class:`NotAKeyFile`."""
    try:
        if (not isinstance(key, ec.EllipticCurvePrivateKey) or certificate is None
                or not isinstance(key.curve, ec.SECP256R1)
                or key.public_key() != certificate.public_key()):
            raise NotAKeyFile("holds no P-256 key with its certificate")
    except (ValueError, UnsupportedAlgorithm) as error:
        raise NotAKeyFile("its certificate holds another kind of key") from error
    return key, certificate


__all__ = ["KeyGone", "KeyLocked", "NotAKeyFile", "OfficerKey", "SigningKey", "SoftKey",
           "VaultError", "WrongPin", "p256"]
