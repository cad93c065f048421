"""What was said in recordings, stored and read; earlier revisions stay."""

from datetime import datetime
from typing import Any

from sqlalchemy import Row, delete, insert, select

from field_app.domain.ids import CaseId, ClipId
from field_app.domain.recorded import Line, Transcript
from field_app.storage.media_tables import clip as clip_table
from field_app.storage.media_tables import transcript as table
from field_app.storage.store import Tx
from field_app.storage.times import text_of


def put(tx: Tx, made: Transcript) -> None:
    """Store a revision; the same one again replaces its wording (one sitting, saved often)."""
    tx.connection.execute(delete(table).where(
        table.c.clip_id == made.clip, table.c.revision == made.revision))
    tx.connection.execute(insert(table).values(
        clip_id=made.clip, revision=made.revision, lines=[[x.at_ms, x.text] for x in made.lines],
        began=text_of(made.began), saved=text_of(made.saved), actors=list(made.actors),
        sha256=made.sha256))


def _made(row: Row[Any]) -> Transcript:
    return Transcript(
        clip=ClipId(row.clip_id), revision=row.revision,
        lines=tuple(Line(int(at), str(text)) for at, text in row.lines),
        began=datetime.fromisoformat(row.began), saved=datetime.fromisoformat(row.saved),
        actors=tuple(row.actors), sha256=row.sha256)


def newest(tx: Tx, clip: ClipId) -> Transcript | None:
    """The revision that counts, or None when nothing was written down."""
    row = tx.connection.execute(
        select(table).where(table.c.clip_id == clip)
        .order_by(table.c.revision.desc()).limit(1)).first()
    return None if row is None else _made(row)


def revisions(tx: Tx, clip: ClipId) -> list[Transcript]:
    """All revisions of a clip, oldest first."""
    rows = tx.connection.execute(
        select(table).where(table.c.clip_id == clip).order_by(table.c.revision))
    return [_made(row) for row in rows]


def of_case(tx: Tx, case: CaseId) -> list[Transcript]:
    """All revisions of all clips of a case."""
    rows = tx.connection.execute(
        select(table).join(clip_table, clip_table.c.id == table.c.clip_id)
        .where(clip_table.c.case_id == case).order_by(table.c.clip_id, table.c.revision))
    return [_made(row) for row in rows]
