"""How long recordings stay: what may go and why, reminders, and destruction that both approve.

Nothing is destroyed before headquarters' signed receipt names that very file.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from field_app.actions.clip_facts import roster
from field_app.actions.context import Session, refuse
from field_app.actions.log_in import CardAndPin, confirm_both
from field_app.crypto.shred import destroy_sealed
from field_app.domain.case import Case, Clip, ClipState, PaperState
from field_app.domain.clock import CHINA
from field_app.domain.ids import CaseId, ClipId, new_id
from field_app.domain.recorded import Deletion, Hold
from field_app.domain.signed import Outcome
from field_app.errors import UserError
from field_app.packages.existing import read_statements
from field_app.packages.layout import object_name
from field_app.packages.receipts import ReceiptInvalid, check_receipt
from field_app.protocol.messages import SignedDocument
from field_app.protocol.receipt import Verdict
from field_app.protocol.strict import Malformed
from field_app.rules.retention import (
    Ground,
    Keeping,
    RecordingFacts,
    RetentionTable,
    keeping,
    retention_table,
)
from field_app.storage import cases, clips, holds, outbox, papers, signed
from field_app.storage.store import Tx

MAX_REASON = 500
CaseEmptied = Callable[[Case], None]


def _nothing(_case: Case) -> None:
    """The destruction of a case's own key is not asked for."""


@dataclass(frozen=True)
class Kept:
    """One recording and until when it stays. ``receipt``: the revision by which headquarters holds
    every file of it, None while it does not; ``days``: until its last day, None without one;
    ``let_go_by``: who confirmed its destruction."""

    clip: Clip
    case: Case
    keeping: Keeping
    days: int | None
    receipt: int | None
    holds: tuple[Hold, ...] = ()
    let_go_by: tuple[str, ...] = ()

    @property
    def due(self) -> bool:
        """Whether its time is over."""
        return self.days is not None and self.days < 0

    @property
    def deletable(self) -> bool:
        return self.due and self.receipt is not None and self.clip.deleted is None

    @property
    def obstacle(self) -> str:
        """Why it may not go now, in words; empty when it may."""
        if self.clip.deleted is not None:
            return "已销毁"
        if not self.due:
            return "保存期未满" if self.days is not None else "没有到期日"
        return "" if self.receipt is not None else "总部还没有签收这一件，不能销毁"


@dataclass(frozen=True)
class Overview:
    """All recordings by what becomes of them."""

    kept: tuple[Kept, ...]
    remind_days: int

    @property
    def due(self) -> tuple[Kept, ...]:
        return tuple(k for k in self.kept if k.due and k.clip.deleted is None)

    @property
    def soon(self) -> tuple[Kept, ...]:
        """Those whose last day comes within the reminder's days."""
        return tuple(k for k in self.kept if k.clip.deleted is None and k.days is not None
                     and 0 <= k.days <= self.remind_days)


def grounds() -> tuple[Ground, ...]:
    """Why a recording may be kept for good, in the table's order."""
    return tuple(retention_table().grounds.values())


def _received(session: Session, tx: Tx, case: Case) -> dict[int, frozenset[str]]:
    """Ciphertext hashes that headquarters' valid receipts name, by revision, newest first."""
    found: dict[int, frozenset[str]] = {}
    try:
        statements = read_statements(session.context.data.packages / case.package)
    except (OSError, Malformed):
        return found
    for statement in reversed(statements):
        revision = statement.statement.revision
        kept = outbox.receipt(tx, case.package, revision)
        if kept is None:
            continue
        try:
            told = check_receipt(SignedDocument(*kept), statement, session.trust, at=session.at)
        except ReceiptInvalid:
            continue
        if told.verdict is Verdict.ACCEPTED:
            found[revision] = frozenset(f.sha256 for f in told.files)
    return found


def _covering(received: Mapping[int, frozenset[str]], clip: Clip) -> int | None:
    wanted = {s.ct_sha256 for s in clip.segments}
    return next((r for r, files in received.items() if wanted and wanted <= files), None)


