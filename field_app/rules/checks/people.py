"""Officers, auxiliaries and reviewers: number, certificates, posts, separation, training."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import partial
from itertools import combinations
from math import asin, cos, radians, sin, sqrt

from field_app.domain.reasons import Level, Reason
from field_app.rules.checks.findings import (
    Checks,
    aware,
    confirmed,
    lacking,
    not_before,
    unknown,
)
from field_app.rules.table import Rule, RuleTable

_EARTH_KM = 6371.0


@dataclass(frozen=True)
class Member:
    """One who takes part; ``in_post``: 在编在岗; ``qualified``: holds an enforcement certificate."""

    name: str
    cert_no: str = ""
    agency: str | None = None
    qualified: bool | None = None
    in_post: bool | None = None


@dataclass(frozen=True)
class TeamFacts:
    """Those named as officers, those who only assist, and the agency acting (None: not known)."""

    officers: tuple[Member, ...] | None = None
    assistants: tuple[Member, ...] = ()
    agency: str | None = None


@dataclass(frozen=True)
class ShownFacts:
    """Whether certificates were shown, and whether the recording has the mark of it."""

    shown: bool | None = None
    marked: bool | None = None


@dataclass(frozen=True)
class CertificateFacts:
    """One officer's certificate, the day of the act and the day the case is due to end."""

    name: str
    valid_from: date | None = None
    valid_to: date | None = None
    day: date | None = None
    case_ends: date | None = None


@dataclass(frozen=True)
class RecusalFacts:
    """A request for recusal, and what officers and parties have in common."""

    asked: bool | None = None
    decided: bool | None = None
    officers: tuple[str, ...] = ()
    parties: tuple[str, ...] = ()
    related: bool | None = None


@dataclass(frozen=True)
class TrainingFacts:
    """One officer's training of a year; ``general``: courses of 区司法局."""

    hours: int | None = None
    general: int | None = None
    year: int | None = None
    today: date | None = None


@dataclass(frozen=True)
class ReviewerShare:
    """How many officers and legal reviewers an agency has."""

    officers: int | None = None
    reviewers: int | None = None


@dataclass(frozen=True)
class ReviewerFacts:
    """A legal reviewer: the first time reviewing penalties, the day begun, the qualification."""

    began: date | None = None
    qualification: str | None = None


@dataclass(frozen=True)
class RoleFacts:
    """Certificate numbers (or names) of those in each role of a case."""

    handlers: frozenset[str] | None = None
    reviewers: frozenset[str] | None = None
    hearing_hosts: frozenset[str] = frozenset()
    file_makers: frozenset[str] = frozenset()
    file_checkers: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Presence:
    """Where one person was from when to when; ``at``: latitude and longitude in degrees."""

    person: str
    started: datetime
    ended: datetime
    at: tuple[float, float] | None = None

    def __post_init__(self) -> None:
        aware(self.started, self.ended)


@dataclass(frozen=True)
class PresenceFacts:
    """All records in which people took part."""

    spans: tuple[Presence, ...] | None = None


def enough_officers(facts: TeamFacts, *, table: RuleTable) -> list[Reason]:
    """PE-01: at least two different qualified officers of the agency."""
    row = table["PE-01"]
    if facts.officers is None:
        return unknown(row, ["执法人员"])
    different = {m.cert_no or m.name for m in facts.officers}
    found = []
    if len(different) < row.values["minimum"]:
        found.append(row.reason(f"现只有{len(different)}名执法人员"))
    unsure = [m.name for m in facts.officers if m.qualified is None]
    found += [row.reason(f"{m.name}没有执法资格") for m in facts.officers if m.qualified is False]
    found += [row.reason(f"{m.name}是{m.agency}的人员，不是本机关的") for m in facts.officers
              if facts.agency and m.agency and m.agency != facts.agency]
    return found + (unknown(row, [f"{name}的执法资格" for name in unsure]) if unsure else [])


def certificate_shown(facts: ShownFacts, *, table: RuleTable) -> list[Reason]:
    """PE-02: shown before acting; the mark in the recording is wished for."""
    row = table["PE-02"]
    if facts.shown is None:
        return unknown(row, ["是否出示执法证件"])
    if not facts.shown:
        return [row.reason("没有出示执法证件")]
    if facts.marked is False:
        return [row.reason("音像记录里没有亮证的标记", level=Level.WARN)]
    return []


