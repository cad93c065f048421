"""A signed paper raised to B-LTA: others verify it, and it is not raised where it must not be."""

import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest

from field_app.credentials.pdf_signatures import asn1_certificate, pdf_signatures
from field_app.documents.pades import sign_pdf
from field_app.documents.render import PaperFacts, render
from field_app.forms import load_form
from field_app.headquarters.raise_pdf import NotRaised, raise_pdf, verify_raised
from field_app.headquarters.timestamps import (
    TimeAuthority,
    TimestampAway,
    TimestampInvalid,
    ask,
    check,
    read_roots,
)
from tests.unit.headquarters import tsa

FACTS = PaperFacts(doc_no="武演乡罚〔2026〕1", short_code="K7QH4MXD9", verify_text="LE1 K7QH4MXD9",
                   draft=False)


@pytest.fixture(scope="module")
def server(time_server: tsa.TimeAuthority) -> tsa.TimeAuthority:
    return time_server


@pytest.fixture
def authority(server: tsa.TimeAuthority) -> Iterator[TimeAuthority]:
    yield TimeAuthority(server.url, *read_roots(server.root_pem))
    server.away, server.answer = False, None


@pytest.fixture(scope="module")
def signed(district: Any) -> bytes:
    pdf = render(load_form("G1-01"), {}, FACTS).pdf
    return sign_pdf(pdf, district.officers[:2], at=datetime.now(UTC) - timedelta(days=2),
                    authorities=[district.authority.district])


@pytest.fixture(scope="module")
def raised(district: Any, signed: bytes, server: tsa.TimeAuthority) -> bytes:
    authority = TimeAuthority(server.url, *read_roots(server.root_pem))
    return raise_pdf(signed, district.trust, authority, at=datetime.now(UTC)).pdf


def test_the_original_is_its_beginning_and_both_signatures_hold(
        district: Any, signed: bytes, raised: bytes, authority: TimeAuthority) -> None:
    assert raised.startswith(signed) and len(raised) > len(signed)
    found = pdf_signatures(raised, district.authority.root, [district.authority.district])
    assert [s.field for s in found] == ["Officer1", "Officer2"] and all(s.covers for s in found)
    told = verify_raised(raised, district.trust, authority)
    assert abs(told - datetime.now(UTC)) < timedelta(minutes=5)


def test_pyhanko_and_pdfsig_agree(district: Any, raised: bytes, authority: TimeAuthority,
                                  tmp_path: Path) -> None:
    from pyhanko.pdf_utils.reader import PdfFileReader
    from pyhanko.sign.validation import validate_pdf_signature, validate_pdf_timestamp
    from pyhanko.sign.validation.dss import DocumentSecurityStore

    reader = PdfFileReader(BytesIO(raised))
    (stamp,) = reader.embedded_timestamp_signatures
    status = validate_pdf_timestamp(stamp, authority.context(datetime.now(UTC)))
    assert status.intact and status.valid and status.trusted
    assert stamp.signed_revision > max(s.signed_revision for s in reader.embedded_regular_signatures)
    store = DocumentSecurityStore.read_dss(reader)
    assert len(store.crls) == 2 and len(store.vri_entries) == 3  # both signatures, the time-stamp
    for one in reader.embedded_regular_signatures:
        # Years later: nothing but the file, the root and the time that the time-stamp proves.
        context = store.as_validation_context({
            "trust_roots": [asn1_certificate(district.authority.root)], "allow_fetching": False,
            "revocation_mode": "require", "moment": status.timestamp, "retroactive_revinfo": True})
        assert validate_pdf_signature(one, context).bottom_line
    path = tmp_path / "raised.pdf"
    path.write_bytes(raised)
    told = subprocess.run(["pdfsig", "-nocert", str(path)], capture_output=True, text=True,
                          check=False).stdout
    assert told.count("Signature Validation: Signature is Valid.") == 2, told
    assert told.count("Signature has not yet been verified") == 1  # it does not judge time-stamps
    checked = subprocess.run(["qpdf", "--check", str(path)], capture_output=True, text=True, check=False)
    assert checked.returncode == 0, checked.stdout + checked.stderr


