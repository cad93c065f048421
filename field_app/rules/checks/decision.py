"""The decision: in time, by the right law, once for one act, lenient where due, within its tier."""

from dataclasses import dataclass
from datetime import date, timedelta

from field_app.domain.identity import parse_citizen_number
from field_app.domain.reasons import Level, Reason
from field_app.rules.checks.filing import years_later
from field_app.rules.checks.findings import (
    UNTOLD,
    Checklist,
    Checks,
    Timed,
    confirmed,
    day_of,
    lacking,
    not_before,
    term_kept,
    unknown,
)
from field_app.rules.laws import doubtful_citations
from field_app.rules.table import RuleTable

_DAY = timedelta(days=1)


@dataclass(frozen=True)
class LawEdition:
    """A law that is cited, and since when the edition cited is in force."""

    title: str
    effective: date


@dataclass(frozen=True)
class EditionFacts:
    """When the act ended, when it is decided, and the laws cited."""

    act_ended: date | None = None
    decided: date | None = None
    laws: tuple[LawEdition, ...] | None = None


@dataclass(frozen=True)
class Fined:
    """An act that was fined: whose, under which matter, from when to when."""

    party: str
    matter: str
    first: date | None = None
    last: date | None = None
    case_no: str = ""


@dataclass(frozen=True)
class OnceFacts:
    """The act in hand, whether it is to be fined, and earlier fines."""

    act: Fined | None = None
    fine: bool | None = None
    earlier: tuple[Fined, ...] | None = None


@dataclass(frozen=True)
class GainFacts:
    """Unlawful gains in fen, and what becomes of them."""

    gains: int | None = None
    refunded: int = 0
    confiscated: int | None = None


@dataclass(frozen=True)
class LeniencyFacts:
    """What bears on whether and how heavily to penalise; None where not known."""

    id_no: str | None = None
    act_day: date | None = None
    citizen: bool | None = None
    capable: bool | None = None
    fault: bool | None = None
    slight: bool | None = None
    corrected: bool | None = None
    harmless: bool | None = None
    first_offence: bool | None = None
    penalised: bool | None = None
    educated: bool | None = None


@dataclass(frozen=True)
class MitigationFacts:
    """Age and the other reasons to lighten, and whether the discretion speaks of them."""

    leniency: LeniencyFacts = LeniencyFacts()
    told: Checklist = UNTOLD
    lightened: bool | None = None


@dataclass(frozen=True)
class Bounds:
    """A range of money in fen, both ends included; None: open."""

    low: int = 0
    high: int | None = None

    def holds(self, fen: int) -> bool:
        return self.low <= fen and (self.high is None or fen <= self.high)

    @property
    def shown(self) -> str:
        top = "不封顶" if self.high is None else f"{self.high / 100:,.2f}元"
        return f"{self.low / 100:,.2f}元至{top}"


@dataclass(frozen=True)
class AmountFacts:
    """A fine in fen, the discretion tier and the statute's range, and why it departs."""

    fine: int | None = None
    tier: Bounds | None = None
    statute: Bounds | None = None
    reason: str = ""


@dataclass(frozen=True)
class DecisionText:
    """The six elements and the seal of a decision, and its words."""

    told: Checklist = UNTOLD
    words: str = ""


@dataclass(frozen=True)
class CitationFacts:
    """Text with citations."""

    text: str | None = None


def decided_in_time(facts: Timed, *, table: RuleTable) -> list[Reason]:
    """DC-05: within ninety days of filing, suspended days left out; told at 60, 75 and 85 days."""
    row = table["DC-05"]
    found = term_kept(facts, table=table, rule="DC-05", term="DC-05.decide",
                      level=None if facts.done is None else Level.WARN)
    if found or facts.done is not None or facts.start is None or facts.now is None:
        return found
    start, today = day_of(facts.start), day_of(facts.now)
    stopped = {s.first + _DAY * n for s in facts.suspended
               for n in range(min((s.last - s.first).days + 1, 3660))}
    gone = (today - start).days - sum(1 for d in stopped if start < d <= today)
    passed = [d for d in row.values["remind_days"] if gone >= d]
    if not passed:
        return []
    return [row.reason(f"立案已{gone}天", level=Level.TIMER)]


