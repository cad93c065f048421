"""An issued record is corrected: the old one void and kept, the new one shows what changed."""

from collections.abc import Callable

import pypdfium2
import pytest

from field_app.actions.case_desk import case_desk
from field_app.actions.context import Session
from field_app.actions.correct_record import correct_record, may_correct
from field_app.actions.fill_document import issue_paper, paper_files, save_draft, start_paper
from field_app.actions.number_document import void_numbers
from field_app.cli.demo.day import sample_answers, typed
from field_app.domain.case import Case, PaperRecord, PaperState
from field_app.errors import UserError


@pytest.fixture
def record(session: Session, new_case: Callable[[Session], Case]) -> PaperRecord:
    case = new_case(session)
    step = case_desk(session, case.id).step("inspection").step
    paper = start_paper(session, case.id, step.id, "G1-04")
    answers = typed(paper.answers, sample_answers("G1-04")) | {"av_refs": ["执法记录仪-07"]}
    save_draft(session, paper.id, answers)
    return issue_paper(session, paper.id)


def test_a_record_is_corrected_in_sight(session: Session, record: PaperRecord) -> None:
    with pytest.raises(UserError, match="理由"):
        correct_record(session, record.id, " ")
    new = correct_record(session, record.id, "人数记错")
    assert new.corrects == record.id and new.state is PaperState.DRAFT
    assert not may_correct(new)
    changed = str(new.answers["check_findings"]).replace("4名工人", "6名工人")
    assert changed != new.answers["check_findings"]
    save_draft(session, new.id, {**new.answers, "check_findings": changed})
    issued = issue_paper(session, new.id)
    assert issued.number != record.number
    assert [v.number for v in void_numbers(session)] == [record.number]
    with pypdfium2.PdfDocument(paper_files(session, issued, why="viewed")[0]) as pdf:
        text = "".join("".join(page.get_textpage().get_text_range().split()) for page in pdf)
    assert "46名工人" in text  # 4 is struck, 6 stands beside it
    assert text.count("更正处签名捺印") == 1
    with pytest.raises(UserError, match="已定稿的笔录"):
        correct_record(session, record.id, "再改一次")
    assert paper_files(session, record, why="viewed")[0].startswith(b"%PDF")
