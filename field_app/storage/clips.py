"""Recordings and their sealed segments, stored and read."""

from datetime import datetime
from typing import Any

from sqlalchemy import Row, delete, func, insert, select, update

from field_app.domain.case import Clip, ClipState, Segment
from field_app.domain.ids import CaseId, ClipId, StepId
from field_app.storage.cases import NoSuchRecord
from field_app.storage.store import Tx
from field_app.storage.tables import clip as clip_table
from field_app.storage.tables import segment as segment_table
from field_app.storage.times import optional_text, optional_time, text_of


def _values(clip: Clip) -> dict[str, Any]:
    return {
        "id": clip.id, "case_id": clip.case, "step_id": clip.step, "number": clip.number,
        "state": clip.state.value, "started": text_of(clip.started),
        "ended": optional_text(clip.ended), "duration_ms": clip.duration_ms,
        "has_video": clip.has_video, "has_audio": clip.has_audio, "gaps": list(clip.gaps),
        "marks": list(clip.marks), "imported": clip.imported}


def add(tx: Tx, clip: Clip) -> None:
    """Store a clip as its recording starts, so that a crash leaves a trace."""
    tx.connection.execute(insert(clip_table).values(**_values(clip)))


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
            mime=part.mime))


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
                ended=datetime.fromisoformat(r.ended), file=r.file, mime=r.mime) for r in rows)


def _clip(tx: Tx, row: Row[Any]) -> Clip:
    return Clip(
        id=ClipId(row.id), case=CaseId(row.case_id), step=StepId(row.step_id), number=row.number,
        state=ClipState(row.state), started=datetime.fromisoformat(row.started),
        ended=optional_time(row.ended), duration_ms=row.duration_ms, has_video=row.has_video,
        has_audio=row.has_audio, gaps=tuple(row.gaps), marks=tuple(row.marks),
        segments=_segments(tx, row.id), imported=row.imported)


def get(tx: Tx, clip: ClipId) -> Clip:
    """One clip; ``NoSuchRecord`` when there is none."""
    row = tx.connection.execute(select(clip_table).where(clip_table.c.id == clip)).first()
    if row is None:
        raise NoSuchRecord(f"clip {clip}")
    return _clip(tx, row)


def of_case(tx: Tx, case: CaseId) -> list[Clip]:
    """A case's clips in the order they were recorded."""
    rows = tx.connection.execute(
        select(clip_table).where(clip_table.c.case_id == case)
        .order_by(clip_table.c.started)).all()
    return [_clip(tx, row) for row in rows]


def next_number(tx: Tx, case: CaseId) -> int:
    """The number of a case's next clip, from 1."""
    count = tx.connection.execute(
        select(func.count()).select_from(clip_table).where(clip_table.c.case_id == case))
    return int(count.scalar_one()) + 1


def unfinished(tx: Tx) -> list[Clip]:
    """Clips whose recording never ended: the program died while they ran."""
    rows = tx.connection.execute(
        select(clip_table).where(clip_table.c.state == ClipState.RECORDING.value)).all()
    return [_clip(tx, row) for row in rows]
