"""Bodies of the protocol: what goes out comes back, and nothing else comes in."""

import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from field_app.protocol import limits
from field_app.protocol import strict as strict_module
from field_app.protocol.errors import ErrorBody, WireError, WireRefused
from field_app.protocol.messages import (
    Hello,
    Inbox,
    InboxItem,
    InboxKind,
    Missing,
    PartHeld,
    PartList,
    SignedDocument,
    Waiting,
)
from field_app.protocol.receipt import Receipt, ReceiptReason, ReceivedFile, Verdict
from field_app.protocol.signed_time import SignedTime, TimeRequest
from field_app.protocol.strict import Malformed, Members

PAGE = Path(strict_module.__file__).with_name("PROTOCOL.md")
AT = datetime(2026, 11, 24, 1, 2, 3, tzinfo=UTC)
HASH = "ab" * 32
SIGNED = SignedDocument(b"\x00\xff", b"sig")
RECEIPT = Receipt(
    package="01234567-89ab-4cde-8f01-23456789abcd", revision=3, statement_sha256=HASH,
    verdict=Verdict.ACCEPTED, files=(ReceivedFile(HASH, 7),),
    reasons=(ReceiptReason("revoked_since", "签名之后停用。", "请核实。"),), unit="区司法局", at=AT)

MESSAGES: list[Any] = [
    TimeRequest(HASH), SignedTime(HASH, "D012", "区司法局", AT),
    Hello(AT, 4), PartList((HASH,)), Missing(()), Missing((HASH,)), Waiting(1, 2, 3), PartHeld(5, False), SIGNED,
    Inbox((InboxItem(5, InboxKind.BUNDLE, SIGNED),), 5),
    ErrorBody.about(WireError.FORK, package="x"), RECEIPT]


@pytest.mark.parametrize("message", MESSAGES, ids=lambda m: type(m).__name__)
def test_what_goes_out_comes_back(message: Any) -> None:
    assert type(message).from_json(message.to_json()) == message


@pytest.mark.parametrize("message", MESSAGES, ids=lambda m: type(m).__name__)
def test_other_members_and_other_kinds_are_refused(message: Any) -> None:
    good = message.to_json()
    wrong: list[Any] = [None, [], "x", 1, {}, {**good, "extra": 1}]
    for name in good:
        wrong.append({key: value for key, value in good.items() if key != name})
        wrong.extend({**good, name: value}
                     for value in ({"a": 1}, True, 1.5, "\u0000", "\ud800", -1))
    for value in wrong:
        with pytest.raises(Malformed):
            type(message).from_json(value)


@pytest.mark.parametrize("change", [
    {"verdict": "refused"}, {"files": []}, {"files": [{"sha256": HASH, "size": -1}]},
    {"pkg": "../x"}, {"rev": 0}, {"at": "2026-11-24T01:02:03"}, {"format": "le-receipt/2"},
    {"unit": ""}, {"statement_sha256": HASH.upper()},
    {"reasons": [{"code": "x", "text": "", "remedy": "x", "where": ""}]},
])
def test_receipts_that_contradict_themselves(change: dict[str, Any]) -> None:
    with pytest.raises(Malformed):
        Receipt.from_json({**RECEIPT.to_json(), **change})


def test_a_refusal_needs_reasons() -> None:
    refused = {**RECEIPT.to_json(), "verdict": "refused", "files": []}
    assert Receipt.from_json(refused).verdict is Verdict.REFUSED
    with pytest.raises(Malformed):
        Receipt.from_json({**refused, "reasons": []})


def test_lists_are_bounded() -> None:
    with pytest.raises(Malformed):
        PartList.from_json({"parts": [HASH] * (limits.MAX_MISSING_LIST + 1)})
    with pytest.raises(Malformed):
        PartList.from_json({"parts": []})
    assert len(PartList.from_json({"parts": [HASH] * limits.MAX_FILE_PARTS},
                                  limit=limits.MAX_FILE_PARTS).parts) == limits.MAX_FILE_PARTS


@pytest.mark.parametrize("text", ["=", "a", "YQ", "YQ==\n", "é", "Y Q=="])
def test_base64_is_strict(text: str) -> None:
    with pytest.raises(Malformed):
        SignedDocument.from_json({"document": text, "signature": ""})


def test_integers_are_no_booleans_and_bounded() -> None:
    members = Members({"a": True, "b": 1 << 60, "c": 5}, "x", ("a", "b", "c"))
    for name in ("a", "b"):
        with pytest.raises(Malformed):
            members.integer(name)
    assert members.integer("c", low=5, high=5) == 5


def test_every_error_speaks_chinese_and_has_its_row() -> None:
    page = PAGE.read_text("utf-8")
    rows = {code: int(status) for status, code in
            re.findall(r"^\| (\d{3}) \| `([a-z_]+)` \|", page, re.M)}
    assert rows == {error.code: error.status for error in WireError}
    for error in WireError:
        assert WireError.of(error.code) is error
        assert error.text.endswith("。") and error.remedy.endswith("。")
        body = WireRefused(error, detail="x").body()
        assert (body.code, body.facts) == (error.code, {"detail": "x"})
    assert WireError.of("nothing") is None


def test_the_page_tells_the_limits() -> None:
    page = PAGE.read_text("utf-8")
    limits_text = page[page.index("## 6. Limits"):page.index("## 7.")]
    for told in (f"{limits.MAX_STATEMENT_BODY >> 20} MiB", f"part {limits.PART_SIZE >> 20} MiB",
                 f"{limits.MAX_MISSING_LIST} hashes", f"{limits.MAX_FILE_PARTS} hashes",
                 f"{limits.CALLS_PER_SECOND} calls a second", f"bursts of {limits.CALL_BURST}",
                 f"finish in {limits.REQUEST_SECONDS} s", f"{limits.MAX_INBOX_BODY >> 20} MiB"):
        assert told in limits_text, told


def test_the_page_tells_every_call() -> None:
    from field_app.headquarters.service import make_service

    page = PAGE.read_text("utf-8")
    desk: Any = None
    for route in make_service(desk).routes:
        path = getattr(route, "path", "").replace("{package}", "{pkg}").replace(
            "{revision}", "{n}")
        methods: set[str] = getattr(route, "methods", set()) - {"HEAD"}
        for method in methods:
            assert f"`{method} {path}" in page
