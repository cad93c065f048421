"""The overview pages: what is due today, and the list of cases with search."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from field_app.actions.context import Session
from field_app.actions.number_document import numbers_left
from field_app.credentials.trust import REFUSE_NEW_CASES_AFTER, WARN_AFTER
from field_app.domain.case import Case, PaperRecord, PaperState, StepState, SyncState
from field_app.domain.clock import CHINA
from field_app.domain.ids import CaseId
from field_app.storage import cases, outbox, papers

_EXPIRING = timedelta(days=60)
SOON = timedelta(days=3)


@dataclass(frozen=True)
class Due:
    """A day that a paper set: ``days`` left, negative when overdue."""

    case: CaseId
    title: str
    party: str
    day: date
    days: int


@dataclass(frozen=True)
class Draft:
    paper: PaperRecord
    case: Case


@dataclass(frozen=True)
class Notice:
    """A thing to know: ``serious`` ones are red."""

    text: str
    remedy: str
    serious: bool


@dataclass(frozen=True)
class Today:
    """The first page: what is due, to finish, to send, and to know."""

    due: tuple[Due, ...]
    drafts: tuple[Draft, ...]
    unsent: tuple[Case, ...]
    notices: tuple[Notice, ...]
    last_receipt: datetime | None


def _due(case: Case, issued: list[PaperRecord], today: date, *, rechecked: bool) -> list[Due]:
    if rechecked:
        return []
    found = []
    for paper in issued:
        text = paper.answers.get("deadline")
        if paper.form == "G1-15" and isinstance(text, str):
            day = date.fromisoformat(text)
            found.append(Due(case.id, "整改期满，应当复查", case.party_name, day, (day - today).days))
    return found


def _notices(session: Session) -> list[Notice]:
    now, found = session.at, []
    age = session.trust.age_at(now)
    if age > WARN_AFTER:
        days = (REFUSE_NEW_CASES_AFTER - age).days
        found.append(Notice(
            f"信任包已有{age.days}天没有更新", "请到单位同步，或用U盘导入"
            + (f"；再过{days}天将不能新建案件" if days >= 0 else "；现已不能新建案件"),
            serious=age > REFUSE_NEW_CASES_AFTER))
    for officer in session.pair.both:
        left = officer.valid_to - now
        if left < _EXPIRING:
            found.append(Notice(f"{officer.name}的执法证书{left.days}天后到期", "请及时换发",
                                serious=left < timedelta(days=7)))
    found += [Notice(f"“{s.series}〔{s.year}〕”的文号" + (f"只剩{s.left}个" if s.left else "已经用完"),
                     "请联网同步或从总部领取新的号段", serious=not s.left)
              for s in numbers_left(session) if s.few]
    return found


def today(session: Session) -> Today:
    """Everything the first page shows."""
    day = session.at.astimezone(CHINA).date()
    due: list[Due] = []
    with session.begin() as tx:
        every = cases.listed(tx, limit=500)
        by_id = {c.id: c for c in every}
        for case in every:
            rechecked = any(s.kind == "reinspection" and s.state is StepState.DONE
                            for s in cases.steps(tx, case.id))
            issued = [p for p in papers.of_case(tx, case.id) if p.state is PaperState.ISSUED]
            due += _due(case, issued, day, rechecked=rechecked)
        drafts = [Draft(p, by_id[p.case]) for p in papers.drafts(tx) if p.case in by_id]
        last = outbox.last_receipt_time(tx)
    unsent = tuple(c for c in every if c.sync is not SyncState.RECEIVED)
    return Today(tuple(sorted(due, key=lambda d: d.day)), tuple(drafts), unsent,
                 tuple(_notices(session)), last)


def list_cases(session: Session, words: str = "") -> list[Case]:
    """Newest cases, or those that hold all ``words`` (one character is enough)."""
    with session.begin() as tx:
        return cases.listed(tx, words)
