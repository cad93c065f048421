"""What proves electronically that both officers issued a paper, checked now and told in words."""

from dataclasses import dataclass

from field_app.actions.context import Session, case_identity, refuse
from field_app.actions.sign_papers import paper_signatures
from field_app.credentials.cms import CmsRefused, verify_detached
from field_app.credentials.profile import fingerprint, subject_name
from field_app.domain.ids import DocumentId
from field_app.packages.open import OpenPackage, PackageUnreadable, open_package
from field_app.packages.signatures import judge_signatures
from field_app.packages.verdicts import Severity
from field_app.storage import cases, papers

_UNSIGNED = "还没有电子签名，封存案件时由两名执法人员一并签。"
_GM_WHY = "国密区的PDF内不嵌电子签名：PDF标准（ISO 32000）没有列入SM2。"


@dataclass(frozen=True)
class PaperProof:
    """``signers``: names, empty while nothing proves it; ``revision``: of the statement that does,
    None where the PDF itself is signed. ``words``: all of it as officers read it."""

    words: str
    signers: tuple[str, ...] = ()
    revision: int | None = None
    sha256: str = ""
    sm3: str = ""


def paper_proof(session: Session, paper_id: DocumentId) -> PaperProof:
    """The signatures in the PDF, or in the national suite the statement that holds its hashes.

    ``UserError`` when what is there does not hold.
    """
    if session.national:
        return _by_statement(session, paper_id)
    found = paper_signatures(session, paper_id)
    if not found:
        return PaperProof(_UNSIGNED)
    names = tuple(each.name for each in found)
    return PaperProof(f"{'、'.join(names)}已在PDF中电子签名（PAdES），经核验有效。", names)


def _by_statement(session: Session, paper_id: DocumentId) -> PaperProof:
    with session.begin() as tx:
        paper = papers.get(tx, paper_id)
        case = cases.get(tx, paper.case)
    if not case.revision:
        return PaperProof(_GM_WHY + _UNSIGNED)
    folder = session.context.data.packages / case.package
    try:
        opened = open_package(folder, [case_identity(case)], revision=case.revision)
        entry = next((o for o in opened.index.objects
                      if paper.pdf_sha256 and o.sha256 == paper.pdf_sha256), None)
        if entry is None:
            return PaperProof(_GM_WHY + _UNSIGNED)
        names = _officers(session, opened)
    except (PackageUnreadable, CmsRefused) as error:
        raise refuse(f"《{paper.title}》所在的签名清单不成立。", "请不要使用这份文件，联系系统管理员核查。",
                     code="sign.broken") from error
    revision = opened.statement.revision
    return PaperProof(
        f"{_GM_WHY}本文书的SHA-256和SM3校验值写在案件索引里，由第{revision}版清单保证；"
        f"{'、'.join(names)}和本机已用SM2签名，经核验有效。",
        names, revision, entry.sha256, entry.sm3 or "")


def _officers(session: Session, opened: OpenPackage) -> tuple[str, ...]:
    """Who signed the statement, its signatures and certificates held to this laptop's trust."""
    errors = [found for found in judge_signatures(opened.signed, session.trust, at=session.at)
              if found.severity is Severity.ERROR]
    if errors:
        raise CmsRefused("signature", errors[0].code)
    signers = verify_detached(opened.signed.data, opened.signed.signature)
    officers = opened.statement.officers
    return tuple(subject_name(s.certificate) for s in signers
                 if fingerprint(s.certificate) in officers)
