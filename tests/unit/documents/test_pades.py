"""Both officers sign a paper: the issued bytes stay, others verify it, any change is found."""

import json
import subprocess
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from field_app.credentials.keys import KeyGone, SoftKey
from field_app.credentials.pdf_signatures import (
    PdfNotSigned,
    PdfSignature,
    SignatureBroken,
    pdf_signatures,
)
from field_app.documents.pades import sign_pdf
from field_app.documents.render import PaperFacts, render
from field_app.forms import load_form
from field_app.paths import RESOURCES
from tests.unit.credentials.conftest import NOW, District, make_district

FACTS = PaperFacts(doc_no="武演乡罚〔2026〕1", short_code="K7QH4MXD9", verify_text="LE1 K7QH4MXD9",
                   draft=False)


def answers_of(form: str) -> dict[str, Any]:
    made: dict[str, Any] = json.loads(
        (RESOURCES / "training" / "answers" / f"{form}.json").read_text("utf-8"))
    return made


@pytest.fixture(scope="module")
def district() -> District:
    return make_district()


@pytest.fixture(scope="module")
def paper() -> bytes:
    return render(load_form("G3-15"), answers_of("G3-15"), FACTS).pdf


@pytest.fixture(scope="module")
def signed(district: District, paper: bytes) -> bytes:
    return signing(district, paper)


def signing(district: District, pdf: bytes) -> bytes:
    keys = (district.officer("张喆堃", "A-1"), district.officer("李㙦", "A-2"))
    return sign_pdf(pdf, keys, at=NOW, authorities=[district.authority.district])


def verified(district: District, pdf: bytes) -> tuple[PdfSignature, ...]:
    return pdf_signatures(pdf, district.authority.root, [district.authority.district])


def test_both_signatures_hold_and_the_issued_bytes_stay(
        district: District, paper: bytes, signed: bytes) -> None:
    assert signed.startswith(paper)
    found = verified(district, signed)
    assert [(s.field, s.name, s.cert_no) for s in found] == [
        ("Officer1", "张喆堃", "A-1"), ("Officer2", "李㙦", "A-2")]
    assert all(s.at == NOW and s.covers for s in found)


def test_a_seal_has_its_place_beside_the_signatures(signed: bytes) -> None:
    from io import BytesIO

    from pyhanko.pdf_utils.reader import PdfFileReader

    fields = {str(f.get_object()["/T"]) for f in PdfFileReader(BytesIO(signed)).root["/AcroForm"]["/Fields"]}
    assert fields == {"Officer1", "Officer2", "Seal"}


def test_others_verify_it(signed: bytes, tmp_path: Path) -> None:
    path = tmp_path / "signed.pdf"
    path.write_bytes(signed)
    told = subprocess.run(["pdfsig", "-nocert", str(path)], capture_output=True, text=True,
                          check=False).stdout
    assert told.count("Signature Validation: Signature is Valid.") == 2, told
    assert told.count("ETSI.CAdES.detached") == 2 and "Seal" in told
    checked = subprocess.run(["qpdf", "--check", str(path)], capture_output=True, text=True, check=False)
    assert checked.returncode == 0, checked.stdout + checked.stderr
    text = subprocess.run(["pdftotext", str(path), "-"], capture_output=True, text=True, check=True)
    assert "行政处罚决定书" in text.stdout


@pytest.mark.parametrize("part", [0.05, 0.3, 0.6, 0.9])
def test_a_changed_byte_breaks_a_signature(district: District, paper: bytes, signed: bytes,
                                           part: float) -> None:
    at = int(len(paper) * part)
    changed = signed[:at] + bytes([signed[at] ^ 1]) + signed[at + 1:]
    with pytest.raises((SignatureBroken, PdfNotSigned)):
        verified(district, changed)


def test_what_is_added_afterwards_is_found(district: District, signed: bytes) -> None:
    from io import BytesIO

    from pyhanko.pdf_utils.generic import DictionaryObject, pdf_name
    from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter

    writer = IncrementalPdfFileWriter(BytesIO(signed))
    page = writer.root["/Pages"]["/Kids"][0].get_object()
    page["/Contents"] = writer.add_object(
        DictionaryObject({pdf_name("/X"): pdf_name("/Y")}))  # type: ignore[no-untyped-call]
    writer.update_container(page)
    made = BytesIO()
    writer.write(made)  # type: ignore[no-untyped-call]
    with pytest.raises(SignatureBroken):
        verified(district, made.getvalue())


def test_another_district_is_not_believed(district: District, signed: bytes) -> None:
    other = make_district()
    with pytest.raises(SignatureBroken):
        pdf_signatures(signed, other.authority.root, [other.authority.district])


def test_who_is_no_officer_does_not_sign_for_one(district: District, paper: bytes) -> None:
    late = district.officer("甲", "A-3", days=1, start=NOW - timedelta(days=40))
    made = sign_pdf(paper, (late, district.officer("乙", "A-4")), at=NOW,
                    authorities=[district.authority.district])
    with pytest.raises(SignatureBroken):
        verified(district, made)  # the certificate had ended when it signed


def test_signed_twice_or_not_ours_is_refused(district: District, signed: bytes) -> None:
    for pdf in (signed, b"%PDF-1.7\nno", b"", signed[:2000]):
        with pytest.raises(PdfNotSigned):
            signing(district, pdf)
    with pytest.raises(PdfNotSigned):
        sign_pdf(signed, (district.officer("甲", "A-5"),), at=NOW, authorities=[])


def test_a_key_pulled_in_the_middle_leaves_nothing(district: District, paper: bytes) -> None:
    class Pulled(SoftKey):
        def sign(self, data: bytes) -> bytes:
            raise KeyGone("pulled")

    one = district.officer("甲", "A-6")
    with pytest.raises(KeyGone):
        sign_pdf(paper, (one, Pulled(one.private_key, one.certificate)), at=NOW,
                 authorities=[district.authority.district])


def test_a_long_record_is_signed_too(district: District) -> None:
    pdf = render(load_form("G2-02"), answers_of("G2-02"), FACTS).pdf
    found = verified(district, signing(district, pdf))
    assert len(found) == 2 and isinstance(found[0].at, datetime)
