"""Issues P-256 keys and certificates, signed with ECDSA over SHA-256; key files are PKCS#12."""

from collections.abc import Sequence
from datetime import datetime

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    PrivateFormat,
    PublicFormat,
    load_der_public_key,
    load_pem_private_key,
    pkcs12,
)

from field_app.credentials.issuing import AuthorityRefused, Request, Withdrawn
from field_app.credentials.keys import SoftKey
from field_app.credentials.profile import subject_name

PKCS12_ROUNDS = 600_000
Private = ec.EllipticCurvePrivateKey


class P256Issuing:
    """:class:`field_app.credentials.issuing.IssuingKind` of the international suite."""

    mark = ""

    def generate(self) -> Private:
        return ec.generate_private_key(ec.SECP256R1())

    def public_der(self, private: Private) -> bytes:
        return private.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)

    def private_of(self, key: SoftKey) -> Private:
        return key.private_key

    def key(self, private: Private, certificate: x509.Certificate,
            encryption: tuple[Private, x509.Certificate] | None = None) -> SoftKey:
        return SoftKey(private, certificate, encryption)

    def certificate_of(self, key: SoftKey) -> x509.Certificate:
        return key.certificate

    def certify(self, request: Request, public_der: bytes, *, issuer: Private,
                issuer_name: x509.Name) -> x509.Certificate:
        public = load_der_public_key(public_der)
        if not isinstance(public, ec.EllipticCurvePublicKey):
            raise AuthorityRefused("not a P-256 key")
        builder = (
            x509.CertificateBuilder().subject_name(request.subject).issuer_name(issuer_name)
            .public_key(public).serial_number(x509.random_serial_number())
            .not_valid_before(request.valid[0]).not_valid_after(request.valid[1])
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)
            .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(
                issuer.public_key()), critical=False))
        for extension, critical in request.extensions:
            builder = builder.add_extension(extension, critical=critical)
        return builder.sign(issuer, hashes.SHA256())

    def crl(self, issuer: SoftKey, rows: Sequence[Withdrawn], *, number: int,
            at: datetime, until: datetime) -> x509.CertificateRevocationList:
        builder = (
            x509.CertificateRevocationListBuilder().issuer_name(issuer.certificate.subject)
            .last_update(at).next_update(until)
            .add_extension(x509.CRLNumber(number), critical=False)
            .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(
                issuer.private_key.public_key()), critical=False))
        for serial, when, reason in rows:
            entry = x509.RevokedCertificateBuilder().serial_number(serial).revocation_date(when)
            if reason is not None:  # RFC 5280, 5.3.1: "unspecified" is left out.
                entry = entry.add_extension(x509.CRLReason(reason), critical=False)
            builder = builder.add_revoked_certificate(entry.build())
        return builder.sign(issuer.private_key, hashes.SHA256())

    def sealed_pem(self, private: Private, passphrase: str) -> bytes:
        return private.private_bytes(
            Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(passphrase.encode()))

    def read_sealed(self, data: bytes, passphrase: str) -> Private:
        try:
            key = load_pem_private_key(data, passphrase.encode() or None)
        except TypeError as error:  # A passphrase for a bare key, or none for one that has one.
            raise AuthorityRefused("passphrase", code="passphrase") from error
        except (ValueError, UnsupportedAlgorithm) as error:
            wrong = "password" in str(error).lower() and b"ENCRYPTED" in data
            raise AuthorityRefused("key", code="passphrase" if wrong else "damaged") from error
        if not isinstance(key, ec.EllipticCurvePrivateKey):
            raise AuthorityRefused("not a P-256 key", code="damaged")
        return key

    def issued_by(self, certificate: x509.Certificate, issuer: x509.Certificate) -> bool:
        try:
            certificate.verify_directly_issued_by(issuer)
        except (ValueError, TypeError, InvalidSignature):
            return False
        return True


def key_file(key: SoftKey, pin: str, *, rounds: int = PKCS12_ROUNDS) -> bytes:
    """PKCS#12 of an officer's signing key, PBES2 AES-256 with ``rounds`` of PBKDF2-SHA-256."""
    return _pkcs12(key.private_key, key.certificate, pin, rounds)


def encryption_key_file(key: SoftKey, pin: str, *, rounds: int = PKCS12_ROUNDS) -> bytes:
    """PKCS#12 of the key that opens, under the same PIN."""
    return _pkcs12(key.encryption_key, key.encryption_certificate, pin, rounds)


def _pkcs12(key: Private, certificate: x509.Certificate, pin: str, rounds: int) -> bytes:
    encryption = (
        PrivateFormat.PKCS12.encryption_builder().kdf_rounds(rounds)
        .key_cert_algorithm(pkcs12.PBES.PBESv2SHA256AndAES256CBC).hmac_hash(hashes.SHA256())
        .build(pin.encode()))
    return pkcs12.serialize_key_and_certificates(
        subject_name(certificate).encode(), key, certificate, None, encryption)
