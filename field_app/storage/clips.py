"""Recordings and their sealed segments, stored and read."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row, delete, func, insert, select, update

from field_app.domain.case import Clip, ClipState, Segment
from field_app.domain.ids import CaseId, ClipId, StepId
from field_app.domain.recorded import CopyFacts, CopyKind, Deletion
from field_app.storage.cases import NoSuchRecord
from field_app.storage.media_tables import clip as clip_table
from field_app.storage.media_tables import clip_copy as copy_table
from field_app.storage.media_tables import clip_deletion as deletion_table
from field_app.storage.media_tables import segment as segment_table
from field_app.storage.store import Tx
from field_app.storage.times import optional_text, optional_time, text_of


def _values(clip: Clip) -> dict[str, Any]:
    return {
        "id": clip.id, "case_id": clip.case, "step_id": clip.step, "number": clip.number,
        "state": clip.state.value, "started": text_of(clip.started),
        "ended": optional_text(clip.ended), "duration_ms": clip.duration_ms,
        "has_video": clip.has_video, "has_audio": clip.has_audio, "gaps": list(clip.gaps),
        "marks": list(clip.marks), "imported": clip.imported, "view": clip.view,
        "beside": clip.beside, "preroll_ms": clip.preroll_ms, "alarms": list(clip.alarms),
        "ties": list(clip.ties)}


def add(tx: Tx, clip: Clip) -> None:
    """Store a clip as its recording starts, so that a crash leaves a trace."""
    add_each(tx, [clip])


def add_each(tx: Tx, new: Sequence[Clip]) -> None:
    """Store several at once: a statement for all."""
    tx.connection.execute(insert(clip_table), [_values(clip) for clip in new])


def finish(tx: Tx, clip: Clip) -> None:
    """Store a clip's end and its segments."""
    tx.connection.execute(
        update(clip_table).where(clip_table.c.id == clip.id).values(**_values(clip)))
    tx.connection.execute(delete(segment_table).where(segment_table.c.clip_id == clip.id))
    for part in clip.segments:
        tx.connection.execute(insert(segment_table).values(
            clip_id=clip.id, ordinal=part.ordinal, path=part.path, size=part.size,
            sha256=part.sha256, ct_size=part.ct_size, ct_sha256=part.ct_sha256,
            started=text_of(part.started), ended=text_of(part.ended), file=part.file,
            mime=part.mime, sm3=part.sm3))


def add_copy(tx: Tx, clip: Clip) -> None:
    """Store a copy of a clip, whole as it is, with where it comes from."""
    facts = clip.copy
    if facts is None or facts.made is None:
        raise ValueError("a copy says of what and when it was made")
    add(tx, clip)
    finish(tx, clip)
    tx.connection.execute(insert(copy_table).values(
        clip_id=clip.id, original=facts.original, kind=facts.kind.value, from_ms=facts.from_ms,
        to_ms=facts.to_ms, original_sha256=list(facts.original_sha256), done=facts.done,
        reason=facts.reason, made=text_of(facts.made), actors=list(facts.actors)))


def note_deletion(tx: Tx, made: Deletion) -> None:
    """Keep on record that a clip's sealed files were destroyed."""
    tx.connection.execute(insert(deletion_table).values(
        clip_id=made.clip, retention=made.retention, reason=made.reason, at=text_of(made.at),
        actors=list(made.actors), receipt=made.receipt))


def tie(tx: Tx, clip: Clip, step: StepId, *, told: dict[str, Any]) -> None:
    """Let a clip belong to another step, with what is told of it; its files stay as they are."""
    tx.connection.execute(update(clip_table).where(clip_table.c.id == clip.id).values(
        step_id=step, ties=[*clip.ties, told]))


def drop_unstarted(tx: Tx, clip: ClipId) -> None:
    """Forget a clip whose devices never opened; the log keeps that it was tried."""
    tx.connection.execute(delete(clip_table).where(
        clip_table.c.id == clip, clip_table.c.state == ClipState.RECORDING.value))


def _segments(tx: Tx, clip: str) -> tuple[Segment, ...]:
    rows = tx.connection.execute(
        select(segment_table).where(segment_table.c.clip_id == clip)
        .order_by(segment_table.c.ordinal))
    return tuple(
        Segment(ordinal=r.ordinal, path=r.path, size=r.size, sha256=r.sha256, ct_size=r.ct_size,
                ct_sha256=r.ct_sha256, started=datetime.fromisoformat(r.started),
                ended=datetime.fromisoformat(r.ended), file=r.file, mime=r.mime, sm3=r.sm3)
        for r in rows)


