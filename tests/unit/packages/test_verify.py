"""Verification: every kind of harm is found, named and survived."""

import os
import random
import re
import shutil
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest

from field_app.credentials.cms import sign_detached
from field_app.crypto.canonical import canonical, parse
from field_app.crypto.suites import INTL
from field_app.packages import layout, verdicts
from field_app.packages.bag import write_bag
from field_app.packages.open import PackageUnreadable, open_package
from field_app.packages.readme import readme
from field_app.packages.receipts import ReceiptInvalid, check_receipt, keep_receipt, receipt_bytes
from field_app.packages.seal import Signers
from field_app.packages.statement import State
from field_app.packages.verdicts import finding_codes
from field_app.packages.verify import PackageReport, verify_package
from field_app.protocol.messages import SignedDocument
from field_app.protocol.receipt import Receipt, ReceiptReason, ReceivedFile, Verdict

FORMAT = Path(verdicts.__file__).with_name("FORMAT.md")


def _now() -> datetime:
    return datetime.now(UTC)


def _codes(report: PackageReport) -> set[str]:
    return {finding.code for finding in report.findings}


def _files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file())


def _flip(path: Path, place: int) -> None:
    # The package shares files with the case by hard link; a test must not reach through it.
    data = bytearray(path.read_bytes())
    data[place] ^= 0x01
    path.unlink()
    path.write_bytes(data)


def _resign(folder: Path, revision: int, signers: Signers, **changes: Any) -> None:
    """Write statement ``revision`` anew with other members, properly signed and listed."""
    path = folder / layout.statement_name(revision)
    value = {**parse(path.read_bytes()), **changes}
    data = canonical(value)
    path.write_bytes(data)
    (folder / layout.signature_name(revision)).write_bytes(
        sign_detached(data, (signers.device, *signers.officers), at=_now()))
    _relist(folder, value["pkg"])


def _relist(folder: Path, package: str) -> None:
    (folder / layout.MANIFEST).unlink(missing_ok=True)
    (folder / layout.TAG_MANIFEST).unlink(missing_ok=True)
    write_bag(folder, package, readme=readme(package, INTL), suite=INTL)


def test_an_empty_signature_is_none(copied: Path, sealed_case: Any, district: Any) -> None:
    """Also where whoever emptied it set the lists right."""
    (copied / layout.signature_name(2)).write_bytes(b"")
    _relist(copied, sealed_case.package)
    report = verify_package(copied, district.trust, at=_now())
    assert _codes(report) == {"signature_invalid"} and not report.ok


