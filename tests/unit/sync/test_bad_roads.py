"""Township roads: slow, far, lossy, cut on the minute; and a headquarters that changes under way."""

import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from field_app.credentials.cms import certificate_pem
from field_app.credentials.pem_keys import private_pem
from field_app.crypto.hashing import sha256_hex
from field_app.packages.existing import read_statement
from field_app.packages.index import ObjectKind
from field_app.packages.statement import State
from field_app.packages.verify import verify_package
from field_app.protocol.messages import SignedDocument
from field_app.sync.errors import DeviceRefused, HeadquartersAway, PartSpoiled, RequestRefused
from field_app.sync.patience import Patience
from field_app.sync.send import SendOutcome, SendState, send_package
from field_app.sync.stride import LEAST, MOST, Stride
from tests.unit.sync.roads import BadRoad

MIB = 1 << 20
# Waits scaled as the road is; as many tries as an officer who leaves it running over night.
DOGGED = Patience(tries=8, first=0.05, longest=0.5, receipt_first=0.1, receipt_longest=0.5,
                  receipt_seconds=60)


def _sent(hq: Any, work: Any, address: str, **more: Any) -> SendOutcome:
    with hq.client(address=address, device=work.device) as client:
        return send_package(work.folder, 1, client, trust=hq.district.trust,
                            **{"patience": DOGGED, **more})


def _filled(work: Any, size: int) -> Any:
    work.add("现场检查笔录.pdf", b"%PDF-1.7 " + os.urandom(3000))
    work.add("现场录像-01.mkv", os.urandom(size), ObjectKind.VIDEO, "video/x-matroska")
    work.seal(State.SUBMITTED)
    return work


def _arrived_whole(hq: Any, work: Any) -> bool:
    report = verify_package(hq.folder.package(work.package), hq.district.trust, at=datetime.now(UTC))
    return report.findings == ()


def test_a_road_cut_before_any_part_is_through_still_brings_the_case(
        shared_hq: Any, work: Any) -> None:
    """256 kbit/s, 400 ms, 5 % loss and a cut a minute, thirty times as fast: between two cuts go
    1.9 MB, less than one part."""
    _filled(work, 5 * MIB)
    with BadRoad(shared_hq.port, rate=960_000, delay=0.007, loss=0.05, cut_every=2) as road:
        outcome = _sent(shared_hq, work, road.address)
    assert outcome.state is SendState.RECEIVED and road.cuts >= 2
    assert _arrived_whole(shared_hq, work)
    # What was under way at the first cut is lost; from then on short pieces are.
    assert road.sent <= outcome.total * 1.25 + 960_000 * 2, road.sent / outcome.total


@pytest.mark.soak
def test_a_hundred_megabytes_over_the_road_as_it_is(shared_hq: Any, work: Any) -> None:
    """The road itself, an hour of it."""
    _filled(work, 100 * 1_000_000)
    with BadRoad(shared_hq.port, rate=32_000, delay=0.2, loss=0.05, cut_every=60) as road:
        outcome = _sent(shared_hq, work, road.address, patience=Patience())
    print(f"{road.sent / outcome.total:.3f} times the case's bytes, {road.cuts} cuts")
    assert outcome.state is SendState.RECEIVED and road.cuts >= 50
    assert road.sent <= outcome.total * 1.25 and _arrived_whole(shared_hq, work)


def test_a_good_road_takes_whole_parts_and_a_bad_one_short_pieces() -> None:
    now = [0.0]
    stride = Stride(clock=lambda: now[0])
    whole_parts_first = not stride.careful
    stride.failed()
    assert whole_parts_first and stride.careful and stride.next() == LEAST
    began = stride.began()
    now[0] += 1
    stride.went(MIB, began)
    assert stride.next() == MOST  # Two seconds of a megabyte a second.
    for _ in range(10):
        stride.failed()
    assert LEAST <= stride.next() <= MIB // 9  # A tenth of a second.
    for _ in range(200):
        began = stride.began()
        now[0] += 1
        stride.went(MIB, began)
    assert stride.next() == MOST


