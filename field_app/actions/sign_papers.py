"""Both officers sign issued papers electronically; the issued file stays, the signed one lies beside.

At sealing every issued paper of the case that is not yet signed is signed with the keys that are
unlocked for it, so that no officer types a PIN more.

Not so in a district of the national suite: ISO 32000-2 and PAdES (ETSI EN 319 142) list no SM2
signature, so no reader of PDF would verify one. There the paper's SHA-256 and SM3 stand in the case
index, which the statement binds that device and both officers sign with SM2.
"""

from collections.abc import Sequence

from field_app.actions.context import Session, refuse
from field_app.actions.seal_blob import read_blob, seal_blob
from field_app.credentials.keys import KeyGone, OfficerKey
from field_app.credentials.pdf_signatures import (
    PdfNotSigned,
    PdfSignature,
    SignatureBroken,
    pdf_signatures,
)
from field_app.credentials.profile import fingerprint
from field_app.documents.pades import sign_pdf
from field_app.domain.case import Case, PaperRecord, PaperState
from field_app.domain.ids import DocumentId
from field_app.storage import cases, papers
from field_app.storage.store import Tx

PDF = "application/pdf"


def _in_order(session: Session, keys: Sequence[OfficerKey]) -> list[OfficerKey]:
    """The keys in the order of the pair, whoever typed the PIN first."""
    by_print = {fingerprint(k.certificate): k for k in keys}
    return [by_print[o.cert_sha256] for o in session.pair.both]


def sign_case_papers(session: Session, tx: Tx, case: Case, keys: Sequence[OfficerKey]) -> int:
    """Sign what is issued and not yet signed; how many. ``UserError`` when a key was pulled.

    With SM2 keys nothing is signed here: the statement is.
    """
    if session.national:
        return 0
    owed = [p for p in papers.of_case(tx, case.id)
            if p.state is PaperState.ISSUED and p.pdf is not None and p.signed_pdf is None]
    for paper in owed:
        _sign(session, tx, case, paper, _in_order(session, keys))
    return len(owed)


def _sign(session: Session, tx: Tx, case: Case, paper: PaperRecord,
          keys: Sequence[OfficerKey]) -> None:
    if paper.pdf is None:
        return
    try:
        made = sign_pdf(read_blob(session, tx, paper.pdf), keys, at=session.at,
                        authorities=session.trust.intermediates)
    except KeyGone as error:
        raise refuse(f"《{paper.title}》签名时密钥被拔出，没有签名。", "请插好两人的密钥后再试。",
                     code="sign.gone") from error
    except PdfNotSigned as error:
        raise refuse(f"《{paper.title}》{paper.number}不能电子签名，文件可能已损坏。",
                     "请不要删除任何文件，联系系统管理员。", code="sign.paper") from error
    blob = seal_blob(session, tx, case, made, kind="document",
                     name=f"{paper.title}（电子签名）.pdf", mime=PDF)
    papers.attach_signed(tx, paper.id, blob.id)
    session.note(tx, "paper_signed", case=case.id, body={
        "paper": paper.id, "number": paper.number, "pdf_sha256": paper.pdf_sha256,
        "signed_sha256": blob.sha256, "signers": [fingerprint(k.certificate) for k in keys]})


def paper_signatures(session: Session, paper_id: DocumentId) -> tuple[PdfSignature, ...]:
    """The signatures of a paper, verified now; none while it is not signed.

    ``UserError`` when one does not hold.
    """
    with session.begin() as tx:
        paper = papers.get(tx, paper_id)
        if paper.signed_pdf is None:
            return ()
        cases.get(tx, paper.case)
        data = read_blob(session, tx, paper.signed_pdf)
    try:
        return pdf_signatures(data, session.trust.root, session.trust.intermediates)
    except (SignatureBroken, PdfNotSigned) as error:
        raise refuse(f"《{paper.title}》的电子签名不成立。", "请不要使用这份文件，联系系统管理员核查。",
                     code="sign.broken") from error
