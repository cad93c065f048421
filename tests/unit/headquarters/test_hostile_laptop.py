"""What a laptop with a valid certificate and a hostile owner may seal, and what it does to others: nothing."""

import datetime as dt
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from sqlalchemy import select, update

from field_app.credentials.keys import SoftKey
from field_app.crypto.age_keys import Identity
from field_app.crypto.hashing import sha256_hex
from field_app.headquarters import examine, stick
from field_app.headquarters.depot import open_depot
from field_app.headquarters.folder import HqFolder
from field_app.headquarters.parts import adopt_file
from field_app.headquarters.rebuild import audit, rebuild
from field_app.headquarters.sharing import devices_of, share_events
from field_app.headquarters.stick import ImportOutcome, import_package
from field_app.headquarters.store import open_store
from field_app.headquarters.tables import inbox, statement
from field_app.headquarters.worker import make_examiner, work_once
from field_app.packages import events, layout, seal
from field_app.packages.seal import Signers
from field_app.packages.statement import State, Statement
from field_app.protocol import receipt
from tests.unit.headquarters.backends import BOTH, Backend

Case = Callable[[], Any]


@pytest.fixture
def hq(running: Any, district: Any, tmp_path: Path, backend: Backend) -> HqFolder:
    return backend.configure(running.lay_out(district, tmp_path / "hq"))


@pytest.fixture
def case(build: Any, district: Any, tmp_path: Path) -> Case:
    """A case on a laptop of its own, with one paper."""
    def make() -> Any:
        work = build.case_of_new_laptop(district, tmp_path / f"laptop{len(list(tmp_path.iterdir()))}")
        work.add("检查笔录.pdf", b"a" * 100)
        return work

    return make


@pytest.fixture
def careless(monkeypatch: pytest.MonkeyPatch) -> None:
    """A laptop whose owner took every check of sealing out."""
    def nothing(*_given: object, **_more: object) -> None:
        return

    monkeypatch.setattr(seal, "_check_signers", nothing)
    monkeypatch.setattr(seal, "_check_objects", nothing)
    monkeypatch.setattr(seal, "parse_statement", nothing)
    monkeypatch.setattr(seal._Sealing, "_check_source", nothing)


def _told(outcome: ImportOutcome) -> list[tuple[str, set[str]]]:
    return [(r.status, {f.code for f in r.reasons}) for r in outcome.revisions]


GOOD: tuple[str, set[str]] = ("accepted", set())


def test_nobody_writes_the_log_of_another(hq: HqFolder, case: Case) -> None:
    victim, thief = case(), case()
    thief.chain.device = victim.number
    thief.seal(State.DRAFT)
    assert _told(import_package(hq.root, thief.folder)) == [("refused", {"device_differs"})]
    victim.seal(State.DRAFT)
    assert _told(import_package(hq.root, victim.folder)) == [GOOD]


