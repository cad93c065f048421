"""Sending to a real headquarters process: whole, cut, killed, forked, refused, and again."""

import os
import shutil
import threading
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from field_app.credentials.profile import OfficerInfo
from field_app.domain.people import Role
from field_app.errors import Cancelled
from field_app.packages import layout
from field_app.packages.index import ObjectKind
from field_app.packages.receipts import check_receipt, read_receipt
from field_app.packages.seal import SealedObject, Signers
from field_app.packages.statement import State
from field_app.packages.verify import verify_package
from field_app.protocol.receipt import Verdict
from field_app.sync.errors import (
    DeviceRefused,
    ForkRefused,
    HeadquartersAway,
    PackageDamaged,
    RequestRefused,
)
from field_app.sync.patience import Patience
from field_app.sync.send import SendOutcome, SendState, send_package

MIB = 1 << 20
QUICK = Patience(tries=30, first=0.01, longest=0.05, receipt_first=0.1, receipt_longest=0.3,
                 receipt_seconds=40)


def _send(hq: Any, work: Any, revision: int = 1, *, address: str = "", patience: Patience = QUICK,
          **more: Any) -> SendOutcome:
    with hq.client(address=address, device=work.device) as client:
        return send_package(work.folder, revision, client, trust=hq.district.trust,
                            patience=patience, **more)


def _filled(work: Any, *, media: int = 0) -> Any:
    work.add("现场检查笔录.pdf", b"%PDF-1.7 " + os.urandom(3000))
    if media:
        work.add("现场录像-01.mkv", os.urandom(media), ObjectKind.VIDEO, "video/x-matroska")
    work.seal(State.SUBMITTED)
    return work


def test_a_case_is_received_by_signed_receipt(shared_hq: Any, work: Any) -> None:
    _filled(work, media=5 * MIB)
    seen: list[tuple[int, int]] = []
    outcome = _send(shared_hq, work, on_progress=lambda done, total: seen.append((done, total)))
    assert outcome.state is SendState.RECEIVED
    assert outcome.receipt is not None and outcome.receipt.reasons == ()
    assert outcome.receipt.unit == "某某区司法局"
    done = [confirmed for confirmed, _total in seen]
    assert done == sorted(done)
    assert seen[-1] == (outcome.total, outcome.total)
    report = verify_package(work.folder, shared_hq.district.trust, at=datetime.now(UTC))
    assert report.findings == ()
    assert report.receipts[1] == outcome.receipt
    assert {file.sha256 for file in outcome.receipt.files} == {
        file.sha256 for file in report.statements[0].statement.files()}


def test_sending_again_sends_nothing(shared_hq: Any, work: Any, running: Any) -> None:
    _filled(work, media=3 * MIB)
    first = _send(shared_hq, work)
    assert _send(shared_hq, work) == first
    for name in layout.receipt_names(1):
        (work.folder / name).unlink()
    with running.CuttingProxy(shared_hq.port, cut_after=10**12) as proxy:
        again = _send(shared_hq, work, address=proxy.address)
        assert proxy.sent < 100_000
    assert again.document == first.document


def test_revisions_grow_and_only_new_bytes_travel(
        shared_hq: Any, work: Any, running: Any) -> None:
    _filled(work, media=4 * MIB)
    _send(shared_hq, work)
    work.add("责令限期整改指令书.pdf", os.urandom(50_000))
    work.seal(State.CLOSED)
    with running.CuttingProxy(shared_hq.port, cut_after=10**12) as proxy:
        outcome = _send(shared_hq, work, 2, address=proxy.address)
        assert outcome.state is SendState.RECEIVED
        assert proxy.sent < 200_000


def test_earlier_revisions_are_sent_first(shared_hq: Any, work: Any) -> None:
    _filled(work)
    for number in range(2):
        work.add(f"照片{number}.jpg", os.urandom(1000))
        work.seal(State.SUBMITTED)
    outcome = _send(shared_hq, work, 3)
    assert outcome.state is SendState.RECEIVED
    assert outcome.revision == 3
    assert _send(shared_hq, work, 1).state is SendState.RECEIVED


def test_a_cut_line_costs_at_most_the_parts_under_way(
        shared_hq: Any, work: Any, running: Any) -> None:
    hq = shared_hq
    _filled(work, media=24 * MIB)
    with running.CuttingProxy(hq.port, cut_after=4 * MIB, cuts_left=3) as proxy:
        outcome = _send(hq, work, address=proxy.address)
        assert proxy.cuts == 3
    assert outcome.state is SendState.RECEIVED
    # Each cut loses at most the parts that were on their way: four, and after a cut the rest of two.
    assert proxy.sent < outcome.total * 1.02 + (2 + proxy.cuts * 2) * layout.PART_SIZE + 100_000