def _facts(tx: Tx, case: Case, table: RetentionTable) -> Callable[[Clip, frozenset[str]], RecordingFacts]:
    issued = [p for p in papers.of_case(tx, case.id) if p.state is PaperState.ISSUED]
    covers = [p for p in issued if p.form == table.archive_form]
    refused = any(s.outcome is Outcome.REFUSED and s.withdrawn is None
                  for s in signed.signatures_of_case(tx, case.id))
    of_case = {g.key for g in table.grounds.values()
               if g.marks & case.marks.keys() or (g.refused_signature and refused)}
    archive = str(covers[-1].answers.get(table.archive_field, "")) if covers else ""
    archived = covers[-1].issued.astimezone(CHINA).date() if covers and covers[-1].issued else None

    def of_clip(clip: Clip, told: frozenset[str]) -> RecordingFacts:
        return RecordingFacts(
            recorded=(clip.ended or clip.started).astimezone(CHINA).date(), linked=bool(issued),
            grounds=frozenset(of_case) | told, archive=archive, archived=archived)

    return of_clip


def kept_of_case(session: Session, tx: Tx, case: Case, held: Mapping[ClipId, list[Hold]],
                 today: date, *, receipts: bool = True) -> list[Kept]:
    """A case's recordings with what becomes of them; ``held``: grounds in force by clip.

    Without ``receipts`` none is verified, which is quick and lets nothing go.
    """
    table, found = retention_table(), clips.with_copies(tx, case.id)
    facts = _facts(tx, case, table)
    received = _received(session, tx, case) if receipts and found else {}
    made = []
    for clip in found:
        if clip.state is ClipState.RECORDING:
            continue
        own = held.get(clip.copy.original if clip.copy else clip.id, [])
        rule = keeping(facts(clip, frozenset(h.ground for h in own)), table)
        days = (rule.until - today).days if rule.until else None
        made.append(Kept(clip, case, rule, days, _covering(received, clip), tuple(own), _let_go_by(session, clip)))
    return made


def _let_go_by(session: Session, clip: Clip) -> tuple[str, ...]:
    if clip.deleted is None:
        return ()
    known = roster(session)
    return tuple(f"{known[n].name}（{n}）" if n in known else n for n in clip.deleted.actors)


def retention_overview(session: Session) -> Overview:
    """Every recording on this laptop with its class, last day and what stands against destruction."""
    today = session.at.astimezone(CHINA).date()
    with session.begin() as tx:
        held = holds.in_force(tx)
        made = [kept for case in cases.recorded(tx)
                for kept in kept_of_case(session, tx, case, held, today)]
    made.sort(key=lambda k: (k.clip.deleted is not None, k.days is None, k.days or 0, k.clip.number))
    return Overview(tuple(made), retention_table().remind_days)


def reminders(session: Session) -> tuple[int, int]:
    """How many recordings are due, and how many come due within the reminder's days."""
    today = session.at.astimezone(CHINA).date()
    with session.begin() as tx:
        held = holds.in_force(tx)
        made = Overview(tuple(
            kept for case in cases.recorded(tx)
            for kept in kept_of_case(session, tx, case, held, today, receipts=False)),
            retention_table().remind_days)
    return len(made.due), len(made.soon)


def _reason(text: str) -> str:
    said = text.strip()
    if not said or len(said) > MAX_REASON:
        raise refuse("没有写明理由，或者写得过长。", f"请写明理由，不超过{MAX_REASON}字。", code="retention.reason")
    return said


def keep_for_good(session: Session, clip: Clip, ground: str, *, reason: str) -> Hold:
    """Keep a recording and its copies for good on one of the table's grounds."""
    said = _reason(reason)
    if ground not in retention_table().grounds:
        raise refuse("没有这种永久保存的情形。", "请从列表中选择。", code="retention.ground")
    original = clip.copy.original if clip.copy else clip.id
    made = Hold(new_id(), original, ground, said, session.at)
    with session.begin() as tx:
        holds.add(tx, made)
        session.note(tx, "recording_held", case=clip.case, body={
            "clip": original, "ground": ground, "holds": True})
    return made


