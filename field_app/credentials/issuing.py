"""What an authority asks of a suite: keys, certificates, CRLs and key files of one kind.

The steps of issuing stand once, in ``authority.py``; the kinds are ``p256_issuing.py`` and
``gm/issuing.py``.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol, TypeVar

from cryptography import x509

from field_app.errors import FieldAppError

Private = TypeVar("Private")
Key = TypeVar("Key")
Span = tuple[datetime, datetime]
Extension = tuple[x509.ExtensionType, bool]
Withdrawn = tuple[int, datetime, x509.ReasonFlags | None]
"""Serial number, since when, and why (RFC 5280, 5.3.1)."""


class AuthorityRefused(FieldAppError):
    """The authority's folder does not open or a request is wrong.

    ``code``: ``missing`` (no authority lies there), ``passphrase``, ``damaged``, ``request``.
    """

    def __init__(self, detail: str, *, code: str = "request") -> None:
        super().__init__(f"{code} {detail}")
        self.code = code


@dataclass(frozen=True)
class Request:
    """What a certificate shall say. ``extensions``: each with whether it is critical; key
    identifiers are added to them."""

    subject: x509.Name
    valid: Span
    extensions: Sequence[Extension]


class IssuingKind(Protocol[Private, Key]):
    """The algorithms of one suite. Public keys are SubjectPublicKeyInfo in DER."""

    @property
    def mark(self) -> str:
        """What the names of the authorities end in, to tell them apart for people."""
        ...

    def generate(self) -> Private: ...

    def public_der(self, private: Private) -> bytes: ...

    def private_of(self, key: Key) -> Private: ...

    def key(self, private: Private, certificate: x509.Certificate,
            encryption: tuple[Private, x509.Certificate] | None = None) -> Key:
        """``encryption``: the key that opens with its certificate, where it is another."""
        ...

    def certificate_of(self, key: Key) -> x509.Certificate: ...

    def certify(self, request: Request, public_der: bytes, *, issuer: Private,
                issuer_name: x509.Name) -> x509.Certificate: ...

    def crl(self, issuer: Key, rows: Sequence[Withdrawn], *, number: int, at: datetime,
            until: datetime) -> x509.CertificateRevocationList: ...

    def issued_by(self, certificate: x509.Certificate, issuer: x509.Certificate) -> bool:
        """Whether the issuer's key signed the certificate."""
        ...

    def sealed_pem(self, private: Private, passphrase: str) -> bytes:
        """Encrypted PKCS#8; :class:`AuthorityRefused` for a key that lies in a module."""
        ...

    def read_sealed(self, data: bytes, passphrase: str) -> Private:
        """Open :meth:`sealed_pem`; :class:`AuthorityRefused`, ``passphrase`` or ``damaged``."""
        ...