def certificate_valid(facts: CertificateFacts, *, table: RuleTable) -> list[Reason]:
    """PE-03: valid on the day; told in time when it ends soon or before the case does."""
    row = table["PE-03"]
    name, until, day = facts.name, facts.valid_to, facts.day
    missing = lacking(row, {f"{name}的执法证有效期": until, "执法日期": day})
    if missing or until is None or day is None:
        return missing
    wrong = not_before(row, ("发证日期", facts.valid_from), ("有效期截止日", until))
    if wrong:
        return wrong
    if facts.valid_from is not None and day < facts.valid_from:
        return [row.reason(f"{name}的执法证自{facts.valid_from}起有效，{day}还没有生效")]
    if day > until:
        return [row.reason(f"{name}的执法证已于{until}到期")]
    return _ends_soon(row, facts, until, day)


def _ends_soon(row: Rule, facts: CertificateFacts, until: date, day: date) -> list[Reason]:
    name = facts.name
    if facts.case_ends is not None and facts.case_ends > until:
        return [row.reason(f"{name}的执法证{until}到期，早于本案预计办结的{facts.case_ends}",
                           level=Level.WARN, remedy="请在到期前换证，或者安排其他执法人员接办")]
    left = (until - day).days
    if left <= max(row.values["remind_days"]):
        return [row.reason(f"{name}的执法证还有{left}天到期", level=Level.TIMER,
                           remedy="请办理换证")]
    return []


def in_post(facts: TeamFacts, *, table: RuleTable) -> list[Reason]:
    """PE-04: officers are in post."""
    row = table["PE-04"]
    if facts.officers is None:
        return unknown(row, ["执法人员"])
    unsure = [f"{m.name}是否在编在岗" for m in facts.officers if m.in_post is None]
    return [row.reason(f"{m.name}不是在编在岗人员") for m in facts.officers
            if m.in_post is False] + (unknown(row, unsure) if unsure else [])


def assistants_only_assist(facts: TeamFacts, *, table: RuleTable) -> list[Reason]:
    """PE-05: an auxiliary neither stands as officer nor is there alone."""
    row = table["PE-05"]
    if facts.officers is None:
        return unknown(row, ["执法人员"])
    helpers = {m.cert_no or m.name for m in facts.assistants}
    found = [row.reason(f"{m.name}是辅助人员，不能列为执法人员") for m in facts.officers
             if (m.cert_no or m.name) in helpers]
    if facts.assistants and not facts.officers:
        found.append(row.reason("只有辅助人员在场"))
    return found


def recusal(facts: RecusalFacts, *, table: RuleTable) -> list[Reason]:
    """PE-06: a request is decided on; what officers and parties share is told."""
    row = table["PE-06"]
    found = []
    if facts.asked is None:
        found += unknown(row, ["是否申请回避"])
    elif facts.asked and not facts.decided:
        found.append(row.reason("当事人申请回避，还没有作出决定"))
    same = sorted(set(facts.officers) & set(facts.parties))
    if same:
        found.append(row.reason(f"{'、'.join(same)}与当事人同名，请核对是否同一人", level=Level.WARN))
    if facts.related:
        found.append(row.reason("执法人员与当事人有亲属、同单位等关系"))
    return found


def trained(facts: TrainingFacts, *, table: RuleTable) -> list[Reason]:
    """PE-07: hours and general courses of the year; told only near its end or after it."""
    row = table["PE-07"]
    hours, general, year, today = facts.hours, facts.general, facts.year, facts.today
    missing = lacking(row, {"培训学时": hours, "通用培训次数": general, "年度": year, "今天的日期": today})
    if missing or hours is None or general is None or year is None or today is None:
        return missing
    if not 1 <= year <= 9998 or hours < 0 or general < 0:
        return [row.reason("培训学时或者年度填写有误", remedy="请核对年度和学时")]
    left = (date(year, 12, 31) - today).days
    if left > max(row.values["remind_days"]):
        return []
    found = []
    when = f"距{year}年底还有{left}天" if left >= 0 else f"{year}年已经结束"
    if hours < row.values["hours"]:
        found.append(row.reason(f"{when}，培训{hours}学时，少于{row.values['hours']}学时"))
    if general < row.values["general"]:
        found.append(row.reason(f"{when}，还没有参加区司法局的通用培训"))
    return found


