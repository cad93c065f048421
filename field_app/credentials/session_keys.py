"""Keys that both officers lend to one session, so that what both answer for is signed at once.

At login each officer's own key signs a statement that names a fresh P-256 key of this session
(``session_key``). What both answer for later (a warning that is passed) is signed with the two
fresh keys: the log's proof of login leads from the officer's certificate to the fresh key, and from
there to the signature. The keys live in memory and end with the session; no PIN is kept.
"""

import base64
from dataclasses import dataclass, field

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    load_der_public_key,
)

from field_app.credentials.key_kinds import signature_holds

_MAX_TEXT = 512


def _fresh() -> ec.EllipticCurvePrivateKey:
    return ec.generate_private_key(ec.SECP256R1())


@dataclass(frozen=True)
class SessionKeys:
    """One fresh key for each slot, made for one login."""

    first: ec.EllipticCurvePrivateKey = field(default_factory=_fresh, repr=False)
    second: ec.EllipticCurvePrivateKey = field(default_factory=_fresh, repr=False)

    def public(self, slot: int) -> str:
        """The public key of slot 1 or 2 as its officer signs it: base64 of the DER SPKI."""
        key = (self.first, self.second)[slot - 1].public_key()
        return base64.b64encode(
            key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)).decode()

    def sign(self, data: bytes) -> tuple[str, str]:
        """Both signatures over ``data``: ECDSA P-256 with SHA-256, DER in base64."""
        one, two = (base64.b64encode(key.sign(data, ec.ECDSA(hashes.SHA256()))).decode()
                    for key in (self.first, self.second))
        return one, two


def signed_by_certificate(data: bytes, signature: str, certificate: x509.Certificate) -> bool:
    """Whether ``signature`` (base64) over ``data`` was made with the certificate's key."""
    try:
        return len(signature) <= _MAX_TEXT and signature_holds(
            certificate, data, base64.b64decode(signature, validate=True))
    except ValueError:
        return False


def signed_by_session(data: bytes, signature: str, public: str) -> bool:
    """Whether ``signature`` over ``data`` was made with the session key ``public``."""
    if len(public) > _MAX_TEXT:
        return False
    try:
        return _signed(data, signature, load_der_public_key(base64.b64decode(public, validate=True)))
    except (ValueError, UnsupportedAlgorithm):
        return False


def _signed(data: bytes, signature: str, key: object) -> bool:
    if len(signature) > _MAX_TEXT or not isinstance(key, ec.EllipticCurvePublicKey):
        return False
    try:
        key.verify(base64.b64decode(signature, validate=True), data, ec.ECDSA(hashes.SHA256()))
    except (ValueError, InvalidSignature):
        return False
    return True