def _own_certificate(name: str) -> SoftKey:
    """Of nobody's authority, with a name that its owner thought of."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    built = x509.CertificateBuilder(
        subject, subject, key.public_key(), 5, dt.datetime(2020, 1, 1, tzinfo=dt.UTC),
        dt.datetime(2040, 1, 1, tzinfo=dt.UTC))
    return SoftKey(key, built.sign(key, hashes.SHA256()))


@pytest.mark.usefixtures("careless")
@pytest.mark.parametrize("name", ["甲\n乙", "甲\x7f", "\x00"])
def test_a_receipt_can_be_read_whatever_it_tells_of(
        hq: HqFolder, case: Case, district: Any, name: str) -> None:
    work = case()
    work.seal(State.SUBMITTED, signers=Signers(
        work.device, (_own_certificate(name),), (district.authority.district,)))
    assert _told(import_package(hq.root, work.folder)) == [
        ("refused", {"officers_missing", "certificate_unknown_issuer"})]
    assert rebuild(hq.root).refused == 1


@pytest.mark.usefixtures("careless")
def test_a_receipt_tells_no_more_than_its_readers_take(
        hq: HqFolder, case: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (examine, receipt):
        monkeypatch.setattr(module, "MAX_REASONS", 10, raising=False)
    work = case()
    for number in range(11):
        work.add(f"{number}.pdf", b"%d" % number)
    work.seal(State.DRAFT)
    del work.objects[1:]
    work.seal(State.DRAFT)
    first, second = import_package(hq.root, work.folder).revisions
    assert (first.status, second.status, len(second.reasons)) == ("accepted", "refused", 10)
    assert rebuild(hq.root).revisions == 2


@pytest.mark.usefixtures("careless")
def test_a_false_size_is_refused_however_often_it_is_told(hq: HqFolder, case: Case) -> None:
    work = case()
    [one] = work.objects
    work.objects = [replace(one, entry=replace(one.entry, ct_size=one.entry.ct_size + 7))]
    for _ in range(2):
        work.seal(State.DRAFT)
    import_package(hq.root, work.folder)
    store, depot = open_store(hq), open_depot(hq)
    assert adopt_file(depot, store, one.entry.ct_sha256, one.entry.ct_size, one.path)
    store.close()
    depot.close()
    assert _told(import_package(hq.root, work.folder)) == [("refused", {"file_size"})] * 2
    assert audit(hq.root).ok


@pytest.mark.usefixtures("careless")
def test_what_was_dropped_once_is_missed_ever_after(hq: HqFolder, case: Case) -> None:
    work = case()
    work.add("现场照片.jpg", b"b" * 100)
    work.seal(State.DRAFT)
    whole = list(work.objects)
    del work.objects[1:]
    for _ in range(2):
        work.seal(State.DRAFT)
    assert _told(import_package(hq.root, work.folder)) == [
        GOOD, ("refused", {"object_dropped"}), ("refused", {"object_dropped"})]
    work.objects = whole
    work.seal(State.DRAFT)
    assert _told(import_package(hq.root, work.folder))[3] == GOOD


@pytest.mark.usefixtures("careless")
def test_a_log_named_again_by_another_hash(
        hq: HqFolder, case: Case, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    work = case()
    work.seal(State.DRAFT)
    [log] = work.folder.glob("data/log/*/*.age")
    other = tmp_path / "other"
    other.write_bytes(bytes(log.stat().st_size))
    false = sha256_hex(other.read_bytes())
    write = Statement.to_bytes

    def lying(self: Statement) -> bytes:
        return write(replace(self, logs=(replace(self.logs[0], ct_sha256=false), *self.logs[1:])))

    monkeypatch.setattr(Statement, "to_bytes", lying)
    for _ in range(2):
        work.seal(State.DRAFT)
    import_package(hq.root, work.folder)
    store, depot = open_store(hq), open_depot(hq)
    assert adopt_file(depot, store, false, other.stat().st_size, other)
    store.close()
    depot.close()
    assert _told(import_package(hq.root, work.folder)) == [
        GOOD, *[("refused", {"log_dropped", "file_changed"})] * 2]
    assert audit(hq.root).ok


@pytest.mark.usefixtures("careless")
@BOTH
def test_numbers_that_no_table_holds(
        hq: HqFolder, case: Case, monkeypatch: pytest.MonkeyPatch, backend: Backend) -> None:
    far, long = case(), case()
    far.chain.seq, far.chain.head = layout.MAX_SEQ, "1" * 64
    with monkeypatch.context() as patched:
        patched.setattr(layout, "MAX_SEQ", 1 << 40)
        far.seal(State.DRAFT)
        patched.setattr(events, "checked_text", lambda value, *_given, **_more: value)
        long.case = "c" * 300
        long.draft = _with_case(long, long.draft)
        long.seal(State.DRAFT)
    with pytest.raises(stick.StickRefused):
        import_package(hq.root, far.folder)
    assert _told(import_package(hq.root, long.folder)) == [("refused", {"log_malformed"})]
    large = case()
    [one] = large.objects
    large.objects = [replace(one, entry=replace(one.entry, ct_size=layout.MAX_SEALED + 1))]
    large.seal(State.DRAFT)
    with pytest.raises(stick.StickRefused):
        import_package(hq.root, large.folder)
    good = case()
    good.seal(State.DRAFT)
    assert _told(import_package(hq.root, good.folder)) == [GOOD]


def _with_case(work: Any, draft: Callable[..., Any]) -> Callable[..., Any]:
    """Drafts whose log speaks of one case and whose facts of another."""
    def made(*given: Any, **more: Any) -> Any:
        found = draft(*given, **more)
        return replace(found, case=replace(found.case, id=work.package))

    return made


def test_one_that_trips_us_up_keeps_nobody_waiting(
        hq: HqFolder, case: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    works = sorted((case() for _ in range(3)), key=lambda one: one.package)
    with monkeypatch.context() as patched:
        patched.setattr(stick, "_work_through", lambda _examiner, _statements: None)
        for work in works:
            work.seal(State.DRAFT)
            import_package(hq.root, work.folder)
    store, depot = open_store(hq), open_depot(hq)
    with store.write() as connection:
        connection.execute(update(statement).where(
            statement.c.package == works[0].package).values(data=b"spoiled"))
    work_once(make_examiner(hq, store, depot))
    store.close()
    depot.close()
    assert [_told(import_package(hq.root, work.folder)) for work in works[1:]] == [[GOOD]] * 2


def test_a_revision_after_a_refused_one_is_in_order(hq: HqFolder, case: Case, district: Any,
                                                    request: pytest.FixtureRequest) -> None:
    work = case()
    work.seal(State.DRAFT)
    request.getfixturevalue("careless")
    work.seal(State.SUBMITTED, signers=Signers(
        work.device, (district.officers[0],), (district.authority.district,)))
    work.seal(State.SUBMITTED)
    assert _told(import_package(hq.root, work.folder)) == [GOOD, ("refused", {"officers_missing"}), GOOD]
    found = audit(hq.root)
    assert found.ok and not any(report.findings for report in found.reports)


def test_who_only_says_that_a_case_is_theirs_is_told_nothing_of_it(hq: HqFolder, case: Case) -> None:
    owner, thief = case(), case()
    thief.case = owner.case
    for work in (owner, thief):
        work.chain.told = str(Identity.generate().recipient)
        work.seal(State.DRAFT)
        assert _told(import_package(hq.root, work.folder)) == [GOOD]
    store = open_store(hq)
    examiner = make_examiner(hq, store, open_depot(hq))
    assert share_events(examiner, owner.case) == 0
    with store.read() as connection:
        assert devices_of(connection, owner.case) == {owner.number}
        assert [row.kind for row in connection.execute(select(inbox)) if row.device] == []
    store.close()