def older_and_lighter(facts: EditionFacts, *, table: RuleTable) -> list[Reason]:
    """DC-06: a law changed between act and decision is compared with its older edition."""
    row = table["DC-06"]
    missing = lacking(row, {"违法行为终了日": facts.act_ended, "决定日期": facts.decided,
                            "引用的法律": facts.laws})
    if missing or facts.act_ended is None or facts.decided is None:
        return missing
    wrong = not_before(row, ("违法行为终了日", facts.act_ended), ("决定日期", facts.decided))
    return wrong + [
        row.reason(f"《{law.title}》现行版本自{law.effective}施行，行为终了于{facts.act_ended}")
        for law in facts.laws or () if facts.act_ended < law.effective <= facts.decided]


def _overlaps(one: Fined, two: Fined) -> bool | None:
    if one.first is None or one.last is None or two.first is None or two.last is None:
        return None
    return one.first <= two.last and two.first <= one.last


def fined_once(facts: OnceFacts, *, table: RuleTable) -> list[Reason]:
    """DC-07: the same act of the same party is not fined again."""
    row = table["DC-07"]
    if facts.fine is False:
        return []
    missing = lacking(row, {"是否罚款": facts.fine, "违法行为": facts.act,
                            "以前的处罚": facts.earlier})
    if missing or facts.act is None:
        return missing
    found = []
    for other in facts.earlier or ():
        if (other.party, other.matter) != (facts.act.party, facts.act.matter):
            continue
        same = _overlaps(facts.act, other)
        if same:
            found.append(row.reason(f"{other.case_no}已对同一当事人的同一行为罚款"))
        elif same is None:
            found.append(row.reason(f"{other.case_no}曾对同一当事人的同类行为罚款，行为时间不全",
                                    level=Level.WARN))
    return found


def gains_taken(facts: GainFacts, *, table: RuleTable) -> list[Reason]:
    """DC-08: gains are confiscated but for what was refunded."""
    row = table["DC-08"]
    if facts.gains == 0:
        return []
    missing = lacking(row, {"违法所得": facts.gains, "没收违法所得": facts.confiscated})
    if missing or facts.gains is None or facts.confiscated is None:
        return missing
    left = max(0, facts.gains - facts.refunded)
    if facts.confiscated == left:
        return []
    return [row.reason(f"违法所得{facts.gains / 100:.2f}元，退赔{facts.refunded / 100:.2f}元，"
                       f"没收{facts.confiscated / 100:.2f}元，应为{left / 100:.2f}元")]


def full_age(id_no: str, day: date) -> int:
    """Full years on ``day``: a year is full from the day after the birthday.

    One born on 29 February has it on 28 February of common years. ``ValueError`` in Chinese
    for a number that is none, or when ``day`` lies before the birth.
    """
    birth = parse_citizen_number(id_no).birth
    if day < birth:
        raise ValueError("行为日期早于出生日期")
    age = day.year - birth.year
    return age if day > years_later(birth, age) else age - 1 if age else 0


def _age(facts: LeniencyFacts) -> int | str | None:
    """The age at the act; a sentence when it cannot be told; None when facts are missing."""
    if facts.id_no is None or facts.act_day is None:
        return None
    try:
        return full_age(facts.id_no, facts.act_day)
    except ValueError as error:
        return str(error)


