"""A district of the national suite, from its first key to headquarters' receipt, all by stick."""

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from field_app.actions import administer, more_keys
from field_app.actions.audit_log import export_log
from field_app.actions.case_desk import case_desk
from field_app.actions.context import Session, case_identity
from field_app.actions.log_in import CardAndPin, log_in, log_out
from field_app.actions.overview import list_cases
from field_app.actions.paper_proof import paper_proof
from field_app.actions.play_clip import play_clip
from field_app.actions.record_step import Devices, start_recording
from field_app.actions.seal_blob import read_blob
from field_app.actions.seal_case import seal_case
from field_app.actions.send_cases import send_cases
from field_app.actions.stick import bring_back, carry_out
from field_app.cli import main
from field_app.cli.demo.moving_picture import moving_picture
from field_app.cli.demo.world import AGENCY, CA_WORDS, HQ_UNIT, PINS, UNIT, World
from field_app.credentials.cms import crl_facts
from field_app.credentials.device import read_header
from field_app.credentials.profile import fingerprint
from field_app.credentials.trust import HqRecipient, load_trust
from field_app.crypto.hashing import sha256_file
from field_app.crypto.suite_keys import new_identity
from field_app.crypto.suites import INTL
from field_app.domain.case import Case, SyncState
from field_app.errors import UserError
from field_app.headquarters.stick import import_package
from field_app.packages.open import open_package
from field_app.packages.verify import verify_package
from field_app.storage import outbox, papers
from tests.journeys.test_sending import with_paper
from tests.unit.crypto.gm.openssl import openssl

MakeCase = Callable[[Session], Case]


@pytest.fixture
def session(gm_world: World) -> Iterator[Session]:
    made = log_in(gm_world.laptop, *gm_world.both())
    yield made
    log_out(made)


def recorded(session: Session, case: Case) -> None:
    """Some seconds of a real camera, and a photo."""
    step = case_desk(session, case.id).step("inspection").step
    with moving_picture() as camera:
        recording = start_recording(session, case.id, step.id, Devices(camera, None, 640, 360))
        deadline = time.monotonic() + 60
        while recording.status().elapsed_s < 1.5:
            assert time.monotonic() < deadline
            time.sleep(0.05)
        recording.take_photo()
        recording.stop()


def test_a_case_from_the_first_key_to_the_receipt(
        gm_world: World, session: Session, new_case: MakeCase, tmp_path: Path) -> None:
    case = new_case(session)
    recorded(session, case)
    paper = with_paper(session, case)
    assert case_identity(case).recipient and "BEGIN PRIVATE KEY" in case.identity
    with session.begin() as tx:
        assert paper.pdf is not None
        pdf = read_blob(session, tx, paper.pdf)
    (clip,) = case_desk(session, case.id).step("inspection").clips
    playback = play_clip(session, clip)
    assert playback.frame_at(1.0) is not None
    playback.close()
    assert "还没有电子签名" in paper_proof(session, paper.id).words
    sealed = seal_case(session, case.id, gm_world.both())
    assert sealed.revision == 1
    folder = session.context.data.packages / case.package
    report = verify_package(folder, session.trust, at=datetime.now(UTC))
    assert report.findings == ()
    assert report.newest is not None and report.newest.suite == "gm-1"

    index = open_package(folder, [case_identity(case)]).index
    assert {o.kind.value for o in index.objects} >= {"video", "photo", "document", "record"}
    assert all(o.sm3 for o in index.objects)
    for path in (*session.context.data.blobs.iterdir(), *session.context.data.media.iterdir()):
        assert path.read_bytes().startswith(b"le-gm/v1\n")
    (entry,) = [o for o in index.objects if o.sha256 == paper.pdf_sha256]
    (tmp_path / "paper.pdf").write_bytes(pdf)
    assert openssl("dgst", "-sm3", "-r", tmp_path / "paper.pdf").decode().split()[0] == entry.sm3
    proof = paper_proof(session, paper.id)
    assert proof.revision == 1 and proof.sm3 == entry.sm3 and proof.sha256 == paper.pdf_sha256
    assert set(proof.signers) == {o.name for o in session.pair.both}
    assert "ISO 32000" in proof.words and "SM2签名" in proof.words
    with session.begin() as tx:
        assert papers.get(tx, paper.id).signed_pdf is None

    stick = tmp_path / "stick"
    stick.mkdir()
    (carried,) = carry_out(session, stick)
    assert (carried.revision, carried.folder) == (1, stick / case.package)
    for path in (p for p in folder.rglob("*") if p.is_file()):
        assert sha256_file(path) == sha256_file(stick / case.package / path.relative_to(folder))
    assert bring_back(session, stick) == []  # Headquarters has not answered yet.
    outcome = import_package(gm_world.headquarters, carried.folder)
    assert outcome.ok and outcome.written_back and outcome.findings == ()
    (received,) = bring_back(session, stick)
    assert received.received
    (shown,) = list_cases(session)
    assert shown.sync is SyncState.RECEIVED
    with session.begin() as tx:
        assert outbox.receipt(tx, case.package, 1) is not None and outbox.waiting(tx) == []
    assert verify_package(folder, session.trust, at=datetime.now(UTC)).receipts.keys() == {1}
    assert carry_out(session, stick) == []

    opened = open_as_the_readme_says(gm_world, carried.folder, tmp_path / "public")
    told = json.loads(opened.read_bytes())
    assert told["case"]["local_no"] == case.local_no and len(told["objects"]) == len(index.objects)


