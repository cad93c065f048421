"""The road by stick, power cuts while settling, rebuilding, audits."""

import os
import shutil
import subprocess
import threading
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from asn1crypto import cms
from sqlalchemy import func, select

from field_app.crypto.hashing import sha256_file
from field_app.headquarters import stick, worker
from field_app.headquarters.case_search import find_cases
from field_app.headquarters.depot import open_depot
from field_app.headquarters.examine import Examiner, ready_revisions
from field_app.headquarters.folder import HqFolder
from field_app.headquarters.rebuild import RebuildRefused, audit, rebuild
from field_app.headquarters.stick import StickRefused, import_package
from field_app.headquarters.store import open_store
from field_app.headquarters.tables import (
    INDEX_TABLES,
    case_file,
    case_object,
    event,
    file,
    receipt,
    statement,
    statement_file,
)
from field_app.headquarters.worker import make_examiner, work_once
from field_app.packages import layout
from field_app.packages.carry import CarriedBadly, carry_package
from field_app.packages.index import ObjectKind
from field_app.packages.statement import State
from field_app.packages.verify import verify_package
from field_app.protocol.errors import WireError, WireRefused
from tests.unit.headquarters.backends import BOTH, BOTH_LONG, Backend
from tests.unit.headquarters.site import until


@pytest.fixture
def hq(running: Any, district: Any, tmp_path: Path, backend: Backend) -> HqFolder:
    return backend.configure(running.lay_out(district, tmp_path / "hq"))


def _tables(folder: HqFolder) -> dict[str, list[tuple[Any, ...]]]:
    """Everything the tables say, but for uploads under way."""
    store = open_store(folder)
    with store.read() as connection:
        found = {
            table.name: [tuple(row) for row in connection.execute(
                select(table).order_by(*table.primary_key.columns))]
            for table in (*INDEX_TABLES, statement, statement_file, receipt, file)}
    store.close()
    return found


def _stick(work: Any, tmp_path: Path, name: str = "stick") -> Path:
    target = tmp_path / name
    shutil.copytree(work.folder, target)
    return target


