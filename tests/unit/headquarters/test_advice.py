"""Headquarters judges an accepted case again: by the rules, apart from the laptop, and never in vain."""

import os
import tomllib
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from field_app.credentials.cms import sign_detached
from field_app.crypto.canonical import canonical
from field_app.crypto.suite_keys import recipient_text
from field_app.crypto.suites import open_file
from field_app.domain.case import PaperRecord
from field_app.domain.reasons import Level
from field_app.headquarters.advice import advise_once, findings_of, judge_record
from field_app.headquarters.depot import open_depot
from field_app.headquarters.examine import Examiner
from field_app.headquarters.intake import read_inbox
from field_app.headquarters.orders import (
    NotSent,
    catalogue_sent,
    send_catalogue,
    send_numbers,
    send_order,
)
from field_app.headquarters.stick import import_package
from field_app.headquarters.store import open_store
from field_app.headquarters.wishes import grant_wishes, wish_return, wishes
from field_app.headquarters.worker import make_examiner
from field_app.packages.index import ObjectKind
from field_app.packages.statement import State
from field_app.paths import RESOURCES
from field_app.protocol.orders import Notice, Order, OrderKind, OtherEvents
from field_app.rules.catalogue import read_catalogue
from field_app.rules.circumstances import circumstances
from tests.unit.actions.test_case_facts import READY, issued
from tests.unit.headquarters.backends import BOTH, Backend

TOLD = {"hold": {}, "denied": dict.fromkeys(circumstances(), "没有")}


def record(papers: Sequence[PaperRecord], **more: Any) -> dict[str, Any]:
    """A case's own data as a laptop seals it."""
    return {"format": "le-case/1", "id": "c", "opened": "2026-05-01T09:00:00+08:00",
            "circumstances": TOLD, "passed_warnings": [], "papers": [
                {"id": p.id, "form": p.form, "version": p.form_version, "title": p.title,
                 "number": p.number, "state": p.state.value, "answers": p.answers,
                 "issued": p.issued.isoformat() if p.issued else None} for p in papers], **more}


def told(papers: Sequence[PaperRecord], **more: Any) -> set[tuple[str, Level]]:
    return {(f.rule, f.level) for f in judge_record(record(papers, **more))}


LATE = issued("G3-15", "罚1", decided_at="2026-06-13")  # reviewed on the 15th only


def test_a_decision_before_its_review_is_found() -> None:
    assert ("LR-01", Level.BLOCK) in told([*READY, LATE])
    assert ("LR-01", Level.BLOCK) not in told([*READY, issued("G3-15", "罚1")])
    found = next(f for f in judge_record(record([*READY, LATE])) if f.rule == "LR-01")
    assert found.place.endswith("罚1") and "（" in found.text and found.remedy
    # A paper is judged by what was issued before it, not by what came later.
    assert told([LATE, *READY]) != told([*READY, LATE])


def test_what_both_officers_let_pass_with_a_reason_is_not_told_again() -> None:
    warned = [(rule, level) for rule, level in told([issued("G4-13", "罚1")]) if level is Level.WARN]
    assert warned
    passed = [{"id": "w", "record": {"about": "罚1", "rule": rule}} for rule, _level in warned]
    left = told([issued("G4-13", "罚1")], passed_warnings=passed)
    assert not any(level is Level.WARN for _rule, level in left)


CATALOGUE = tomllib.loads((RESOURCES / "training" / "catalogue.toml").read_text("utf-8"))
MATTER = "演练-消防-0002"  # its statute fines from 5,000 to 50,000 yuan


def fined(yuan: int) -> PaperRecord:
    return issued("G3-15", "罚1", penalties=[{"kind": "罚款", "amount": yuan * 100}])


@pytest.mark.parametrize(("yuan", "matter", "known", "level"), [
    (50_001, MATTER, True, Level.BLOCK), (50_000, MATTER, True, None), (50_001, MATTER, False, None),
    (50_001, "", True, None), (50_001, "没有的事项", True, None)])
