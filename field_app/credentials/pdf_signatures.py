"""Signatures in a PDF, verified: digest, signature, chain, and that nothing but signatures followed.

What laptop and headquarters both need to read papers that officers signed (PAdES, ETSI EN 319 142-1).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from io import BytesIO
from typing import Any

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import Encoding

from field_app.credentials.profile import officer_of
from field_app.errors import FieldAppError

# What reading spoiled bytes as PDF, CMS or a certificate raises beside the library's own errors.
SPOILED = (ValueError, KeyError, TypeError, AttributeError, IndexError, OverflowError, AssertionError,
            NotImplementedError, RecursionError, UnsupportedAlgorithm, x509.InvalidVersion,
            x509.DuplicateExtension, x509.ExtensionNotFound)


class PdfNotSigned(FieldAppError):
    """The PDF cannot be signed (not one of ours, damaged, or signed before)."""


class SignatureBroken(FieldAppError):
    """A signature of the PDF does not hold; ``field``: which."""

    def __init__(self, field: str, why: str) -> None:
        super().__init__(f"{field}: {why}")
        self.field = field


@dataclass(frozen=True)
class PdfSignature:
    """One signature that holds: its field, who signed, when (as the signer's clock said), and
    whether it covers the whole file as it was when signed."""

    field: str
    name: str
    cert_no: str
    at: datetime | None
    covers: bool


def asn1_certificate(certificate: x509.Certificate) -> Any:
    """The certificate as pyHanko takes it."""
    from asn1crypto import x509 as asn1

    return asn1.Certificate.load(certificate.public_bytes(Encoding.DER))


def asn1_crl(crl: x509.CertificateRevocationList) -> Any:
    """The CRL as pyHanko takes it."""
    from asn1crypto import crl as asn1

    return asn1.CertificateList.load(crl.public_bytes(Encoding.DER))


def pdf_signatures(pdf: bytes, root: x509.Certificate,
                   authorities: Sequence[x509.Certificate]) -> tuple[PdfSignature, ...]:
    """Every signature in the file, each verified: digest, signature, chain to ``root``, and that
    nothing but signatures was added after it.

    Revocation is not asked here: at signing the trust bundle's lists were, at headquarters newer
    ones are. Raises :class:`SignatureBroken`, or :class:`PdfNotSigned` for a file that is no PDF.
    """
    from pyhanko.pdf_utils.misc import PdfError
    from pyhanko.pdf_utils.reader import PdfFileReader

    try:
        embedded = PdfFileReader(BytesIO(pdf)).embedded_regular_signatures
    except (PdfError, *SPOILED) as error:
        raise PdfNotSigned(type(error).__name__) from error
    found = []
    for one in embedded:
        try:
            found.append(_verified(one, root, authorities))
        except (PdfError, *SPOILED) as error:
            # What belongs to a signature is read late, piece by piece.
            raise SignatureBroken("?", type(error).__name__) from error
    return tuple(found)


def _verified(one: Any, root: x509.Certificate,
              authorities: Sequence[x509.Certificate]) -> PdfSignature:
    from pyhanko.pdf_utils.misc import PdfError
    from pyhanko.sign.diff_analysis import ModificationLevel
    from pyhanko.sign.general import SigningError
    from pyhanko.sign.validation import validate_pdf_signature
    from pyhanko.sign.validation.errors import SignatureValidationError
    from pyhanko.sign.validation.settings import KeyUsageConstraints
    from pyhanko_certvalidator import ValidationContext

    field = str(one.field_name)
    certificate = x509.load_der_x509_certificate(one.signer_cert.dump())
    context = ValidationContext(
        trust_roots=[asn1_certificate(root)], other_certs=[asn1_certificate(c) for c in authorities],
        allow_fetching=False, moment=_told_at(one), revocation_mode="soft-fail")
    try:
        status = validate_pdf_signature(
            one, context, key_usage_settings=KeyUsageConstraints(key_usage={"non_repudiation"}))
    except (SignatureValidationError, SigningError, PdfError, ValueError) as error:
        raise SignatureBroken(field, type(error).__name__) from error
    if not (status.intact and status.valid and status.trusted):
        raise SignatureBroken(field, "does not hold")
    if status.modification_level > ModificationLevel.FORM_FILLING:
        raise SignatureBroken(field, "the file was changed after it")
    officer = officer_of(certificate)
    return PdfSignature(field, officer.name, officer.cert_no, _told_at(one),
                        getattr(status.coverage, "name", "") in ("ENTIRE_FILE", "ENTIRE_REVISION"))


def _told_at(one: Any) -> datetime | None:
    stated: datetime | None = one.self_reported_timestamp
    return stated
