"""The certificate profile: purposes, and the officer extension.

Object identifiers live under 2.25 (UUID arc, ITU-T X.667), which needs no registration; a
district that owns a registered arc changes them here and issues anew.
Officer extension (DER, never critical)::

    OfficerInfo ::= SEQUENCE {
        role         ENUMERATED { qualified(1), auxiliary(2) },
        unitCode     UTF8String,
        certNumber   UTF8String,          -- enforcement certificate number (执法证号)
        photoSHA256  OCTET STRING,        -- 32 bytes, or empty
        category     SEQUENCE OF UTF8String }
"""

from dataclasses import dataclass
from enum import Enum
from typing import ClassVar

from asn1crypto import core
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from field_app.domain.people import Officer, Role

_ARC = "2.25.286593208186002996536439936100500295539"
OFFICER_INFO = x509.ObjectIdentifier(_ARC + ".1")
EKU_OFFICER = x509.ObjectIdentifier(_ARC + ".2")
EKU_DEVICE = x509.ObjectIdentifier(_ARC + ".3")
EKU_HEADQUARTERS = x509.ObjectIdentifier(_ARC + ".4")
EKU_SERVER = x509.ObjectIdentifier(_ARC + ".5")
EKU_OFFICER_ENCRYPTION = x509.ObjectIdentifier(_ARC + ".6")
EKU_CUSTODIAN = x509.ObjectIdentifier(_ARC + ".7")
EKU_TIME = x509.ObjectIdentifier(_ARC + ".8")
MAX_EXTENSION_BYTES = 4096


class Purpose(Enum):
    """What a certificate may be used for; one certificate has one purpose.

    ``HEADQUARTERS`` signs receipts and trust bundles; ``SERVER`` only answers TLS, so that who
    takes over the upload service cannot sign a receipt; ``TIME`` tells headquarters' time from
    there; ``OFFICER`` signs and logs in,
    ``OFFICER_ENCRYPTION`` is what keys are sealed to; two ``CUSTODIAN`` s together open a laptop whose
    officers' keys are lost.
    """

    OFFICER = "officer"
    DEVICE = "device"
    HEADQUARTERS = "headquarters"
    SERVER = "server"
    OFFICER_ENCRYPTION = "officer_encryption"
    CUSTODIAN = "custodian"
    TIME = "time"

    @property
    def eku(self) -> x509.ObjectIdentifier:
        return {"officer": EKU_OFFICER, "device": EKU_DEVICE,
                "headquarters": EKU_HEADQUARTERS, "server": EKU_SERVER,
                "officer_encryption": EKU_OFFICER_ENCRYPTION,
                "custodian": EKU_CUSTODIAN, "time": EKU_TIME}[self.value]

    def usages(self) -> list[x509.ObjectIdentifier]:
        """Extended key usages written into certificates of this purpose."""
        extra = {"officer": [], "device": [ExtendedKeyUsageOID.CLIENT_AUTH],
                 "headquarters": [], "server": [ExtendedKeyUsageOID.SERVER_AUTH],
                 "officer_encryption": [], "custodian": [], "time": []}[self.value]
        return [self.eku, *extra]


class _Role(core.Enumerated):  # type: ignore[misc]
    _map: ClassVar = {1: "qualified", 2: "auxiliary"}


class _Categories(core.SequenceOf):  # type: ignore[misc]
    _child_spec = core.UTF8String


class _OfficerInfo(core.Sequence):  # type: ignore[misc]
    _fields: ClassVar = [
        ("role", _Role), ("unit_code", core.UTF8String), ("cert_number", core.UTF8String),
        ("photo_sha256", core.OctetString), ("category", _Categories),
    ]


