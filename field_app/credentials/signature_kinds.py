"""Names and algorithms of the two kinds of detached signature: RFC 5652, and GB/T 35275."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar

from asn1crypto import cms as asn1_cms
from asn1crypto import core
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec

from field_app.credentials.key_kinds import is_sm2, p256_public
from field_app.crypto.gm.symmetric import sm3
from field_app.crypto.hashing import sha256_hex


class _GmContentInfo(core.Sequence):  # type: ignore[misc]
    """ContentInfo under a name that asn1crypto does not know."""

    _fields: ClassVar = [("content_type", asn1_cms.ContentType),
                         ("content", asn1_cms.SignedData, {"explicit": 0})]


@dataclass(frozen=True)
class SignatureKind:
    """Names (asn1crypto's, or dotted where it has none) and the hash of one suite.

    ``signatures``: accepted names of one and the same algorithm; the first is written.
    """

    data: str
    signed_data: str
    digest: str
    signatures: tuple[str, ...]
    hexdigest: Callable[[bytes], str]
    container: Any


INTL = SignatureKind("data", "signed_data", "sha256", ("sha256_ecdsa",), sha256_hex,
                     asn1_cms.ContentInfo)
# Object identifiers of GM/T 0006 and GM/T 0010 (GB/T 35275); some write SM2-with-SM3 instead.
GM = SignatureKind("1.2.156.10197.6.1.4.2.1", "1.2.156.10197.6.1.4.2.2", "1.2.156.10197.1.401",
                   ("1.2.156.10197.1.301.1", "1.2.156.10197.1.501"),
                   lambda data: sm3(data).hex(), _GmContentInfo)


def key_fits(kind: SignatureKind, certificate: x509.Certificate) -> bool:
    """Whether the certificate's key is of this kind."""
    key = p256_public(certificate)
    if kind is GM:
        return is_sm2(certificate)
    return key is not None and isinstance(key.curve, ec.SECP256R1)
