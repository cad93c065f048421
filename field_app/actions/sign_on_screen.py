"""Signing on the screen before a paper is issued; refusing to sign and being absent told apart."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from field_app.actions.context import Session, refuse
from field_app.actions.fill_document import form_of, save_draft
from field_app.actions.own_templates import template_in_use
from field_app.actions.paper_failures import told_failures
from field_app.actions.screen_signatures import inks_of, newest, place_words
from field_app.actions.seal_blob import read_blob, seal_blob
from field_app.crypto.canonical import canonical
from field_app.crypto.hashing import sha256_hex
from field_app.documents.render import PaperFacts, render
from field_app.documents.strokes import PenPoint, Strokes, StrokesRefused, ink_of, png_of
from field_app.domain.case import PaperRecord, PaperState
from field_app.domain.ids import DocumentId, new_id
from field_app.domain.signed import Outcome, Place, Signature
from field_app.forms import FormDefinition
from field_app.forms.definition import Field, Kind
from field_app.storage import cases, papers, signed
from field_app.storage.store import Tx

__all__ = ["PenPoint", "Strokes"]

MAX_WORDS = 500
# Blocks that keep a refusal: its box, what is told of it, and the witness.
_REFUSAL_BOXES = ("refuse", "refused")


@dataclass(frozen=True)
class PlaceNow:
    """One place of a paper and the signature it has; ``current``: it is for the present text;
    ``gone``: the paper as it is laid out now has no such place."""

    place: Place
    signature: Signature | None
    current: bool
    gone: bool = False

    @property
    def words(self) -> str:
        return place_words(self.place)


@dataclass(frozen=True)
class SigningDesk:
    """A draft as it is signed: its places in order, those that are gone last.

    ``keeps_refusal``: the form has room for a refusal; ``pdf``: the paper with its signatures.
    """

    paper: PaperRecord
    places: tuple[PlaceNow, ...]
    keeps_refusal: bool
    pdf: bytes


def _draft(tx: Tx, paper_id: DocumentId) -> PaperRecord:
    paper = papers.get(tx, paper_id)
    if paper.state is not PaperState.DRAFT:
        raise refuse("这份文书已经定稿，不能再在屏幕上签名。", "请打印后用笔签名，再拍回签字件。",
                     code="signature.issued")
    return paper


def _answers_sha256(paper: PaperRecord) -> str:
    return sha256_hex(canonical(paper.answers))


def signing_desk(session: Session, paper_id: DocumentId) -> SigningDesk:
    """The places of a draft, laid out as it will be issued, with what is signed."""
    with session.begin() as tx:
        paper = _draft(tx, paper_id)
        case = cases.get(tx, paper.case)
        digest = _answers_sha256(paper)
        inks = inks_of(session, tx, paper_id, digest)
        given = newest(signed.signatures_of(tx, paper_id))
    form = form_of(paper.form, paper.form_version)
    facts = PaperFacts(case_no=case.local_no, party_name=str(case.party.get("name") or ""))
    with told_failures(form.title):
        made = render(form, paper.answers, facts, template=template_in_use(session, form),
                      signatures=inks)
    places = tuple(
        PlaceNow(spot.place, given.get(spot.place),
                 spot.place in given and given[spot.place].answers_sha256 == digest)
        for spot in made.places)
    known = {spot.place for spot in made.places}
    gone = tuple(PlaceNow(place, one, current=False, gone=True)
                 for place, one in given.items() if place not in known)
    return SigningDesk(paper, places + gone, _refusal_block(form) is not None, made.pdf)


def sign(session: Session, paper_id: DocumentId, place: Place, *, signer: str,
         strokes: Strokes) -> Signature:
    """Seal a signature, as strokes and as a picture, for the draft's present text."""
    try:
        picture = png_of(ink_of(strokes))
    except StrokesRefused as error:
        what = "还没有签名，或者笔画太短。" if error.fact == "no ink" else "笔画过多，没有保存签名。"
        raise refuse(what, "请在签名框里重新签名。", code="signature.strokes") from error
    with session.begin() as tx:
        paper = _draft(tx, paper_id)
        case = cases.get(tx, paper.case)
        name = f"{paper.title}{place_words(place).replace('　', '')}签名"
        drawn = seal_blob(session, tx, case, picture, kind="signature", name=f"{name}.png",
                          mime="image/png")
        raw = seal_blob(session, tx, case, strokes.to_bytes(), kind="signature",
                        name=f"{name}笔迹.json", mime="application/json")
        made = Signature(
            id=new_id(), paper=paper_id, place=place, signer=signer.strip()[:60],
            outcome=Outcome.SIGNED, answers_sha256=_answers_sha256(paper), at=session.at,
            picture=drawn.id, strokes=raw.id)
        _put(tx, made, session)
        session.note(tx, "signature_given", case=paper.case, body={
            "paper": paper_id, "page": place.page, "nth": place.nth,
            "answers_sha256": made.answers_sha256, "picture_sha256": drawn.sha256,
            "strokes_sha256": raw.sha256, "device": strokes.device})
    return made


