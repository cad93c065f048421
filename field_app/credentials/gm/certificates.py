"""SM2 certificates and CRLs: X.509 (RFC 5280; GB/T 20518), signed with SM2 over SM3.

``cryptography`` reads names, dates and extensions of such a certificate but not its key; keys and
signatures go through the module. ``openssl verify -vfyopt distid:1234567812345678`` agrees.
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, Protocol

from asn1crypto import core
from asn1crypto import crl as asn1_crl
from asn1crypto import keys as asn1_keys
from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from field_app.credentials.gm.keys import GmKey
from field_app.crypto.gm.module import gm_module
from field_app.crypto.gm.sm2_forms import Sm2Public
from field_app.crypto.gm.symmetric import sm3

SM2_WITH_SM3 = "1.2.156.10197.1.501"
_SM2_WITH_SM3 = x509.ObjectIdentifier(SM2_WITH_SM3)
_LAST_UTC_YEAR = 2049
_KEY_ID_BYTES = 20
Extension = tuple[x509.ExtensionType, bool]


class Signs(Protocol):
    """Anything that signs with SM2: an issuer, or a root that has no certificate yet."""

    def sign(self, data: bytes) -> bytes: ...


def sm2_public(certificate: x509.Certificate) -> Sm2Public | None:
    """The certificate's SM2 key; None when it has a key of another kind."""
    try:
        parsed = asn1_x509.Certificate.load(certificate.public_bytes(Encoding.DER))
        info = parsed["tbs_certificate"]["subject_public_key_info"]
        return Sm2Public.from_spki(bytes(info.dump()))
    except (ValueError, TypeError, KeyError):
        return None


def _signed_by(oid: x509.ObjectIdentifier, tbs: bytes, signature: bytes,
               issuer: x509.Certificate) -> bool:
    public = sm2_public(issuer)
    return (public is not None and oid == _SM2_WITH_SM3
            and gm_module().verify(public, tbs, signature))


def certificate_signed_by(certificate: x509.Certificate, issuer: x509.Certificate) -> bool:
    """Whether ``issuer``'s SM2 key signed ``certificate``; nothing else is judged."""
    return _signed_by(certificate.signature_algorithm_oid, certificate.tbs_certificate_bytes,
                      certificate.signature, issuer)


def crl_signed_by(crl: x509.CertificateRevocationList, issuer: x509.Certificate) -> bool:
    """Whether ``issuer``'s SM2 key signed ``crl``."""
    return _signed_by(crl.signature_algorithm_oid, crl.tbs_certlist_bytes, crl.signature, issuer)


def _time(at: datetime) -> asn1_x509.Time:
    second = at.astimezone(UTC).replace(microsecond=0)
    kind = "utc_time" if second.year <= _LAST_UTC_YEAR else "general_time"
    return asn1_x509.Time({kind: second})


def key_identifier(public: Sm2Public) -> x509.SubjectKeyIdentifier:
    """The first 20 bytes of SM3 of the point, to link certificate and issuer."""
    return x509.SubjectKeyIdentifier(sm3(b"\x04" + public.point)[:_KEY_ID_BYTES])


def _authority_identifier(issuer: Sm2Public) -> x509.AuthorityKeyIdentifier:
    return x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(key_identifier(issuer))


def _written(extensions: Sequence[Extension]) -> list[dict[str, Any]]:
    return [{"extn_id": value.oid.dotted_string, "critical": critical,
             "extn_value": core.ParsableOctetString(value.public_bytes())} for value, critical in extensions]


def build_certificate(subject: x509.Name, public: Sm2Public, *, issuer: x509.Name,
                      issuer_key: Signs, issuer_public: Sm2Public,
                      valid: tuple[datetime, datetime],
                      extensions: Sequence[Extension]) -> x509.Certificate:
    """A certificate for ``public``, signed by ``issuer_key``.

    Key identifiers are added; ``extensions`` are the rest with whether each is critical.
    """
    algorithm = {"algorithm": SM2_WITH_SM3}
    tbs = asn1_x509.TbsCertificate({
        "version": "v3", "serial_number": x509.random_serial_number(), "signature": algorithm,
        "issuer": asn1_x509.Name.load(issuer.public_bytes()),
        "validity": {"not_before": _time(valid[0]), "not_after": _time(valid[1])},
        "subject": asn1_x509.Name.load(subject.public_bytes()),
        "subject_public_key_info": asn1_keys.PublicKeyInfo.load(public.spki),
        "extensions": _written([(key_identifier(public), False),
                                (_authority_identifier(issuer_public), False), *extensions])})
    made = asn1_x509.Certificate({
        "tbs_certificate": tbs, "signature_algorithm": algorithm,
        "signature_value": issuer_key.sign(bytes(tbs.dump()))})
    return x509.load_der_x509_certificate(bytes(made.dump()))


def _row(serial: int, when: datetime, reason: x509.ReasonFlags | None) -> dict[str, Any]:
    row: dict[str, Any] = {"user_certificate": serial, "revocation_date": _time(when)}
    if reason is not None:  # RFC 5280, 5.3.1: "unspecified" is left out.
        row["crl_entry_extensions"] = _written([(x509.CRLReason(reason), False)])
    return row


def build_crl(issuer: GmKey, rows: Sequence[tuple[int, datetime, x509.ReasonFlags | None]], *,
              number: int, at: datetime, until: datetime) -> x509.CertificateRevocationList:
    """A CRL of ``issuer``; ``rows``: serial numbers, when each was withdrawn, and why."""
    public = sm2_public(issuer.certificate)
    if public is None:
        raise ValueError("issuer has no SM2 key")
    algorithm = {"algorithm": SM2_WITH_SM3}
    tbs: dict[str, Any] = {
        "version": "v2", "signature": algorithm,
        "issuer": asn1_x509.Name.load(issuer.certificate.subject.public_bytes()),
        "this_update": _time(at), "next_update": _time(until),
        "crl_extensions": _written([(x509.CRLNumber(number), False),
                                    (_authority_identifier(public), False)])}
    if rows:
        tbs["revoked_certificates"] = [_row(*row) for row in rows]
    inner = asn1_crl.TbsCertList(tbs)
    made = asn1_crl.CertificateList({
        "tbs_cert_list": inner, "signature_algorithm": algorithm,
        "signature": issuer.sign(bytes(inner.dump()))})
    return x509.load_der_x509_crl(bytes(made.dump()))