def test_a_fast_road_that_bears_so_many_bytes_gets_pieces_of_half_what_broke() -> None:
    """By time alone they stayed as long as ever: a hundred megabytes a second, cut after some ten kilobytes."""
    stride = Stride(clock=lambda: 0.0)
    stride.failed(MIB)
    stride.went(LEAST, stride.began())
    assert stride.next() == MIB // 2
    stride.failed(stride.next())
    assert stride.next() == MIB // 4
    for _ in range(20):
        stride.failed(stride.next())
    assert stride.next() == LEAST
    for _ in range(200):
        stride.went(stride.next(), stride.began())
    assert stride.next() == MOST


@pytest.mark.soak
def test_headquarters_gets_another_tls_key_under_way(
        start: Any, work: Any, district: Any) -> None:
    hq = start()
    _filled(work, 6 * MIB)

    def change(done: int, total: int) -> None:
        if done >= total // 2 and hq.process is not None:
            hq.kill()

    with pytest.raises(HeadquartersAway):
        _sent(hq, work, hq.address, on_progress=change, patience=Patience(tries=2, first=0.01))
    key = district.authority.issue_server("总部接收", hosts=["127.0.0.1"], valid=district.valid)
    keys: Path = hq.folder.keys
    (keys / "tls.key").write_bytes(private_pem(key))
    (keys / "tls.crt").write_bytes(
        certificate_pem(key.certificate) + certificate_pem(district.authority.district))
    hq.start()
    assert _sent(hq, work, hq.address).state is SendState.RECEIVED
    assert _arrived_whole(hq, work)


@pytest.mark.soak
def test_a_device_is_withdrawn_under_way(start: Any, work: Any, district: Any) -> None:
    hq = start()
    _filled(work, 12 * MIB)
    done_at: list[int] = []

    def withdraw(done: int, total: int) -> None:
        if done >= total // 3 and not done_at:
            done_at.append(done)
            district.authority.withdraw(str(work.device.certificate.serial_number), at=district.now)
            hq.renew_trust()

    with pytest.raises(DeviceRefused) as refused:
        _sent(hq, work, hq.address, on_progress=withdraw)
    assert done_at and refused.value.detail == "revoked"
    assert not hq.folder.package(work.package).exists()


def test_pieces_survive_anything_but_a_wrong_hash(shared_hq: Any, work: Any, running: Any) -> None:
    """What is sent twice, out of turn or beyond the part changes nothing."""
    _filled(work, 3 * MIB)
    big = work.objects[1].path.read_bytes()
    parts = [big[at:at + MOST] for at in range(0, len(big), MOST)]
    hashes = [sha256_hex(part) for part in parts]
    with shared_hq.client(device=work.device) as client:
        told = read_statement(work.folder, 1)
        assert told is not None
        client.send_statement(work.package, 1, SignedDocument(told.data, told.signature))
        client.list_parts(work.objects[1].entry.ct_sha256, hashes)
        sha, data = hashes[0], parts[0]
        assert client.part_held(sha).held == 0
        assert client.put_piece(sha, 0, len(data), data[:1000]).held == 1000
        assert client.put_piece(sha, 0, len(data), data[:1000]).held == 1000
        assert client.put_piece(sha, 5000, len(data), data[5000:6000]).held == 1000
        assert client.put_piece(sha, 500, len(data), data[500:3000]).held == 3000
        with pytest.raises(RequestRefused) as beyond:
            client.put_piece(sha, len(data) - 10, len(data), b"x" * 11)
        assert beyond.value.detail == "malformed"
        with pytest.raises(PartSpoiled) as wrong:
            client.put_piece(sha, 3000, len(data), bytes(len(data) - 3000))
        assert wrong.value.detail == "part_mismatch"
        assert client.part_held(sha).held == 0  # Forgotten, so that it can be sent anew.
        assert client.put_piece(sha, 0, len(data), data).whole
        assert client.part_held(sha).whole and client.put_piece(sha, 7, len(data), b"y").whole
    assert _sent(shared_hq, work, shared_hq.address).state is SendState.RECEIVED
