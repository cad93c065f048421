"""What may be set right about a case after it was opened, and what two laptops wrote differently."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from field_app.actions.context import Session, refuse
from field_app.crypto.canonical import MalformedJson, parse
from field_app.domain.case import Case
from field_app.domain.ids import CaseId
from field_app.domain.merge import FIELD_WRITTEN, Field, Write, fold
from field_app.domain.one_line import one_line
from field_app.storage import cases, events, orders
from field_app.storage.store import Tx

MAX_VALUE = 200
# Facts of the case itself; ``party.*`` are members of the PARTY block.
LABELS: Mapping[str, str] = {
    "cause": "事由", "place": "检查地点", "party.name": "当事人", "party.id_no": "证件号码",
    "party.legal_rep": "法定代表人（负责人）", "party.addr": "住所", "party.phone": "联系电话"}
_NEEDED = frozenset({"cause", "place", "party.name"})


@dataclass(frozen=True)
class Choice:
    """One of the values that laptops wrote at once: who wrote it, on which laptop."""

    value: str
    device: str
    by: tuple[str, ...]


@dataclass(frozen=True)
class Conflict:
    """A field that was written differently on two laptops, with every value that stands."""

    case: CaseId
    name: str
    label: str
    choices: tuple[Choice, ...]


@dataclass(frozen=True)
class FieldNow:
    """A field that may be set right; ``value`` as it stands here."""

    name: str
    label: str
    value: str


def _write(members: Mapping[str, Any]) -> Write | None:
    """The write that an event tells, None when it is not one we understand."""
    body = members.get("body")
    if not isinstance(body, Mapping):
        return None
    field, value, replaced = body.get("field"), body.get("value"), body.get("replaces")
    if not isinstance(field, str) or field not in LABELS or not isinstance(value, str) or not isinstance(
            replaced, list):
        return None
    pairs = [(str(p[0]), int(p[1])) for p in replaced
             if isinstance(p, list) and len(p) == 2 and isinstance(p[1], int)]
    actors = members.get("actors")
    return Write(str(members["hlc"]), str(members["dev"]), int(members["seq"]), str(field),
                 one_line(value)[:MAX_VALUE], tuple(pairs),
                 tuple(map(str, actors)) if isinstance(actors, list) else ())


def _writes(tx: Tx, case: CaseId) -> Iterator[Write]:
    own = (e.members() for e in events.of_case_and_kind(tx, case, FIELD_WRITTEN))
    others = (_members(e.data) for e in orders.other_events(tx, case, kind=FIELD_WRITTEN))
    for members in (*own, *others):
        if members is not None:
            write = _write(members)
            if write is not None:
                yield write


def _members(data: bytes) -> Mapping[str, Any] | None:
    try:
        value = parse(data)
    except MalformedJson:
        return None
    return value if isinstance(value, Mapping) else None


def _value(case: Case, name: str) -> str:
    if name.startswith("party."):
        return str(case.party.get(name.removeprefix("party."), "") or "")
    return case.cause if name == "cause" else case.place


def _with(case: Case, name: str, value: str) -> Case:
    if name.startswith("party."):
        return replace(case, party={**case.party, name.removeprefix("party."): value})
    return replace(case, cause=value) if name == "cause" else replace(case, place=value)


def fields_of(session: Session, case_id: CaseId) -> tuple[FieldNow, ...]:
    """Every field that may be set right, as it stands."""
    with session.begin() as tx:
        case = cases.get(tx, case_id)
    return tuple(FieldNow(name, label, _value(case, name)) for name, label in LABELS.items())


def conflicts_in(tx: Tx, case: CaseId) -> tuple[Conflict, ...]:
    """What two laptops wrote differently of this case and nobody chose between yet."""
    found = fold(_writes(tx, case))
    return tuple(Conflict(case, name, LABELS[name], tuple(
        Choice(w.value, w.device, w.by) for w in found[name].heads))
        for name in LABELS if name in found and found[name].conflict)


def conflicts_of(session: Session, case_id: CaseId) -> tuple[Conflict, ...]:
    """As :func:`conflicts_in`, in a transaction of its own."""
    with session.begin() as tx:
        return conflicts_in(tx, case_id)


def _checked(name: str, value: str) -> str:
    text = one_line(value)
    if name not in LABELS:
        raise refuse("没有这一项。", "请从列出的项目中选择。", code="field.unknown")
    if not text and name in _NEEDED:
        raise refuse(f"还没有填写{LABELS[name]}。", f"请填写{LABELS[name]}。", code="field.empty")
    if len(text) > MAX_VALUE:
        raise refuse(f"{LABELS[name]}超过{MAX_VALUE}字。", "请缩短后再保存。", code="field.long")
    return text


def write_field(session: Session, case_id: CaseId, name: str, value: str) -> Case:
    """Set a field of a case right; also the choice between values that laptops wrote at once.

    The write names every write that stands, so it settles a conflict; papers that were issued keep
    what they say. ``UserError`` for a value that cannot be.
    """
    text = _checked(name, value)
    with session.begin() as tx:
        case = cases.get(tx, case_id)
        field = fold(_writes(tx, case_id)).get(name)
        if text == _value(case, name) and (field is None or not field.conflict):
            return case
        session.note(tx, FIELD_WRITTEN, case=case_id, body={
            "field": name, "value": text, "was": _value(case, name),
            "replaces": [list(key) for key in _replaced(field)]})
        # Read again: the note put out the case's green.
        changed = _with(cases.get(tx, case_id), name, text)
        cases.save(tx, changed)
    return changed


def _replaced(field: Field | None) -> tuple[tuple[str, int], ...]:
    return () if field is None else field.replaced_by_next


def refold(tx: Tx, case_id: CaseId) -> None:
    """Bring a case's own row to what all laptops' writes say together."""
    case = cases.get(tx, case_id)
    changed = case
    for name, field in fold(_writes(tx, case_id)).items():
        changed = _with(changed, name, field.value)
    if changed != case:
        cases.save(tx, changed)