def no_longer_for_good(session: Session, clip: Clip, ground: str) -> None:
    """Let a ground that officers told no longer count; it stays on record."""
    original = clip.copy.original if clip.copy else clip.id
    with session.begin() as tx:
        holds.withdraw(tx, original, ground, at=session.at)
        session.note(tx, "recording_held", case=clip.case, body={
            "clip": original, "ground": ground, "holds": False})


def destroy(session: Session, chosen: Sequence[ClipId], cards: tuple[CardAndPin, CardAndPin], *,
            reason: str, case_emptied: CaseEmptied = _nothing) -> list[Deletion]:
    """Destroy the sealed files of recordings whose time is over; rows and events stay.

    Both officers confirm with their PINs. Every recording is judged anew; one that may not go
    refuses them all. ``case_emptied`` is called for a case whose last recording went: the place to
    destroy its key as well. A crash in between is finished by the next call.
    """
    said = _reason(reason)
    for key in confirm_both(session, *cards):
        key.forget()
    if not chosen:
        raise refuse("没有选择要销毁的录音录像。", "请先勾选。", code="retention.none")
    by_id = {k.clip.id: k for k in retention_overview(session).kept}
    for clip_id in chosen:
        kept = by_id.get(clip_id)
        if kept is None or not kept.deletable:
            raise _may_not_go(kept)
    made = []
    with session.begin() as tx:
        for clip_id in chosen:
            made.append(_note(session, tx, by_id[clip_id], said))
    finish_destruction(session)
    for case_id in {by_id[c].case.id for c in chosen}:
        if all(k.clip.deleted is not None or k.clip.id in chosen for k in by_id.values()
               if k.case.id == case_id):
            case_emptied(next(k.case for k in by_id.values() if k.case.id == case_id))
    return made


def _may_not_go(kept: Kept | None) -> UserError:
    if kept is None:
        return refuse("没有找到选中的录音录像。", "请刷新后再试。", code="retention.unknown")
    return refuse(f"录音录像{kept.clip.number}不能销毁：{kept.obstacle}。", "请从选择中去掉这一件。",
                  code="retention.not_due")


def _note(session: Session, tx: Tx, kept: Kept, reason: str) -> Deletion:
    """First the record, then the files: what a crash leaves is told and finished."""
    made = Deletion(kept.clip.id, kept.keeping.rule.key, reason, session.at, session.actors,
                    kept.receipt or 0)
    clips.note_deletion(tx, made)
    session.note(tx, "recording_deleted", case=kept.case.id, body={
        "clip": kept.clip.id, "number": kept.clip.number, "retention": made.retention,
        "receipt": made.receipt,
        "segments": [{"n": s.ordinal, "size": s.size, "sha256": s.sha256,
                      "ct_sha256": s.ct_sha256} for s in kept.clip.segments]})
    return made


def finish_destruction(session: Session, case_id: CaseId | None = None) -> int:
    """Remove files of recordings that are on record as destroyed; how many there were."""
    data, count = session.context.data, 0
    with session.begin() as tx:
        gone = [(c, cases.get(tx, c.case)) for c in clips.everything(tx)
                if c.deleted is not None and case_id in (None, c.case)]
    for clip, case in gone:
        for part in clip.segments:
            names = (data.media / part.path,
                     data.packages / case.package / object_name(part.ct_sha256))
            count += any(p.exists() for p in names)
            _destroy(clip, names)
        destroy_sealed(data.media / f"{clip.id}-notes.jsonl.age")
    return count


def _destroy(clip: Clip, names: Sequence[Path]) -> None:
    try:
        destroy_sealed(*names)
    except OSError as error:
        raise refuse(f"录音录像{clip.number}的文件删不掉，销毁已登记但还没有完成。",
                     "请检查磁盘是否只读；再执行一次销毁就会继续。", code="retention.disk") from error