def test_fines_are_held_to_the_tiers_of_the_catalogue(
        yuan: int, matter: str, known: bool, level: Level | None) -> None:
    catalogue = read_catalogue(CATALOGUE) if known else None
    levels = {f.rule: f.level for f in judge_record(record([*READY, fined(yuan)], matter=matter), catalogue)}
    assert levels.get("DC-11") == level


@pytest.mark.parametrize(("day", "level"), [("2026-07-28", Level.WARN), ("2026-07-29", None)])
def test_days_off_are_those_of_the_catalogue(day: str, level: Level | None) -> None:
    """As at the desk: what the catalogue says of a year has the last word (行政强制法第四十三条)."""
    off = {"day": "2026-07-28", "state": "放假", "valid_from": "2026-01-01", "source": "演练", "confidence": "I"}
    case = record([issued("G4-10", "催1", at=f"{day}T09:00:00+08:00")])
    levels = {f.rule: f.level for f in judge_record(
        case, read_catalogue(CATALOGUE | {"tables": {"holiday": [off]}}))}
    assert levels.get("EX-12") == level
    assert "EX-12" not in {f.rule for f in judge_record(case)}


def test_the_catalogue_that_was_sent_last_is_the_one(
        build: Any, district: Any, running: Any, tmp_path: Path) -> None:
    hq = _headquarters(running, district, tmp_path)
    store, depot = open_store(hq), open_depot(hq)
    examiner = make_examiner(hq, store, depot)
    with store.read() as connection:
        assert catalogue_sent(connection) is None
    for number in (1, 2):
        made = CATALOGUE | {"number": number}
        if number == 1:  # An older one knew nothing of the matter's fines.
            made |= {"tables": {k: v for k, v in CATALOGUE["tables"].items() if k != "tier"}}
        release = tmp_path / f"{number}.json"
        release.write_bytes(canonical(made))
        release.with_suffix(".p7s").write_bytes(sign_detached(
            release.read_bytes(), [district.signer], at=district.now,
            extra_certs=[district.authority.district]))
        assert send_catalogue(examiner, release) == number
        work = _sealed(build, district, tmp_path / str(number), record([*READY, fined(50_001)], matter=MATTER))
        assert import_package(hq.root, work.folder).ok
        with store.read() as connection:
            rules = {f.rule for f in findings_of(connection, work.package)}
        assert ("DC-11" in rules) == (number == 2)
    store.close()
    depot.close()


@pytest.mark.parametrize("change", [
    {"papers": [{"id": "x"}]}, {"papers": 5}, {"opened": "never"}, {"passed_warnings": [{"record": 1}]},
    {"papers": [{"id": "x", "form": "G3-15", "version": 1, "title": "t", "number": "n",
                 "state": "issued", "issued": None, "answers": {"penalties": [[[]]], "decided_at": {}}}]},
])
def test_a_record_that_is_none_hinders_nothing(
        change: dict[str, Any], build: Any, district: Any, running: Any, tmp_path: Path) -> None:
    hq = _headquarters(running, district, tmp_path)
    work = _sealed(build, district, tmp_path, record([LATE]) | change)
    assert import_package(hq.root, work.folder).ok


@pytest.mark.parametrize("papers", [
    [LATE] * 501, [replace(LATE, answers={"a": [{"b": "《法》" * 20_000}]})],
    [replace(LATE, answers={"a": ["《法》" * 10_000] * 40})]])
def test_a_record_larger_than_any_case_is_not_judged(papers: list[PaperRecord]) -> None:
    """Each paper is held against all before it, and texts are searched: hours, while everybody waits."""
    with pytest.raises(ValueError, match="larger"):
        judge_record(record(papers))


@BOTH
def test_what_a_record_says_is_kept_in_one_line(
        build: Any, district: Any, running: Any, tmp_path: Path, backend: Backend) -> None:
    hq = backend.configure(_headquarters(running, district, tmp_path))
    work = _sealed(build, district, tmp_path, record([*READY, replace(LATE, title="决定\x00书\n", number="1" * 3000)]))
    assert import_package(hq.root, work.folder).ok
    store = open_store(hq)
    with store.read() as connection:
        found = findings_of(connection, work.package)
        assert [item.kind.value for item in read_inbox(connection, work.number, after=0).items] == ["order"]
    store.close()
    assert found and all(f.place.startswith("《决定?书?》1") and len(f.place) == 2000 for f in found)


