"""The papers of all cases: found by words of theirs and their case, by form, by what they lack."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

from field_app.actions.case_desk import begin_step, case_desk, end_step
from field_app.actions.case_fields import write_field
from field_app.actions.context import Session
from field_app.actions.fill_document import start_paper
from field_app.actions.number_document import void_paper
from field_app.actions.overview import Opened, list_cases
from field_app.actions.paper_list import PaperFilter, PaperRow, forms_in_use, list_papers
from field_app.domain.case import Case
from field_app.domain.clock import CHINA
from field_app.storage import cases, papers
from tests.journeys.test_board import WHY, fill

MakeCase = Callable[[Session], Case]


def forms(rows: list[PaperRow]) -> list[str]:
    return [row.paper.form for row in rows]


def only(session: Session, wanted: PaperFilter) -> list[str]:
    return forms(list_papers(session, only=wanted))


def ordered(session: Session, case: Case) -> None:
    """Inspected, and ordered to correct: the order issued, not served yet."""
    fill(session, case, "inspection", "G1-04", av_refs=["执法记录仪-07"])
    end_step(session, case.id, case_desk(session, case.id).step("inspection").step.id,
             outcome="rectify", reason=WHY)
    begin_step(session, case.id, case_desk(session, case.id).step("rectification").step.id)
    fill(session, case, "rectification", "G1-15")


def test_papers_are_found_by_words_of_their_own_and_of_their_case(
        session: Session, new_case: MakeCase) -> None:
    case, other = new_case(session), new_case(session)
    for made in (case, other):
        step = case_desk(session, made.id).step("inspection").step
        start_paper(session, made.id, step.id, "G1-04")
    start_paper(session, case.id, case_desk(session, case.id).step("inspection").step.id, "G1-05")
    assert forms(list_papers(session)) == ["G1-05", "G1-04", "G1-04"]  # the newest first
    assert forms(list_papers(session, "笔录")) == ["G1-04", "G1-04"]
    assert forms(list_papers(session, "桐")) == ["G1-05", "G1-04", "G1-04"]
    assert forms(list_papers(session, f"{case.local_no} 登记")) == ["G1-05"]
    assert forms(list_papers(session, "没有这种")) == []
    assert forms(list_papers(session, form="G1-05")) == ["G1-05"]
    assert forms_in_use(session) == [("G1-04", "现场检查笔录"), ("G1-05", "行政检查登记表")]
    write_field(session, other.id, "cause", "鎏金巷专项检查")
    assert [row.paper.case for row in list_papers(session, "鎏金")] == [other.id]


def test_what_a_paper_lacks_follows_what_is_done(session: Session, new_case: MakeCase) -> None:
    case = new_case(session)
    assert list_papers(session) == []
    ordered(session, case)
    assert only(session, PaperFilter.UNSIGNED) == ["G1-15", "G1-04"]
    assert only(session, PaperFilter.UNSERVED) == ["G1-15"]  # a record is no paper that is served
    newest = list_papers(session)[0]
    assert newest.words.startswith("已定稿，签字件拍回0/") and newest.owes
    assert newest.paper.number and forms(list_papers(session, newest.paper.number)) == ["G1-15"]
    fill(session, case, "rectification", "G4-02",
         docs=[{"title": newest.paper.title, "no": newest.paper.number}])
    assert only(session, PaperFilter.UNSERVED) == []
    with session.begin() as tx:
        (proof,) = [p for p in papers.of_case(tx, case.id) if p.form == "G4-02"]
    void_paper(session, proof.id, "填错了")
    assert only(session, PaperFilter.UNSERVED) == ["G1-15"]  # a void proof proves nothing
    assert only(session, PaperFilter.VOID) == ["G4-02"]
    assert only(session, PaperFilter.DRAFT) == []
    assert set(only(session, PaperFilter.ISSUED)) == {"G1-04", "G1-15"}


def test_last_months_cases_are_found_by_one_choice(session: Session, new_case: MakeCase) -> None:
    now = new_case(session)
    month = session.at.astimezone(CHINA).replace(day=1, hour=0, minute=0)
    before = new_case(session)
    with session.begin() as tx:
        cases.save(tx, replace(before, opened=month - timedelta(minutes=1)))

    def found(opened: Opened, words: str = "") -> list[str]:
        return [c.local_no for c in list_cases(session, words, opened=opened)]

    with session.begin() as tx:  # It stands in the index where it was opened.
        cases.save(tx, replace(now, cause="夜间检查"))
    assert found(Opened.MONTH) == [now.local_no]
    assert found(Opened.LAST_MONTH) == [before.local_no]
    assert found(Opened.MONTH, "夜间") == [now.local_no] and found(Opened.LAST_MONTH, "夜间") == []
    assert set(found(Opened.ANY)) == {now.local_no, before.local_no} and found(Opened.LAST_YEAR) == []
