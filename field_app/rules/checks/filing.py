"""Filing a case: in time, not too late, in the right place, under the right name."""

from calendar import monthrange
from dataclasses import dataclass
from datetime import date
from functools import partial

from field_app.domain.reasons import Level, Reason
from field_app.rules.checks.findings import (
    Checks,
    lacking,
    term_kept,
    unknown,
)
from field_app.rules.table import RuleTable

_LAST_YEAR = 9999


@dataclass(frozen=True)
class LimitationFacts:
    """When the act ended, when it was discovered, and whether it harmed life, health or finance."""

    ended: date | None = None
    discovered: date | None = None
    harmful: bool | None = None


@dataclass(frozen=True)
class VenueFacts:
    """Where it happened and who else may deal with it."""

    inside: bool | None = None
    filed_elsewhere_first: bool | None = None
    disputed: bool | None = None


@dataclass(frozen=True)
class CaseName:
    """A case's name, its party and act, and whether the case is decided."""

    name: str | None = None
    party: str | None = None
    decided: bool | None = None


def years_later(day: date, years: int) -> date:
    """The same day ``years`` later; where there is none, the month's last."""
    year = day.year + years
    return date(year, day.month, min(day.day, monthrange(year, day.month)[1]))


def within_limitation(facts: LimitationFacts, *, table: RuleTable) -> list[Reason]:
    """CF-03: discovered within two years of its end; within five where it did grave harm."""
    row = table["CF-03"]
    missing = lacking(row, {"违法行为终了日": facts.ended, "发现日": facts.discovered})
    if missing or facts.ended is None or facts.discovered is None:
        return missing
    if facts.ended.year + row.values["harmful_years"] > _LAST_YEAR:
        return unknown(row, ["违法行为终了日（填写的年份无法计算）"])
    short = years_later(facts.ended, row.values["years"])
    long = years_later(facts.ended, row.values["harmful_years"])
    if facts.discovered <= short or (facts.harmful and facts.discovered <= long):
        return []
    late = f"行为终了于{facts.ended}，{facts.discovered}才发现"
    if facts.discovered > long:
        return [row.reason(f"{late}，超过{row.values['harmful_years']}年（{long}）")]
    late += f"，超过{row.values['years']}年（{short}）"
    if facts.harmful is None:
        return [row.reason(f"{late}；是否涉及公民生命健康安全、金融安全且有危害后果还不知道",
                           level=Level.WARN)]
    return [row.reason(late)]


def right_place(facts: VenueFacts, *, table: RuleTable) -> list[Reason]:
    """CF-04: happened here, nobody filed it first, nobody disputes it."""
    row = table["CF-04"]
    found = []
    if facts.inside is False:
        found.append(row.reason("违法行为发生地不在本辖区"))
    if facts.filed_elsewhere_first:
        found.append(row.reason("其他机关已经先立案"))
    if facts.disputed:
        found.append(row.reason("管辖有争议"))
    return found + lacking(row, {"发生地是否在辖区": facts.inside,
                                 "其他机关是否先立案": facts.filed_elsewhere_first})


def well_named(facts: CaseName, *, table: RuleTable) -> list[Reason]:
    """CF-05: party, 涉嫌, act, 案; after the decision without 涉嫌."""
    row = table["CF-05"]
    missing = lacking(row, {"案件名称": facts.name, "当事人": facts.party, "是否已经结案": facts.decided})
    if missing or facts.name is None or facts.party is None:
        return missing
    name, word, end = facts.name.strip(), str(row.values["suspected"]), str(row.values["end"])
    found = []
    if not name.endswith(end):
        found.append(row.reason(f"案件名称没有以“{end}”结尾"))
    if not facts.party or not name.startswith(facts.party):
        found.append(row.reason(f"案件名称没有以当事人“{facts.party}”开头"))
    if facts.decided and word in name:
        found.append(row.reason(f"案件已经决定，名称里还有“{word}”"))
    if not facts.decided and word not in name:
        found.append(row.reason(f"案件还没有决定，名称里没有“{word}”"))
    act = name.removeprefix(facts.party).replace(word, "", 1).removesuffix(end)
    if not found and not act.strip():
        found.append(row.reason("案件名称里没有违法行为"))
    return found


CHECKS: Checks = {
    "CF-01": partial(term_kept, rule="CF-01", term="CF-01.file"),
    "CF-02": partial(term_kept, rule="CF-02", term="CF-02.reply"),
    "CF-03": within_limitation, "CF-04": right_place, "CF-05": well_named}