def _headquarters(running: Any, district: Any, tmp_path: Path) -> Any:
    return running.lay_out(district, tmp_path / "hq")


def _sealed(build: Any, district: Any, tmp_path: Path, data: dict[str, Any]) -> Any:
    work = build.case_of_new_laptop(district, tmp_path / "laptop")
    work.add("现场检查笔录.pdf", b"%PDF-1.7 " + os.urandom(500))
    work.add("案件记录-001.json", canonical(data), ObjectKind.RECORD, "application/json")
    work.chain.told = recipient_text(work.identity.recipient)
    work.seal(State.SUBMITTED)
    return work


@BOTH
def test_findings_are_stored_and_told_to_the_laptop_alone(
        build: Any, district: Any, running: Any, tmp_path: Path, backend: Backend) -> None:
    hq = backend.configure(_headquarters(running, district, tmp_path))
    work = _sealed(build, district, tmp_path, record([*READY, LATE]))
    assert import_package(hq.root, work.folder).ok
    store, depot = open_store(hq), open_depot(hq)
    examiner = make_examiner(hq, store, depot)
    with store.read() as connection:
        assert ("LR-01", Level.BLOCK) in {(f.rule, f.level) for f in findings_of(connection, work.package)}
        items = read_inbox(connection, work.number, after=0).items
        assert read_inbox(connection, "D999", after=0).items == ()
    (item,) = items
    order = Order.from_json(_parsed(item.signed.document))
    assert (order.kind, order.device, order.body) == (OrderKind.NOTICE, work.number, None)
    assert b"LR-01" not in item.signed.document
    assert order.sealed is not None
    sealed = tmp_path / "sealed"
    sealed.write_bytes(order.sealed)
    notice = Notice.from_json(_parsed(open_file(sealed, [work.identity], limit=1 << 20)))
    assert notice.package == work.package and "LR-01" in {line.code for line in notice.lines}
    assert advise_once(examiner) == 0  # Once for each revision.

    # A laptop that never told its key gets nothing sealed; open things it does.
    with store.write() as connection, pytest.raises(NotSent, match="no_key"):
        send_order(examiner, connection, OrderKind.EVENTS, OtherEvents(work.case, ("{}",)), device="D999")
    first = send_numbers(examiner, device="D999", series="武应急罚", year=2026, count=10)
    second = send_numbers(examiner, device="D998", series="武应急罚", year=2026, count=5)
    assert (first.first, first.last, second.first, second.last) == (1, 10, 11, 15)
    with pytest.raises(NotSent, match="overlap"):
        send_numbers(examiner, device="D999", series="武应急罚", year=2026, count=2, first=10)
    _goes_back_once(examiner, work)
    _no_number_twice(examiner)
    store.close()
    depot.close()


def _goes_back_once(examiner: Examiner, work: Any) -> None:
    """What a reviewer asked for goes down sealed, to the laptop that sent the case."""
    with examiner.store.write() as connection:
        wish_return(connection, work.package, reason=" 缺\n送达回证 ", by="陈静")
    assert (grant_wishes(examiner), grant_wishes(examiner)) == (1, 0)
    with examiner.store.write() as connection:
        with pytest.raises(NotSent, match="twice"):
            wish_return(connection, work.package, reason="再退", by="陈静")
        (asked,) = wishes(connection, work.package)
        last = read_inbox(connection, work.number, after=1).items[-1]
    assert (asked.reason, asked.problem, asked.done is None) == ("缺 送达回证", "", False)
    assert Order.from_json(_parsed(last.signed.document)).kind is OrderKind.RETURNED


def _no_number_twice(examiner: Examiner) -> None:
    """Several who send at the same moment."""
    with ThreadPoolExecutor(6) as senders:
        blocks = list(senders.map(lambda n: send_numbers(
            examiner, device=f"D{n:03d}", series="并发", year=2026, count=3), range(12)))
    assert sorted(b.first for b in blocks) == [1 + 3 * n for n in range(12)]


def _parsed(data: bytes) -> Any:
    from field_app.crypto.canonical import parse

    return parse(data)
