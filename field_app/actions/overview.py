"""The overview pages: what is due today, and the list of cases with search."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum

from field_app.actions.agency_duties import agency_duties
from field_app.actions.board import BoardItem, board, still_counting
from field_app.actions.clock_offset import CLOCK_REMEDY, clock_words
from field_app.actions.context import Session
from field_app.actions.number_document import numbers_left
from field_app.credentials.trust import REFUSE_NEW_CASES_AFTER, WARN_AFTER
from field_app.domain.case import Case, PaperRecord
from field_app.domain.clock import CHINA
from field_app.rules.table import rules
from field_app.storage import cases, events, outbox, papers
from field_app.storage.cases import Unsent

_SHOWN = 12
_BEHIND_AFTER_DAYS = 3


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
    """The first page: what is due, owed and blocked, to finish, to send, and to know.

    Of ``drafts`` and ``unsent`` some are held, and how many there are. ``counting``: cases that the board
    does not know yet; read again until it is 0; ``behind``: for how long nothing was sent though
    something waits, in words, empty when that is short.
    """

    due: tuple[BoardItem, ...]
    owed: tuple[BoardItem, ...]
    drafts: tuple[Draft, ...]
    drafts_count: int
    unsent: Unsent
    notices: tuple[Notice, ...]
    last_receipt: datetime | None
    counting: int = 0
    clock: str = ""
    behind: str = ""


_AT_LOGIN = {
    "log_broken": ("本机的操作日志不完整", "请不要删除任何文件，告知系统管理员"),
    "log_set_back.forgotten": ("上次退出时记下的日志末端丢失或被改动，无法核对资料库是否被换过",
                               "刚升级程序的属正常；不是的，请核对案件是否齐全，告知系统管理员"),
    "log_set_back.older": ("本机的操作日志比上次退出时的旧，资料库可能被换成了旧的备份",
                     "请核对案件是否齐全，告知系统管理员；已报送总部的以总部为准"),
    "clock_set_back": ("电脑时钟比以前记下的时间早", "请核对日期和时间"),
}


def _found_at_login(session: Session) -> list[Notice]:
    """What this login found amiss, as the log tells it right behind."""
    with session.begin() as tx:
        last = events.last_login_before(tx, events.head(tx).seq)
        told = [e.members() for e in events.since(tx, last, limit=len(_AT_LOGIN))]
    found = [".".join((str(m["typ"]), str(m["body"]["why"]))) if m["typ"] == "log_set_back"
             else str(m["typ"]) for m in told]
    return [Notice(*_AT_LOGIN[kind], serious=True) for kind in found if kind in _AT_LOGIN]


def _notices(session: Session) -> list[Notice]:
    now, found = session.at, _found_at_login(session)
    clock = clock_words(session)
    if clock:
        found.append(Notice(f"与总部时间比对，{clock}", CLOCK_REMEDY, serious=True))
    age = session.trust.age_at(now)
    if age > WARN_AFTER:
        days = (REFUSE_NEW_CASES_AFTER - age).days
        found.append(Notice(
            f"信任包已有{age.days}天没有更新", "请到单位同步，或用U盘导入"
            + (f"；再过{days}天将不能新建案件" if days >= 0 else "；现已不能新建案件"),
            serious=age > REFUSE_NEW_CASES_AFTER))
    remind = rules()["PE-03"].values["remind_days"]
    for officer in session.pair.both:
        left = (officer.valid_to - now).days
        if left <= max(remind):
            found.append(Notice(f"{officer.name}的执法证书{left}天后到期", "请及时换发",
                                serious=left <= min(remind)))
    found += [Notice(f"“{s.series}〔{s.year}〕”的文号" + (f"只剩{s.left}个" if s.left else "已经用完"),
                     "请联网同步或从总部领取新的号段", serious=not s.left)
              for s in numbers_left(session) if s.few]
    found += [Notice(f"{r.text}（{r.basis}）" if r.basis else r.text, r.remedy, serious=False)
              for r in agency_duties(session)]
    return found


def behind_words(first: datetime | None, last: datetime | None, now: datetime) -> str:
    """That a laptop has not synced for three days; empty when nothing waits or it is not so long.

    ``first``: since when the oldest waiting case is open; ``last``: the last receipt.
    """
    if first is None:
        return ""
    days = (now - (max(first, last) if last is not None else first)).days
    return f"已{days}天没有报送" if days >= _BEHIND_AFTER_DAYS else ""


def today(session: Session) -> Today:
    """Everything the first page shows."""
    with session.begin() as tx:
        unsent = cases.unsent(tx, limit=_SHOWN)
        unfinished, newest = papers.drafts(tx, limit=_SHOWN)
        owners = {c.id: c for c in cases.get_each(tx, list({p.case for p in newest}))}
        last = outbox.last_receipt_time(tx, until=session.at)
    drafts = tuple(Draft(p, owners[p.case]) for p in newest)
    return Today(board(session, kinds=("due",), limit=_SHOWN),
                 board(session, kinds=("owed", "blocked"), limit=_SHOWN), drafts, unfinished, unsent,
                 tuple(_notices(session)), last, still_counting(session),
                 clock_words(session), behind_words(unsent.since, last, session.at))


class Opened(Enum):
    """When a case was opened; the value is what officers read."""

    ANY = "全部时间"
    MONTH = "本月"
    LAST_MONTH = "上月"
    YEAR = "本年"
    LAST_YEAR = "上年"


def _span(opened: Opened, now: datetime) -> tuple[datetime | None, datetime | None]:
    """From when to before when, by China's calendar."""
    month = now.astimezone(CHINA).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    year = month.replace(month=1)
    if opened is Opened.MONTH:
        return month, None
    if opened is Opened.LAST_MONTH:
        return (month - timedelta(days=1)).replace(day=1), month
    if opened is Opened.YEAR:
        return year, None
    return (year.replace(year=year.year - 1), year) if opened is Opened.LAST_YEAR else (None, None)


def list_cases(session: Session, words: str = "", *, opened: Opened = Opened.ANY) -> list[Case]:
    """Newest cases, or those that hold all ``words`` (one character is enough)."""
    since, until = _span(opened, session.at)
    with session.begin() as tx:
        return cases.listed(tx, words, since=since, until=until)
