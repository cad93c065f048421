"""Signatures written on the screen as a paper uses them: only for the very text that was signed."""

from collections.abc import Collection, Mapping

from field_app.actions.context import Session, refuse
from field_app.actions.seal_blob import read_blob
from field_app.documents.signing_places import SigningPlace
from field_app.documents.strokes import Ink, ink_of, read_strokes
from field_app.domain.ids import DocumentId
from field_app.domain.reasons import Level, Reason
from field_app.domain.signed import Outcome, Place, Signature
from field_app.storage import signed
from field_app.storage.store import Tx


def place_words(place: Place) -> str:
    """``第2页 被检查人（现场负责人签名）``; later lines of the same words are counted."""
    count = f"（第{place.nth + 1}处）" if place.nth else ""
    return f"第{place.page}页　{place.words}{count}"


def newest(found: Collection[Signature]) -> dict[Place, Signature]:
    """The signature that counts at each place: the last one."""
    return {one.place: one for one in found}


def inks_of(session: Session, tx: Tx, paper: DocumentId, answers_sha256: str) -> dict[Place, Ink]:
    """The ink of every signature given for exactly these answers."""
    return {one.place: ink_of(read_strokes(read_blob(session, tx, one.strokes)))
            for one in newest(signed.signatures_of(tx, paper)).values()
            if one.outcome is Outcome.SIGNED and one.strokes is not None
            and one.answers_sha256 == answers_sha256}


def outdated(tx: Tx, paper: DocumentId, answers_sha256: str) -> list[Reason]:
    """Stands against issuing: signatures given for a text that has changed since."""
    old = [one for one in newest(signed.signatures_of(tx, paper)).values()
           if one.outcome is Outcome.SIGNED and one.answers_sha256 != answers_sha256]
    if not old:
        return []
    return [Reason(
        rule="signature.outdated", level=Level.BLOCK,
        text=f"有{len(old)}处签名是改动内容之前签的，不能用在现在的文书上",
        remedy="请在“屏幕签名”里请签名人看过改动后重新签名，或者撤回签名")]


def check_placed(inks: Mapping[Place, Ink], places: Collection[SigningPlace]) -> None:
    """Refuse to issue a paper that has no line for a signature that was given."""
    lost = set(inks) - {spot.place for spot in places}
    if lost:
        first = min(lost, key=lambda place: (place.page, place.words, place.nth))
        raise refuse(f"定稿的版面没有“{place_words(first)}”这一处，签名放不进去。",
                     "请在“屏幕签名”里撤回签名，重新签名后再定稿。", code="signature.place")
