"""Keys that both officers lend to one session, so that what both answer for is signed at once.

At login each officer's own key signs a statement that names a fresh key of this session
(``session_key``), P-256 or, in a district of the national suite, SM2. What both answer for later (a
warning that is passed) is signed with the two fresh keys: the log's proof of login leads from the
officer's certificate to the fresh key, and from there to the signature. The keys live in memory and
end with the session; no PIN is kept.
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

from field_app.credentials.key_kinds import is_sm2, signature_holds
from field_app.crypto.gm.module import gm_module
from field_app.crypto.gm.provider import GmUnavailable
from field_app.crypto.gm.sm2_forms import Sm2Public, is_sm2_key
from field_app.crypto.gm.software import SoftSm2, SoftwareGm

_MAX_TEXT = 512


LentKey = ec.EllipticCurvePrivateKey | SoftSm2


def _fresh() -> LentKey:
    return ec.generate_private_key(ec.SECP256R1())


@dataclass(frozen=True)
class SessionKeys:
    """One fresh key for each slot, made for one login."""

    first: LentKey = field(default_factory=_fresh, repr=False)
    second: LentKey = field(default_factory=_fresh, repr=False)

    @classmethod
    def below(cls, device: x509.Certificate) -> "SessionKeys":
        """Fresh keys of the device's own kind; ``GmUnavailable``."""
        if not is_sm2(device):
            return cls()
        software = SoftwareGm()
        return cls(software.generate(), software.generate())

    def public(self, slot: int) -> str:
        """The public key of slot 1 or 2 as its officer signs it: base64 of the DER SPKI."""
        return base64.b64encode(_public_der((self.first, self.second)[slot - 1])).decode()

    def sign(self, data: bytes) -> tuple[str, str]:
        """Both signatures over ``data``: ECDSA P-256 with SHA-256, or SM2 with SM3, DER in base64."""
        one, two = (base64.b64encode(_sign(key, data)).decode() for key in (self.first, self.second))
        return one, two


def _public_der(key: LentKey) -> bytes:
    if isinstance(key, SoftSm2):
        return key.public.spki
    return key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def _sign(key: LentKey, data: bytes) -> bytes:
    if isinstance(key, SoftSm2):
        return SoftwareGm().sign(key, data)
    return key.sign(data, ec.ECDSA(hashes.SHA256()))


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
        der = base64.b64decode(public, validate=True)
        given = base64.b64decode(signature, validate=True)
        if len(signature) > _MAX_TEXT:
            return False
        if is_sm2_key(der):
            return gm_module().verify(Sm2Public.from_spki(der), data, given)
        key = load_der_public_key(der)
        if not isinstance(key, ec.EllipticCurvePublicKey):
            return False
        key.verify(given, data, ec.ECDSA(hashes.SHA256()))
    except (ValueError, InvalidSignature, UnsupportedAlgorithm, GmUnavailable):
        return False
    return True
