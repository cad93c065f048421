"""A case package of the national suite: sealed, checked and opened as any other."""

import shutil
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from field_app.credentials.authority import new_gm_authority
from field_app.credentials.profile import OfficerInfo
from field_app.crypto.age_keys import Identity
from field_app.crypto.canonical import canonical, parse
from field_app.crypto.gm.header import GmIdentity
from field_app.crypto.gm.key_forms import private_pem
from field_app.crypto.gm.software import SoftSm2, SoftwareGm
from field_app.crypto.suite_keys import new_identity
from field_app.crypto.suites import GM, suite_of
from field_app.domain.people import Role
from field_app.packages import layout
from field_app.packages.bag import read_bag_info
from field_app.packages.open import PackageUnreadable, open_package
from field_app.packages.seal import SealRefused
from field_app.packages.statement import State
from field_app.packages.verify import verify_package
from tests.unit.crypto.gm.openssl import openssl


@pytest.fixture(scope="module")
def hq_key() -> SoftSm2:
    return SoftwareGm().generate()


@pytest.fixture(scope="module")
def gm_district(build: Any) -> Any:
    now = datetime.now(UTC).replace(microsecond=0)
    authority, valid = new_gm_authority("某某区", at=now - timedelta(days=365)), (
        now - timedelta(days=300), now + timedelta(days=300))
    agency = "某某镇人民政府"
    officers = [authority.issue_officer(name, OfficerInfo(Role.QUALIFIED, "ZD-01", number), agency=agency,
                                        unit="综合执法队", valid=valid) for name, number in build.NAMES]
    hq = authority.issue_headquarters("某某区司法局", valid=valid)
    made = build.District(
        authority=authority, now=now, valid=valid, officers=officers, auxiliary=officers[0],
        device=authority.issue_device(build.DEVICE, agency=agency, valid=valid), signer=hq, tls=hq,
        time=hq, identity=new_identity(GM))
    made.new_bundle()
    return made


@pytest.fixture
def gm_work(build: Any, gm_district: Any, hq_key: SoftSm2, tmp_path: Path) -> Any:
    """A new case whose files are sealed to two SM2 keys: its own and headquarters'."""
    case_key = SoftwareGm().generate().public

    class Work(build.CaseWork):  # type: ignore[misc]
        recipients = property(lambda self: [case_key, hq_key.public])

    return Work(gm_district, tmp_path)


@pytest.fixture
def hq(hq_key: SoftSm2) -> list[GmIdentity]:
    return [GmIdentity(SoftwareGm(), hq_key)]


def codes(folder: Path, trust: Any) -> list[str]:
    return [found.code for found in verify_package(folder, trust, at=datetime.now(UTC)).findings]


def test_it_is_sealed_checked_and_opened(gm_work: Any, gm_district: Any, hq: list[GmIdentity]) -> None:
    first = gm_work.add("笔录.pdf", b"%PDF-1.7 one" * 99)
    gm_work.seal(State.DRAFT)
    gm_work.add("照片.jpg", b"\xff\xd8" * 90_000)
    gm_work.seal(State.SUBMITTED)
    assert codes(gm_work.folder, gm_district.trust) == []
    assert read_bag_info(gm_work.folder)["LE-Suite"] == "gm-1"
    opened = open_package(gm_work.folder, hq)
    assert opened.statement.suite == GM and opened.statement.revision == 2
    assert {o.id: opened.read(o) for o in opened.index.objects} == gm_work.plain
    assert opened.read(opened.index.objects[0]) == gm_work.plain[first.id]
    assert len(list(opened.log_events())) == 6
    for path in (gm_work.folder / "data").rglob("*.age"):
        assert path.read_bytes().startswith(b"le-gm/v1\n")
    with pytest.raises(PackageUnreadable):
        open_package(gm_work.folder, [Identity.generate()])
    with pytest.raises(PackageUnreadable):
        open_package(gm_work.folder, [GmIdentity(SoftwareGm(), SoftwareGm().generate())])


