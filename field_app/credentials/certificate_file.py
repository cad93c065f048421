"""Public certificate files that lie beside key files, so that a name is shown before a PIN."""

from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

MAX_BYTES = 32 << 10


def read_certificate_file(path: Path) -> x509.Certificate:
    """Read one PEM certificate; ``OSError`` or ``ValueError`` when it is none."""
    with path.open("rb") as file:
        data = file.read(MAX_BYTES + 1)
    if len(data) > MAX_BYTES:
        raise ValueError("certificate file is too large")
    return x509.load_pem_x509_certificate(data)


def pem_of(certificate: x509.Certificate) -> bytes:
    """The certificate as PEM."""
    return certificate.public_bytes(Encoding.PEM)


def write_certificate_file(path: Path, certificate: x509.Certificate) -> None:
    """Write one PEM certificate."""
    path.write_bytes(pem_of(certificate))
