"""Detached CMS signatures by several people, and the byte forms of keys and certificates.

Signatures are CMS SignedData (RFC 5652) with one SignerInfo per signer: SHA-256, ECDSA P-256,
signed attributes contentType, messageDigest, signingTime and signingCertificateV2 (RFC 5035;
ETSI EN 319 122-1 calls this CAdES-B). ``openssl cms -verify`` reads them.
Signers with SM2 keys sign the same structure under the names and algorithms of GB/T 35275 (SM3,
SM2); the first name in the file tells which it is.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from asn1crypto import cms as asn1_cms
from asn1crypto import core, parser, tsp
from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import (
    Encoding,
)

from field_app.credentials.certificate_file import from_der, from_pem
from field_app.credentials.key_kinds import is_sm2, signature_holds
from field_app.credentials.keys import SigningKey
from field_app.credentials.signature_kinds import GM, INTL, SignatureKind, key_fits
from field_app.crypto.gm.provider import GmUnavailable
from field_app.crypto.hashing import sha256_hex
from field_app.errors import FieldAppError

MAX_SIGNATURE_BYTES = 256 << 10
MAX_CERTIFICATE_BYTES = 32 << 10
MAX_SIGNERS = 8
MAX_CERTIFICATES = 32
_NUMBER_SET, _TAG_ATTRIBUTES = 17, 0xA0
_WANTED = ("content_type", "message_digest", "signing_time", "signing_certificate_v2")
# What asn1crypto raises on bytes that are not the structure they claim to be.
_ASN1_ERRORS = (ValueError, TypeError, KeyError, AttributeError, IndexError, OverflowError,
                RecursionError, UnsupportedAlgorithm)


class CmsRefused(FieldAppError):
    """A signature is not acceptable.

    ``code``: ``too_large``, ``malformed``, ``not_detached``, ``algorithm``, ``attributes``,
    ``no_certificate``, ``certificate_binding``, ``digest``, ``signature``, ``duplicate_signer``,
    ``unsigned``.
    """

    def __init__(self, code: str, detail: str = "") -> None:
        super().__init__(f"{code} {detail}".strip())
        self.code = code


@dataclass(frozen=True)
class CmsSigner:
    """One signer whose signature holds. Whether to believe the certificate is another check.

    ``signing_time``: aware UTC, as claimed and signed by the signer.
    """

    certificate: x509.Certificate
    signing_time: datetime


def _attribute(kind: str, value: Any) -> asn1_cms.CMSAttribute:
    return asn1_cms.CMSAttribute({"type": kind, "values": [value]})


def _signed_attributes(kind: SignatureKind, data: bytes, certificate: bytes,
                       at: datetime) -> asn1_cms.CMSAttributes:
    bound: dict[str, Any] = {"cert_hash": bytes.fromhex(kind.hexdigest(certificate))}
    if kind is not INTL:  # SHA-256 is the default, and a default is left out in DER.
        bound["hash_algorithm"] = {"algorithm": kind.digest}
    binding = tsp.SigningCertificateV2({"certs": [bound]})
    return asn1_cms.CMSAttributes([
        _attribute("content_type", kind.data),
        _attribute("message_digest", bytes.fromhex(kind.hexdigest(data))),
        _attribute("signing_time", asn1_cms.Time({"utc_time": core.UTCTime(at)})),
        _attribute("signing_certificate_v2", binding)])


def _signer_info(kind: SignatureKind, data: bytes, signer: SigningKey, at: datetime) -> asn1_cms.SignerInfo:
    der = certificate_der(signer.certificate)
    parsed = asn1_x509.Certificate.load(der)
    attributes = _signed_attributes(kind, data, der, at)
    return asn1_cms.SignerInfo({
        "version": "v1",
        "sid": asn1_cms.SignerIdentifier({"issuer_and_serial_number": {
            "issuer": parsed.issuer, "serial_number": parsed.serial_number}}),
        "digest_algorithm": {"algorithm": kind.digest},
        "signed_attrs": attributes,
        "signature_algorithm": {"algorithm": kind.signatures[0]},
        "signature": signer.sign(attributes.dump())})


def sign_detached(data: bytes, signers: Sequence[SigningKey], *, at: datetime,
                  extra_certs: Sequence[x509.Certificate] = ()) -> bytes:
    """DER SignedData over ``data``, which is not carried inside.

    ``at``: aware signing time, told to the second; ``extra_certs``: authorities that a verifier
    may need to build the chain. The result is verified before it is returned, so that a token
    that signs wrongly is found here: :class:`CmsRefused`.
    """
    if not 1 <= len(signers) <= MAX_SIGNERS:
        raise ValueError("one to eight signers")
    kinds = {is_sm2(signer.certificate) for signer in signers}
    if len(kinds) != 1:
        raise ValueError("signers of two kinds")
    kind = GM if kinds.pop() else INTL
    second = at.astimezone(UTC).replace(microsecond=0)
    ders = {certificate_der(c): None for c in (*(s.certificate for s in signers), *extra_certs)}
    signed = asn1_cms.SignedData({
        "version": "v1",
        "digest_algorithms": [{"algorithm": kind.digest}],
        "encap_content_info": {"content_type": kind.data},
        "certificates": [asn1_x509.Certificate.load(der) for der in ders],
        "signer_infos": [_signer_info(kind, data, signer, second) for signer in signers]})
    info = kind.container({"content_type": kind.signed_data, "content": signed})
    made = bytes(info.dump())
    verify_detached(data, made)
    return made


@contextmanager
def _reading() -> Iterator[None]:
    try:
        yield
    except _ASN1_ERRORS as error:
        raise CmsRefused("malformed", type(error).__name__) from error


def _load(p7s: bytes) -> tuple[SignatureKind, asn1_cms.SignedData]:
    if len(p7s) > MAX_SIGNATURE_BYTES:
        raise CmsRefused("too_large", str(len(p7s)))
    info = asn1_cms.ContentInfo.load(p7s, strict=True)
    kind = {k.signed_data: k for k in (INTL, GM)}.get(info["content_type"].native)
    if kind is None:
        raise CmsRefused("malformed", "not signed data")
    signed = kind.container.load(p7s, strict=True)["content"]
    inner = signed["encap_content_info"]
    if inner["content_type"].native != kind.data or inner["content"].native is not None:
        raise CmsRefused("not_detached")
    if signed["version"].native != "v1" or len(signed["crls"]):
        raise CmsRefused("malformed", "version or CRLs")
    if [a["algorithm"].native for a in signed["digest_algorithms"]] != [kind.digest]:
        raise CmsRefused("algorithm")
    return kind, signed


def _certificates(signed: asn1_cms.SignedData) -> dict[tuple[bytes, int], bytes]:
    choices = signed["certificates"]
    if not 1 <= len(choices) <= MAX_CERTIFICATES:
        raise CmsRefused("no_certificate")
    found: dict[tuple[bytes, int], bytes] = {}
    for choice in choices:
        if choice.name != "certificate":
            raise CmsRefused("malformed", "certificate kind")
        certificate = choice.chosen
        der = bytes(certificate.dump())
        if int(certificate.serial_number) <= 0:
            raise CmsRefused("malformed", "serial number")
        load_certificate(der)
        key = (bytes(certificate.issuer.dump()), int(certificate.serial_number))
        if found.setdefault(key, der) != der:
            raise CmsRefused("malformed", "two certificates of one serial")
    return found


def _attributes_of(info: asn1_cms.SignerInfo) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for attribute in info["signed_attrs"]:
        kind = attribute["type"].native
        if kind in values or len(attribute["values"]) != 1:
            raise CmsRefused("attributes", str(kind))
        values[kind] = attribute["values"][0]
    if not all(kind in values for kind in _WANTED):
        raise CmsRefused("attributes", "missing")
    # Unsigned attributes could be changed by anybody; timestamps travel beside, not inside.
    if len(info["unsigned_attrs"]):
        raise CmsRefused("attributes", "unsigned")
    return values


def _signed_set(contents: bytes) -> bytes:
    """The DER of the signed attributes, which must stand in order (X.690, 11.6)."""
    # Cut here: the library's own way writes every attribute anew, a quarter of what a statement costs.
    encoded, at = [], 0
    while at < len(contents):
        length = parser.peek(contents[at:])
        encoded.append(contents[at:at + length])
        at += length
    if encoded != sorted(encoded):
        raise CmsRefused("malformed", "signed attributes are not DER")
    return bytes(parser.emit(0, 1, _NUMBER_SET, contents))


def _signer(kind: SignatureKind, info: asn1_cms.SignerInfo, data: bytes, p7s: bytes,
            certificates: dict[tuple[bytes, int], bytes]) -> CmsSigner:
    if (info["version"].native != "v1"
            or info["digest_algorithm"]["algorithm"].native != kind.digest
            or info["signature_algorithm"]["algorithm"].native not in kind.signatures):
        raise CmsRefused("algorithm")
    signed = _signed_set(info["signed_attrs"].contents)
    # In the file the same stands under the tag [0] (RFC 5652, 5.4), in the same form.
    if bytes([_TAG_ATTRIBUTES]) + signed[1:] not in p7s:
        raise CmsRefused("malformed", "signed attributes are not DER")
    sid = info["sid"].chosen
    der = certificates.get((bytes(sid["issuer"].dump()), int(sid["serial_number"].native)))
    if der is None:
        raise CmsRefused("no_certificate")
    values = _attributes_of(info)
    if values["content_type"].native != kind.data:
        raise CmsRefused("attributes", "content type")
    if values["message_digest"].native.hex() != kind.hexdigest(data):
        raise CmsRefused("digest")
    bound = values["signing_certificate_v2"]["certs"][0]
    if (bound["hash_algorithm"]["algorithm"].native != kind.digest
            or bound["cert_hash"].native.hex() != kind.hexdigest(der)):
        raise CmsRefused("certificate_binding")
    certificate = load_certificate(der)
    if not key_fits(kind, certificate):
        raise CmsRefused("algorithm", "key")
    try:
        holds = signature_holds(certificate, signed, info["signature"].native)
    except GmUnavailable as error:
        raise CmsRefused("algorithm", "no module for SM2") from error
    if not holds:
        raise CmsRefused("signature")
    return CmsSigner(certificate, values["signing_time"].native.astimezone(UTC))


def verify_detached(data: bytes, p7s: bytes) -> list[CmsSigner]:
    """The signers of ``data``, in the file's order; every signature in it must hold.

    Raises :class:`CmsRefused`. Chains, validity, revocation and roles are not judged here.
    """
    with _reading():
        kind, signed = _load(p7s)
        certificates = _certificates(signed)
        infos = signed["signer_infos"]
        if not 1 <= len(infos) <= MAX_SIGNERS:
            raise CmsRefused("unsigned")
        signers = [_signer(kind, info, data, p7s, certificates) for info in infos]
    if len({certificate_der(s.certificate) for s in signers}) != len(signers):
        raise CmsRefused("duplicate_signer")
    return signers


def certificate_der(certificate: x509.Certificate) -> bytes:
    """The certificate's DER bytes."""
    return certificate.public_bytes(Encoding.DER)


