"""The photos of a case, taken here or imported, opened in memory; every view is an event."""

from dataclasses import dataclass
from datetime import datetime

from field_app.actions.context import Session
from field_app.actions.import_origin import origins_of
from field_app.actions.import_words import offset_cn, time_cn
from field_app.actions.procedure_facts import rule_of
from field_app.actions.seal_blob import read_blob
from field_app.domain.case import PaperRecord
from field_app.domain.clock import CHINA
from field_app.domain.ids import BlobId, CaseId, StepId
from field_app.media.heic import PhotoTooLarge, PhotoUnreadable, heic_as_jpeg, is_heic
from field_app.rules.procedure import procedure
from field_app.storage import cases, papers, signed


@dataclass(frozen=True)
class CasePhoto:
    """One photo; ``about`` says in Chinese where it comes from, ``step`` its step's title."""

    blob: BlobId
    name: str
    mime: str
    taken: datetime
    step: str
    about: str


def case_photos(session: Session, case_id: CaseId) -> list[CasePhoto]:
    """All photos of a case in order of time."""
    with session.begin() as tx:
        case = cases.get(tx, case_id)
        rules = procedure(case.procedure, case.procedure_version)
        titles = {s.id: rule_of(rules, s.kind, case.opened).title for s in cases.steps(tx, case_id)}
        origins = origins_of(tx, case_id)
        steps = origins.steps_of_photos()
        found = []
        for blob in papers.blobs_of_case(tx, case_id):
            if blob.kind != "photo":
                continue
            origin, about = origins.of_blob(blob.id), "录制时拍摄"
            if origin is not None:
                told = origin.item.found.original or origin.item.found.claims[0]
                about = f"导入自 {origin.item.found.path}　记录仪时间 {time_cn(told.at)}"
                if origin.run.offset_ms is not None:
                    about += f"（{offset_cn(told.at - origin.item.starts)}）"
            found.append(CasePhoto(
                blob.id, blob.name, blob.mime, blob.captured.astimezone(CHINA),
                titles.get(StepId(steps.get(blob.id, "")), ""), about))
    return sorted(found, key=lambda p: p.taken)


def signed_sheets(session: Session, paper: PaperRecord) -> list[CasePhoto]:
    """The signed pages that came back of a paper, in force or void; of one page the newest."""
    with session.begin() as tx:
        newest = {p.page: p for p in signed.pages_of_case(tx, paper.case) if p.paper == paper.id}
    return [CasePhoto(newest[n].scan, f"《{paper.title}》{paper.number}　第{n}页签字件", "image/jpeg",
                      newest[n].at.astimezone(CHINA), "", "拍回并拉正；原图一并封存") for n in sorted(newest)]


def open_photo(session: Session, photo: CasePhoto) -> bytes:
    """The photo's bytes, checked; ``UserError`` when the file is missing or changed."""
    with session.begin() as tx:
        data = read_blob(session, tx, photo.blob)
        session.note(tx, "photo_viewed", case=papers.blob(tx, photo.blob).case,
                     body={"blob": photo.blob})
    return data


def as_shown(data: bytes) -> tuple[bytes, str]:
    """The photo in a kind that every screen shows, or none and why not. Takes seconds for large ones."""
    if not is_heic(data):
        return data, ""
    try:
        return heic_as_jpeg(data), ""
    except PhotoTooLarge:
        return b"", "这张照片过大，不在这里显示；原件已封存完好"
    except PhotoUnreadable:
        return b"", "这张照片已损坏或者格式特殊，不能在这里显示；原件已按原样封存"
