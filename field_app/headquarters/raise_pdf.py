"""One signed PDF raised from PAdES B-B to B-LTA (ETSI EN 319 142-1) by pyHanko.

What is signed stays as it is: certificates and CRLs (DSS) and a document time-stamp are appended.
What was made is verified before it is handed out, as a stranger would who has nothing but the file
and the two roots.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from io import BytesIO
from typing import Any

from field_app.credentials.pdf_signatures import SPOILED, asn1_certificate, asn1_crl
from field_app.credentials.trust import Trust
from field_app.errors import FieldAppError
from field_app.headquarters.timestamps import (
    TimeAuthority,
    TimestampAway,
    TimestampInvalid,
    stamper,
)

LEVEL = "B-LTA"


class NotRaised(FieldAppError):
    """A paper cannot be raised now; ``code``: ``certificates`` (one is expired, revoked, or has no
    CRL), ``timestamp`` (what came is no good), ``file``."""

    def __init__(self, code: str, detail: str = "") -> None:
        super().__init__(f"{code} {detail}".strip())
        self.code = code


@dataclass(frozen=True)
class RaisedPdf:
    """The whole file, and the time that its time-stamp proves."""

    pdf: bytes
    stamped: datetime


def _district(trust: Trust, at: datetime) -> dict[str, Any]:
    return {"trust_roots": [asn1_certificate(trust.root)],
            "other_certs": [asn1_certificate(c) for c in trust.intermediates],
            "allow_fetching": False, "moment": at, "revocation_mode": "require"}


async def _with_proofs(pdf: bytes, trust: Trust, crls: Sequence[Any], at: datetime) -> bytes:
    """Certificates and CRLs of every officer's signature, appended (DSS)."""
    from pyhanko.pdf_utils.reader import PdfFileReader
    from pyhanko.sign.validation.dss import async_add_validation_info
    from pyhanko_certvalidator import ValidationContext

    for number in range(len(PdfFileReader(BytesIO(pdf)).embedded_regular_signatures)):
        one = PdfFileReader(BytesIO(pdf)).embedded_regular_signatures[number]
        made = BytesIO()
        # A context of its own: what one signature needed must not be counted for the other.
        context = ValidationContext(crls=list(crls), retroactive_revinfo=True, **_district(trust, at))
        await async_add_validation_info(one, context, skip_timestamp=True, output=made)
        pdf = made.getvalue()
    return pdf


async def _with_timestamp(pdf: bytes, authority: TimeAuthority, at: datetime) -> bytes:
    from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
    from pyhanko.sign.signers import PdfTimeStamper

    made = BytesIO()
    await PdfTimeStamper(stamper(authority)).async_timestamp_pdf(
        IncrementalPdfFileWriter(BytesIO(pdf)), "sha256", validation_context=authority.context(at),
        output=made)
    return made.getvalue()


def raise_pdf(pdf: bytes, trust: Trust, authority: TimeAuthority, *, at: datetime) -> RaisedPdf:
    """``pdf`` raised at ``at``, the present. Raises :class:`NotRaised` or ``TimestampAway``."""
    from pyhanko.pdf_utils.misc import PdfError
    from pyhanko.sign.general import SigningError
    from pyhanko.sign.timestamps import TimestampRequestError
    from pyhanko_certvalidator.errors import PathError, ValidationError

    crls = [asn1_crl(crl) for crl in trust.crls]
    try:
        proved = asyncio.run(_with_proofs(pdf, trust, crls, at))
    except (ValidationError, PathError) as error:
        raise NotRaised("certificates", type(error).__name__) from error
    except (PdfError, SigningError, *SPOILED) as error:
        raise NotRaised("file", type(error).__name__) from error
    try:
        made = asyncio.run(_with_timestamp(proved, authority, at))
    except TimestampAway:
        raise
    except (TimestampInvalid, TimestampRequestError, ValidationError, PathError, SigningError,
            PdfError, *SPOILED) as error:
        raise NotRaised("timestamp", type(error).__name__) from error
    return RaisedPdf(made, verify_raised(made, trust, authority))


def verify_raised(pdf: bytes, trust: Trust, authority: TimeAuthority) -> datetime:
    """The time that a raised file proves; :class:`NotRaised` unless all in it holds.

    Only the file's own certificates and CRLs are used: the two roots are all that comes from outside.
    """
    from pyhanko.pdf_utils.misc import PdfError
    from pyhanko.sign.general import SigningError
    from pyhanko.sign.validation.errors import SignatureValidationError

    try:
        return _verify(pdf, trust, authority)
    except (PdfError, SigningError, SignatureValidationError, *SPOILED) as error:
        raise NotRaised("file", type(error).__name__) from error


def _verify(pdf: bytes, trust: Trust, authority: TimeAuthority) -> datetime:
    from pyhanko.pdf_utils.reader import PdfFileReader
    from pyhanko.sign.diff_analysis import ModificationLevel
    from pyhanko.sign.validation import validate_pdf_signature, validate_pdf_timestamp
    from pyhanko.sign.validation.dss import DocumentSecurityStore
    from pyhanko.sign.validation.settings import KeyUsageConstraints

    reader = PdfFileReader(BytesIO(pdf))
    stamps = reader.embedded_timestamp_signatures
    if not stamps or not reader.embedded_regular_signatures:
        raise NotRaised("timestamp", "none")
    first = _time_of(stamps[0])
    for stamp in stamps:
        status = validate_pdf_timestamp(stamp, authority.context(_time_of(stamp)))
        if (not (status.intact and status.valid and status.trusted)
                or status.modification_level > ModificationLevel.LTA_UPDATES):
            raise NotRaised("timestamp", "does not hold")
    store = DocumentSecurityStore.read_dss(reader)
    for one in reader.embedded_regular_signatures:
        context = store.as_validation_context(
            _district(trust, first) | {"other_certs": [], "retroactive_revinfo": True})
        found = validate_pdf_signature(
            one, context, key_usage_settings=KeyUsageConstraints(key_usage={"non_repudiation"}))
        if one.signed_revision >= stamps[0].signed_revision:
            raise NotRaised("timestamp", "not over every signature")
        if not found.bottom_line:
            raise NotRaised("certificates", str(one.field_name))
    return first


def _time_of(stamp: Any) -> datetime:
    told: datetime = stamp.signed_data["encap_content_info"]["content"].parsed["gen_time"].native
    return told.astimezone(UTC)
