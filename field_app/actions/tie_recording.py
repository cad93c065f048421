"""Ties a recording to another step of its case; its bytes stay as they are."""

from collections.abc import Sequence
from dataclasses import dataclass

from field_app.actions.context import Session, refuse
from field_app.actions.procedure_facts import rule_of
from field_app.crypto.hashing import sha256_hex
from field_app.domain.case import Case, Clip, ClipState, Step, StepState
from field_app.domain.ids import ClipId, StepId
from field_app.rules.procedure import procedure
from field_app.storage import cases, clips
from field_app.storage.store import Tx

MAX_REASON = 200


@dataclass(frozen=True)
class TieStep:
    """A step that recordings may be tied to, once it has ``begun``."""

    id: StepId
    title: str
    begun: bool


def tie_steps(case: Case, steps: Sequence[Step]) -> tuple[TieStep, ...]:
    """The steps of a case by name; one that ran again tells the how-manieth time it is."""
    made, seen, found = procedure(case.procedure, case.procedure_version), dict[str, int](), []
    for step in steps:
        seen[step.kind] = seen.get(step.kind, 0) + 1
        title = rule_of(made, step.kind, case.opened).title
        again = f"（第{seen[step.kind]}次）" if seen[step.kind] > 1 else ""
        found.append(TieStep(step.id, title + again, step.state is not StepState.TODO))
    return tuple(found)


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
        for one in (clip, *_beside(tx, clip)):
            if one.step != step_id:
                _tie(session, tx, one, step_id, said)
        return clips.get(tx, clip_id)


def untie_recording(session: Session, clip_id: ClipId) -> Clip:
    """Take the last tie of a clip back, and that of the other camera's which went with it.

    It is one more tie with its own event: the log forgets nothing. ``UserError`` when the clip was
    never tied elsewhere, or was tied on since.
    """
    with session.begin() as tx:
        clip = clips.get(tx, clip_id)
        if not clip.ties or clip.ties[-1]["to"] != clip.step:
            raise refuse("这段录音录像没有可以撤销的改归。", "要归入其他环节，请重新选择环节并写明原因。",
                         code="clip.untie")
        last = clip.ties[-1]
        for one in (clip, *_beside(tx, clip)):
            if one.ties and (one.ties[-1]["to"], one.ties[-1]["reason"]) == (last["to"], last["reason"]):
                _tie(session, tx, one, StepId(str(one.ties[-1]["from"])), f"撤销改归：{last['reason']}"[:MAX_REASON])
        return clips.get(tx, clip_id)


def _beside(tx: Tx, clip: Clip) -> list[Clip]:
    """The other camera's clips of the same recording."""
    return [c for c in clips.of_case(tx, clip.case)
            if c.id != clip.id and (c.beside == clip.id or c.id == clip.beside)]


def _tie(session: Session, tx: Tx, clip: Clip, step: StepId, reason: str) -> None:
    clips.tie(tx, clip, step, told={
        "from": clip.step, "to": step, "at": session.now().iso(), "reason": reason,
        "officers": list(session.actors)})
    session.note(tx, "recording_tied", case=clip.case, body={
        "clip": clip.id, "number": clip.number, "from": clip.step, "to": step,
        "reason_sha256": sha256_hex(reason.encode()),
        "segments": [s.ct_sha256 for s in clip.segments]})
