"""Public certificate files that lie beside key files, so that a name is shown before a PIN."""

from pathlib import Path

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.utils import CryptographyDeprecationWarning

MAX_BYTES = 32 << 10
# The library only warns of what RFC 5280 forbids; where warnings are errors, that is raised.
_NOT_X509 = (x509.InvalidVersion, CryptographyDeprecationWarning)


def whole(certificate: x509.Certificate) -> x509.Certificate:
    """The certificate, once all of it but its key was read (``key_kinds.py``); ``ValueError``.

    The library reads names, times and extensions only when asked, and fails in many ways.
    """
    try:
        for part in ("subject", "issuer", "serial_number", "not_valid_before_utc",
                     "not_valid_after_utc", "extensions"):
            getattr(certificate, part)
    except (TypeError, OverflowError, UnsupportedAlgorithm, x509.DuplicateExtension,
            x509.UnsupportedGeneralNameType) as error:
        raise ValueError(f"certificate cannot be read: {type(error).__name__}") from error
    if certificate.serial_number <= 0:
        raise ValueError("serial number is not positive")
    return certificate


def from_pem(data: bytes) -> x509.Certificate:
    """The first PEM certificate in ``data``; ``ValueError`` when there is none that can be read."""
    try:
        return whole(x509.load_pem_x509_certificate(data))
    except _NOT_X509 as error:
        raise ValueError("not an X.509 version 3 certificate") from error


def from_der(data: bytes) -> x509.Certificate:
    """One DER certificate; ``ValueError`` when it cannot be read."""
    try:
        return whole(x509.load_der_x509_certificate(data))
    except _NOT_X509 as error:
        raise ValueError("not an X.509 version 3 certificate") from error


def read_certificate_file(path: Path) -> x509.Certificate:
    """Read one PEM certificate; ``OSError`` or ``ValueError`` when it is none."""
    with path.open("rb") as file:
        data = file.read(MAX_BYTES + 1)
    if len(data) > MAX_BYTES:
        raise ValueError("certificate file is too large")
    return from_pem(data)


def pem_of(certificate: x509.Certificate) -> bytes:
    """The certificate as PEM."""
    return certificate.public_bytes(Encoding.PEM)


def write_certificate_file(path: Path, certificate: x509.Certificate) -> None:
    """Write one PEM certificate."""
    path.write_bytes(pem_of(certificate))
