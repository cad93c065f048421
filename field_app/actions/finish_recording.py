"""What a recording left is stored with its hashes; what a crash cut short is brought into order."""

from dataclasses import dataclass, replace
from typing import Any

from field_app.actions.context import Session, case_identity, refuse
from field_app.crypto.stanzas import AgeError
from field_app.domain.case import Case, Clip, ClipState
from field_app.domain.case import Segment as StoredSegment
from field_app.errors import UserError
from field_app.media.clip import Alarm, ClipResult, Gap, Mark
from field_app.media.errors import ClipDamaged
from field_app.media.recovery import recover_clip
from field_app.storage import cases, clips


def _gap(gap: Gap) -> dict[str, Any]:
    return {"kind": gap.kind.value, "from": gap.started.iso(), "to": gap.ended.iso()}


def _mark(mark: Mark) -> dict[str, Any]:
    return {"label": mark.label, "at": mark.at.iso(), "offset_ms": round(mark.offset_s * 1000)}


def _alarm(alarm: Alarm) -> dict[str, Any]:
    return {"what": alarm.what.value, "at": alarm.at.iso(), "over": alarm.over}


def _finished(clip: Clip, result: ClipResult) -> Clip:
    parts = tuple(
        StoredSegment(
            ordinal=s.number, path=s.path.name, size=s.size, sha256=s.sha256, ct_size=s.ct_size,
            ct_sha256=s.ct_sha256, started=s.started.wall, ended=s.ended.wall, sm3=s.sm3)
        for s in result.segments)
    recovered = result.recovered or not result.clean
    return replace(
        clip, state=ClipState.RECOVERED if recovered else ClipState.WHOLE,
        started=parts[0].started if parts else clip.started,
        ended=parts[-1].ended if parts else clip.started,
        duration_ms=round(result.duration_s * 1000), has_video=result.has_video,
        has_audio=result.has_audio, gaps=tuple(map(_gap, result.gaps)),
        marks=tuple(map(_mark, result.marks)), segments=parts,
        alarms=tuple(map(_alarm, result.alarms)), preroll_ms=round(result.preroll_s * 1000))


def _keep(session: Session, clip: Clip, kind: str) -> Clip:
    """Store the finished clip and tell the log its hashes."""
    with session.begin() as tx:
        clips.finish(tx, clip)
        session.note(tx, kind, case=clip.case, body={
            "clip": clip.id, "number": clip.number, "duration_ms": clip.duration_ms,
            "gaps": [dict(g) for g in clip.gaps], "marks": len(clip.marks),
            "segments": [{"n": s.ordinal, "size": s.size, "sha256": s.sha256, "sm3": s.sm3,
                          "ct_sha256": s.ct_sha256} for s in clip.segments]})
    return clip


def store_clip(session: Session, case: Case, clip: Clip, result: ClipResult) -> Clip:
    """Store a stopped clip; one that its recorder could not close is recovered at once."""
    if result.unsealed:
        return _recover(session, case, clip)
    return _keep(session, _finished(clip, result), "recording_stopped")


def _recover(session: Session, case: Case, clip: Clip) -> Clip:
    """Bring a cut clip into order; raises ``UserError`` when nothing of it can be used."""
    try:
        result = recover_clip(
            session.context.data.media, clip_id=clip.id,
            identities=[case_identity(case)], recipients=session.recipients(case),
            clock=session.context.clock)
    except (ClipDamaged, AgeError) as error:
        with session.begin() as tx:
            clips.drop_unstarted(tx, clip.id)
            session.note(tx, "recording_lost", case=case.id, body={
                "clip": clip.id, "number": clip.number, "error": type(error).__name__})
        raise refuse(f"录音录像{clip.number}没有录到可用的内容。",
                     "日志已记下；请不要删除任何文件，必要时补录或说明原因。", code="clip.lost") from error
    except OSError as error:
        raise refuse(f"磁盘写不进去，录音录像{clip.number}还没有恢复。",
                     "请清理磁盘空间后重新登录；已录部分没有丢失。", code="disk.write") from error
    if result.damaged:
        with session.begin() as tx:
            session.note(tx, "recording_damaged", case=case.id, body={
                "clip": clip.id, "files": [p.name for p in result.damaged]})
    return _keep(session, _finished(clip, replace(result, recovered=True)), "recording_recovered")


@dataclass(frozen=True)
class Recovered:
    """What came back after a crash, and what could not, in the words shown to officers."""

    clips: tuple[Clip, ...]
    problems: tuple[str, ...]


def recover_recordings(session: Session) -> Recovered:
    """Save every recording that a crash or power cut interrupted; called after login."""
    with session.begin() as tx:
        open_ended = [(clip, cases.get(tx, clip.case)) for clip in clips.unfinished(tx)]
    saved, problems = [], []
    for clip, case in open_ended:
        try:
            saved.append(_recover(session, case, clip))
        except UserError as error:
            problems.append(f"{error.what}{error.remedy}")
    return Recovered(tuple(saved), tuple(problems))