def certificate_pem(certificate: x509.Certificate) -> bytes:
    """The certificate's PEM text."""
    return certificate.public_bytes(Encoding.PEM)


def load_certificate(der: bytes) -> x509.Certificate:
    """Read one DER certificate from outside; ``ValueError`` when it is none."""
    if len(der) > MAX_CERTIFICATE_BYTES:
        raise ValueError("certificate is too large")
    return from_der(der)


def load_pem_certificate(pem: bytes) -> x509.Certificate:
    """Read the first PEM certificate in ``pem``; ``ValueError`` when there is none."""
    return from_pem(pem)


@dataclass(frozen=True)
class CrlFacts:
    """A CRL as packages carry and name it.

    ``number``: CRLNumber (RFC 5280 5.2.3), 0 when absent; ``sha256``: of its DER.
    """

    number: int
    sha256: str
    pem: bytes


def crl_facts(crl: x509.CertificateRevocationList) -> CrlFacts:
    """Number, hash and PEM text of a CRL."""
    try:
        number = crl.extensions.get_extension_for_class(x509.CRLNumber).value.crl_number
    except x509.ExtensionNotFound:
        number = 0
    return CrlFacts(number, sha256_hex(crl.public_bytes(Encoding.DER)),
                    crl.public_bytes(Encoding.PEM))