def _copy(tx: Tx, clip: str) -> CopyFacts | None:
    row = tx.connection.execute(select(copy_table).where(copy_table.c.clip_id == clip)).first()
    if row is None:
        return None
    return CopyFacts(
        original=ClipId(row.original), kind=CopyKind(row.kind), from_ms=row.from_ms,
        to_ms=row.to_ms, original_sha256=tuple(row.original_sha256), done=dict(row.done),
        reason=row.reason, made=datetime.fromisoformat(row.made), actors=tuple(row.actors))


def _deletion(tx: Tx, clip: str) -> Deletion | None:
    row = tx.connection.execute(
        select(deletion_table).where(deletion_table.c.clip_id == clip)).first()
    if row is None:
        return None
    return Deletion(
        clip=ClipId(row.clip_id), retention=row.retention, reason=row.reason,
        at=datetime.fromisoformat(row.at), actors=tuple(row.actors), receipt=row.receipt)


def _clip(tx: Tx, row: Row[Any]) -> Clip:
    return Clip(
        id=ClipId(row.id), case=CaseId(row.case_id), step=StepId(row.step_id), number=row.number,
        state=ClipState(row.state), started=datetime.fromisoformat(row.started),
        ended=optional_time(row.ended), duration_ms=row.duration_ms, has_video=row.has_video,
        has_audio=row.has_audio, gaps=tuple(row.gaps), marks=tuple(row.marks),
        segments=_segments(tx, row.id), imported=row.imported, copy=_copy(tx, row.id),
        deleted=_deletion(tx, row.id), view=row.view,
        beside=None if row.beside is None else ClipId(row.beside), preroll_ms=row.preroll_ms,
        alarms=tuple(row.alarms), ties=tuple(row.ties))


def get(tx: Tx, clip: ClipId) -> Clip:
    """One clip; ``NoSuchRecord`` when there is none."""
    row = tx.connection.execute(select(clip_table).where(clip_table.c.id == clip)).first()
    if row is None:
        raise NoSuchRecord(f"clip {clip}")
    return _clip(tx, row)


def of_case(tx: Tx, case: CaseId) -> list[Clip]:
    """A case's originals in the order they were recorded; copies pay no debt and count nowhere."""
    return [clip for clip in with_copies(tx, case) if clip.copy is None]


def with_copies(tx: Tx, case: CaseId) -> list[Clip]:
    """A case's clips in the order they were recorded, copies of them too."""
    rows = tx.connection.execute(
        select(clip_table).where(clip_table.c.case_id == case)
        .order_by(clip_table.c.started, clip_table.c.number)).all()
    return [_clip(tx, row) for row in rows]


def of_each(tx: Tx, found: Sequence[CaseId]) -> dict[CaseId, list[Clip]]:
    """The originals of several cases, each in the order they were recorded, read at once."""
    made: dict[CaseId, list[Clip]] = {one: [] for one in found}
    rows = tx.connection.execute(
        select(clip_table).where(clip_table.c.case_id.in_(found))
        .order_by(clip_table.c.started, clip_table.c.number)).all()
    for row in rows:
        if (clip := _clip(tx, row)).copy is None:
            made[clip.case].append(clip)
    return made


def copies_of(tx: Tx, original: ClipId) -> list[Clip]:
    """The copies made of a clip, oldest first."""
    rows = tx.connection.execute(
        select(clip_table).join(copy_table, copy_table.c.clip_id == clip_table.c.id)
        .where(copy_table.c.original == original)
        .order_by(copy_table.c.made, clip_table.c.number)).all()
    return [_clip(tx, row) for row in rows]


def everything(tx: Tx) -> list[Clip]:
    """Every clip on this laptop, copies and deleted ones too, oldest first."""
    rows = tx.connection.execute(
        select(clip_table).order_by(clip_table.c.started, clip_table.c.number)).all()
    return [_clip(tx, row) for row in rows]


def next_number(tx: Tx, case: CaseId) -> int:
    """The number of a case's next clip, from 1; copies are numbered after their originals."""
    count = tx.connection.execute(
        select(func.count()).select_from(clip_table).where(
            clip_table.c.case_id == case,
            clip_table.c.id.not_in(select(copy_table.c.clip_id))))
    return int(count.scalar_one()) + 1


def unfinished(tx: Tx) -> list[Clip]:
    """Clips whose recording never ended: the program died while they ran."""
    rows = tx.connection.execute(
        select(clip_table).where(clip_table.c.state == ClipState.RECORDING.value)).all()
    return [_clip(tx, row) for row in rows]
