"""Keys that sign and open: one small interface, and the PKCS#12 kind of it (RFC 7292)."""

from pathlib import Path
from typing import Protocol

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import pkcs12

from field_app.crypto.vault import open_with
from field_app.errors import FieldAppError

MAX_KEY_FILE_BYTES = 64 << 10


class NotAKeyFile(FieldAppError):
    """The file is missing, too large, or no PKCS#12 with a P-256 key and its certificate."""


class WrongPin(FieldAppError):
    """The PIN does not open the key."""


class SigningKey(Protocol):
    """Something that signs for the holder of ``certificate``."""

    @property
    def certificate(self) -> x509.Certificate: ...

    def sign(self, data: bytes) -> bytes:
        """ECDSA P-256 over SHA-256 of ``data``, as DER."""
        ...


class OfficerKey(SigningKey, Protocol):
    """An officer's unlocked key: signs, and removes its layer of the vault seal."""

    @property
    def encryption_certificate(self) -> x509.Certificate:
        """The certificate keys are sealed to; the signing one when a card has only one."""
        ...

    def open(self, sealed: bytes, info: bytes) -> bytes:
        """Remove one HPKE layer; :class:`field_app.crypto.vault.VaultError` if not for us."""
        ...


class SoftKey:
    """A private key held in memory."""

    def __init__(self, private_key: ec.EllipticCurvePrivateKey,
                 certificate: x509.Certificate) -> None:
        self.private_key = private_key
        self._certificate = certificate

    @property
    def certificate(self) -> x509.Certificate:
        return self._certificate

    @property
    def encryption_certificate(self) -> x509.Certificate:
        return self._certificate

    def sign(self, data: bytes) -> bytes:
        return self.private_key.sign(data, ec.ECDSA(hashes.SHA256()))

    def open(self, sealed: bytes, info: bytes) -> bytes:
        return open_with(self.private_key, sealed, info)


def load_key_file(path: Path, pin: str) -> SoftKey:
    """Unlock a PKCS#12 file. Raises :class:`NotAKeyFile` or :class:`WrongPin`."""
    try:
        with path.open("rb") as file:
            data = file.read(MAX_KEY_FILE_BYTES + 1)
    except OSError as error:
        raise NotAKeyFile(f"cannot be read: {type(error).__name__}") from error
    if len(data) > MAX_KEY_FILE_BYTES or not data.startswith(b"\x30"):
        raise NotAKeyFile("not PKCS#12")
    try:
        key, certificate, _ = pkcs12.load_key_and_certificates(data, pin.encode())
    except ValueError as error:
        if "password" in str(error).lower():
            raise WrongPin("PIN does not open the key") from error
        raise NotAKeyFile("not PKCS#12") from error
    if (not isinstance(key, ec.EllipticCurvePrivateKey) or certificate is None
            or not isinstance(key.curve, ec.SECP256R1)
            or key.public_key() != certificate.public_key()):
        raise NotAKeyFile("holds no P-256 key with its certificate")
    return SoftKey(key, certificate)