def _put(tx: Tx, made: Signature, session: Session) -> None:
    """The new one counts at its place, the one before is withdrawn and kept."""
    for old in signed.signatures_of(tx, made.paper):
        if old.place == made.place:
            signed.withdraw(tx, old.id, at=session.at)
    signed.add_signature(tx, made)


def not_signed(session: Session, paper_id: DocumentId, place: Place, outcome: Outcome, *,
               reason: str, witness: str = "") -> PaperRecord:
    """Record that the signer refused or is absent, with its reason (证据规定15、行政强制法18).

    A refusal is also written into the form's own fields where it has them.
    """
    told, seen_by = reason.strip(), witness.strip()
    if not told or len(told) > MAX_WORDS or len(seen_by) > 60:
        raise refuse("还没有写明原因，或者写得过长。", f"请写明为什么没有签名，不超过{MAX_WORDS}字。",
                     code="signature.reason")
    with session.begin() as tx:
        paper = _draft(tx, paper_id)
    block = _refusal_block(form_of(paper.form, paper.form_version))
    if outcome is Outcome.REFUSED and block is not None:
        paper = save_draft(session, paper_id, _with_refusal(paper.answers, block, told, seen_by))
    with session.begin() as tx:
        _put(tx, Signature(
            id=new_id(), paper=paper_id, place=place, signer="", outcome=outcome,
            answers_sha256=_answers_sha256(paper), at=session.at, reason=told, witness=seen_by),
            session)
        session.note(tx, "signature_refused", case=paper.case, body={
            "paper": paper_id, "page": place.page, "nth": place.nth, "outcome": outcome.value,
            "witnessed": bool(seen_by)})
    return paper


def _refusal_block(form: FormDefinition) -> Field | None:
    """The form's group with a box for a refusal and a note of its reason."""
    for field in form.fields:
        keys = {child.key for child in field.fields}
        if field.kind is Kind.STRUCT and "refuse_note" in keys and keys & set(_REFUSAL_BOXES):
            return field
    return None


def _with_refusal(answers: Mapping[str, Any], block: Field, reason: str,
                  witness: str) -> dict[str, Any]:
    keys = {child.key for child in block.fields}
    given = answers.get(block.key)
    filled = dict(given) if isinstance(given, dict) else {}
    filled |= {box: True for box in _REFUSAL_BOXES if box in keys}
    filled["refuse_note"] = reason
    if witness and "witness" in keys:
        before = filled.get("witness")
        filled["witness"] = {**(before if isinstance(before, dict) else {}), "name": witness}
    return {**answers, block.key: filled}


def withdraw_signatures(session: Session, paper_id: DocumentId,
                        place: Place | None = None) -> int:
    """Let the signature at ``place``, or all of a draft, no longer count; how many there were."""
    with session.begin() as tx:
        paper = _draft(tx, paper_id)
        found = [s for s in signed.signatures_of(tx, paper_id) if place in (None, s.place)]
        for one in found:
            signed.withdraw(tx, one.id, at=session.at)
        if found:
            session.note(tx, "signatures_withdrawn", case=paper.case, body={
                "paper": paper_id, "count": len(found)})
    return len(found)


def signature_picture(session: Session, signature: Signature) -> bytes:
    """The sealed picture (PNG) of a signature; empty where nobody signed."""
    if signature.picture is None:
        return b""
    with session.begin() as tx:
        return read_blob(session, tx, signature.picture)


def paper_as_stored(session: Session, paper_id: DocumentId) -> PaperRecord:
    """The paper as it stands now; a refusal changes its answers."""
    with session.begin() as tx:
        return papers.get(tx, paper_id)