def test_every_changed_byte_is_found(copied: Path, district: Any) -> None:
    chance = random.Random(20261124)
    trust = district.trust
    for path in _files(copied):
        original = path.read_bytes()
        size = len(original)
        for place in {0, size // 2, size - 1, chance.randrange(size)}:
            _flip(path, place)
            report = verify_package(copied, trust, at=_now())
            assert not report.ok, f"{path.name} at {place}"
        path.write_bytes(original)
    assert verify_package(copied, trust, at=_now()).findings == ()


def test_a_forger_who_mends_the_manifests_is_found_too(
        copied: Path, sealed_case: Any, district: Any) -> None:
    trust = district.trust
    signed = [path for path in _files(copied)
              if path.relative_to(copied).parts[0] in ("data", "statements")]
    for path in signed:
        original = path.read_bytes()
        _flip(path, len(original) * 2 // 3)
        _relist(copied, sealed_case.package)
        report = verify_package(copied, trust, at=_now())
        assert not report.ok, path.name
        path.write_bytes(original)
    _relist(copied, sealed_case.package)
    assert verify_package(copied, trust, at=_now()).ok


def test_every_missing_and_every_cut_file_is_found(copied: Path, district: Any) -> None:
    for path in _files(copied):
        original = path.read_bytes()
        path.unlink()
        assert not verify_package(copied, district.trust, at=_now()).ok, path.name
        path.write_bytes(original[:len(original) // 2])
        assert not verify_package(copied, district.trust, at=_now()).ok, path.name
        path.write_bytes(original)


def test_reading_changed_packages_never_crashes(
        copied: Path, sealed_case: Any) -> None:
    chance = random.Random(7)
    for path in _files(copied):
        original = path.read_bytes()
        for _ in range(3):
            _flip(path, chance.randrange(len(original)))
            try:
                opened = open_package(copied, [sealed_case.identity])
                for entry in opened.index.objects:
                    assert opened.read(entry) == sealed_case.plain[entry.id]
                assert len(list(opened.log_events())) == 6
            except PackageUnreadable as error:
                assert error.code in finding_codes()
            path.unlink()
            path.write_bytes(original)


Harm = Callable[[Path], None]


def _link(folder: Path) -> None:
    target = next(folder.glob("data/objects/*/*.age"))
    moved = folder.parent / "outside.age"
    shutil.move(target, moved)
    target.symlink_to(moved)


def _pipe(folder: Path) -> None:
    target = next(folder.glob("data/objects/*/*.age"))
    target.unlink()
    os.mkfifo(target)


def _deep(folder: Path) -> None:
    (folder / "data/objects/a/b/c/d").mkdir(parents=True)


@pytest.mark.parametrize(("harm", "code"), [
    (_link, "not_a_regular_file"),
    (_pipe, "not_a_regular_file"),
    (_deep, "unsafe_name"),
    (lambda f: (f / "data" / "autorun.inf").write_bytes(b"x"), "unsafe_name"),
    (lambda f: (f / "statements" / "..json").write_bytes(b"x"), "unsafe_name"),
    (lambda f: (f / "data/index/000003.age.part").write_bytes(b"x"), "unfinished_file"),
    (lambda f: (f / "data/index/000003.age").write_bytes(b"x"), "unlisted_file"),
    (lambda f: (f / layout.BAGIT).write_bytes(b"BagIt-Version: 0.97\n"), "bag_declaration"),
    (lambda f: (f / layout.BAG_INFO).write_bytes(b"no label"), "bag_declaration"),
    (lambda f: (f / layout.MANIFEST).write_bytes(b"\xff"), "manifest_malformed"),
    (lambda f: (f / layout.MANIFEST).write_bytes(b"0" * 64 + b"  ../../etc/passwd\n"),
     "manifest_malformed"),
    (lambda f: (f / layout.MANIFEST).unlink(), "manifest_missing"),
    (lambda f: (f / "statements/000001.json").unlink(), "statement_missing"),
    (lambda f: (f / "statements/000002.p7s").unlink(), "signature_missing"),
    (lambda f: (f / "statements/000002.p7s").write_bytes(b"\0" * 300_000), "signature_invalid"),
    (lambda f: (f / "statements/000002.json").write_bytes(b"[" * 100_000),
     "statement_malformed"),
    (lambda f: (f / "statements/000002.json").write_bytes(b'{"format":"le-statement/2"}'),
     "statement_newer"),
    (lambda f: (f / "statements/000009.json").write_bytes(b"{}"), "statement_missing"),
])
def test_harm_is_named(copied: Path, district: Any, harm: Harm, code: str) -> None:
    harm(copied)
    assert code in _codes(verify_package(copied, district.trust, at=_now()))


def test_too_many_files_are_not_listed_for_ever(
        copied: Path, district: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(layout, "MAX_FILES", 10)
    assert "too_many_files" in _codes(verify_package(copied, district.trust, at=_now()))


def test_folders_that_are_no_package(tmp_path: Path, district: Any) -> None:
    for folder in (tmp_path, tmp_path / "nothing"):
        assert "not_a_package" in _codes(verify_package(folder, district.trust, at=_now()))


@pytest.mark.parametrize(("changes", "code"), [
    ({"prev": "0" * 64}, "chain_broken"),
    ({"pkg": "00000000-0000-4000-8000-000000000000"}, "package_differs"),
    ({"device": "D099"}, "device_differs"),
    ({"objects": []}, "object_dropped"),
    ({"logs": []}, "log_dropped"),
    ({"officers": ["0" * 64, "1" * 64]}, "officers_differ"),
    ({"device_cert": "0" * 64}, "device_not_signed"),
    ({"suite": "weak-1"}, "statement_malformed"),
    ({"extra": 1}, "statement_malformed"),
    ({"rev": True}, "statement_malformed"),
    ({"part_size": 1}, "statement_malformed"),
    ({"made": "2026-11-24T09:00:00"}, "statement_malformed"),
    ({"objects": [{"ct_sha256": "a" * 64, "size": -1}]}, "statement_malformed"),
])
def test_wrong_statements_that_are_properly_signed(
        copied: Path, district: Any, changes: dict[str, Any], code: str) -> None:
    _resign(copied, 2, district.signers(), **changes)
    assert code in _codes(verify_package(copied, district.trust, at=_now()))


def test_who_must_sign(copied: Path, district: Any) -> None:
    from field_app.credentials.profile import fingerprint

    def named(*officers: Any) -> list[str]:
        return sorted(fingerprint(key.certificate) for key in officers)

    one, two, three = district.officers
    cases = {
        "officers_missing": (Signers(district.device, (one,)), named(one)),
        "officers_differ": (Signers(district.device, (one, three)), named(one, two)),
        "device_not_signed": (Signers(one, (two,)), named(one, two)),
    }
    for code, (signers, officers) in cases.items():
        _resign(copied, 2, signers, officers=officers)
        assert code in _codes(verify_package(copied, district.trust, at=_now())), code
    _resign(copied, 2, Signers(district.device, (one, district.auxiliary)),
            officers=named(one, district.auxiliary))
    assert "officers_missing" in _codes(verify_package(copied, district.trust, at=_now()))


def test_certificates_are_judged_at_signing_time(build: Any, tmp_path: Path) -> None:
    district = build.new_district()
    work = build.small_case(district, tmp_path / "good")
    assert verify_package(work.folder, district.trust, at=_now()).ok
    long_after = _now() + timedelta(days=400)
    assert verify_package(work.folder, district.trust, at=long_after).ok

    early = verify_package(work.folder, district.trust, at=_now() - timedelta(days=1))
    assert "signed_in_future" in _codes(early)

    serial = str(district.officers[0].certificate.serial_number)
    district.authority.withdraw(serial, at=_now() + timedelta(seconds=30))
    district.new_bundle()
    later = verify_package(work.folder, district.trust, at=_now() + timedelta(minutes=1))
    assert later.ok
    assert "revoked_since" in _codes(later)

    revoked = build.new_district()
    bad = build.small_case(revoked, tmp_path / "bad")
    revoked.authority.withdraw(str(revoked.officers[0].certificate.serial_number),
                               at=_now() - timedelta(days=1))
    revoked.new_bundle()
    report = verify_package(bad.folder, revoked.trust, at=_now())
    assert "certificate_revoked" in {f.code for f in report.errors}


def test_another_district_is_not_believed(
        sealed_case: Any, build: Any) -> None:
    report = verify_package(sealed_case.folder, build.new_district().trust, at=_now())
    assert "certificate_unknown_issuer" in _codes(report)


def test_without_trust_only_a_warning(sealed_case: Any) -> None:
    report = verify_package(sealed_case.folder, None, at=_now())
    assert report.ok
    assert _codes(report) == {"trust_unknown"}


def _receipt(report: PackageReport, **changes: Any) -> Receipt:
    signed = report.statements[-1]
    told = signed.statement
    facts: dict[str, Any] = {
        "package": told.package, "revision": told.revision, "statement_sha256": signed.sha256,
        "verdict": Verdict.ACCEPTED, "reasons": (), "unit": "某某区司法局", "at": _now(),
        "files": tuple(ReceivedFile(f.sha256, f.size) for f in told.files())}
    return Receipt(**{**facts, **changes})


@pytest.mark.parametrize(("signed_after", "withdrawn_after", "verdict", "believed"), [
    (1, 2, Verdict.ACCEPTED, True),  # Signed while it was good.
    (1, 0, Verdict.ACCEPTED, False),
    (-2, -1, Verdict.ACCEPTED, False),  # As if signed while it was good: there was nothing to sign for.
    (-2, 2, Verdict.REFUSED, True),  # The laptop's clock ran ahead, and so it is told.
])
def test_a_withdrawn_key_accepts_nothing_by_an_older_date(
        build: Any, tmp_path: Path, signed_after: int, withdrawn_after: int, verdict: Verdict,
        believed: bool) -> None:
    district, day = build.new_district(), timedelta(days=1)
    made = district.now - 5 * day
    work = build.CaseWork(district, tmp_path)
    work.add("现场检查笔录.pdf", b"%PDF-1.7 ")
    work.seal(draft=replace(work.draft(), made=made))
    stolen, at = district.signer, made + signed_after * day
    district.signer = district.authority.issue_headquarters("某某区司法局", valid=district.valid)
    district.authority.withdraw(str(stolen.certificate.serial_number), at=made + withdrawn_after * day)
    district.new_bundle()
    report = verify_package(work.folder, district.trust, at=_now())
    data = receipt_bytes(_receipt(report, revision=1, at=at, verdict=verdict, **(
        {} if verdict is Verdict.ACCEPTED
        else {"files": (), "reasons": (ReceiptReason("signed_in_future", "晚于现在", "请核对时间", ""),)})))
    keep_receipt(work.folder, work.package, 1, SignedDocument(
        data, sign_detached(data, [stolen], at=at, extra_certs=(district.authority.district,))))
    assert _codes(verify_package(work.folder, district.trust, at=_now())) == (
        set() if believed else {"receipt_invalid"})


@pytest.mark.parametrize(("year", "believed"), [(1, True), (9999, False)])
def test_a_statement_of_any_year_is_held_against_its_receipt(
        sealed_case: Any, district: Any, year: int, believed: bool) -> None:
    report = verify_package(sealed_case.folder, district.trust, at=_now())
    data, signed = receipt_bytes(_receipt(report)), report.statements[-1]
    document = SignedDocument(data, sign_detached(data, [district.signer], at=_now()))
    east = timezone(timedelta(hours=14 if year == 1 else -14))  # Beyond what a date can be, told in UTC.
    made = datetime(year, 1 if year == 1 else 12, 1 if year == 1 else 31, 0 if year == 1 else 23, tzinfo=east)
    told = replace(signed, statement=replace(signed.statement, made=made))
    with nullcontext() if believed else pytest.raises(ReceiptInvalid):
        check_receipt(document, told, district.trust, at=_now())


def test_receipts_are_believed_only_from_headquarters_about_this(
        copied: Path, district: Any) -> None:
    report = verify_package(copied, district.trust, at=_now())

    def kept(receipt: Receipt, key: Any) -> PackageReport:
        data = receipt_bytes(receipt)
        signed = SignedDocument(data, sign_detached(data, [key], at=_now()))
        keep_receipt(copied, receipt.package, 2, signed)
        return verify_package(copied, district.trust, at=_now())

    good = kept(_receipt(report), district.signer)
    assert good.findings == ()
    assert good.receipts[2].verdict is Verdict.ACCEPTED
    for key in (district.device, district.officers[0]):
        assert _codes(kept(_receipt(report), key)) == {"receipt_invalid"}
    fewer = _receipt(report, files=_receipt(report).files[:-1])
    assert _codes(kept(fewer, district.signer)) == {"receipt_invalid"}
    other = _receipt(report, statement_sha256="0" * 64)
    assert _codes(kept(other, district.signer)) == {"receipt_other_statement"}


def test_the_format_page_names_every_code_and_no_other() -> None:
    text = FORMAT.read_text("utf-8")
    table = text[text.index("### Findings"):text.index("## 8.")]
    named = {code for row in re.findall(r"^\| (`.+?) \|", table, re.M)
             for code in re.findall(r"`([a-z_]+)`", row)}
    assert named == finding_codes()


def test_the_format_page_tells_the_limits() -> None:
    text = FORMAT.read_text("utf-8")
    for limit in (f"| objects in a package | {layout.MAX_OBJECTS:,} |",
                  f"| files in a package | {layout.MAX_FILES:,} |",
                  f"| revisions | {layout.MAX_REVISION:,} |",
                  f"| log ranges | {layout.MAX_LOGS:,} |",
                  f"`{layout.PART_SIZE}`"):
        assert limit in text


def test_state_names_are_those_of_the_page() -> None:
    text = FORMAT.read_text("utf-8")
    assert all(f"| `{state.value}` |" in text for state in State)
