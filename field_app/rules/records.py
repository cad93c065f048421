"""Records of one case and of all cases: no officer in two at once, and one number a person."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from field_app.domain.reasons import Reason
from field_app.rules.table import rules

RECORD_FORMS = frozenset({"G1-04", "G2-02", "G2-03", "G3-05", "G3-09"})


@dataclass(frozen=True)
class RecordSpan:
    """One record: who was in it and from when to when."""

    paper: str
    title: str
    case_no: str
    started: datetime
    ended: datetime
    officers: frozenset[str]
    names: dict[str, str]


def _moment(value: Any) -> datetime | None:
    try:
        moment = datetime.fromisoformat(str(value))
    except ValueError:
        return None
    return moment if moment.tzinfo is not None else None


def span_of(paper: str, title: str, case_no: str, answers: dict[str, Any]) -> RecordSpan | None:
    """The span a record's answers tell, or None while start or end is missing."""
    started, ended = _moment(answers.get("start_at")), _moment(answers.get("end_at"))
    people = answers.get("officers")
    if started is None or ended is None or ended <= started or not isinstance(people, list):
        return None
    names = {str(o["cert_no"]): str(o.get("name", "")) for o in people
             if isinstance(o, dict) and o.get("cert_no")}
    return RecordSpan(paper, title, case_no, started, ended, frozenset(names), names)


def overlapping(record: RecordSpan, others: Iterable[RecordSpan]) -> list[Reason]:
    """PE-11: other records in which one of the officers is at the same time.

    Records that only touch (one ends when the other begins) do not overlap.
    """
    found = []
    for other in others:
        shared = record.officers & other.officers
        if other.paper == record.paper or not shared or not (
                record.started < other.ended and other.started < record.ended):
            continue
        who = "、".join(sorted(record.names[number] for number in shared))
        found.append(rules()["PE-11"].reason(
            f"{who}在{other.started:%H:%M}至{other.ended:%H:%M}另有《{other.title}》（{other.case_no}）",
            where="start_at"))
    return found


def begins(began: datetime, others: Iterable[dict[str, Any]], recordings: Iterable[datetime], *,
           now: datetime) -> datetime:
    """When a new record begins, as far as is known: with its step, unless another record of the case has
    begun since (officers are in one at a time); then with its own recording, else now.

    ``others``: the answers of the case's records; ``recordings``: when the step's began.
    """
    minute = began.replace(second=0, microsecond=0)
    spans = [(start, _moment(a.get("end_at"))) for a in others if (start := _moment(a.get("start_at"))) is not None]
    since = [(start, end) for start, end in spans if max(start, end or start) >= minute]
    if not since:
        return began
    ends = [end for _, end in since if end is not None]
    if len(ends) < len(since):  # One is still held: a recording that runs is that one's.
        return now
    return max((r for r in recordings if max(ends) <= r <= now), default=now)


def next_sequence(records: Iterable[dict[str, Any]], *, name: str, id_no: str) -> int:
    """Which inquiry of this person comes next, from the answers of those already held."""
    held = [
        int(answers["seq"]) for answers in records
        if isinstance(answers.get("seq"), int)
        and ((id_no and answers.get("inq_idno") == id_no)
             or (not id_no and name and answers.get("inq_name") == name))]
    return max(held, default=0) + 1