def test_a_changed_byte_is_found_wherever_it_is(district: Any, signed: bytes, raised: bytes,
                                                authority: TimeAuthority) -> None:
    for at in (len(signed) // 3, len(signed) - 4000, len(signed) + 700, len(raised) - 9000):
        changed = raised[:at] + bytes([raised[at] ^ 1]) + raised[at + 1:]
        with pytest.raises(NotRaised):
            verify_raised(changed, district.trust, authority)


def test_another_authority_or_district_is_not_believed(
        build: Any, district: Any, signed: bytes, raised: bytes, authority: TimeAuthority) -> None:
    stranger = TimeAuthority(authority.url, (asn1_certificate(district.authority.root),))
    with pytest.raises(NotRaised):
        verify_raised(raised, district.trust, stranger)
    with pytest.raises(NotRaised):
        verify_raised(raised, build.new_district().trust, authority)
    with pytest.raises(NotRaised) as none:
        verify_raised(signed, district.trust, authority)
    assert none.value.code == "timestamp"


def test_a_withdrawn_or_expired_certificate_is_not_raised(
        build: Any, signed: bytes, district: Any, authority: TimeAuthority) -> None:
    with pytest.raises(NotRaised) as refused:
        raise_pdf(signed, district.trust, authority, at=datetime.now(UTC) + timedelta(days=301))
    assert refused.value.code == "certificates"
    other = build.new_district()
    mine = sign_pdf(render(load_form("G1-01"), {}, FACTS).pdf, other.officers[:2],
                    at=datetime.now(UTC), authorities=[other.authority.district])
    other.authority.withdraw(str(other.officers[1].certificate.serial_number), at=datetime.now(UTC))
    other.new_bundle()
    with pytest.raises(NotRaised) as refused:
        raise_pdf(mine, other.trust, authority, at=datetime.now(UTC) + timedelta(seconds=2))
    assert refused.value.code == "certificates"


def test_an_authority_that_is_away_or_answers_nonsense(
        server: tsa.TimeAuthority, district: Any, signed: bytes, authority: TimeAuthority) -> None:
    now = datetime.now(UTC)
    server.away = True
    with pytest.raises(TimestampAway):
        raise_pdf(signed, district.trust, authority, at=now)
    nobody = TimeAuthority("http://127.0.0.1:9/tsa", authority.roots)
    with pytest.raises(TimestampAway):
        raise_pdf(signed, district.trust, nobody, at=now)
    server.away = False
    for nonsense in (b"", b"<html>", b"\x30\x03\x02\x01\x00", bytes(300 << 10)):
        server.answer = nonsense
        with pytest.raises(NotRaised) as refused:
            raise_pdf(signed, district.trust, authority, at=now)
        assert refused.value.code == "timestamp"
    server.answer = ask_raw(server, b"something else")  # an old answer, played again
    with pytest.raises(NotRaised):
        raise_pdf(signed, district.trust, authority, at=now)


def ask_raw(server: tsa.TimeAuthority, data: bytes) -> bytes:
    path = server.folder / "data.bin"
    path.write_bytes(data)
    return server.reply(subprocess.run(
        ["openssl", "ts", "-query", "-data", str(path), "-sha256", "-cert"], check=True,
        capture_output=True).stdout)


def test_a_time_stamp_holds_for_its_file_alone(authority: TimeAuthority, tmp_path: Path,
                                               server: tsa.TimeAuthority, district: Any) -> None:
    answer, told = ask(authority, b"p7s bytes")
    assert abs(told - datetime.now(UTC)) < timedelta(minutes=5)
    assert check(authority, answer, b"p7s bytes") == told
    (tmp_path / "x").write_bytes(b"p7s bytes")
    (tmp_path / "x.tsr").write_bytes(answer)
    said = subprocess.run(["openssl", "ts", "-verify", "-data", "x", "-in", "x.tsr", "-CAfile",
                           str(server.folder / "root.pem")], cwd=tmp_path, capture_output=True,
                          text=True, check=False)
    assert said.returncode == 0 and "OK" in said.stdout + said.stderr
    with pytest.raises(TimestampInvalid):
        check(authority, answer, b"other bytes")
    stranger = TimeAuthority(authority.url, (asn1_certificate(district.authority.root),))
    with pytest.raises(TimestampInvalid):
        check(stranger, answer, b"p7s bytes")
    for at in range(0, len(answer), 97):
        changed = answer[:at] + bytes([answer[at] ^ 0x41]) + answer[at + 1:]
        try:
            assert check(authority, changed, b"p7s bytes") == told  # bytes that nothing signs
        except TimestampInvalid:
            continue
    with pytest.raises(TimestampInvalid):
        check(authority, b"", b"p7s bytes")
