"""No officer is in two records at once; papers of one case agree; inquiries are counted."""

from datetime import datetime
from typing import Any

import pytest

from field_app.domain.reasons import Level
from field_app.rules.agreement import disagreements
from field_app.rules.records import begins, next_sequence, overlapping, span_of


def answers(start: str, end: str, *numbers: str) -> dict[str, Any]:
    return {"start_at": f"2026-05-14T{start}:00+08:00", "end_at": f"2026-05-14T{end}:00+08:00",
            "officers": [{"name": f"官{n}", "cert_no": n} for n in numbers]}


def span(paper: str, start: str, end: str, *numbers: str) -> Any:
    return span_of(paper, "询问笔录", "D001-1", answers(start, end, *numbers))


@pytest.mark.parametrize(("other", "found"), [
    (("10:00", "11:00", "1", "3"), True), (("09:00", "09:31", "2", "3"), True),
    (("09:40", "09:50", "1", "2"), True), (("10:30", "11:00", "1", "2"), False),
    (("09:00", "09:30", "1", "2"), False), (("10:00", "11:00", "3", "4"), False)])
def test_overlap(other: tuple[str, ...], found: bool) -> None:
    here = span("a", "09:30", "10:30", "1", "2")
    reasons = overlapping(here, [span("b", *other), here])
    assert bool(reasons) is found
    if reasons:
        assert (reasons[0].rule, reasons[0].level) == ("PE-11", Level.BLOCK)
        assert "D001-1" in reasons[0].text


def test_times_in_other_zones_are_the_same_moments() -> None:
    utc = answers("09:30", "10:30", "1", "2") | {
        "start_at": "2026-05-14T02:00:00+00:00", "end_at": "2026-05-14T02:10:00+00:00"}
    other = span_of("b", "询问笔录", "x", utc)
    assert other is not None
    assert overlapping(span("a", "09:30", "10:30", "1", "2"), [other])


def test_unfinished_records_have_no_span() -> None:
    for broken in ({}, {"start_at": "x"}, answers("10:00", "09:00", "1")):
        assert span_of("a", "t", "c", broken) is None


def test_sequence_counts_by_number_then_name() -> None:
    held = [{"inq_idno": "1", "inq_name": "张伟", "seq": 1}, {"inq_idno": "1", "seq": 2},
            {"inq_idno": "2", "inq_name": "张伟", "seq": 1}]
    assert next_sequence(held, name="张伟", id_no="1") == 3
    assert next_sequence(held, name="张伟", id_no="2") == 2
    assert next_sequence(held, name="李四", id_no="") == 1
    assert next_sequence(held, name="张伟", id_no="") == 2


def test_papers_of_one_case_agree() -> None:
    party = {"name": "演练公司", "uscc": "91999999MAYL0001XU", "addr": "桐麻村一组18号"}
    issued = [("现场检查笔录", {"PARTY": party})]
    assert disagreements({"PARTY": party | {"addr": "桐麻村 一组18号"}}, issued) == []
    (reason,) = disagreements({"addressee": party | {"addr": "桐麻村一组8号"}}, issued)
    assert (reason.level, reason.where) == (Level.WARN, "addressee.addr")
    assert "现场检查笔录" in reason.text
    assert disagreements({}, issued) == []
    assert disagreements({"PARTY": {"name": "演练公司"}}, issued) == []


def at(words: str) -> datetime:
    return datetime.fromisoformat(f"2026-05-14T{words}+08:00")


@pytest.mark.parametrize(("others", "recordings", "expected"), [
    ([], ["09:32:10"], "09:30:20"),  # The first record begins with its step.
    ([("08:00", "09:00")], [], "09:30:20"),  # Another step's, over before.
    ([("08:00", "09:50")], [], "11:00:00"),  # Another step's went on.
    ([("09:30", "10:10")], [], "11:00:00"),
    ([("09:30", "10:10")], ["09:32:10", "10:40:05"], "10:40:05"),
    ([("09:30", "10:10")], ["09:32:10"], "11:00:00"),  # That recording was the first's.
    ([("09:30", "")], ["09:32:10"], "11:00:00"),  # Still held: so is its recording.
    ([("09:30", "10:10"), ("10:20", "10:50")], ["10:20:30"], "11:00:00"),
    ([("", "")], [], "09:30:20")])
def test_a_record_begins_after_the_others(
        others: list[tuple[str, str]], recordings: list[str], expected: str) -> None:
    held = [{"start_at": f"2026-05-14T{a}:00+08:00", "end_at": f"2026-05-14T{b}:00+08:00"} for a, b in others]
    assert begins(at("09:30:20"), held, [at(r) for r in recordings], now=at("11:00:00")) == at(expected)