@dataclass(frozen=True)
class OfficerInfo:
    """What the officer extension says; ``photo_sha256`` is lower-case hex or empty."""

    role: Role
    unit_code: str
    cert_number: str
    photo_sha256: str = ""
    category: tuple[str, ...] = ()

    def to_der(self) -> bytes:
        return bytes(_OfficerInfo({
            "role": self.role.value, "unit_code": self.unit_code,
            "cert_number": self.cert_number, "photo_sha256": bytes.fromhex(self.photo_sha256),
            "category": list(self.category),
        }).dump())

    @classmethod
    def from_der(cls, data: bytes) -> "OfficerInfo":
        """Strict reading; ``ValueError`` for anything else."""
        if len(data) > MAX_EXTENSION_BYTES:
            raise ValueError("officer extension is too long")
        try:
            info = _OfficerInfo.load(data, strict=True)
            read = cls(
                role=Role(info["role"].native), unit_code=str(info["unit_code"].native),
                cert_number=str(info["cert_number"].native),
                photo_sha256=info["photo_sha256"].native.hex(),
                category=tuple(info["category"].native))
        except (TypeError, AttributeError, KeyError) as error:
            raise ValueError("officer extension is malformed") from error
        if not read.cert_number or len(read.photo_sha256) not in (0, 64):
            raise ValueError("officer extension is malformed")
        return read


def fingerprint(certificate: x509.Certificate) -> str:
    """Lower-case hex SHA-256 of the certificate's DER."""
    return certificate.fingerprint(hashes.SHA256()).hex()


def _attribute(name: x509.Name, oid: x509.ObjectIdentifier) -> str:
    found = name.get_attributes_for_oid(oid)
    return str(found[0].value) if found else ""


def officer_info(certificate: x509.Certificate) -> OfficerInfo:
    """The officer extension; ``ValueError`` when missing or malformed."""
    try:
        extension = certificate.extensions.get_extension_for_oid(OFFICER_INFO).value
    except (x509.ExtensionNotFound, x509.DuplicateExtension):
        raise ValueError("no officer extension, or two") from None
    if not isinstance(extension, x509.UnrecognizedExtension):
        raise ValueError("officer extension is malformed")
    return OfficerInfo.from_der(extension.value)


def officer_of(certificate: x509.Certificate) -> Officer:
    """The holder as the certificate tells; ``ValueError`` when it is no officer's."""
    info = officer_info(certificate)
    subject = certificate.subject
    return Officer(
        name=_attribute(subject, NameOID.COMMON_NAME), cert_no=info.cert_number,
        agency=_attribute(subject, NameOID.ORGANIZATION_NAME),
        unit=_attribute(subject, NameOID.ORGANIZATIONAL_UNIT_NAME), role=info.role,
        valid_from=certificate.not_valid_before_utc, valid_to=certificate.not_valid_after_utc,
        cert_sha256=fingerprint(certificate), photo_sha256=info.photo_sha256)


def subject_name(certificate: x509.Certificate) -> str:
    """The common name, for messages."""
    return _attribute(certificate.subject, NameOID.COMMON_NAME)


def subject_agency(certificate: x509.Certificate) -> str:
    """The organization, empty when the subject names none."""
    return _attribute(certificate.subject, NameOID.ORGANIZATION_NAME)


def subject_of(**parts: str) -> x509.Name:
    """A name of ``country``, ``agency``, ``unit``, ``name``, ``number``, in the order given."""
    oids = {"country": NameOID.COUNTRY_NAME, "agency": NameOID.ORGANIZATION_NAME,
            "unit": NameOID.ORGANIZATIONAL_UNIT_NAME, "name": NameOID.COMMON_NAME,
            "number": NameOID.SERIAL_NUMBER}
    return x509.Name([
        x509.NameAttribute(oids[key], value) for key, value in parts.items() if value])


def _key_usage(*, authority: bool = False, signs: bool = False, agrees: bool = False,
               ) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=signs, content_commitment=signs,
        key_encipherment=False, data_encipherment=False, key_agreement=agrees,
        key_cert_sign=authority, crl_sign=authority, encipher_only=False, decipher_only=False)


def authority_usage() -> x509.KeyUsage:
    """An authority signs certificates and CRLs, and nothing else."""
    return _key_usage(authority=True)


def usage_of(purpose: Purpose) -> x509.KeyUsage:
    """Officers sign with one key and have keys sealed to the other; machines use one for both."""
    return _key_usage(signs=purpose not in (Purpose.OFFICER_ENCRYPTION, Purpose.CUSTODIAN),
                      agrees=purpose is not Purpose.OFFICER)
