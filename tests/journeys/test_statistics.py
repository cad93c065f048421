"""Counts are what a plain look at the store gives; exported as other programs read them."""

import csv
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from openpyxl import load_workbook

from field_app.actions.case_desk import begin_step, case_desk, end_step
from field_app.actions.context import Session
from field_app.actions.export_statistics import export_statistics
from field_app.actions.number_document import void_paper
from field_app.actions.statistics import (
    FORMS,
    MATTERS,
    MONTHS,
    OVERDUE,
    PROCEDURES,
    RECORDED,
    Period,
    count_all,
    periods,
    share,
)
from field_app.domain.case import Case, Clip, ClipState
from field_app.domain.clock import CHINA
from field_app.domain.ids import ClipId
from field_app.errors import Cancelled, UserError
from field_app.storage import cases, clips, events, papers
from tests.journeys.test_board import WHY, Later, fill

MakeCase = Callable[[Session], Case]


def reopened(session: Session, case: Case, at: datetime) -> None:
    """As if it had been opened then."""
    with session.begin() as tx:
        cases.save(tx, replace(case, opened=at))


def recorded(session: Session, case: Case, at: datetime, minutes: int) -> None:
    step = case_desk(session, case.id).step("inspection").step
    with session.begin() as tx:
        clips.add(tx, Clip(ClipId(f"{case.id}-{minutes}"), case.id, step.id, f"V-{case.local_no}-{minutes}",
                           ClipState.WHOLE, at, at + timedelta(minutes=minutes), minutes * 60_000,
                           True, True))


def test_months_are_those_of_china_and_counts_are_right(session: Session, new_case: MakeCase) -> None:
    made = [new_case(session) for _ in range(4)]
    first = datetime.fromisoformat("2026-02-28T17:30:00+00:00")  # the 1st of March in China
    for case, at in zip(made, (first, first - timedelta(hours=2), first, first.astimezone(CHINA)),
                        strict=True):
        reopened(session, case, at)
    recorded(session, made[0], first, 30)
    recorded(session, made[0], first + timedelta(hours=1), 45)
    found = count_all(session, Period("2026-02", "2026-03"))
    months = found.table(MONTHS)
    assert [line.name for line in months.lines] == ["2026-02", "2026-03"]
    assert [line.counts[0] for line in months.lines] == [1, 3]
    assert months.lines[1].counts[4:] == (2, 75)
    assert count_all(session, Period("2026-03", "2026-03")).table(MONTHS).total[0] == 3
    by_matter = found.table(MATTERS)
    assert {line.name: line.counts for line in by_matter.lines} == {made[0].matter: (4,)}
    assert found.table(PROCEDURES).lines[0].counts == (4, 0)


def test_papers_overdue_and_coverage_are_counted_from_what_was_done(
        session: Session, new_case: MakeCase) -> None:
    case, other = new_case(session), new_case(session)
    recorded(session, case, session.at, 1)
    fill(session, case, "inspection", "G1-04", av_refs=["执法记录仪-07"])
    end_step(session, case.id, case_desk(session, case.id).step("inspection").step.id,
             outcome="rectify", reason=WHY)
    begin_step(session, case.id, case_desk(session, case.id).step("rectification").step.id)
    fill(session, case, "rectification", "G1-15")
    fill(session, other, "inspection", "G1-04", av_refs=["执法记录仪-07"],
         start_at="2026-05-15T09:40:00+08:00", end_at="2026-05-15T10:18:00+08:00")
    with session.begin() as tx:
        record = next(p for p in papers.of_case(tx, other.id) if p.form == "G1-04")
    void_paper(session, record.id, "填错了")
    month = periods(session)["本月"]
    assert count_all(session, month).table(OVERDUE).lines == ()
    later = replace(session, context=replace(session.context, clock=Later(90)))
    found = count_all(later, month)
    counted = {line.name.split()[0]: line.counts for line in found.table(FORMS).lines}
    with session.begin() as tx:
        plain = Counter((p.form, p.state.value) for c in (case, other) for p in papers.of_case(tx, c.id))
    assert counted == {form: (plain[form, "issued"], plain[form, "void"]) for form, _ in plain}
    (late,) = found.table(OVERDUE).lines
    assert "应当复查" in late.name and late.counts == (1,)
    inspected = next(line for line in found.table(RECORDED).lines if line.name == "现场检查")
    assert (inspected.counts, share(inspected)) == ((2, 1), "50%")
    assert found.waiting == 0


def test_periods_hold_their_months(session: Session, new_case: MakeCase) -> None:
    reopened(session, new_case(session), datetime(2024, 11, 3, 9, tzinfo=CHINA))
    offered = periods(session)
    now = session.at.astimezone(CHINA)
    assert offered["全部"] == Period("2024-11", f"{now:%Y-%m}")
    assert len(offered["近12个月"].months) == 12 and offered["近12个月"].months[-1] == f"{now:%Y-%m}"
    assert offered["上年"].months[::11] == (f"{now.year - 1}-01", f"{now.year - 1}-12")
    assert Period("2025-11", "2026-02").months == ("2025-11", "2025-12", "2026-01", "2026-02")


def test_counting_is_told_and_can_be_called_off(session: Session) -> None:
    told: list[tuple[int, int]] = []
    count_all(session, periods(session)["本年"], progress=lambda done, of: told.append((done, of)))
    assert told[-1][0] == told[-1][1] and [d for d, _ in told] == sorted(d for d, _ in told)
    with pytest.raises(Cancelled):
        count_all(session, periods(session)["本年"], cancelled=lambda: True)


def test_what_is_exported_is_what_is_shown(session: Session, new_case: MakeCase, tmp_path: Path) -> None:
    case = new_case(session)
    with session.begin() as tx:
        cases.save(tx, replace(case, matter="=1+1"))
    found = count_all(session, periods(session)["本年"])
    book = load_workbook(export_statistics(session, found, tmp_path / "统计.xlsx"))
    assert book.sheetnames == [t.title for t in found.tables]
    rows = [[c for c in row if c is not None] for row in book[MONTHS].iter_rows(values_only=True)]
    assert rows[3] == ["项目", *found.table(MONTHS).heads]
    assert rows[4] == [found.table(MONTHS).lines[0].name, *found.table(MONTHS).lines[0].counts]
    text = export_statistics(session, found, tmp_path / "统计.CSV").read_bytes()
    assert text.startswith(b"\xef\xbb\xbf")
    lines = list(csv.reader(text.decode("utf-8-sig").splitlines()))
    assert ["'=1+1", "1"] in lines  # a spreadsheet takes it for a name
    assert ["按文书"] in lines
    with pytest.raises(UserError, match="xlsx"):
        export_statistics(session, found, tmp_path / "统计.doc")
    with pytest.raises(UserError, match=r"没有写入|不能写入|读写不到"):
        export_statistics(session, found, Path("/proc/nowhere/统计.csv"))
    with session.begin() as tx:
        assert len(events.all_of_kind(tx, "statistics_exported")) == 2