def _flip(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.unlink()
    path.write_bytes(data)


def _filled(work: Any) -> Any:
    work.add("现场检查笔录.pdf", os.urandom(3000))
    work.seal(State.DRAFT)
    work.add("现场录像-01.mkv", os.urandom(3 << 20), ObjectKind.VIDEO, "video/x-matroska")
    work.seal(State.SUBMITTED)
    return work


@BOTH
def test_a_stick_is_taken_in_and_carries_the_receipts_back(
        hq: HqFolder, work: Any, tmp_path: Path, district: Any, backend: Backend) -> None:
    stick = _stick(_filled(work), tmp_path)
    outcome = import_package(hq.root, stick)
    assert outcome.ok and outcome.written_back and outcome.findings == ()
    assert [r.status for r in outcome.revisions] == ["accepted", "accepted"]
    objects = [each.entry.ct_sha256 for each in work.objects]
    with (backend.depot(hq) as depot,
          depot.shelf.borrow(work.package, objects=objects) as kept):
        for folder in (stick, kept):
            report = verify_package(folder, district.trust, at=datetime.now(UTC))
            assert report.findings == ()
            assert sorted(report.receipts) == [1, 2]
            for manifest in (layout.MANIFEST, layout.TAG_MANIFEST):
                subprocess.run(["sha256sum", "--strict", "-c", manifest], cwd=folder, check=True,
                               capture_output=True)
    tables = _tables(hq)
    (case,) = tables[case_file.name]
    assert case[5:10] == ("D012-2026-0031", None, "未按规定设置安全警示标志",
                          "某某镇人民政府", "某某建材加工厂")
    assert [row[4] for row in tables[case_object.name]].count("现场录像-01.mkv") == 1
    assert [row[1] for row in tables[event.name]] == [1, 2, 3, 4, 5, 6]
    before = _tables(hq)
    assert import_package(hq.root, stick).ok
    assert _tables(hq) == before


@BOTH_LONG
def test_a_damaged_stick_costs_only_what_is_damaged(
        hq: HqFolder, work: Any, tmp_path: Path) -> None:
    good = _stick(_filled(work), tmp_path, "good")
    bad = _stick(work, tmp_path, "bad")
    video = layout.object_name(work.objects[1].entry.ct_sha256)
    _flip(bad / video)
    outcome = import_package(hq.root, bad)
    assert not outcome.ok
    assert [r.status for r in outcome.revisions] == ["accepted", "waiting"]
    assert [(f.code, f.where) for f in outcome.findings] == [("file_changed", video)]
    (bad / video).unlink()
    assert [f.code for f in import_package(hq.root, bad).findings] == ["file_missing"]
    (bad / video).mkdir()
    assert [f.code for f in import_package(hq.root, bad).findings] == ["file_missing"]
    # Nor do receipts that are none keep the true ones from the stick.
    (bad / layout.receipt_names(1)[0]).write_bytes(b"x" * (layout.MAX_RECEIPT_BYTES + 1))
    assert import_package(hq.root, bad).written_back
    assert (bad / layout.receipt_names(1)[0]).stat().st_size < 100_000
    assert import_package(hq.root, good).ok


@BOTH
def test_sticks_that_are_refused(hq: HqFolder, work: Any, build: Any, tmp_path: Path,
                                 district: Any) -> None:
    with pytest.raises(StickRefused) as refused:
        import_package(hq.root, tmp_path)
    assert refused.value.finding.code == "not_a_package"
    stick = _stick(_filled(work), tmp_path)
    (stick / layout.statement_name(2)).write_bytes(b"{}")
    with pytest.raises(StickRefused) as refused:
        import_package(hq.root, stick)
    assert refused.value.finding.code == "statement_malformed"
    linked = _stick(work, tmp_path, "linked")
    (tmp_path / "victim").mkdir()
    (linked / "receipts").symlink_to(tmp_path / "victim")
    with pytest.raises(StickRefused) as refused:
        import_package(hq.root, linked)
    assert refused.value.finding.code == "not_a_regular_file"
    assert list((tmp_path / "victim").iterdir()) == []
    import_package(hq.root, _stick(work, tmp_path, "whole"))
    clone = build.CaseWork(district, tmp_path / "clone", package=work.package,
                           device=work.device, number=work.number)
    with pytest.raises(WireRefused) as fork:
        import_package(hq.root, _filled(clone).folder)
    assert fork.value.error is WireError.FORK
    stranger = build.new_district()
    with pytest.raises(WireRefused) as unheard:
        import_package(hq.root, build.small_case(stranger, tmp_path / "other").folder)
    assert unheard.value.facts["verdict"] == "certificate_unknown_issuer"


def test_signatures_taken_out_on_the_way_spoil_nothing(hq: HqFolder, work: Any, tmp_path: Path) -> None:
    """Whoever carries a stick needs no key for that; the whole one, by any road, counts."""
    carried = _stick(_filled(work), tmp_path)
    place = carried / layout.signature_name(2)
    signed = cms.ContentInfo.load(place.read_bytes())["content"]
    signed["signer_infos"] = cms.SignerInfos([
        info for info in signed["signer_infos"]
        if info["sid"].chosen["serial_number"].native == work.device.certificate.serial_number])
    place.write_bytes(cms.ContentInfo({"content_type": "signed_data", "content": signed}).dump(force=True))
    with pytest.raises(WireRefused) as refused:
        import_package(hq.root, carried)
    assert refused.value.facts["verdict"] == "officers_differ"
    assert import_package(hq.root, work.folder).ok


def test_a_write_protected_stick_is_taken_in_all_the_same(
        hq: HqFolder, work: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from field_app.headquarters import stick as stick_module

    def protected(*_arguments: Any) -> None:
        raise OSError(30, "read-only file system")

    monkeypatch.setattr(stick_module, "keep_receipt", protected)
    outcome = import_package(hq.root, _stick(_filled(work), tmp_path))
    assert outcome.ok and not outcome.written_back


class _PowerCut(BaseException):
    """Ends the work at once, as a power cut does."""


@pytest.mark.parametrize("stride", [9, pytest.param(1, marks=pytest.mark.soak)])
def test_a_power_cut_at_any_step_of_settling_is_made_good(
        stride: int, running: Any, district: Any, work: Any, tmp_path: Path,
        monkeypatch: pytest.MonkeyPatch) -> None:
    work.add("甲.pdf", os.urandom(500))
    work.seal(State.SUBMITTED)
    pristine = running.lay_out(district, tmp_path / "pristine")
    open_store(pristine).close()
    real = Path.replace
    step = 0
    while True:
        step += stride
        hq = HqFolder(tmp_path / "hq")
        shutil.copytree(pristine.root, hq.root)
        stick = _stick(work, tmp_path)
        left = step

        def cut(self: Path, target: Any) -> Path:
            nonlocal left
            left -= 1
            if left == 0:
                raise _PowerCut
            return real(self, target)

        finished = True
        with monkeypatch.context() as patched:
            patched.setattr(Path, "replace", cut)
            try:
                import_package(hq.root, stick)
            except _PowerCut:
                finished = False
        assert import_package(hq.root, stick).ok, step
        assert audit(hq.root).ok, step
        assert list(hq.staging.iterdir()) == []
        if finished:
            break
        shutil.rmtree(hq.root)
        shutil.rmtree(stick)
    assert step > 30


def _settle_three(hq: HqFolder, build: Any, district: Any, tmp_path: Path) -> list[Any]:
    """An accepted case, a refused one, and one that still waits for a file."""
    works = [build.case_of_new_laptop(district, tmp_path / f"laptop{n}") for n in range(3)]
    for work in works[:2]:
        _filled(work)
        assert import_package(hq.root, work.folder).ok
    refused = build.CaseWork(district, tmp_path / "refused", device=works[0].device,
                             number=works[0].number)
    refused.add("甲.pdf", b"x" * 100)
    refused.seal(State.SUBMITTED)
    outcome = import_package(hq.root, refused.folder)
    assert [r.status for r in outcome.revisions] == ["refused"]
    assert [f.code for f in outcome.revisions[0].reasons] == ["log_fork"]
    waiting = works[2]
    _filled(waiting)
    stick = _stick(waiting, tmp_path)
    (stick / layout.object_name(waiting.objects[1].entry.ct_sha256)).unlink()
    assert [r.status for r in import_package(hq.root, stick).revisions] == [
        "accepted", "waiting"]
    return works


@BOTH_LONG
def test_rebuilding_gives_what_was_there(
        hq: HqFolder, build: Any, district: Any, tmp_path: Path, backend: Backend) -> None:
    works = _settle_three(hq, build, district, tmp_path)
    before = _tables(hq)
    rebuilt = rebuild(hq.root)
    assert (rebuilt.packages, rebuilt.revisions, rebuilt.refused) == (4, 6, 1)
    assert _tables(hq) == before
    assert audit(hq.root).ok
    # The upload that was under way goes on.
    assert import_package(hq.root, works[2].folder).ok
    full = _tables(hq)
    if backend.services is not None:  # A new, empty database; the bucket is as it was.
        backend.services.new_database(hq)
    else:
        for path in hq.data.glob("hq.db*"):
            path.unlink()
        shutil.rmtree(hq.data / "files")
    rebuild(hq.root)
    assert _tables(hq) == full
    assert audit(hq.root).ok
    store = open_store(hq)
    with store.read() as connection:
        found = find_cases(connection, "建材", limit=9, offset=0)
        assert set(found.packages) == {row[0] for row in full["case_file"]} and found.total == len(full["case_file"])
    store.close()


@BOTH_LONG
def test_rebuilding_stops_at_a_package_it_cannot_read(
        hq: HqFolder, build: Any, district: Any, tmp_path: Path, backend: Backend) -> None:
    work = _filled(build.case_of_new_laptop(district, tmp_path / "laptop"))
    assert import_package(hq.root, work.folder).ok
    before = _tables(hq)
    sealed = sha256_file(work.folder / layout.index_name(2))
    backend.spoil(hq, backend.object_key(work.package, layout.index_name(2), sealed))
    with pytest.raises(RebuildRefused):
        rebuild(hq.root)
    assert _tables(hq) == before


@BOTH_LONG
def test_an_audit_finds_a_changed_byte_and_a_lost_package(
        hq: HqFolder, build: Any, district: Any, tmp_path: Path, backend: Backend) -> None:
    work = _filled(build.case_of_new_laptop(district, tmp_path / "laptop"))
    assert import_package(hq.root, work.folder).ok
    assert audit(hq.root).ok
    sealed = work.objects[1].entry.ct_sha256
    backend.spoil(hq, backend.object_key(work.package, layout.object_name(sealed), sealed))
    found = audit(hq.root)
    assert not found.ok
    assert {f.code for report in found.reports for f in report.errors} == {
        "manifest_mismatch", "file_changed"}
    with backend.depot(hq) as depot:
        depot.bytes.drop(list(depot.bytes.keys(f"packages/{work.package}/")))
    lost = audit(hq.root)
    assert lost.differing == (work.package,)
    assert not lost.ok


def _waiting(hq: HqFolder, work: Any, build: Any, district: Any, tmp_path: Path,
             monkeypatch: pytest.MonkeyPatch) -> None:
    """Six revisions of three cases lie there whole, and nobody has looked at them."""
    with monkeypatch.context() as patched:
        patched.setattr(stick, "_work_through", lambda _examiner, _statements: None)
        others = [build.case_of_new_laptop(district, tmp_path / f"laptop{n}") for n in range(2)]
        for case in (work, *others):
            outcome = import_package(hq.root, _filled(case).folder)
            assert [r.status for r in outcome.revisions] == ["waiting", "waiting"]


def _ready(hq: HqFolder) -> list[tuple[str, int]]:
    store = open_store(hq)
    try:
        with store.read() as connection:
            return ready_revisions(connection)
    finally:
        store.close()


@BOTH
def test_a_turn_ends_however_much_waits(
        hq: HqFolder, work: Any, build: Any, district: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
        backend: Backend) -> None:
    """Laptops that never stop sending keep no worker from fresh trust and from what waits beside."""
    _waiting(hq, work, build, district, tmp_path, monkeypatch)
    store = open_store(hq)
    examiner = make_examiner(hq, store, open_depot(hq))
    settled = [0]
    while _ready(hq):
        work_once(examiner, enough=lambda: True)
        with store.read() as connection:
            settled.append(connection.execute(select(func.count()).select_from(receipt)).scalar_one())
    store.close()
    assert settled == list(range(7)), "one at a time, and all of them"


@BOTH
def test_a_worker_goes_on_with_fresh_keys_until_nothing_waits(
        hq: HqFolder, work: Any, build: Any, district: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
        backend: Backend) -> None:
    _waiting(hq, work, build, district, tmp_path, monkeypatch)
    loaded: list[float] = []

    def make(*given: Any) -> Examiner:
        loaded.append(time.monotonic())
        return make_examiner(*given)

    monkeypatch.setattr(worker, "_AT_A_TIME_SECONDS", -1.0)
    monkeypatch.setattr(worker, "LOOK_AGAIN_SECONDS", 600.0)  # Nobody rings, and it does not look by itself.
    monkeypatch.setattr(worker, "LOOK_OFTEN_SECONDS", 600.0)
    monkeypatch.setattr(worker, "make_examiner", make)
    made = worker.Worker(hq)
    running = threading.Thread(target=made.run)
    running.start()
    try:
        until(lambda: not _ready(hq))
    finally:
        made.stop()
        running.join(60)
    assert not running.is_alive() and len(loaded) >= 6


def test_nothing_is_written_through_a_stick(hq: HqFolder, work: Any, tmp_path: Path) -> None:
    """Behind more files than anybody looks at, a link waits for the receipt's bytes."""
    carried = _stick(_filled(work), tmp_path)
    victim = tmp_path / "victim"
    victim.write_bytes(b"precious")
    (carried / "receipts").mkdir()
    (carried / (layout.receipt_names(1)[1] + layout.UNFINISHED)).symlink_to(victim)
    for number in range(2 * layout.MAX_FILES + 1):
        (carried / "trust" / str(number)).touch()
    with pytest.raises(StickRefused) as refused:
        import_package(hq.root, carried)
    assert refused.value.finding.code == "too_many_files"
    with pytest.raises(CarriedBadly):
        carry_package(work.folder, carried)
    assert victim.read_bytes() == b"precious"
