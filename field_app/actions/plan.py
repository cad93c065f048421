"""The plan of inspections: headquarters' lines, the officers' own, and re-inspections that are owed."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from datetime import date, timedelta
from enum import Enum
from typing import Any

from field_app.actions.board import BoardItem, board
from field_app.actions.catalogues import catalogue_in_use, own_name
from field_app.actions.context import Session, refuse
from field_app.domain.clock import CHINA
from field_app.domain.ids import CaseId, new_id
from field_app.rules.table import rules
from field_app.storage import plans
from field_app.storage.cases import NoSuchRecord
from field_app.storage.plans import Begun, StoredPlan
from field_app.storage.store import Tx

MAX_TEXT, MAX_MATTERS, MAX_SPAN_DAYS = 200, 10, 800
# What was done or cancelled stays in the list for this long after its last day.
_KEPT = timedelta(days=400)
HEADQUARTERS = "hq:"
# The step whose term a re-inspection keeps (resources/procedures/inspection).
_ORDER_STEP = "rectification"
_RECHECKS = 200
PARTY_TYPES = ("个体工商户", "法人", "其他组织", "公民")


def kinds() -> tuple[str, ...]:
    """Kinds of inspection that can be planned: those of IN-03 but the ones that follow an event."""
    values = rules()["IN-03"].values
    return tuple(k for k in values["kinds"] if k not in values["later"])


class PlanState(Enum):
    """Where a line stands today."""

    OVERDUE = "逾期"
    WAITING = "待检查"
    BEGUN = "检查中"
    DONE = "已检查"
    CANCELLED = "已取消"


@dataclass(frozen=True)
class PlanFacts:
    """Whom, where and what for. ``uscc``: credit code or number of the certificate, empty where not
    known; ``matters``: names as the catalogue has them; ``kind``: one of :func:`kinds`."""

    name: str
    party_type: str
    place: str = ""
    uscc: str = ""
    matters: tuple[str, ...] = ()
    kind: str = ""
    cause: str = ""
    note: str = ""


@dataclass(frozen=True)
class PlanLine:
    """One line as it stands. ``own``: officers of this laptop planned it; ``case``: what was opened
    from it, None for nothing yet; ``source``: the title of headquarters' plan."""

    id: str
    facts: PlanFacts
    first: date
    last: date
    state: PlanState
    own: bool
    case: CaseId | None = None
    local_no: str = ""
    inspected: date | None = None
    reason: str = ""
    source: str = ""

    @property
    def open(self) -> bool:
        """Whether it still waits for an inspection."""
        return self.state in (PlanState.WAITING, PlanState.OVERDUE)


@dataclass(frozen=True)
class Plan:
    """The whole page: lines by last day, re-inspections the first due first."""

    lines: tuple[PlanLine, ...]
    rechecks: tuple[BoardItem, ...]


def _facts(raw: Mapping[str, Any]) -> PlanFacts:
    known = {f.name for f in fields(PlanFacts)}
    told = {k: v for k, v in raw.items() if k in known}
    return PlanFacts(**{**told, "matters": tuple(told.get("matters", ()))})


def _state(last: date, begun: Begun | None, today: date, *, cancelled: bool = False) -> PlanState:
    if begun is not None:
        return PlanState.DONE if begun.inspected is not None else PlanState.BEGUN
    if cancelled:
        return PlanState.CANCELLED
    return PlanState.OVERDUE if today > last else PlanState.WAITING


def _with_case(begun: Begun | None) -> dict[str, Any]:
    if begun is None:
        return {}
    done = begun.inspected
    return {"case": begun.case, "local_no": begun.local_no,
            "inspected": done.astimezone(CHINA).date() if done is not None else None}


def _today(session: Session) -> date:
    return session.at.astimezone(CHINA).date()


def _line(plan: StoredPlan, begun: Begun | None, today: date) -> PlanLine:
    return PlanLine(
        plan.id, _facts(plan.facts), plan.first, plan.last,
        _state(plan.last, begun, today, cancelled=plan.cancelled is not None),
        own=not plan.id.startswith(HEADQUARTERS), reason=plan.reason,
        source=str(plan.facts.get("source", "")), **_with_case(begun))


def _lines(session: Session, tx: Tx) -> list[PlanLine]:
    today, begun = _today(session), plans.begun(tx)
    return [_line(p, begun.get(p.id), today) for p in plans.since(tx, today - _KEPT)]


def plan_of(session: Session) -> Plan:
    """Everything the page shows: what waits first, by last day; what is over behind it."""
    with session.begin() as tx:
        lines = _lines(session, tx)
    order = {state: place for place, state in enumerate(PlanState)}
    lines.sort(key=lambda p: (order[p.state], p.last, p.facts.name))
    owed = board(session, kinds=("due",), step=_ORDER_STEP, limit=_RECHECKS)
    return Plan(tuple(lines), owed)


def plan_line(session: Session, tx: Tx, line: str) -> PlanLine:
    """One line by its id; ``UserError`` when it is not there any more."""
    for found in _lines(session, tx):
        if found.id == line:
            return found
    raise refuse("检查计划里已没有这一项。", "清单可能已经更新，请重新打开检查计划。", code="plan.gone")