def enough_reviewers(facts: ReviewerShare, *, table: RuleTable) -> list[Reason]:
    """PE-08: reviewers are at least the share of officers, rounded up."""
    row = table["PE-08"]
    officers, reviewers = facts.officers, facts.reviewers
    missing = lacking(row, {"执法人员人数": officers, "法制审核人员人数": reviewers})
    if missing or officers is None or reviewers is None:
        return missing
    needed = -(-officers * int(row.values["percent"]) // 100)
    if reviewers >= needed:
        return []
    return [row.reason(f"执法人员{officers}名，应有法制审核人员{needed}名，现有{reviewers}名")]


def reviewer_qualified(facts: ReviewerFacts, *, table: RuleTable) -> list[Reason]:
    """PE-09: who began to review after the old rule needs the legal qualification."""
    row = table["PE-09"]
    before: date = row.values["before"]
    if facts.began is not None and facts.began < before:
        return []
    if facts.qualification:
        return []
    if facts.began is None or facts.qualification is None:
        return lacking(row, {"开始从事法制审核的日期": facts.began,
                             "法律职业资格证号": facts.qualification})
    return [row.reason(f"自{facts.began}起从事法制审核，没有法律职业资格证号")]


def roles_apart(facts: RoleFacts, *, table: RuleTable) -> list[Reason]:
    """PE-10: who handles neither reviews nor hears; who makes a file does not check it."""
    row = table["PE-10"]
    handlers, reviewers = facts.handlers or frozenset(), facts.reviewers or frozenset()
    pairs: Mapping[str, frozenset[str]] = {
        "法制审核人与承办人": handlers & reviewers,
        "听证主持人与调查人员": handlers & facts.hearing_hosts,
        "案卷检查人与立卷人": facts.file_makers & facts.file_checkers}
    found = [row.reason(f"{label}是同一人（{'、'.join(sorted(who))}）")
             for label, who in pairs.items() if who]
    return found + lacking(row, {"承办人": facts.handlers, "审核人": facts.reviewers})


def _km(one: tuple[float, float], two: tuple[float, float]) -> float:
    """Great-circle distance (haversine)."""
    lat1, lon1, lat2, lon2 = map(radians, (*one, *two))
    half = sin((lat2 - lat1) / 2) ** 2 + cos(lat1) * cos(lat2) * sin((lon2 - lon1) / 2) ** 2
    return 2 * _EARTH_KM * asin(min(1.0, sqrt(half)))


def _clash(row: Rule, one: Presence, two: Presence) -> list[Reason]:
    if one.started < two.ended and two.started < one.ended:
        return [row.reason(f"{one.person}在{two.started:%m-%d %H:%M}前后出现在两份笔录里")]
    early, late = (one, two) if one.ended <= two.started else (two, one)
    if early.at is None or late.at is None:
        return []
    hours = (late.started - early.ended) / timedelta(hours=1)
    km = _km(early.at, late.at)
    if km <= hours * row.values["max_kmh"]:
        return []
    return [row.reason(f"{one.person}两份笔录相隔{hours * 60:.0f}分钟、{km:.0f}公里，来不及到达",
                       level=Level.WARN)]


def one_place_at_a_time(facts: PresenceFacts, *, table: RuleTable) -> list[Reason]:
    """PE-11: nobody is in two records at once, nor further away than can be driven."""
    row = table["PE-11"]
    if facts.spans is None:
        return unknown(row, ["笔录的起止时间和人员"])
    found = [row.reason(f"{s.person}的笔录结束时间早于开始时间") for s in facts.spans
             if s.ended < s.started]
    for one, two in combinations([s for s in facts.spans if s.ended >= s.started], 2):
        if one.person == two.person:
            found += _clash(row, one, two)
    return found


CHECKS: Checks = {
    "PE-01": enough_officers, "PE-02": certificate_shown, "PE-03": certificate_valid,
    "PE-04": in_post, "PE-05": assistants_only_assist, "PE-06": recusal, "PE-07": trained,
    "PE-08": enough_reviewers, "PE-09": reviewer_qualified, "PE-10": roles_apart,
    "PE-11": one_place_at_a_time, "PE-12": partial(confirmed, rule="PE-12")}
