"""What is said in a recording, written down while it plays (声音附文字记录): kept in revisions."""

from collections.abc import Sequence
from dataclasses import dataclass

from field_app.actions.context import Session, refuse
from field_app.actions.play_clip import check_plays
from field_app.crypto.canonical import canonical
from field_app.crypto.hashing import sha256_hex
from field_app.domain.case import Clip
from field_app.domain.recorded import Line, Transcript
from field_app.storage import transcripts

MAX_LINES = 50_000
MAX_LINE = 4_000
MAX_BYTES = 4 << 20


@dataclass
class Sitting:
    """One stretch of writing: a revision that its saves replace, so that earlier ones stay."""

    clip: Clip
    revision: int
    began: Transcript | None
    saved: Transcript | None = None


def newest(session: Session, clip: Clip) -> Transcript | None:
    """What is written of a clip so far."""
    with session.begin() as tx:
        return transcripts.newest(tx, clip.id)


def revisions(session: Session, clip: Clip) -> list[Transcript]:
    """Everything ever written of a clip, oldest first."""
    with session.begin() as tx:
        return transcripts.revisions(tx, clip.id)


def sit_down(session: Session, clip: Clip) -> Sitting:
    """Begin to write: the next save makes a new revision."""
    check_plays(clip)
    before = newest(session, clip)
    return Sitting(clip, before.revision + 1 if before else 1, before)


def digest(lines: Sequence[Line]) -> str:
    """SHA-256 of the canonical JSON (RFC 8785) of the lines."""
    return sha256_hex(canonical([{"at_ms": x.at_ms, "text": x.text} for x in lines]))


def _checked(lines: Sequence[Line]) -> tuple[Line, ...]:
    kept = tuple(Line(max(0, x.at_ms), _clean(x.text)) for x in lines)
    size = sum(len(x.text.encode()) for x in kept)
    if len(kept) > MAX_LINES or size > MAX_BYTES or any(len(x.text) > MAX_LINE for x in kept):
        raise refuse("文字记录过长，没有保存最后的改动。",
                     f"每行不超过{MAX_LINE}字，总共不超过{MAX_BYTES >> 20}兆字节；请分行或删减。",
                     code="transcript.long")
    return kept


def _clean(text: str) -> str:
    """Without control characters and halves of characters that a paste may bring."""
    return "".join(c for c in text if c == "\t" or (c.isprintable() and not 0xD800 <= ord(c) < 0xE000))


def save_transcript(session: Session, sitting: Sitting, lines: Sequence[Line], *,
                    ended: bool = False) -> Transcript | None:
    """Store the wording; on disk when this returns. Unchanged wording makes no revision.

    The first save and the end of a sitting are events with the wording's hash.
    """
    kept = _checked(lines)
    told = sitting.saved or sitting.began
    value = digest(kept)
    if (told.sha256 if told else digest(())) == value and not (ended and sitting.saved):
        return told
    first = sitting.saved is None
    made = Transcript(
        clip=sitting.clip.id, revision=sitting.revision, lines=kept,
        began=sitting.saved.began if sitting.saved else session.at, saved=session.at,
        actors=session.actors, sha256=value)
    with session.begin() as tx:
        transcripts.put(tx, made)
        if first or ended:
            session.note(tx, "transcript_saved", case=sitting.clip.case, body={
                "clip": sitting.clip.id, "revision": made.revision, "lines": len(kept),
                "text_sha256": value, "ended": ended})
    sitting.saved = made
    return made


def as_text(lines: Sequence[Line]) -> str:
    """``00:01:02 话`` line by line."""
    return "".join(f"{time_words(x.at_ms)} {x.text}\n" for x in lines)


def time_words(ms: int) -> str:
    """``hh:mm:ss`` of a place in a recording."""
    seconds = ms // 1000
    return f"{seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}"
