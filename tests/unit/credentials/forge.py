"""Certificates and bundles that an attacker, or a careless authority, might make."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from field_app.credentials.authority import Authority
from field_app.credentials.cms import sign_detached
from field_app.credentials.keys import SoftKey
from field_app.credentials.profile import OFFICER_INFO, OfficerInfo, Purpose, fingerprint
from field_app.credentials.trust import HqRecipient, Trust, parse_bundle
from field_app.crypto.age_keys import Identity
from field_app.crypto.canonical import canonical
from field_app.domain.people import Role
from tests.unit.credentials.conftest import AGENCY, NOW

DAY = timedelta(days=1)
VALID = (NOW - DAY, NOW + 365 * DAY)


def fresh() -> ec.EllipticCurvePrivateKey:
    """A new P-256 key."""
    return ec.generate_private_key(ec.SECP256R1())


def secret_of(authority: Authority, which: str = "district") -> SoftKey:
    """The authority's own key, as if it were stolen."""
    key: SoftKey = getattr(authority, f"_{which}")
    return key


def name_of(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


@dataclass(frozen=True)
class Wanted:
    """A certificate to make; everything that can be wrong in one can be told."""

    purpose: Purpose | None = Purpose.OFFICER
    info: bytes | None = OfficerInfo(Role.QUALIFIED, "D12", "A-9").to_der()
    valid: tuple[datetime, datetime] = VALID
    authority: bool = False
    signs: bool = True

    def made(self, issuer: SoftKey, key: ec.EllipticCurvePrivateKey | None = None, *,
             subject: str = "伪造", issuer_name: x509.Name | None = None) -> SoftKey:
        """The certificate with its key, signed by ``issuer``."""
        own = key or fresh()
        above = issuer.private_key.public_key()
        builder = (
            x509.CertificateBuilder().subject_name(name_of(subject))
            .issuer_name(issuer_name or issuer.certificate.subject).public_key(own.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(self.valid[0]).not_valid_after(self.valid[1])
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(own.public_key()), critical=False)
            .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(above), critical=False)
            .add_extension(x509.BasicConstraints(ca=self.authority, path_length=None), critical=True)
            .add_extension(x509.SubjectAlternativeName(
                [x509.UniformResourceIdentifier("urn:field-desk:x")]), critical=False)
            .add_extension(x509.KeyUsage(
                digital_signature=self.signs, content_commitment=self.signs, key_encipherment=False,
                data_encipherment=False, key_agreement=not self.signs, key_cert_sign=self.authority,
                crl_sign=self.authority, encipher_only=False, decipher_only=False), critical=True))
        if self.purpose is not None:
            builder = builder.add_extension(
                x509.ExtendedKeyUsage(self.purpose.usages()), critical=False)
        if self.info is not None:
            builder = builder.add_extension(
                x509.UnrecognizedExtension(OFFICER_INFO, self.info), critical=False)
        return SoftKey(own, builder.sign(issuer.private_key, hashes.SHA256()))


def self_signed(wanted: Wanted = Wanted()) -> SoftKey:
    """An officer who is an own authority."""
    key = fresh()
    nobody = Wanted(authority=True).made(SoftKey(key, _shell(key)), key, subject="自签")
    return wanted.made(nobody, key, subject="自签")


def _shell(key: ec.EllipticCurvePrivateKey) -> x509.Certificate:
    return (x509.CertificateBuilder().subject_name(name_of("自签")).issuer_name(name_of("自签"))
            .public_key(key.public_key()).serial_number(1).not_valid_before(VALID[0])
            .not_valid_after(VALID[1]).sign(key, hashes.SHA256()))


def crl(issuer: SoftKey, number: int, *, name: x509.Name | None = None,
        revoked: Sequence[int] = ()) -> x509.CertificateRevocationList:
    """A CRL of that name signed by that key."""
    builder = (x509.CertificateRevocationListBuilder()
               .issuer_name(name or issuer.certificate.subject).last_update(NOW)
               .next_update(NOW + 30 * DAY)
               .add_extension(x509.CRLNumber(number), critical=False))
    for serial in revoked:
        builder = builder.add_revoked_certificate(
            x509.RevokedCertificateBuilder().serial_number(serial)
            .revocation_date(NOW - DAY).build())
    return builder.sign(issuer.private_key, hashes.SHA256())


Change = Callable[[dict[str, Any]], None]


def bundle(authority: Authority, signer: Any, *, at: datetime = NOW, change: Change | None = None,
           signers: Sequence[Any] | None = None) -> tuple[bytes, bytes]:
    """A bundle of the authority, its members changed before ``signer`` signs."""
    data, signature = authority.bundle(
        secret_of(authority), at=at, agency={"name": AGENCY},
        hq_recipients=[HqRecipient("司法局", Identity.generate().recipient)])
    if change is not None:
        raw = json.loads(data)
        change(raw)
        data = canonical(raw)
    signature = sign_detached(data, signers or [signer], at=at, extra_certs=[authority.district])
    return data, signature


def believed(authority: Authority, pair: tuple[bytes, bytes], *, root: x509.Certificate | None = None,
             current: Trust | None = None) -> Trust:
    """The bundle as a laptop of this district believes it, or the refusal."""
    return parse_bundle(*pair, pinned_root_sha256=fingerprint(root or authority.root), current=current)


def pem(thing: x509.Certificate | x509.CertificateRevocationList) -> str:
    return thing.public_bytes(Encoding.PEM).decode()
