"""SM2 private keys as PKCS#8 (RFC 5208, RFC 5915), which ``openssl pkey`` reads and writes."""

from asn1crypto import keys, pem

from field_app.crypto.gm.provider import GmRefused
from field_app.crypto.gm.sm2_forms import Sm2Public
from field_app.crypto.gm.software import PRIVATE_BYTES, SoftSm2, SoftwareGm

SM2_CURVE = "1.2.156.10197.1.301"
MAX_KEY_BYTES = 4 << 10
_ASN1_ERRORS = (ValueError, TypeError, KeyError, IndexError, AttributeError, OverflowError,
                RecursionError)

# PrivateKeyInfo of an ECPrivateKey with its public point, as openssl writes it.
_HEAD = bytes.fromhex("308187020100301306072a8648ce3d020106082a811ccf5501822d046d306b0201010420")
_BEFORE_POINT = bytes.fromhex("a14403420004")

keys.NamedCurve.register("sm2p256v1", SM2_CURVE, PRIVATE_BYTES)


def private_der(key: SoftSm2) -> bytes:
    """Unencrypted PKCS#8; whoever calls this owns keeping it secret."""
    return _HEAD + key.secret_bytes() + _BEFORE_POINT + key.public.point


def read_private_der(der: bytes, software: SoftwareGm) -> SoftSm2:
    """Read PKCS#8 of an SM2 key that carries its public half; :class:`GmRefused`."""
    if len(der) > MAX_KEY_BYTES:
        raise GmRefused("private key is too large")
    try:
        info = keys.PrivateKeyInfo.load(der, strict=True)
        algorithm = info["private_key_algorithm"]
        if algorithm["algorithm"].native != "ec" or (
                algorithm["parameters"].native not in ("sm2p256v1", SM2_CURVE)):
            raise GmRefused("not an SM2 key")
        inner = info["private_key"].parsed
        secret = int(inner["private_key"].native).to_bytes(PRIVATE_BYTES, "big")
        point = bytes(inner["public_key"].native)
        if not point.startswith(b"\x04"):
            raise GmRefused("no public point")
        public = Sm2Public(point[1:])
    except _ASN1_ERRORS as error:
        raise GmRefused(f"not a private key: {type(error).__name__}") from error
    return software.load(secret, public)


def private_pem(key: SoftSm2) -> bytes:
    """:func:`private_der` as PEM."""
    return bytes(pem.armor("PRIVATE KEY", private_der(key)))


def read_private_pem(data: bytes, software: SoftwareGm) -> SoftSm2:
    """Read the first PEM block, a ``PRIVATE KEY``; :class:`GmRefused`."""
    try:
        kind, _headers, der = pem.unarmor(data[:2 * MAX_KEY_BYTES])
    except _ASN1_ERRORS as error:
        raise GmRefused("not PEM") from error
    if kind != "PRIVATE KEY":
        raise GmRefused("not a private key")
    return read_private_der(der, software)
