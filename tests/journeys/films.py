"""Puts a real film into a case as if it had been recorded: the same files, rows and events."""

from datetime import datetime, timedelta
from typing import Any

from field_app.actions.case_desk import case_desk
from field_app.actions.context import Session
from field_app.crypto.suites import SealedWriter
from field_app.domain.case import Case, Clip, ClipState, Segment
from field_app.domain.ids import ClipId, StepId, new_id
from field_app.storage import clips, events
from tests.unit.media.films import plain_film


def recorded(session: Session, case: Case, step: StepId, *, seconds: tuple[int, ...] = (6, 4),
             at: datetime | None = None) -> Clip:
    """A clip of segments of so many seconds, begun at ``at``."""
    clip_id = ClipId(new_id())
    began = at or session.at - timedelta(minutes=5)
    with session.begin() as tx:
        number = f"{case.local_no}-音像{clips.next_number(tx, case.id):02d}"
        clip = Clip(clip_id, case.id, step, number, ClipState.RECORDING, began, None, 0, True, True)
        clips.add(tx, clip)
        session.note(tx, "recording_started", case=case.id, body={
            "clip": clip_id, "number": number, "step": step})
    parts, first = [], 0
    for ordinal, length in enumerate(seconds, 1):
        path = session.context.data.media / f"{clip_id}-{ordinal:02d}.mp4.age"
        plain = plain_film(seconds=length, first=first * 25)
        with path.open("wb") as file:
            writer = SealedWriter(file, session.recipients(case), with_sm3=True)
            writer.write(plain)
            writer.close()
        start = began + timedelta(seconds=first)
        parts.append(Segment(
            ordinal, path.name, writer.size, writer.sha256, writer.ct_size, writer.ct_sha256,
            start, start + timedelta(seconds=length), sm3=writer.sm3))
        first += length
    done = Clip(
        clip_id, case.id, step, number, ClipState.WHOLE, began, parts[-1].ended, first * 1000, True,
        True, marks=({"label": "开始清点", "at": began.isoformat(), "offset_ms": 1500},
                     {"label": "当事人签字", "at": began.isoformat(), "offset_ms": 7000}),
        gaps=({"kind": "camera", "from": (began + timedelta(seconds=3)).isoformat(),
               "to": (began + timedelta(seconds=4)).isoformat()},), segments=tuple(parts))
    with session.begin() as tx:
        clips.finish(tx, done)
        session.note(tx, "recording_stopped", case=case.id, body={
            "clip": clip_id, "number": number, "duration_ms": done.duration_ms, "gaps": [],
            "marks": 2, "segments": [
                {"n": s.ordinal, "size": s.size, "sha256": s.sha256, "sm3": s.sm3,
                 "ct_sha256": s.ct_sha256} for s in parts]})
        return clips.get(tx, clip_id)


def first_step(session: Session, case: Case) -> StepId:
    """The inspection itself."""
    return case_desk(session, case.id).step("inspection").step.id


def told(session: Session, case: Case, kind: str) -> list[dict[str, Any]]:
    """The bodies of a case's events of one kind."""
    with session.begin() as tx:
        found = [e.members() for e in events.of_case(tx, case.id)]
    return [e["body"] for e in found if e["typ"] == kind]