def no_penalty(facts: LeniencyFacts, *, table: RuleTable) -> list[Reason]:
    """DC-09: whom and what the law does not penalise; who is not penalised is taught."""
    row = table["DC-09"]
    if facts.penalised is None:
        return unknown(row, ["是否给予处罚"])
    if not facts.penalised:
        return [] if facts.educated else [row.reason("不予处罚，没有教育记录", level=Level.WARN)]
    found, labels = [], []
    age = _age(facts) if facts.citizen is not False else 99
    if isinstance(age, str):
        found.append(row.reason(age, level=Level.WARN, remedy="请核对证件号码和行为日期"))
    elif age is None:
        labels.append("当事人年龄")
    elif age < row.values["age"]:
        found.append(row.reason(f"行为时不满{row.values['age']}周岁（周岁自生日的次日起算）"))
    if facts.capable is False:
        found.append(row.reason("不能辨认或者控制自己的行为"))
    if facts.fault is False:
        found.append(row.reason("当事人有证据足以证明没有主观过错"))
    if facts.slight and facts.corrected and facts.harmless:
        found.append(row.reason("违法行为轻微并及时改正，没有造成危害后果"))
    elif facts.first_offence and facts.corrected and (facts.slight or facts.harmless):
        found.append(row.reason("初次违法且危害后果轻微并及时改正，可以不予处罚", level=Level.WARN,
                                remedy="请写明给予处罚的理由，或者改为不予处罚"))
    return found + (unknown(row, labels) if labels else [])


def lightened(facts: MitigationFacts, *, table: RuleTable) -> list[Reason]:
    """DC-10: the young, and those who made good, are penalised more lightly."""
    row = table["DC-10"]
    grounds = [label for key, label in row.asks.items() if facts.told.told.get(key)]
    age = _age(facts.leniency) if facts.leniency.citizen is not False else 99
    if isinstance(age, int) and row.values["age"] <= age < row.values["adult"]:
        grounds.append(f"行为时{age}周岁")
    if not grounds:
        return unknown(row, ["当事人年龄"]) if age is None else []
    if facts.lightened is None:
        return unknown(row, ["是否从轻、减轻"])
    return [] if facts.lightened else [row.reason(f"{'、'.join(grounds)}，没有从轻或者减轻")]


def within_bounds(facts: AmountFacts, *, table: RuleTable) -> list[Reason]:
    """DC-11: within the tier, or with a reason; never outside the statute."""
    row = table["DC-11"]
    fine = facts.fine
    if fine is None:
        return unknown(row, ["罚款数额"])
    found = lacking(row, {"裁量档次": facts.tier, "法定幅度": facts.statute})
    if facts.statute is not None and not facts.statute.holds(fine):
        found.append(row.reason(f"{fine / 100:,.2f}元不在法定幅度（{facts.statute.shown}）内",
                                level=Level.BLOCK, remedy="请改正数额；减轻处罚的另行报批"))
    elif facts.tier is not None and not facts.tier.holds(fine) and not facts.reason.strip():
        found.append(row.reason(f"{fine / 100:,.2f}元不在裁量档次（{facts.tier.shown}）内"))
    return found


def complete_decision(facts: DecisionText, *, table: RuleTable) -> list[Reason]:
    """DC-12: the six elements and the seal; nothing is only intended."""
    row = table["DC-12"]
    found = confirmed(facts.told, table=table, rule="DC-12")
    word = row.values["word"]
    if f"{word}处" in facts.words or f"{word}作出" in facts.words or f"{word}罚" in facts.words:
        found.append(row.reason(f"决定书里有“{word}”字"))
    return found


def well_cited(facts: CitationFacts, *, table: RuleTable) -> list[Reason]:
    """DC-13: full titles, articles that exist."""
    row = table["DC-13"]
    if facts.text is None:
        return unknown(row, ["引用的条款"])
    return [row.reason(said) for said in doubtful_citations(facts.text)]


CHECKS: Checks = {
    "DC-05": decided_in_time, "DC-06": older_and_lighter, "DC-07": fined_once,
    "DC-08": gains_taken, "DC-09": no_penalty, "DC-10": lightened, "DC-11": within_bounds,
    "DC-12": complete_decision, "DC-13": well_cited}
