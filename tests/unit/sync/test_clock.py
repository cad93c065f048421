"""Headquarters' signed time: measured honestly, believed only in answer to this very question."""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from field_app.credentials.cms import sign_detached
from field_app.crypto.canonical import canonical
from field_app.domain.clock import CHINA, Moment
from field_app.protocol.messages import SignedDocument
from field_app.protocol.signed_time import SignedTime
from field_app.sync.client import HeadquartersClient
from field_app.sync.clock import check_signed_time, measure
from field_app.sync.errors import FalseTime, HeadquartersAway, RequestRefused

NONCE = "ab" * 32


@dataclass
class Clock:
    """The machine's clocks, the wall clock set wrong by ``wrong``; ``jump``: set once more at each
    look."""

    wrong: timedelta = timedelta()
    jump: timedelta = timedelta()

    def now(self) -> Moment:
        made = Moment(datetime.now(CHINA) + self.wrong, time.monotonic_ns() // 1_000_000, "boot")
        self.wrong += self.jump
        return made


@pytest.fixture
def client(shared_hq: Any) -> Iterator[HeadquartersClient]:
    with shared_hq.client() as made:
        yield made


@pytest.mark.parametrize("wrong", [
    timedelta(), timedelta(days=365), timedelta(days=-365), timedelta(minutes=-3, milliseconds=-250)])
def test_the_offset_is_what_the_clock_is_wrong_by(
        client: HeadquartersClient, district: Any, wrong: timedelta) -> None:
    found = measure(client, district.trust, device="D012", clock=Clock(wrong))
    assert found is not None
    # The same machine answers, so the truth is known: the offset undoes what is wrong, to within what
    # is claimed, and the claim is no more than the shortest round trip allows.
    assert abs(found.offset_ms * timedelta(milliseconds=1) + wrong) <= (
        found.uncertainty_ms * timedelta(milliseconds=1))
    assert 1 <= found.uncertainty_ms < 5000
    assert abs(found.told - datetime.now(UTC)) < timedelta(seconds=30)


def test_a_clock_that_is_being_set_is_not_measured(client: HeadquartersClient, district: Any) -> None:
    assert measure(client, district.trust, device="D012",
                   clock=Clock(jump=timedelta(seconds=7))) is None


def told(district: Any, *, nonce: str = NONCE, device: str = "D012", key: Any = None,
         at: datetime | None = None, signed: datetime | None = None) -> SignedDocument:
    when = at or datetime.now(UTC)
    data = canonical(SignedTime(nonce, device, "某某区司法局", when).to_json())
    return SignedDocument(data, sign_detached(data, [key or district.time], at=signed or when,
                                              extra_certs=[district.authority.district]))


def test_only_an_answer_to_this_question_counts(district: Any, build: Any) -> None:
    good = told(district)
    assert check_signed_time(good, district.trust, nonce=NONCE, device="D012")
    cases: list[tuple[SignedDocument, str, str, str]] = [
        (good, "cd" * 32, "D012", "nonce"),  # an old answer, played again
        (good, NONCE, "D013", "device"),
        (told(district, key=district.signer), NONCE, "D012", "wrong_purpose"),
        (told(district, key=district.device), NONCE, "D012", "wrong_purpose"),
        (told(build.new_district()), NONCE, "D012", "unknown_issuer"),
        (told(district, at=datetime.now(UTC) + timedelta(days=400)), NONCE, "D012", "expired"),
        (told(district, signed=datetime.now(UTC) - timedelta(hours=1)), NONCE, "D012", "signing time"),
        (SignedDocument(good.document.replace(b"202", b"203"), good.signature), NONCE, "D012", "digest"),
        (SignedDocument(b"{}", good.signature), NONCE, "D012", "malformed"),
        (SignedDocument(good.document, b""), NONCE, "D012", "malformed")]
    for signed, nonce, device, why in cases:
        with pytest.raises(FalseTime) as false:
            check_signed_time(signed, district.trust, nonce=nonce, device=device)
        assert false.value.detail == why
        assert false.value.what and not false.value.again


def test_a_headquarters_without_the_key_tells_no_time(
        start: Callable[..., Any], district: Any) -> None:
    running = start()
    running.stop()
    for name in ("time.key", "time.crt"):
        (running.folder.keys / name).unlink()
    running.start()
    with running.client() as client, pytest.raises(RequestRefused) as refused:
        measure(client, district.trust, device="D012", clock=Clock())
    assert refused.value.detail == "not_found"


def test_a_question_that_is_none_is_refused(client: HeadquartersClient) -> None:
    for nonce in ("", "AB" * 32, "ab" * 31, "ab" * 33):
        with pytest.raises(RequestRefused):
            client.time(nonce)


def test_nobody_there(district: Any, shared_hq: Any) -> None:
    with shared_hq.client(address="https://127.0.0.1:9") as client, pytest.raises(HeadquartersAway):
        measure(client, district.trust, device="D012", clock=Clock())
