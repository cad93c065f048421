"""Bounds to the fen and the day, contradicting dates, turned clocks: exact, explained, no crash."""

from datetime import date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from field_app.domain.clock import CHINA
from field_app.domain.identity import citizen_check_character
from field_app.domain.reasons import Level
from field_app.rules.checks import check, known
from field_app.rules.checks.authority import CatalogueFacts, EntrustmentFacts
from field_app.rules.checks.coercion import ReleaseFacts, SeizureTerm
from field_app.rules.checks.decision import AmountFacts, Bounds, LeniencyFacts, full_age
from field_app.rules.checks.evidence import CustodyFacts
from field_app.rules.checks.execution import CourtFacts, ForceFacts, SurchargeFacts
from field_app.rules.checks.filing import LimitationFacts, years_later
from field_app.rules.checks.findings import Timed
from field_app.rules.checks.hearing import HearingFacts
from field_app.rules.checks.notice import NoticeFacts
from field_app.rules.checks.people import CertificateFacts, Presence, PresenceFacts
from field_app.rules.checks.service import ServiceFacts
from field_app.rules.checks.summary import SummaryFacts
from field_app.rules.checks.terms_and_clocks import ClockFacts

DAY = date(2026, 5, 14)
ONE = timedelta(days=1)
SINGLE = ("公民", "个体工商户")
PARTIES = st.sampled_from([*SINGLE, "法人", "其他组织"])
DAYS = st.dates(date(2022, 1, 1), date(2026, 11, 1))


def said(rule: str, facts: object) -> str:
    return "；".join(r.text for r in check(rule, facts, day=DAY))


@given(PARTIES, st.integers(-2, 2))
def test_hearing_threshold_to_the_fen(party: str, off: int) -> None:
    limit = 500_000 if party in SINGLE else 5_000_000
    found = check("HR-02", HearingFacts(party, limit + off, offered=False), day=DAY)
    assert bool(found) == (off >= 0)


@given(PARTIES, st.integers(-2, 2))
def test_summary_limit_to_the_fen(party: str, off: int) -> None:
    limit = 20_000 if party in SINGLE else 300_000
    assert bool(check("SP-01", SummaryFacts(party, ("罚款",), limit + off), day=DAY)) == (off > 0)


@given(st.integers(0, 10**7), st.integers(0, 10**7), st.integers(0, 10**7))
def test_a_fine_lies_within_tier_and_statute(fine: int, low: int, high: int) -> None:
    low, high = min(low, high), max(low, high)
    found = check("DC-11", AmountFacts(fine, Bounds(low, high), Bounds(low, high)), day=DAY)
    assert [r.level for r in found] == ([] if low <= fine <= high else [Level.BLOCK])


