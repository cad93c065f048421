"""Stores a sealed original: a film or sound in its clip, a photo as a blob, with one event."""

from dataclasses import replace

from field_app.actions.context import Session
from field_app.domain.case import Blob, Clip, ClipState, Segment
from field_app.domain.chinese import moment_cn
from field_app.domain.clock import CHINA
from field_app.domain.ids import BlobId, CaseId, ClipId, StepId, new_id
from field_app.domain.imports import ImportItem, ImportRun, ItemState, MediaKind
from field_app.media.importing.sealing import SealedOriginal
from field_app.storage import cases, clips, imports, papers
from field_app.storage.store import Tx


def store_original(session: Session, tx: Tx, run: ImportRun, item: ImportItem,
                   made: SealedOriginal) -> ImportItem:
    """Clip or photo, journal row and event, all in this transaction."""
    if item.found.kind is MediaKind.PHOTO:
        kept = _photo(session, tx, item, made)
    else:
        kept = _recording(session, tx, item, made)
    imports.save(tx, kept)
    original = item.found.original or item.found.claims[0]
    session.note(tx, "media_imported", case=item.case, body={
        "run": run.id, "item": item.id, "clip": kept.clip, "blob": kept.blob, "file": kept.file,
        "size": made.size, "sha256": made.sha256, "original": original.at.isoformat(),
        "source": original.source.value, "offset_ms": run.offset_ms,
        "segments": [{"n": n, "size": p.size, "sha256": p.sha256, "sm3": p.sm3, "ct_sha256": p.ct_sha256}
                     for n, p in enumerate(made.parts, 1)]})
    return kept


def _done(item: ImportItem, made: SealedOriginal) -> ImportItem:
    return replace(item, state=ItemState.KEPT, sha256=made.sha256)


def _photo(session: Session, tx: Tx, item: ImportItem, made: SealedOriginal) -> ImportItem:
    [part] = made.parts
    count = papers.count_blobs(tx, CaseId(item.case), "photo") + 1
    blob = Blob(
        id=BlobId(new_id()), case=CaseId(item.case), kind="photo",
        name=f"现场照片{count:02d}（{moment_cn(item.starts.astimezone(CHINA))}）{item.found.suffix}",
        mime=item.found.mime, path=part.path.name, size=part.size, sha256=part.sha256,
        ct_size=part.ct_size, ct_sha256=part.ct_sha256, captured=item.starts, sm3=part.sm3)
    papers.add_blob(tx, blob)
    return replace(_done(item, made), blob=blob.id)


def _open_clip(session: Session, tx: Tx, item: ImportItem) -> Clip:
    """The clip that an earlier file of the same visit began, or a new one."""
    begun = imports.clip_of_visit(tx, item.run, item.visit, item.step)
    if begun:
        return clips.get(tx, ClipId(begun))
    case = cases.get(tx, CaseId(item.case))
    clip = Clip(
        id=ClipId(new_id()), case=case.id, step=StepId(item.step),
        number=f"{case.local_no}-音像{clips.next_number(tx, case.id):02d}", state=ClipState.WHOLE,
        started=item.starts, ended=item.ends, duration_ms=0, has_video=False, has_audio=False,
        imported=True)
    clips.add(tx, clip)
    return clip


def _recording(session: Session, tx: Tx, item: ImportItem, made: SealedOriginal) -> ImportItem:
    clip = _open_clip(session, tx, item)
    file = max((s.file for s in clip.segments), default=0) + 1
    first = len(clip.segments) + 1
    parts = tuple(
        Segment(ordinal=n, path=p.path.name, size=p.size, sha256=p.sha256, ct_size=p.ct_size,
                ct_sha256=p.ct_sha256, started=item.starts, ended=item.ends, file=file,
                mime=item.found.mime, sm3=p.sm3) for n, p in enumerate(made.parts, first))
    grown = replace(
        clip, segments=(*clip.segments, *parts), started=min(clip.started, item.starts),
        ended=max(clip.ended or item.ends, item.ends),
        duration_ms=clip.duration_ms + round((item.ends - item.starts).total_seconds() * 1000),
        has_video=clip.has_video or item.found.has_video,
        has_audio=clip.has_audio or item.found.has_audio)
    clips.finish(tx, grown)
    return replace(_done(item, made), clip=clip.id, file=file)