def cause_of(kind: str, matters: tuple[str, ...]) -> str:
    """What a case from a line is about, where nobody wrote it: the kind and its first matter."""
    if not matters:
        return kind
    more = f"等{len(matters)}项" if len(matters) > 1 else ""
    return f"{kind}：{matters[0]}{more}"[:MAX_TEXT] if kind else f"{matters[0]}{more}"[:MAX_TEXT]


def _check(session: Session, told: PlanFacts, first: date, last: date) -> PlanFacts:
    """The facts as they are stored; ``UserError`` names what is missing or wrong."""
    made = PlanFacts(
        told.name.strip(), told.party_type, told.place.strip(), told.uscc.strip().upper(),
        tuple(dict.fromkeys(m.strip() for m in told.matters if m.strip())), told.kind,
        told.cause.strip(), told.note.strip())
    if not made.name:
        raise refuse("还没有填写检查对象。", "请填写检查对象的全称。", code="plan.name")
    if made.party_type not in PARTY_TYPES or made.kind not in kinds():
        raise refuse("检查对象类型或者检查类型没有选择。", "请从列出的类型中选择。", code="plan.kind")
    for label, text in (("检查对象", made.name), ("地点", made.place), ("事由", made.cause),
                        ("备注", made.note), ("证件号码", made.uscc)):
        if len(text) > MAX_TEXT:
            raise refuse(f"{label}超过{MAX_TEXT}字。", "请缩短后再保存。", code="plan.long")
    if last < first:
        raise refuse("截止日期早于开始日期。", "请核对检查的起止日期。", code="plan.days")
    if (last - first).days > MAX_SPAN_DAYS:
        raise refuse("检查的起止日期相隔两年以上。", "请按年度分开安排。", code="plan.days")
    if not made.matters:
        raise refuse("还没有填写检查事项。", "请至少选择一个检查事项。", code="plan.matters")
    if len(made.matters) > MAX_MATTERS:
        raise refuse(f"检查事项超过{MAX_MATTERS}项。", "请分成几项计划。", code="plan.matters")
    _check_matters(session, made.matters)
    return PlanFacts(**{**asdict(made), "cause": made.cause or cause_of(made.kind, made.matters)})


def _check_matters(session: Session, matters: tuple[str, ...]) -> None:
    """IN-02: what is not published must not be inspected; without a catalogue nobody can tell."""
    catalogue = catalogue_in_use(session)
    if catalogue is None:
        return
    known = {m.name for m in catalogue.matters_of(own_name(session), _today(session))}
    for matter in matters:
        if matter not in known:
            rule = rules()["IN-02"]
            raise refuse(f"“{matter}”不在本机关今天有效的清单里：{rule.text}（{rule.law}）。",
                         f"{rule.remedy}。", code="IN-02")


def add_plan(session: Session, told: PlanFacts, first: date, last: date) -> str:
    """Plan an inspection; its id."""
    made = _check(session, told, first, last)
    plan = StoredPlan(new_id(), stored_facts(made), first, last, session.at)
    with session.begin() as tx:
        plans.add(tx, plan)
        session.note(tx, "plan_added", body={"plan": plan.id, **_body(made, first, last)})
    return plan.id


def change_plan(session: Session, line: str, told: PlanFacts, first: date, last: date) -> None:
    """Change an own line that waits; what it was stands in the log."""
    made = _check(session, told, first, last)
    with session.begin() as tx:
        now = _own_waiting(session, tx, line)
        plans.change(tx, StoredPlan(line, stored_facts(made), first, last, session.at))
        session.note(tx, "plan_changed", body={
            "plan": line, "before": _body(now.facts, now.first, now.last), **_body(made, first, last)})


def cancel_plan(session: Session, line: str, reason: str) -> None:
    """Cancel an own line that waits; the reason is kept with it and in the log."""
    said = reason.strip()[:MAX_TEXT]
    if not said:
        raise refuse("还没有填写取消的理由。", "请写明为什么不再检查，理由会记入日志。", code="plan.reason")
    with session.begin() as tx:
        now = _own_waiting(session, tx, line)
        plans.cancel(tx, line, at=session.at, reason=said)
        session.note(tx, "plan_cancelled", body={
            "plan": line, "reason": said, **_body(now.facts, now.first, now.last)})


def _own_waiting(session: Session, tx: Tx, line: str) -> PlanLine:
    if line.startswith(HEADQUARTERS):
        raise refuse("这一项是总部下达的，本机不能更改。", "需要调整的，请总部更新检查计划后重新下发。", code="plan.hq")
    try:
        now = _line(plans.get(tx, line), plans.begun(tx).get(line), _today(session))
    except NoSuchRecord as error:
        raise refuse("检查计划里没有这一项。", "请重新打开检查计划。", code="plan.gone") from error
    if not now.open:
        raise refuse(f"这一项{now.state.value}，不能再更改。", "已经开始检查的，请在案件里办理。",
                     code="plan.state")
    return now


def stored_facts(told: PlanFacts) -> dict[str, Any]:
    """As they are kept in the store."""
    return {**asdict(told), "matters": list(told.matters)}


def _body(told: PlanFacts, first: date, last: date) -> dict[str, Any]:
    return {"object": told.name, "matters": list(told.matters), "kind": told.kind,
            "from_day": first.isoformat(), "to_day": last.isoformat()}