def test_it_opens_by_what_its_readme_says(
        gm_work: Any, hq_key: SoftSm2, tmp_path: Path) -> None:
    """With nothing but the package, openssl, and Python with ``cryptography``."""
    gm_work.add("笔录.pdf", b"%PDF-1.7 one")
    gm_work.seal(State.SUBMITTED)
    text = (gm_work.folder / layout.README).read_text("utf-8")
    (tmp_path / "open_gm.py").write_text(text.split("open_gm.py:\n\n")[1], "utf-8")
    (tmp_path / "key.pem").write_bytes(private_pem(hq_key))
    opener = [sys.executable, "open_gm.py"]
    name = str(gm_work.folder / layout.index_name(1))
    subprocess.run([*opener, "stanzas", name], cwd=tmp_path, check=True)
    openssl("pkeyutl", "-decrypt", "-inkey", tmp_path / "key.pem", "-in", tmp_path / "stanza-1.bin",
            "-out", tmp_path / "file.key")
    subprocess.run([*opener, "open", name, "file.key", "index.json"], cwd=tmp_path, check=True)
    assert parse((tmp_path / "index.json").read_bytes(), limit=1 << 20)["rev"] == 1
    for manifest in (layout.MANIFEST, layout.TAG_MANIFEST):
        subprocess.run(["sha256sum", "-c", "--quiet", manifest], cwd=gm_work.folder, check=True)


def test_what_is_changed_or_foreign_is_found(
        gm_work: Any, gm_district: Any, district: Any, tmp_path: Path) -> None:
    gm_work.add("笔录.pdf", b"%PDF-1.7 one")
    gm_work.seal(State.SUBMITTED)

    def copy(name: str) -> Path:
        return Path(shutil.copytree(gm_work.folder, tmp_path / name))

    changed = copy("changed")
    path = next((changed / "data/objects").rglob("*.age"))
    data = bytearray(path.read_bytes())
    data[-1] ^= 1
    path.write_bytes(data)
    assert set(codes(changed, gm_district.trust)) == {"file_changed", "manifest_mismatch"}
    assert set(codes(gm_work.folder, district.trust)) == {"certificate_unknown_issuer"}
    renamed = copy("renamed")
    info = (renamed / layout.BAG_INFO).read_bytes()
    (renamed / layout.BAG_INFO).write_bytes(info.replace(b"gm-1", b"intl-1"))
    assert "bag_declaration" in codes(renamed, gm_district.trust)
    lying = copy("lying")
    statement = lying / layout.statement_name(1)
    value = parse(statement.read_bytes(), limit=1 << 20)
    statement.write_bytes(canonical(value | {"suite": "intl-1"}))
    assert "signature_invalid" in codes(lying, gm_district.trust)
    statement.write_bytes(canonical(value | {"suite": "gm-2"}))
    assert "statement_malformed" in codes(lying, gm_district.trust)


def test_a_statement_of_one_suite_is_not_signed_with_the_other(
        gm_work: Any, gm_district: Any, district: Any) -> None:
    from field_app.credentials.cms import sign_detached
    from field_app.packages.existing import SignedStatement, read_statement
    from field_app.packages.signatures import judge_signatures

    gm_work.add("笔录.pdf", b"x")
    gm_work.seal(State.DRAFT)
    signed = read_statement(gm_work.folder, 1)
    assert signed is not None
    forged = SignedStatement(signed.statement, signed.data, sign_detached(
        signed.data, [district.device], at=datetime.now(UTC)))
    found = judge_signatures(forged, district.trust, at=datetime.now(UTC))
    assert [(f.code, f.where) for f in found] == [("signature_invalid", "suite")]


def test_suites_never_mix(gm_work: Any, work: Any, district: Any, gm_district: Any) -> None:
    work.add("笔录.pdf", b"x")
    work.seal(State.DRAFT)
    with pytest.raises(ValueError, match="two suites"):
        gm_work.seal(State.DRAFT, signers=district.signers(State.DRAFT))
    gm_work.package, gm_work.home = work.package, work.home
    with pytest.raises(SealRefused, match="package_differs"):
        gm_work.seal(State.DRAFT)
    with pytest.raises(ValueError, match="one suite"):
        suite_of([*gm_work.recipients, *work.recipients])
    with pytest.raises(ValueError, match="one suite"):
        suite_of([])
