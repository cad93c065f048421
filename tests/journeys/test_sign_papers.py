"""At sealing both officers sign every issued paper; the package carries both files; others verify."""

import json
import subprocess
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from field_app.actions.case_desk import case_desk
from field_app.actions.context import Session
from field_app.actions.fill_document import issue_paper, save_draft, start_paper
from field_app.actions.seal_blob import read_blob
from field_app.actions.seal_case import seal_case
from field_app.actions.sign_papers import paper_signatures
from field_app.cli.demo.day import sample_answers, typed
from field_app.cli.demo.world import World
from field_app.domain.case import Case, PaperRecord
from field_app.errors import UserError
from field_app.storage import events, papers


def issued(session: Session, case: Case) -> PaperRecord:
    step = case_desk(session, case.id).step("inspection").step
    draft = start_paper(session, case.id, step.id, "G1-04")
    save_draft(session, draft.id, typed(draft.answers, sample_answers("G1-04"))
               | {"av_refs": ["执法记录仪-07"], "PARTY": draft.answers["PARTY"]})
    return issue_paper(session, draft.id)


def test_sealing_signs_what_was_issued_once(
        session: Session, world: World, new_case: Callable[[Session], Case], tmp_path: Path) -> None:
    case = new_case(session)
    made = issued(session, case)
    with session.begin() as tx:
        paper = papers.get(tx, made.id)
    assert paper_signatures(session, paper.id) == ()
    seal_case(session, case.id, world.both()[::-1])  # whoever types first
    found = paper_signatures(session, paper.id)
    assert [s.cert_no for s in found] == list(session.actors) and all(s.covers for s in found)
    with session.begin() as tx:
        kept = papers.get(tx, paper.id)
        assert replace(kept, signed_pdf=None) == paper and kept.signed_pdf is not None
        assert paper.pdf is not None
        signed, plain = read_blob(session, tx, kept.signed_pdf), read_blob(session, tx, paper.pdf)
        told = [e.members() for e in events.of_case(tx, case.id)]
    assert signed.startswith(plain)
    (body,) = [e["body"] for e in told if e["typ"] == "paper_signed"]
    assert body["pdf_sha256"] == paper.pdf_sha256 and len(body["signers"]) == 2
    path = tmp_path / "signed.pdf"
    path.write_bytes(signed)
    said = subprocess.run(["pdfsig", "-nocert", str(path)], capture_output=True, text=True,
                          check=False).stdout
    assert said.count("Signature is Valid") == 2
    statement = next((session.context.data.packages / case.package / "statements").glob("*1.json"))
    assert len(json.loads(statement.read_bytes())["objects"]) == 4  # record, docx, pdf, signed pdf
    again = seal_case(session, case.id, world.both())
    assert again.revision == 2
    with session.begin() as tx:
        assert papers.get(tx, paper.id).signed_pdf == kept.signed_pdf


def test_a_wrong_pin_signs_nothing(
        session: Session, world: World, new_case: Callable[[Session], Case]) -> None:
    case = new_case(session)
    paper = issued(session, case)
    first, second = world.both()
    with pytest.raises(UserError):
        seal_case(session, case.id, (first, replace(second, pin="000000")))
    assert paper_signatures(session, paper.id) == ()