def test_a_line_that_never_carries_a_part_ends_in_a_clear_error(
        shared_hq: Any, work: Any, running: Any) -> None:
    hq = shared_hq
    _filled(work, media=3 * MIB)
    waits: list[float] = []
    with (running.CuttingProxy(hq.port, cut_after=20_000) as proxy,
          pytest.raises(HeadquartersAway) as away):
        _send(hq, work, address=proxy.address, sleep=waits.append,
              patience=Patience(tries=5, first=1, longest=300))
    assert away.value.what and away.value.remedy
    assert len(waits) >= 4
    assert max(waits) <= 8
    assert _send(hq, work).state is SendState.RECEIVED


def test_headquarters_away(running: Any, district: Any, work: Any, tmp_path: Path) -> None:
    _filled(work)
    hq = running.Headquarters(district, running.lay_out(district, tmp_path / "hq"), port=9)
    waits: list[float] = []
    with pytest.raises(HeadquartersAway):
        _send(hq, work, sleep=waits.append, patience=Patience(tries=3))
    assert len(waits) == 2
    assert read_receipt(work.folder, 1) is None


@pytest.mark.soak
def test_killing_headquarters_again_and_again_loses_nothing(start: Any, work: Any) -> None:
    hq = start()
    _filled(work, media=6 * MIB)
    for fraction in (0.5, 0.999):
        def kill(done: int, total: int, *, at: float = fraction) -> None:
            if done >= total * at and hq.process is not None:
                hq.kill()

        with pytest.raises(HeadquartersAway):
            _send(hq, work, on_progress=kill, patience=Patience(tries=2, first=0.01))
        hq.start()
    outcome = _send(hq, work)
    assert outcome.state is SendState.RECEIVED
    report = verify_package(hq.folder.package(work.package), hq.district.trust,
                            at=datetime.now(UTC))
    assert report.findings == ()
    assert hq.stop() == 0


def test_a_fork_is_refused_with_an_alarm(
        shared_hq: Any, work: Any, build: Any, tmp_path: Path) -> None:
    _filled(work)
    _send(shared_hq, work)
    clone = build.CaseWork(shared_hq.district, tmp_path / "clone", package=work.package,
                           case=work.case, device=work.device, number=work.number)
    _filled(clone)
    with pytest.raises(ForkRefused) as fork:
        _send(shared_hq, clone)
    assert "复制或还原" in fork.value.remedy
    shutil.rmtree(clone.folder)


def test_a_log_that_contradicts_is_refused(shared_hq: Any, work: Any, build: Any,
                                           district: Any, tmp_path: Path) -> None:
    hq = shared_hq
    _filled(work)
    assert _send(hq, work).state is SendState.RECEIVED
    clone = build.CaseWork(district, tmp_path / "clone", device=work.device, number=work.number)
    _filled(clone)  # Its own chain starts at 1 on the same device: a cloned disk.
    outcome = _send(hq, clone)
    assert outcome.state is SendState.REFUSED
    assert outcome.receipt is not None
    assert [reason.code for reason in outcome.receipt.reasons] == ["log_fork"]


def test_spoiled_contents_are_refused_with_the_reason_at_the_laptop(
        shared_hq: Any, work: Any, district: Any) -> None:
    hq = shared_hq
    entry = work.add("现场照片-01.jpg", os.urandom(70_000), ObjectKind.PHOTO, "image/jpeg")
    path = work.objects[0].path
    data = bytearray(path.read_bytes())
    data[40_000] ^= 1
    path.write_bytes(data)
    import hashlib

    work.objects[0] = SealedObject(
        replace(entry, ct_sha256=hashlib.sha256(data).hexdigest()), path)
    work.seal(State.SUBMITTED)
    outcome = _send(hq, work)
    assert outcome.state is SendState.REFUSED
    assert outcome.receipt is not None
    (reason,) = outcome.receipt.reasons
    assert (reason.code, reason.where) == ("object_unreadable", "现场照片-01.jpg")
    assert "密文在签名前已损坏" in reason.text
    assert hq.folder.quarantine(work.package, 1).is_dir()
    assert not hq.folder.package(work.package).exists()
    kept = read_receipt(work.folder, 1)
    assert kept is not None
    signed = verify_package(work.folder, district.trust, at=datetime.now(UTC)).statements[0]
    assert check_receipt(kept, signed, district.trust,
                         at=datetime.now(UTC)).verdict is Verdict.REFUSED