@given(st.integers(0, 10**8), st.integers(0, 80), st.integers(-3, 3))
def test_surcharge_to_the_fen(principal: int, days: int, off: int) -> None:
    right = min(principal, (principal * 3 * days + 50) // 100)
    ended = date(2026, 2, 10)
    facts = SurchargeFacts(principal, ended, ended + timedelta(days=days), right + off)
    found = check("EX-02", facts, day=DAY)
    assert bool(found) == (off != 0)
    assert not found or (found[0].level is Level.BLOCK) == (right + off > principal)


@given(DAYS, st.integers(-800, 2500))
def test_limitation_by_the_calendar(ended: date, after: int) -> None:
    discovered = ended + timedelta(days=after)
    short, long = years_later(ended, 2), years_later(ended, 5)
    for harmful, last in ((False, short), (True, long)):
        found = check("CF-03", LimitationFacts(ended, discovered, harmful), day=DAY)
        assert bool(found) == (discovered > last)
    unsure = known(check("CF-03", LimitationFacts(ended, discovered), day=DAY))
    assert [r.level for r in unsure] == (
        [] if discovered <= short else [Level.WARN] if discovered <= long else [Level.BLOCK])


def test_limitation_of_a_leap_day() -> None:
    assert check("CF-03", LimitationFacts(date(2024, 2, 29), date(2026, 2, 28)), day=DAY) == []
    assert check("CF-03", LimitationFacts(date(2024, 2, 29), date(2026, 3, 1), False), day=DAY)
    assert "无法计算" in said("CF-03", LimitationFacts(date(9998, 1, 1), date(9999, 1, 1)))


@given(st.dates(date(2024, 2, 1), date(2026, 9, 1)), st.integers(-5, 70), st.integers(-5, 70))
def test_seizures_never_pass_thirty_and_sixty_days(start: date, days: int, more: int) -> None:
    end = start + timedelta(days=days)
    facts = SeizureTerm(start, end, end + timedelta(days=more), True)
    blocked = [r for r in check("CM-05", facts, day=DAY) if r.level is Level.BLOCK]
    assert bool(blocked) == (days < 0 or more < 0 or days > 30 or more > 30)
    assert not check("CM-05", SeizureTerm(start, end, longer_by_law=True), day=DAY)


def test_the_safe_last_day_of_a_seizure_is_told() -> None:
    (reason,) = check("CM-05", SeizureTerm(DAY, DAY + 30 * ONE), day=DAY)
    assert reason.level is Level.WARN and str(DAY + 29 * ONE) in reason.text
    assert check("CM-05", SeizureTerm(DAY, DAY + 35 * ONE, uncounted_days=6), day=DAY) == []
    longer = SeizureTerm(DAY, DAY + 29 * ONE, DAY + 40 * ONE, False)
    assert "没有负责人批准" in said("CM-05", longer)
    (late,) = check("CM-07", ReleaseFacts(DAY, released=DAY + ONE), day=DAY)
    assert late.level is Level.WARN  # giving back is never blocked
    for left in (7, 3, 1, 0):
        (timer,) = check("CM-07", ReleaseFacts(DAY + left * ONE, today=DAY), day=DAY)
        assert timer.level is Level.TIMER and f"还有{left}天" in timer.text


def test_dates_that_contradict_are_told() -> None:
    cases: list[tuple[str, object]] = [
        ("SV-02", ServiceFacts(DAY, DAY - ONE, True)),
        ("DC-01", NoticeFacts(DAY, DAY + 9 * ONE, decided=DAY - ONE)),
        ("DC-01", NoticeFacts(DAY, None, waived=DAY - ONE, decided=DAY + ONE)),
        ("EV-09", CustodyFacts(True, DAY, DAY - ONE)),
        ("AU-03", EntrustmentFacts(DAY, DAY - ONE, ("S",), "S", True, True, DAY)),
        ("PE-03", CertificateFacts("甲", DAY, DAY - ONE, DAY)),
        ("DC-05", Timed(DAY, DAY - ONE)), ("EX-08", Timed(DAY, DAY - ONE))]
    for rule, facts in cases:
        assert "日期互相矛盾" in said(rule, facts), rule
        assert any(r.level is Level.BLOCK for r in check(rule, facts, day=DAY))


def test_what_ended_yesterday_or_ends_during_the_case() -> None:
    entrusted = EntrustmentFacts(date(2026, 1, 1), DAY - ONE, ("S",), "S", True, True, DAY)
    assert "已于2026-05-13到期" in said("AU-03", entrusted)
    (reason,) = check("PE-03", CertificateFacts("甲", date(2024, 1, 1), date(2026, 7, 31), DAY,
                                                case_ends=date(2026, 8, 12)), day=DAY)
    assert reason.level is Level.WARN and "2026-07-31" in reason.text
    (timer,) = check("PE-03", CertificateFacts("甲", None, DAY + 60 * ONE, DAY), day=DAY)
    assert timer.level is Level.TIMER and "60天" in timer.text
    assert check("PE-03", CertificateFacts("甲", None, DAY + 61 * ONE, DAY), day=DAY) == []
    old = CatalogueFacts("文号", date(2024, 6, 1), date(2024, 7, 1), date(2025, 6, 30),
                         date(2025, 6, 1), DAY)
    (told,) = check("AU-02", old, day=DAY)
    assert told.level is Level.INFO and "原承办机关办结" in told.text


def test_a_clock_set_back_is_told() -> None:
    now = datetime(2026, 5, 14, 9, 0, tzinfo=CHINA)
    assert "时钟被拨回" in said("TM-08", ClockFacts(now, now, now + timedelta(seconds=1)))
    for seconds, wrong in ((60, False), (-60, False), (61, True), (-61, True)):
        facts = ClockFacts(now + timedelta(seconds=seconds), now)
        assert bool(check("TM-08", facts, day=DAY)) is wrong
    (noted,) = check("TM-08", ClockFacts(now + timedelta(hours=1), now, noted=True), day=DAY)
    assert noted.level is Level.INFO
    with pytest.raises(ValueError, match="offset"):
        ClockFacts(now.replace(tzinfo=None), now)
    assert check("PE-11", PresenceFacts((Presence("甲", now, now - timedelta(hours=1)),)), day=DAY)


@pytest.mark.parametrize(("born", "day", "age"), [
    ("20120514", date(2026, 5, 14), 13), ("20120513", date(2026, 5, 14), 14),
    ("20120229", date(2026, 2, 28), 13), ("20120229", date(2026, 3, 1), 14),
    ("20080229", date(2026, 2, 28), 17), ("20080229", date(2026, 3, 1), 18),
    ("20260514", date(2026, 5, 14), 0)])
def test_a_year_of_age_is_full_the_day_after(born: str, day: date, age: int) -> None:
    number = f"999999{born}311"
    assert full_age(number + citizen_check_character(number), day) == age


def test_no_age_from_bad_numbers() -> None:
    bad = LeniencyFacts("12345", DAY, penalised=True)
    (reason,) = check("DC-09", bad, day=DAY)
    assert reason.level is Level.WARN and "身份证号码" in reason.text
    unborn = LeniencyFacts("999999202605153117", DAY, penalised=True)
    assert all(r.level is not Level.BLOCK for r in check("DC-09", unborn, day=DAY))
    assert known(check("DC-09", LeniencyFacts(citizen=False, penalised=True), day=DAY)) == []


def test_force_by_day_only() -> None:
    def at(month: int, day: int, hour: int) -> list[Level]:
        facts = ForceFacts(datetime(2026, month, day, hour, tzinfo=CHINA), urgent=False)
        return [r.level for r in check("EX-12", facts, day=DAY)]

    assert at(5, 14, 6) == [] and at(5, 14, 5) == [Level.BLOCK]
    assert at(10, 1, 10) == [Level.BLOCK]        # National Day
    assert at(5, 16, 10) == [Level.WARN]         # a plain Saturday
    assert at(2, 14, 10) == []                   # a worked Saturday before Spring Festival
    assert at(10, 1, 23) == [Level.BLOCK, Level.BLOCK]
    unsaid = ForceFacts(datetime(2026, 10, 1, 23, tzinfo=CHINA))
    assert [r.level for r in check("EX-12", unsaid, day=DAY)] == [Level.WARN, Level.WARN]
    urgent = ForceFacts(datetime(2026, 10, 1, 23, tzinfo=CHINA), urgent=True)
    assert check("EX-12", urgent, day=DAY) == []
    assert "停止居民" in said("EX-12", ForceFacts(urgent.at, True, cuts_supply=True))
    later = ForceFacts(datetime(2031, 3, 3, 9, tzinfo=CHINA))
    assert "2031年的放假安排" in said("EX-12", later)


def test_the_court_window_moves_with_instalments_and_reconsideration() -> None:
    served = date(2026, 1, 14)
    assert check("EX-09", CourtFacts(served, applied=date(2026, 7, 14)), day=DAY) == []
    assert "才届满" in said("EX-09", CourtFacts(served, applied=date(2026, 7, 13)))
    paid = CourtFacts(served, paid_until=date(2026, 8, 31), applied=date(2026, 11, 30))
    assert check("EX-09", paid, day=DAY) == []
    again = CourtFacts(served, date(2026, 3, 2), applied=date(2026, 3, 18))
    assert check("EX-09", again, day=DAY) == []
    (late,) = check("EX-09", CourtFacts(served, today=date(2026, 10, 15)), day=DAY)
    assert late.level is Level.WARN


def test_year_end_and_years_not_known() -> None:
    assert check("SV-01", Timed(date(2025, 12, 26), date(2026, 1, 7)), day=DAY) == []
    found = check("SV-01", Timed(date(2026, 12, 30), date(2027, 1, 5)), day=DAY)
    assert [r.level for r in found] == [Level.INFO] and "2027年" in found[0].text


@given(DAYS, st.one_of(st.none(), DAYS), st.one_of(st.none(), DAYS))
def test_terms_take_any_days(start: date, done: date | None, now: date | None) -> None:
    for rule in ("CF-01", "CF-02", "SV-01", "HR-03", "PB-02", "EX-05", "AR-03", "SP-03"):
        for reason in check(rule, Timed(start, done, now), day=DAY):
            assert reason.rule == rule and reason.text
