"""Both officers sign an issued PDF: PAdES baseline B-B (ETSI EN 319 142-1), offline, by pyHanko.

The issued bytes stay as they are; everything is appended (ISO 32000-1, 7.5.6). First all fields are
made in one step, one for each officer and one for the agency's seal where the paper leaves its place;
then each officer signs, so no signature is followed by a change of the form. Party's strokes are part
of the page, inside what is signed. Time-stamps and revocation data are added later at headquarters.
"""

import asyncio
from collections.abc import Sequence
from datetime import datetime
from io import BytesIO
from typing import Any

from cryptography import x509

from field_app.credentials.keys import OfficerKey
from field_app.credentials.pdf_signatures import PdfNotSigned, asn1_certificate
from field_app.credentials.profile import officer_of

OFFICERS, SEAL = ("Officer1", "Officer2"), "Seal"
_SEAL_WORDS = "印章"
_SEAL_SIDE = 113.0  # points: 40 mm, the round seal of a township (国发〔1999〕25号)
_MAX_BYTES = 64 << 20
def _signer(key: OfficerKey, authorities: Sequence[x509.Certificate]) -> Any:
    from asn1crypto import algos
    from pyhanko.sign.signers.pdf_cms import Signer
    from pyhanko_certvalidator.registry import SimpleCertificateStore

    class _Token(Signer):
        """pyHanko asks for raw signatures; the key may live in a token."""

        async def async_sign_raw(self, data: bytes, digest_algorithm: str,
                                 dry_run: bool = False) -> bytes:
            if dry_run:
                return bytes(80)  # longer than any DER signature of P-256
            if digest_algorithm != "sha256":
                raise PdfNotSigned(f"digest {digest_algorithm}")
            return key.sign(data)

    made: Any = SimpleCertificateStore  # untyped by its maker
    store = made()
    store.register_multiple([asn1_certificate(c) for c in authorities])
    return _Token(
        signature_mechanism=algos.SignedDigestAlgorithm({"algorithm": "sha256_ecdsa"}),
        signing_cert=asn1_certificate(key.certificate), cert_registry=store, embed_roots=False)


def _seal_box(pdf: bytes) -> tuple[int, tuple[float, float, float, float]] | None:
    """The page (from 0) and box around the last words that leave the seal its place."""
    import pypdfium2

    with pypdfium2.PdfDocument(pdf) as document:
        for number in reversed(range(len(document))):
            page = document[number].get_textpage()
            found = None
            searcher = page.search(_SEAL_WORDS)
            while (hit := searcher.get_next()) is not None:
                found = hit
            if found is not None:
                left, bottom, right, top = page.get_charbox(found[0])
                x, y = (left + right) / 2, (bottom + top) / 2
                half = _SEAL_SIDE / 2
                return number, (x - half, y - half, x + half, y + half)
    return None


def _with_fields(pdf: bytes) -> bytes:
    from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
    from pyhanko.sign.fields import SigFieldSpec, append_signature_field

    writer: Any = IncrementalPdfFileWriter(BytesIO(pdf))
    if "/AcroForm" in writer.root:
        raise PdfNotSigned("has fields already")
    for name in OFFICERS:
        append_signature_field(writer, SigFieldSpec(name))
    seal = _seal_box(pdf)
    if seal is not None:
        page, (x, y, x2, y2) = seal
        append_signature_field(writer, SigFieldSpec(
            SEAL, on_page=page, box=(int(x), int(y), int(x2), int(y2)),
            empty_field_appearance=True))
    made = BytesIO()
    writer.write(made)
    return made.getvalue()


def sign_pdf(pdf: bytes, keys: Sequence[OfficerKey], *, at: datetime,
             authorities: Sequence[x509.Certificate]) -> bytes:
    """The PDF with both officers' signatures appended; ``at``: aware, told in each signature.

    Raises :class:`PdfNotSigned`; what a key raises (``KeyGone``) goes through and nothing is kept.
    """
    from pyhanko.pdf_utils.misc import PdfError
    from pyhanko.sign.general import SigningError

    if len(keys) != len(OFFICERS) or len(pdf) > _MAX_BYTES:
        raise PdfNotSigned("two officers sign a paper of ordinary size")
    try:
        made = _with_fields(pdf)
        for name, key in zip(OFFICERS, keys, strict=True):
            made = _sign(made, name, key, at, authorities)
    except (PdfError, SigningError, ValueError, KeyError) as error:
        raise PdfNotSigned(type(error).__name__) from error
    return made


def _sign(pdf: bytes, name: str, key: OfficerKey, at: datetime,
          authorities: Sequence[x509.Certificate]) -> bytes:
    from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
    from pyhanko.sign.fields import SigSeedSubFilter
    from pyhanko.sign.signers import PdfSignatureMetadata, PdfSigner

    officer = officer_of(key.certificate)
    signer = PdfSigner(
        PdfSignatureMetadata(
            field_name=name, md_algorithm="sha256", subfilter=SigSeedSubFilter.PADES,
            name=f"{officer.name} {officer.cert_no}", reason="执法人员签名",
            location=officer.agency),
        signer=_signer(key, authorities))
    made = BytesIO()
    asyncio.run(_run(signer, IncrementalPdfFileWriter(BytesIO(pdf)), made, at))
    return made.getvalue()


async def _run(signer: Any, writer: Any, out: BytesIO, at: datetime) -> None:
    """pyHanko's own steps, but at the time told instead of the machine's."""
    from pyhanko.sign.signers.pdf_cms import PdfCMSSignedAttributes

    session = signer.init_signing_session(writer, existing_fields_only=True)
    session.system_time = at
    reserved = await session.estimate_signature_container_size(None)
    prepared = session.prepare_tbs_document(validation_info=None, bytes_reserved=reserved)
    digest, written = prepared.digest_tbs_document(output=out)
    await prepared.perform_signature(
        document_digest=digest.document_digest,
        pdf_cms_signed_attrs=PdfCMSSignedAttributes(signing_time=at))
    if written is not out:
        out.write(written.getvalue())