def open_as_the_readme_says(world: World, package: Path, desk: Path) -> Path:
    """Headquarters' key, openssl, and the page of Python in README.txt; nothing of the program."""
    desk.mkdir()
    text = (package / "README.txt").read_text("utf-8")
    (desk / "open_gm.py").write_text(text.split("open_gm.py:\n\n")[1], "utf-8")
    name = package / "data/index/000001.age"
    page = [sys.executable, "open_gm.py"]
    subprocess.run([*page, "stanzas", name], cwd=desk, check=True)
    openssl("pkeyutl", "-decrypt", "-inkey", world.headquarters / "keys/sm2.key",
            "-in", desk / "stanza-1.bin", "-out", desk / "file.key")
    subprocess.run([*page, "open", name, "file.key", "index.json"], cwd=desk, check=True)
    subprocess.run(["sha256sum", "-c", "--quiet", "manifest-sha256.txt"], cwd=package, check=True)
    return desk / "index.json"


def test_there_is_no_tls_and_both_ends_say_so(
        gm_world: World, session: Session, new_case: MakeCase,
        capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(UserError, match="国密证书") as error:
        send_cases(session, "https://127.0.0.1:8443")
    assert error.value.code == "sync.gm" and "U盘" in error.value.remedy
    assert not (gm_world.headquarters / "keys" / "tls.key").exists()
    assert main(["headquarters", "serve", "--folder", str(gm_world.headquarters), "--port", "0"]) != 0
    told = capsys.readouterr()
    assert "国密" in told.err + told.out and "headquarters import" in told.err + told.out
    assert main(["headquarters", "console", "--folder", str(gm_world.headquarters), "--port", "0"]) != 0
    told = capsys.readouterr()
    assert "国密" in told.err + told.out and "package open" in told.err + told.out


@pytest.mark.soak
def test_a_case_grows_and_goes_again_by_the_command_line(
        gm_world: World, new_case: MakeCase, tmp_path: Path,
        capsys: pytest.CaptureFixture[str]) -> None:
    first, second = gm_world.both()
    data = ["--data", str(gm_world.laptop.data.root)]
    pins = [tmp_path / "p1", tmp_path / "p2"]
    for path, pin in zip(pins, PINS, strict=True):
        path.write_text(pin)
    officers = ["--officer", str(first.place), "--officer", str(second.place),
                "--pin-file", str(pins[0]), "--pin-file", str(pins[1])]
    stick = tmp_path / "stick"
    stick.mkdir()
    session = log_in(gm_world.laptop, first, second)
    case = new_case(session)
    for revision in (1, 2):
        with_paper(session, case)
        assert seal_case(session, case.id, gm_world.both()).revision == revision
        log_out(session)
        assert main([*data, "package", "carry", str(stick), *officers]) == 0
        assert "已拷1件" in capsys.readouterr().out
        assert main(["headquarters", "import", str(stick / case.package),
                     "--folder", str(gm_world.headquarters)]) == 0
        assert main([*data, "package", "receipts", str(stick), *officers]) == 0
        assert "总部已签收" in capsys.readouterr().out
        session = log_in(gm_world.laptop, first, second)
    log_out(session)
    for verb in ("verify", "rebuild", "verify"):
        assert main(["headquarters", verb, "--folder", str(gm_world.headquarters)]) == 0
    key = gm_world.headquarters / "keys" / "sm2.key"
    assert main(["package", "open", str(stick / case.package), "--key", str(key)]) == 0
    assert case.local_no in capsys.readouterr().out


@pytest.mark.soak
def test_a_stick_that_lies_is_told_and_changes_nothing(
        gm_world: World, session: Session, new_case: MakeCase, tmp_path: Path) -> None:
    case = new_case(session)
    with_paper(session, case)
    seal_case(session, case.id, gm_world.both())
    stick = tmp_path / "stick"
    with pytest.raises(UserError, match="找不到"):
        carry_out(session, stick)
    stick.mkdir()
    (carried,) = carry_out(session, stick)
    damaged = next((carried.folder / "data/objects").rglob("*.age"))
    good = damaged.read_bytes()
    damaged.write_bytes(good[:-1] + bytes([good[-1] ^ 1]))
    assert not import_package(gm_world.headquarters, carried.folder).ok
    carry_out(session, stick)  # Mends the copy.
    assert damaged.read_bytes() == good
    assert import_package(gm_world.headquarters, carried.folder).ok
    receipt = carried.folder / "receipts/000001.json"
    true = receipt.read_bytes()
    receipt.write_bytes(true.replace(b"accepted", b"accepteD"))
    (false,) = bring_back(session, stick)
    assert not false.received and "回执无效" in false.problem
    (shown,) = list_cases(session)
    assert shown.sync is SyncState.SEALED
    receipt.write_bytes(true)
    (received,) = bring_back(session, carried.folder)  # The package itself may be named too.
    assert received.received
    for path in (carried.folder, stick / "other"):
        if path.is_dir():
            shutil.rmtree(path)
        path.symlink_to(tmp_path)
    with_paper(session, case)
    seal_case(session, case.id, gm_world.both())
    with pytest.raises(UserError, match="不一致"):
        carry_out(session, stick)


def test_its_log_is_verified_by_a_stranger(
        session: Session, new_case: MakeCase, tmp_path: Path) -> None:
    """The exported program has no SM2 of its own: openssl judges, and without it that is said."""
    new_case(session)
    folder = export_log(session, tmp_path / "out").folder
    code, said = run_alone(folder)
    assert code == 0 and "everything holds" in said, said
    code, said = run_alone(folder, path=str(tmp_path))
    assert code == 2 and "signatures were not checked" in said and "problem" not in said, said
    log = folder / "events.jsonl"
    lines = log.read_bytes().splitlines(keepends=True)
    at = next(n for n, line in enumerate(lines) if b'"typ":"logged_in"' in line)
    proof = json.loads(lines[at])["body"]["proofs"][0]
    forged = proof["signature"][:-12] + ("A" * 8) + proof["signature"][-4:]
    lines[at] = lines[at].replace(proof["signature"].encode(), forged.encode())
    log.write_bytes(b"".join(lines))
    assert "an officer's signature does not hold" in run_alone(folder)[1]
    code, said = run_alone(folder, path=str(tmp_path))
    assert code == 1 and "does not follow the event before it" in said, said


def run_alone(folder: Path, *, path: str | None = None) -> tuple[int, str]:
    run = subprocess.run(
        [sys.executable, "-I", str(folder / "verify_log.py"), str(folder / "events.jsonl"),
         "--root", str(folder / "root.pem"), "--device", str(folder / "device.pem"),
         "--heads", str(folder / "heads.jsonl")], capture_output=True, text=True, cwd="/", check=False,
        env=dict(os.environ) if path is None else {"PATH": path})
    return run.returncode, run.stdout + run.stderr


def admin(*words: object) -> int:
    return main(["admin", *map(str, words)])


@pytest.mark.soak
def test_keys_are_renewed_and_withdrawn_by_the_command_line(
        gm_world: World, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A new key for the same number opens the laptop; the old one, withdrawn, is refused by CRL."""
    words, pin = tmp_path / "words", tmp_path / "pin"
    words.write_text(CA_WORDS)
    pin.write_text("新口令-13579246")
    ca = ["--ca", gm_world.root / "ca", "--passphrase-file", words]
    facts = tmp_path / "agency.toml"
    facts.write_text(f'name = "{AGENCY}"\ntraining = true\n', "utf-8")
    first, second = gm_world.both()
    assert isinstance(first.place, Path)
    number = first.place.stem.rsplit("-", 1)[1]

    def renewed(bundle: str) -> None:
        assert admin("bundle", *ca, "--headquarters", gm_world.headquarters, "--unit", HQ_UNIT,
                     "--agency", facts, "--out", tmp_path / bundle) == 0
        assert main(["--data", str(gm_world.laptop.data.root), "admin", "take-bundle",
                     "--bundle", str(tmp_path / bundle)]) == 0

    before = load_trust(gm_world.laptop.data.trust, pinned_root_sha256=read_header(
        gm_world.laptop.data.device_header).root_sha256)
    assert admin("renew", *ca, "--out", tmp_path / "new", "--number", number, "--pin-file", pin) == 0
    renewed("b1")
    (card,) = (tmp_path / "new").glob("*.sm2")
    log_out(log_in(gm_world.laptop, first, second))  # Seals the vault to the new key as well.
    new = CardAndPin(card, "新口令-13579246")
    log_out(log_in(gm_world.laptop, new, second))
    capsys.readouterr()
    assert main(["--json", "admin", "list", *map(str, ca)]) == 0
    rows = [r for r in json.loads(capsys.readouterr().out) if r["number"] == number]
    assert [r["purpose"] for r in rows] == ["officer", "officer_encryption"] * 2
    authority = administer.open_ca(gm_world.root / "ca", CA_WORDS)
    for row in rows[:2]:
        authority.withdraw(row["serial"], at=datetime.now(UTC))
    authority.save_register(gm_world.root / "ca")
    renewed("b2")
    with pytest.raises(UserError, match="吊销") as refused:
        log_in(gm_world.laptop, first, second)
    assert refused.value.code.endswith("revoked")
    log_out(log_in(gm_world.laptop, new, second))
    after = load_trust(gm_world.laptop.data.trust, pinned_root_sha256=fingerprint(before.root))
    numbers = [[crl_facts(crl).number for crl in trust.crls] for trust in (before, after)]
    assert max(numbers[0]) < min(numbers[1])
    crl = tmp_path / "district.crl"
    crl.write_bytes(crl_facts(after.crls[0]).pem)
    told = openssl("crl", "-in", crl, "-noout", "-text").decode()
    assert "SM2-with-SM3" in told and told.count("Serial Number") == 2


@pytest.mark.soak
def test_what_a_national_authority_refuses(
        gm_world: World, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = tmp_path / "words"
    words.write_text("别的口令别的口令别的口令")
    ca = ["--ca", str(gm_world.root / "ca"), "--passphrase-file", str(words)]
    assert main(["admin", "list", *ca]) != 0
    authority = administer.open_ca(gm_world.root / "ca", CA_WORDS)
    words.write_text(CA_WORDS)
    ca = ["--ca", str(tmp_path / "ca"), "--passphrase-file", str(words)]
    assert main(["admin", "ca", "--out", str(tmp_path / "ca"), "--district", "别的区", *ca[2:]]) == 0
    assert main(["admin", "headquarters", *ca, "--out", str(tmp_path / "hq"), "--unit", "总部"]) != 0
    assert "--host" in capsys.readouterr().err
    with pytest.raises(UserError, match="密码钥匙") as refused:
        more_keys.issue_on_token(
            gm_world.laptop, authority, tmp_path / "driver.so", "", administer.NewOfficer(
                name="甲", number="A-1", agency=AGENCY, unit=UNIT), "123456")
    assert refused.value.code == "token.gm"
    recipient = HqRecipient(HQ_UNIT, new_identity(INTL).recipient)
    before = (gm_world.headquarters / "trust/bundle.json").read_bytes()
    with pytest.raises(UserError, match="算法不同") as mixed:
        administer.make_bundle(gm_world.laptop, authority, gm_world.headquarters, tmp_path / "b",
                               recipients=[recipient], agency={"name": AGENCY})
    assert mixed.value.code == "trust.suite"
    assert (gm_world.headquarters / "trust/bundle.json").read_bytes() == before