def test_a_refused_revision_is_mended_by_the_next(
        shared_hq: Any, work: Any, district: Any) -> None:
    leaving = district.authority.issue_officer(
        "周平", OfficerInfo(Role.QUALIFIED, "ZD-01", "CQ-WL-077"), agency="某某镇人民政府",
        unit="综合执法队", valid=district.valid)
    work.add("现场检查笔录.pdf", os.urandom(1000))
    work.seal(State.SUBMITTED, signers=Signers(
        work.device, (district.officers[0], leaving), (district.authority.district,)))
    district.authority.withdraw(str(leaving.certificate.serial_number), at=district.now)
    shared_hq.renew_trust()
    refused = _send(shared_hq, work)
    assert refused.state is SendState.REFUSED
    assert refused.receipt is not None
    assert {reason.code for reason in refused.receipt.reasons} == {"certificate_revoked"}
    assert shared_hq.folder.quarantine(work.package, 1).is_dir()
    work.seal(State.SUBMITTED)
    assert _send(shared_hq, work, 2).state is SendState.RECEIVED


def test_a_damaged_file_is_not_sent(shared_hq: Any, work: Any) -> None:
    _filled(work, media=5 * MIB)
    path = work.folder / layout.object_name(work.objects[1].entry.ct_sha256)
    data = bytearray(path.read_bytes())
    data[3 * MIB] ^= 1
    path.write_bytes(data)
    with pytest.raises(PackageDamaged) as damaged:
        _send(shared_hq, work)
    assert damaged.value.detail == layout.object_name(work.objects[1].entry.ct_sha256)
    data[3 * MIB] ^= 1
    path.write_bytes(data)
    assert _send(shared_hq, work).state is SendState.RECEIVED
    with pytest.raises(PackageDamaged):
        _send(shared_hq, work, 2)


def test_a_file_that_changes_while_it_is_sent_is_noticed(shared_hq: Any, work: Any) -> None:
    _filled(work, media=24 * MIB)
    path = work.folder / layout.object_name(work.objects[1].entry.ct_sha256)
    whole = path.read_bytes()

    def spoil(_done: int, _total: int) -> None:
        with path.open("r+b") as file:
            file.seek(23 * MIB)
            file.write(bytes([whole[23 * MIB] ^ 1]))

    with pytest.raises(PackageDamaged) as damaged:
        _send(shared_hq, work, on_progress=spoil)
    assert damaged.value.detail == layout.object_name(work.objects[1].entry.ct_sha256)
    path.write_bytes(whole)
    assert _send(shared_hq, work).state is SendState.RECEIVED


def test_cancelling_stops_and_resumes(shared_hq: Any, work: Any) -> None:
    _filled(work, media=8 * MIB)
    seen: list[int] = []
    with pytest.raises(Cancelled):
        _send(shared_hq, work, on_progress=lambda done, _total: seen.append(done),
              cancelled=lambda: len(seen) >= 3)
    assert 0 < seen[-1] < 8 * MIB
    first = seen[-1]
    seen.clear()
    assert _send(shared_hq, work, on_progress=lambda done, _total: seen.append(done)).state is \
        SendState.RECEIVED
    assert seen[-1] > first


def test_three_cases_of_one_laptop_at_once(
        shared_hq: Any, work: Any, build: Any, tmp_path: Path) -> None:
    works = [work] + [
        build.CaseWork(shared_hq.district, tmp_path / str(n), device=work.device,
                       number=work.number, chain=work.chain) for n in range(2)]
    for each in works:
        _filled(each, media=3 * MIB)
    outcomes: list[SendOutcome] = []
    threads = [threading.Thread(target=lambda w=each: outcomes.append(_send(shared_hq, w)))
               for each in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [outcome.state for outcome in outcomes] == [SendState.RECEIVED] * 3


def test_another_device_may_not_send_my_package(
        shared_hq: Any, work: Any, district: Any) -> None:
    _filled(work)
    other = district.authority.issue_device("D077", agency="某某镇", valid=district.valid)
    with (shared_hq.client(device=other) as client, pytest.raises(RequestRefused) as refused):
        send_package(work.folder, 1, client, trust=district.trust, patience=QUICK)
    assert refused.value.detail == "other_device"
    assert "另一台设备" in refused.value.what


def test_a_withdrawn_device_is_refused(shared_hq: Any, work: Any, district: Any) -> None:
    _filled(work)
    district.authority.withdraw(str(work.device.certificate.serial_number), at=district.now)
    shared_hq.renew_trust()
    with pytest.raises(DeviceRefused) as refused:
        _send(shared_hq, work)
    assert refused.value.detail == "revoked"
