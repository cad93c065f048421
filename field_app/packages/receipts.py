"""Headquarters' receipts in a package: checked before they are believed, then kept."""

from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from field_app.credentials.cms import CmsRefused, verify_detached
from field_app.credentials.profile import Purpose
from field_app.credentials.trust import CertificateRefused, Trust, check_certificate
from field_app.crypto.canonical import MalformedJson, canonical, parse
from field_app.crypto.suites import INTL, SUITES
from field_app.errors import FieldAppError
from field_app.packages import layout
from field_app.packages.bag import read_bag_info, read_limited, write_bag
from field_app.packages.durable import is_regular, write_file
from field_app.packages.existing import SignedStatement
from field_app.packages.readme import readme
from field_app.packages.signatures import CLOCK_SLACK
from field_app.protocol.messages import SignedDocument
from field_app.protocol.receipt import Receipt, ReceivedFile, Verdict
from field_app.protocol.strict import Malformed


class ReceiptInvalid(FieldAppError):
    """A receipt proves nothing.

    ``code``: ``malformed``, ``unsigned``, ``signer`` (with the certificate's code in ``detail``),
    ``other_statement``, ``files``.
    """

    def __init__(self, code: str, detail: str = "") -> None:
        super().__init__(f"{code} {detail}".strip())
        self.code = code
        self.detail = detail


@dataclass(frozen=True)
class KeptReceipt:
    """A receipt with the bytes that prove it."""

    receipt: Receipt
    signed: SignedDocument


def receipt_bytes(receipt: Receipt) -> bytes:
    """The canonical bytes that headquarters signs."""
    return canonical(receipt.to_json())


def check_receipt(signed: SignedDocument, statement: SignedStatement, trust: Trust, *,
                  at: datetime) -> Receipt:
    """The receipt, if it is headquarters' word on exactly this statement.

    ``at``: the trusted present; raises :class:`ReceiptInvalid`.
    """
    try:
        receipt = Receipt.from_json(parse(signed.document, limit=layout.MAX_RECEIPT_BYTES))
    except (Malformed, MalformedJson) as error:
        raise ReceiptInvalid("malformed", str(error)) from error
    try:
        signers = verify_detached(signed.document, signed.signature)
        for signer in signers:
            if signer.signing_time > at + CLOCK_SLACK:
                raise ReceiptInvalid("signer", "in_future")
            check_certificate(signer.certificate, trust, at=signer.signing_time,
                              purpose=Purpose.HEADQUARTERS)
    except CmsRefused as error:
        raise ReceiptInvalid("unsigned", error.code) from error
    except CertificateRefused as error:
        raise ReceiptInvalid("signer", error.code) from error
    told = statement.statement
    # Headquarters accepts nothing that is signed in its future, so a key that it withdrew, or that has expired
    # since, proves nothing by an older date.
    if receipt.verdict is Verdict.ACCEPTED and any(
            told.made - signer.signing_time > CLOCK_SLACK for signer in signers):
        raise ReceiptInvalid("signer", "backdated")
    if (receipt.package, receipt.revision, receipt.statement_sha256) != (
            told.package, told.revision, statement.sha256):
        raise ReceiptInvalid("other_statement")
    files = tuple(ReceivedFile(file.sha256, file.size) for file in told.files())
    if receipt.verdict is Verdict.ACCEPTED and receipt.files != files:
        raise ReceiptInvalid("files")
    return receipt


def read_receipt(folder: Path, revision: int) -> SignedDocument | None:
    """The receipt kept for ``revision``, unjudged, or None. :class:`ReceiptInvalid` for a link or what is too
    large."""
    document, signature = (folder / name for name in layout.receipt_names(revision))
    if not document.is_file() or not signature.is_file():
        return None
    if not is_regular(document) or not is_regular(signature):
        raise ReceiptInvalid("malformed", "not a regular file")
    try:
        return SignedDocument(read_limited(document, layout.MAX_RECEIPT_BYTES),
                              read_limited(signature, layout.MAX_SIGNATURE_BYTES))
    except Malformed as error:
        raise ReceiptInvalid("malformed", str(error)) from error


def _suite_of(folder: Path) -> str:
    """As the package declares it; where it declares nothing any more, as most are."""
    try:
        stated = read_bag_info(folder).get("LE-Suite", INTL)
    except (OSError, Malformed):
        return INTL
    return stated if stated in SUITES else INTL


def keep_receipt(folder: Path, package: str, revision: int, signed: SignedDocument) -> None:
    """Lay a checked receipt into the package; the same one again changes nothing."""
    names = layout.receipt_names(revision)
    with suppress(ReceiptInvalid):  # What is no receipt gives way to one.
        if read_receipt(folder, revision) == signed:
            return
    # The document comes last: whoever finds it finds its signature too.
    write_file(folder / names[1], signed.signature)
    write_file(folder / names[0], signed.document)
    suite = _suite_of(folder)
    write_bag(folder, package, readme=readme(package, suite), suite=suite, rewritten=names)
