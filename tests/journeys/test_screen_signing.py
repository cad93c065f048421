"""Signing on the screen: strokes are sealed, drawn on the paper, and bound to what was signed."""

import math
from collections.abc import Callable

import numpy as np
import pypdfium2
import pytest

from field_app.actions.case_desk import begin_step, case_desk
from field_app.actions.context import Session
from field_app.actions.fill_document import (
    PaperNotReady,
    issue_paper,
    paper_files,
    preview,
    save_draft,
    start_paper,
)
from field_app.actions.seal_blob import read_blob
from field_app.actions.sign_on_screen import (
    PenPoint,
    Strokes,
    not_signed,
    sign,
    signing_desk,
    withdraw_signatures,
)
from field_app.cli.demo.day import sample_answers, typed
from field_app.crypto.hashing import sha256_hex
from field_app.documents.strokes import read_strokes
from field_app.domain.case import Case, PaperRecord, PaperState
from field_app.domain.signed import Outcome
from field_app.errors import UserError
from field_app.storage import events, papers, signed


def written(loops: int = 4) -> Strokes:
    """A signature of loops, as a hand with a mouse writes it."""
    line = tuple(PenPoint(200 + n * 12, round(300 + 120 * math.sin(n / 60 * loops * 2 * math.pi)),
                          n * 16) for n in range(61))
    return Strokes(1200, 600, "mouse", (line, (PenPoint(260, 460, 1100), PenPoint(860, 430, 1500))))


@pytest.fixture
def draft(session: Session, new_case: Callable[[Session], Case]) -> PaperRecord:
    case = new_case(session)
    step = case_desk(session, case.id).steps[0].step
    begin_step(session, case.id, step.id)
    made = start_paper(session, case.id, step.id, "G1-04")
    return save_draft(session, made.id, typed(made.answers, sample_answers("G1-04")))


def test_strokes_are_sealed_and_drawn_where_they_belong(session: Session, draft: PaperRecord) -> None:
    desk = signing_desk(session, draft.id)
    words = [p.words for p in desk.places]
    assert "第1页　被检查人（现场负责人签名）" in words and desk.keeps_refusal
    place = next(p.place for p in desk.places if p.place.page == 2)
    given = sign(session, draft.id, place, signer="李现场", strokes=written())
    after = signing_desk(session, draft.id)
    (now,) = [p for p in after.places if p.signature is not None]
    assert now.place == place and now.current
    blank, inked = _page(desk.pdf, 1), _page(after.pdf, 1)
    changed = np.argwhere(np.abs(blank.astype(int) - inked.astype(int)).max(axis=2) > 60)
    assert len(changed) > 400
    issued = issue_paper(session, draft.id)
    pdf, _docx = paper_files(session, issued, why="viewed")
    final = _page(pdf, 1)
    top, left = changed.min(axis=0)
    bottom, right = changed.max(axis=0)
    cut = final[top:bottom, left:right].astype(int)
    assert ((cut[:, :, 0] - cut[:, :, 2] > 15) & (cut[:, :, 2] < 120)).sum() > 300
    with session.begin() as tx:
        assert given.picture is not None and given.strokes is not None
        assert read_blob(session, tx, given.picture).startswith(b"\x89PNG")
        assert read_strokes(read_blob(session, tx, given.strokes)) == written()
        bodies = [e.members()["body"] for e in events.of_case(tx, draft.case)
                  if e.members()["typ"] == "signature_given"]
        assert [papers.blob(tx, b).kind for b in (given.picture, given.strokes)] == ["signature"] * 2
    assert bodies[0]["strokes_sha256"] == sha256_hex(written().to_bytes())
    assert "李现场" not in str(bodies)
    step = case_desk(session, draft.case).steps[0]
    assert step.signed[0].words.startswith("已有屏幕签名；签字件 0/") and step.unsigned
    with pytest.raises(UserError, match="已经定稿"):
        sign(session, draft.id, place, signer="", strokes=written())


def _page(pdf: bytes, number: int) -> np.ndarray:
    document = pypdfium2.PdfDocument(pdf)
    try:
        made: np.ndarray = document[number].render(scale=2).to_numpy().copy()
        return made
    finally:
        document.close()


def _text(pdf: bytes) -> str:
    document = pypdfium2.PdfDocument(pdf)
    try:
        return "".join(page.get_textpage().get_text_range() for page in document).replace("\r\n", "")
    finally:
        document.close()


def test_a_change_after_signing_undoes_the_signature(session: Session, draft: PaperRecord) -> None:
    place = signing_desk(session, draft.id).places[0].place
    sign(session, draft.id, place, signer="", strokes=written())
    changed = dict(draft.answers) | {"party_opinion": "对第二项有异议。"}
    assert preview(session, draft, draft.answers).pdf != preview(session, draft, changed).pdf
    save_draft(session, draft.id, changed)
    desk = signing_desk(session, draft.id)
    assert desk.places[0].signature is not None and not desk.places[0].current
    with pytest.raises(PaperNotReady, match="改动内容之前签的"):
        issue_paper(session, draft.id)
    sign(session, draft.id, place, signer="", strokes=written(3))
    assert issue_paper(session, draft.id).state is PaperState.ISSUED
    with session.begin() as tx:
        every = signed.signatures_of_case(tx, draft.case)
    assert [s.withdrawn is None for s in every] == [False, True]


def test_withdrawn_signatures_are_kept_but_do_not_count(session: Session, draft: PaperRecord) -> None:
    places = [p.place for p in signing_desk(session, draft.id).places[:2]]
    for place in places:
        sign(session, draft.id, place, signer="", strokes=written())
    assert withdraw_signatures(session, draft.id, places[0]) == 1
    assert [p.signature is not None for p in signing_desk(session, draft.id).places[:2]] == [False, True]
    assert withdraw_signatures(session, draft.id) == 1
    assert withdraw_signatures(session, draft.id) == 0


def test_refusing_is_written_into_the_paper_absence_only_recorded(
        session: Session, draft: PaperRecord) -> None:
    place = signing_desk(session, draft.id).places[0].place
    with pytest.raises(UserError, match="还没有写明原因"):
        not_signed(session, draft.id, place, Outcome.REFUSED, reason="  ")
    refused = not_signed(session, draft.id, place, Outcome.REFUSED, reason="对检查结论不满",
                         witness="王见证")
    block = refused.answers["SIGNREC"]
    assert block["refuse"] is True and block["refuse_note"] == "对检查结论不满"
    assert block["witness"]["name"] == "王见证"
    desk = signing_desk(session, draft.id)
    assert desk.places[0].signature is not None
    assert desk.places[0].signature.outcome is Outcome.REFUSED
    assert "拒绝签名，原因：对检查结论不满" in _text(desk.pdf)
    other = desk.places[1].place
    away = not_signed(session, draft.id, other, Outcome.ABSENT, reason="外出未归")
    assert away.answers == refused.answers


def test_hardly_any_ink_is_no_signature(session: Session, draft: PaperRecord) -> None:
    place = signing_desk(session, draft.id).places[0].place
    dot = Strokes(1200, 600, "pen", ((PenPoint(5, 5, 0, 500), PenPoint(9, 9, 20, 500)),))
    with pytest.raises(UserError, match="笔画太短"):
        sign(session, draft.id, place, signer="", strokes=dot)
    with session.begin() as tx:
        assert signed.signatures_of(tx, draft.id) == []
