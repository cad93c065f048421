"""P-256 or SM2: what is asked of a certificate's key, whichever it is.

The certificate alone decides; nothing is negotiated. A district has one kind throughout: a chain
that mixes them leads nowhere (``trust.py``).
"""

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from field_app.credentials.gm import certificates as gm
from field_app.crypto.gm.module import gm_module
from field_app.crypto.gm.vault import seal_layer
from field_app.crypto.vault import seal_to


class UnknownKeyKind(ValueError):
    """The certificate's key is neither P-256 nor SM2."""


def is_sm2(certificate: x509.Certificate) -> bool:
    """Whether the certificate's key is SM2."""
    return gm.sm2_public(certificate) is not None


def p256_public(certificate: x509.Certificate) -> ec.EllipticCurvePublicKey | None:
    """The certificate's key on a curve of NIST; None when it is of another kind."""
    try:
        key = certificate.public_key()
    except (UnsupportedAlgorithm, ValueError):
        return None
    return key if isinstance(key, ec.EllipticCurvePublicKey) else None


def public_key_der(certificate: x509.Certificate) -> bytes:
    """The public key's DER (SubjectPublicKeyInfo), to tell whether two are the same."""
    sm2 = gm.sm2_public(certificate)
    if sm2 is not None:
        return sm2.spki
    return certificate.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def signature_holds(certificate: x509.Certificate, data: bytes, signature: bytes) -> bool:
    """Whether the certificate's key signed ``data``: ECDSA with SHA-256, or SM2 with SM3.

    ``GmUnavailable`` when it takes SM2 and this machine has no module.
    """
    sm2 = gm.sm2_public(certificate)
    if sm2 is not None:
        return gm_module().verify(sm2, data, signature)
    key = p256_public(certificate)
    if key is None:
        return False
    try:
        key.verify(signature, data, ec.ECDSA(hashes.SHA256()))
    except InvalidSignature:
        return False
    return True


def crl_signed_by(crl: x509.CertificateRevocationList, issuer: x509.Certificate) -> bool:
    """Whether ``issuer``'s key signed ``crl``."""
    if is_sm2(issuer):
        return gm.crl_signed_by(crl, issuer)
    key = p256_public(issuer)
    return key is not None and crl.is_signature_valid(key)


def seal_for(certificate: x509.Certificate, plain: bytes, info: bytes) -> bytes:
    """One layer of the vault seal to the certificate's key: HPKE, or SM2.

    Raises :class:`UnknownKeyKind`; ``GmUnavailable``.
    """
    sm2 = gm.sm2_public(certificate)
    if sm2 is not None:
        return seal_layer(gm_module(), sm2, plain, info)
    key = p256_public(certificate)
    if key is None:
        raise UnknownKeyKind("neither P-256 nor SM2")
    return seal_to(key, plain, info)
