"""Ties a recording to another step of its case; its bytes stay as they are."""

from field_app.actions.context import Session, refuse
from field_app.actions.procedure_facts import rule_of
from field_app.crypto.hashing import sha256_hex
from field_app.domain.case import Clip, ClipState, StepState
from field_app.domain.ids import ClipId, StepId
from field_app.rules.procedure import procedure
from field_app.storage import cases, clips
from field_app.storage.store import Tx

MAX_REASON = 200


def tie_recording(session: Session, clip_id: ClipId, step_id: StepId, *, reason: str) -> Clip:
    """Let a clip, and the other camera's beside it, belong to another step of the same case.

    The log tells from where to where, the clip also why. ``UserError`` while it is being recorded, for a step
    of another case or one not begun, and without a reason.
    """
    said = reason.strip()[:MAX_REASON]
    with session.begin() as tx:
        clip = clips.get(tx, clip_id)
        if clip.state is ClipState.RECORDING:
            raise refuse("这段录音录像还在录制。", "请先停止录制，再归入其他环节。", code="clip.recording")
        case = cases.get(tx, clip.case)
        step = next((s for s in cases.steps(tx, clip.case) if s.id == step_id), None)
        if step is None:
            raise refuse("只能归入同一案件的环节。", "请在本案的环节中选择。", code="clip.step")
        title = rule_of(procedure(case.procedure, case.procedure_version), step.kind,
                        case.opened).title
        if step.state is StepState.TODO:
            raise refuse(f"“{title}”还没有开始。", "请先开始该环节，或选择已经开始的环节。", code="clip.step")
        if not said:
            raise refuse("没有写明改归的原因。", "请写明为什么归入另一环节，如“录制时选错环节”。", code="clip.reason")
        beside = [c for c in clips.of_case(tx, clip.case)
                  if c.id != clip.id and (c.beside == clip.id or c.id == clip.beside)]
        for one in (clip, *beside):
            if one.step != step_id:
                _tie(session, tx, one, step_id, said)
        return clips.get(tx, clip_id)


def _tie(session: Session, tx: Tx, clip: Clip, step: StepId, reason: str) -> None:
    clips.tie(tx, clip, step, told={
        "from": clip.step, "to": step, "at": session.now().iso(), "reason": reason,
        "officers": list(session.actors)})
    session.note(tx, "recording_tied", case=clip.case, body={
        "clip": clip.id, "number": clip.number, "from": clip.step, "to": step,
        "reason_sha256": sha256_hex(reason.encode()),
        "segments": [s.ct_sha256 for s in clip.segments]})
