"""Seals a case's next revision into its package: signed by device and both officers, queued."""

import json
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from field_app.actions.context import CONTENT, Session, refuse
from field_app.actions.import_origin import Origin, Origins, origins_of, suffix_of
from field_app.actions.inbox_key import tell_inbox_key
from field_app.actions.integrity import asks_sm3
from field_app.actions.log_in import CardAndPin, confirm_both
from field_app.actions.seal_blob import seal_blob
from field_app.actions.sign_papers import sign_case_papers
from field_app.credentials.cms import CmsRefused
from field_app.credentials.keys import OfficerKey
from field_app.crypto.canonical import canonical
from field_app.domain.case import Blob, Case, Clip, ClipState, PaperState, SyncState
from field_app.domain.clock import Moment
from field_app.domain.ids import BlobId, CaseId, ClipId, DocumentId, PackageId, StepId, new_id
from field_app.domain.one_line import one_line
from field_app.errors import UserError
from field_app.packages.existing import read_statement
from field_app.packages.index import Captured, CaseFacts, ObjectEntry, ObjectKind, OfficerEntry
from field_app.packages.layout import statement_name
from field_app.packages.seal import (
    RevisionInput,
    SealedObject,
    SealRefused,
    Signers,
    seal_revision,
)
from field_app.packages.statement import State
from field_app.packages.trust_files import trust_files
from field_app.packages.verdicts import sealing_text
from field_app.protocol.strict import Malformed
from field_app.storage import cases, clips, events, outbox, papers, passed, signed, transcripts
from field_app.storage.events import StoredEvent
from field_app.storage.store import Tx

Progress = Callable[[int, int], None]
_RECORD_FORMAT = "le-case/1"
# Members of events that tell an object's plaintext hash.
_HASHES = ("pdf_sha256", "docx_sha256", "sha256", "original_sha256", "picture_sha256",
           "strokes_sha256", "signed_sha256")


def _nothing(_done: int, _total: int) -> None:
    """No one watches."""


@dataclass(frozen=True)
class Sealed:
    """A revision that is sealed and queued; sizes in bytes."""

    case: CaseId
    package: PackageId
    revision: int
    new_bytes: int
    total_bytes: int


@dataclass(frozen=True)
class _Told:
    """The event that tells of an object: its number and moment."""

    seq: int
    moment: Moment


def _told_by(session: Session, log: list[StoredEvent]) -> dict[str, _Told]:
    """Plaintext hash of each object -> the event that first told of it."""
    found: dict[str, _Told] = {}
    for event in log:
        members = event.members()
        body, at = members["body"], members["at"]
        moment = Moment(datetime.fromisoformat(at["wall"]), int(at["mono_ms"]), str(at["boot"]))
        hashes = [body.get(k) for k in _HASHES]
        hashes += [s["sha256"] for s in body.get("segments", []) if isinstance(s, dict)]
        for digest in hashes:
            if isinstance(digest, str):
                found.setdefault(digest, _Told(event.seq, moment))
    return found


def _entry(session: Session, told: dict[str, _Told], *, kind: ObjectKind, name: str, mime: str,
           sizes: tuple[int, int], hashes: tuple[str, str], step: str | None = None,
           recovered: bool = False, object_id: str = "", captured: Captured | None = None,
           sm3: str = "") -> ObjectEntry:
    known = told.get(hashes[0])
    return ObjectEntry(
        id=object_id or new_id(), kind=kind, name=name, mime=mime, size=sizes[0],
        ct_size=sizes[1], sha256=hashes[0], ct_sha256=hashes[1], step=step, recovered=recovered,
        captured=captured or (Captured(known.moment) if known else None),
        event=(session.header.device, known.seq) if known else None, sm3=sm3 or None)


def _captured(origin: Origin | None) -> Captured | None:
    """When an imported original was made, by its device's clock set right; None if it is none."""
    if origin is None:
        return None
    return Captured(Moment(origin.item.starts, 0, ""), suspect=origin.suspect)


def _blob_object(session: Session, told: dict[str, _Told], blob: Blob,
                 steps: Mapping[BlobId, str], origins: Origins) -> SealedObject:
    entry = _entry(
        session, told, kind=ObjectKind(blob.kind), name=blob.name, mime=blob.mime,
        sizes=(blob.size, blob.ct_size), hashes=(blob.sha256, blob.ct_sha256),
        step=steps.get(blob.id), object_id=blob.id, captured=_captured(origins.of_blob(blob.id)),
        sm3=blob.sm3)
    return SealedObject(entry, session.context.data.blobs / blob.path)


def _clip_objects(session: Session, told: dict[str, _Told], clip: Clip,
                  kinds: Mapping[StepId, str], origins: Origins) -> list[SealedObject]:
    pictures = clip.has_video or (
        clip.unfinished and any(s.mime.startswith("video/") for s in clip.segments))
    kind = ObjectKind.VIDEO if pictures else ObjectKind.AUDIO
    mime = "video/mp4" if clip.has_video else "audio/mp4"
    wants_sm3 = asks_sm3(session)
    return [
        SealedObject(_entry(
            session, told, kind=kind, mime=part.mime or mime,
            name=f"{clip.number}-{part.ordinal:02d}{suffix_of(part.mime)}",
            sizes=(part.size, part.ct_size), hashes=(part.sha256, part.ct_sha256),
            step=kinds.get(clip.step), recovered=clip.state is ClipState.RECOVERED,
            object_id=_segment_id(clip.id, part.ordinal),
            captured=_captured(origins.of_file(clip.id, part.file)),
            sm3=part.sm3 if wants_sm3 else ""),
            session.context.data.media / part.path, destroyed=clip.deleted is not None)
        for part in clip.segments]


def _segment_id(clip: ClipId, ordinal: int) -> str:
    """The same id in every revision: derived from the clip's (RFC 9562, version 5)."""
    return str(uuid.uuid5(uuid.UUID(clip), str(ordinal)))


def _copy_record(clip: Clip) -> dict[str, Any] | None:
    """Where a copy comes from; None of an original."""
    facts = clip.copy
    return None if facts is None else {
        "original": facts.original, "kind": facts.kind.value, "from_ms": facts.from_ms,
        "to_ms": facts.to_ms, "original_sha256": list(facts.original_sha256), "done": facts.done,
        "reason": facts.reason, "made": facts.made.isoformat() if facts.made else None,
        "actors": list(facts.actors)}


def _deletion_record(clip: Clip) -> dict[str, Any] | None:
    made = clip.deleted
    return None if made is None else {
        "retention": made.retention, "reason": made.reason, "at": made.at.isoformat(),
        "actors": list(made.actors), "receipt": made.receipt}


def _case_record(tx: Tx, case: Case) -> bytes:
    """The case's own data as JSON: steps, papers with answers, recordings."""
    return canonical(json.loads(json.dumps({
        "format": _RECORD_FORMAT, "id": case.id, "local_no": case.local_no,
        "procedure": f"{case.procedure}/{case.procedure_version}", "cause": case.cause,
        "matter": case.matter, "party": case.party, "place": case.place,
        "opened": case.opened.isoformat(), "officers": list(case.officers),
        "circumstances": {"hold": case.marks, "denied": case.denied},
        "passed_warnings": [{"id": w.id, "record": w.record, "sha256": w.sha256,
                             "signatures": list(w.signatures)}
                            for w in passed.of_case(tx, case.id)],
        "steps": [{"kind": s.kind, "state": s.state.value, "outcome": s.outcome,
                   "turn": s.turn, "reason": s.reason,
                   "started": s.started.isoformat() if s.started else None,
                   "finished": s.finished.isoformat() if s.finished else None}
                  for s in cases.steps(tx, case.id)],
        "papers": [{"id": p.id, "form": p.form, "version": p.form_version, "title": p.title,
                    "number": p.number, "short_code": p.short_code, "state": p.state.value,
                    "answers": p.answers, "pdf_sha256": p.pdf_sha256,
                    "issued": p.issued.isoformat() if p.issued else None}
                   for p in papers.of_case(tx, case.id)],
        "recordings": [{"id": c.id, "number": c.number, "step": c.step, "state": c.state.value,
                        "started": c.started.isoformat(), "duration_ms": c.duration_ms,
                        "gaps": list(c.gaps), "marks": list(c.marks),
                        "segments": [s.sha256 for s in c.segments],
                        "copy": _copy_record(c), "deleted": _deletion_record(c)}
                       for c in clips.with_copies(tx, case.id)],
        "transcripts": [{"recording": t.clip, "revision": t.revision, "sha256": t.sha256,
                         "began": t.began.isoformat(), "saved": t.saved.isoformat(),
                         "actors": list(t.actors),
                         "lines": [{"at_ms": x.at_ms, "text": x.text} for x in t.lines]}
                        for t in transcripts.of_case(tx, case.id)],
        "imports": origins_of(tx, case.id).record(),
        "signed_pages": [{"paper": p.paper, "page": p.page, "scan": p.scan,
                          "original": p.original, "source_page": p.source_page,
                          "found": p.found.value, "likeness": p.likeness, "at": p.at.isoformat()}
                         for p in signed.pages_of_case(tx, case.id)],
        "signatures": [{"paper": s.paper, "page": s.place.page, "words": s.place.words,
                        "nth": s.place.nth, "signer": s.signer, "outcome": s.outcome.value,
                        "answers_sha256": s.answers_sha256, "at": s.at.isoformat(),
                        "picture": s.picture, "strokes": s.strokes, "reason": s.reason,
                        "witness": s.witness,
                        "withdrawn": s.withdrawn.isoformat() if s.withdrawn else None}
                       for s in signed.signatures_of_case(tx, case.id)]}, ensure_ascii=False)))


def _log_since(tx: Tx, case: Case, sealed_to: int) -> list[StoredEvent]:
    """Events since the last revision; for the first, from the login before the case began."""
    if sealed_to:
        return events.since(tx, sealed_to)
    first = next(events.of_case(tx, case.id)).seq
    begin = events.last_login_before(tx, first)
    return events.since(tx, begin - 1)


def _steps_of_signed(tx: Tx, case: Case, of_paper: Mapping[DocumentId, str]) -> dict[BlobId, str]:
    """The step of every signed page, its original, and every signature: that of its paper."""
    pages = signed.pages_of_case(tx, case.id)
    given = signed.signatures_of_case(tx, case.id)
    return {b: of_paper[one.paper] for one in pages for b in (one.scan, one.original)} | {
        b: of_paper[one.paper] for one in given for b in (one.picture, one.strokes) if b is not None}


def _gather(session: Session, tx: Tx, case: Case, sealed_to: int, state: State) -> RevisionInput:
    steps = {s.id: s.kind for s in cases.steps(tx, case.id)}
    found = papers.of_case(tx, case.id)
    of_step = {b: steps[p.step] for p in found for b in (p.docx, p.pdf, p.signed_pdf)
               if b is not None}
    of_step |= _steps_of_signed(tx, case, {p.id: steps[p.step] for p in found})
    told = _told_by(session, list(events.of_case(tx, case.id)))
    origins = origins_of(tx, case.id)
    of_step |= {BlobId(b): steps[StepId(step)] for b, step in origins.steps_of_photos().items()}
    objects = [_blob_object(session, told, b, of_step, origins)
               for b in papers.blobs_of_case(tx, case.id)]
    for clip in clips.with_copies(tx, case.id):
        objects += _clip_objects(session, told, clip, steps, origins)
    log = b"".join(e.data + b"\n" for e in _log_since(tx, case, sealed_to))
    return RevisionInput(
        state=state, device=session.header.device,
        case=CaseFacts(id=case.id, local_no=case.local_no, cause=one_line(case.cause),
                       agency=session.header.agency, party=one_line(case.party_name), opened=case.opened),
        officers=tuple(OfficerEntry(o.cert_no, o.name, o.role, o.cert_sha256)
                       for o in session.pair.both),
        objects=tuple(objects), log=(log,), made=session.at)


def check_sealing(session: Session, case_id: CaseId) -> None:
    """Refuse, before anybody is asked for a PIN, what :func:`seal_case` would refuse of the case itself."""
    with session.begin() as tx:
        case = cases.get(tx, case_id)
        _check(tx, case, State.SUBMITTED)
    _sealed_to(session, case)


def _check(tx: Tx, case: Case, state: State) -> None:
    if any(c.state is ClipState.RECORDING for c in clips.of_case(tx, case.id)):
        raise refuse("这个案件还在录制中。", "请先停止录制再封存。", code="seal.recording")
    drafts = [p for p in papers.of_case(tx, case.id) if p.state is PaperState.DRAFT]
    if drafts and state is not State.DRAFT:
        raise refuse(f"《{drafts[0].title}》还没有定稿。", "请先定稿，再封存报送。", code="seal.draft")


def _last_sealed(session: Session, case: Case, revision: int) -> int | None:
    """The last event number that the package holds by its ``revision``; None when that is damaged."""
    try:
        kept = read_statement(session.context.data.packages / case.package, revision)
    except (OSError, Malformed):
        return None
    return max((log.last for log in kept.statement.logs), default=None) if kept is not None else None


def _sealed_to(session: Session, case: Case) -> int:
    """As :func:`_last_sealed` of the newest revision, 0 before the first; ``UserError`` when it is damaged."""
    last = _last_sealed(session, case, case.revision) if case.revision else 0
    if last is None:
        raise sealing_refusal("package_damaged")
    return last


def sealing_refusal(code: str) -> UserError:
    """What officers read of a :class:`SealRefused` code."""
    return refuse(*sealing_text(code), code=f"seal.{code}")


def seal_case(session: Session, case_id: CaseId, cards: tuple[CardAndPin, CardAndPin], *,
              progress: Progress = _nothing,
              cancelled: Callable[[], bool] = lambda: False) -> Sealed:
    """Seal and queue the next revision, signed by the device and both officers.

    Both officers give their PINs again. Raises ``UserError`` or ``Cancelled``; the package then
    stays as it was.
    """
    keys = confirm_both(session, *cards)
    try:
        return _seal(session, case_id, keys, progress, cancelled)
    finally:
        for key in keys:
            key.forget()


def _seal(session: Session, case_id: CaseId, keys: tuple[OfficerKey, OfficerKey],
          progress: Progress, cancelled: Callable[[], bool]) -> Sealed:
    adopt_sealed(session)
    with session.begin() as tx:
        case = cases.get(tx, case_id)
        _check(tx, case, State.SUBMITTED)
        sealed_to = _sealed_to(session, case)
        tell_inbox_key(session, tx)
        sign_case_papers(session, tx, case, keys)
        seal_blob(session, tx, case, _case_record(tx, case), kind="record",
                  name=f"案件记录-{case.revision + 1:03d}.json", mime="application/json")
        draft = _gather(session, tx, case, sealed_to, State.SUBMITTED)
    folder = session.context.data.packages / case.package
    try:
        done = seal_revision(
            folder, package=case.package, draft=draft, recipients=session.recipients(case),
            signers=Signers(session.device_key, keys, session.trust.intermediates),
            trust_files=trust_files(session.trust), progress=progress, cancelled=cancelled)
    except SealRefused as error:
        raise sealing_refusal(error.code) from error
    except CmsRefused as error:
        raise refuse("证书签名没有成功。", "请重新插入证书再试。", code="seal.sign") from error
    except OSError as error:
        raise refuse("磁盘写不进去，案件没有封存。", "请清理磁盘空间后再试；案件内容不受影响。",
                     code="disk.write") from error
    _queue(session, case, done.revision, done.total_bytes, {
        "statement_sha256": done.statement_sha256, "new_bytes": done.new_bytes})
    return Sealed(case.id, case.package, done.revision, done.new_bytes, done.total_bytes)


def _queue(session: Session, case: Case, revision: int, total: int, facts: dict[str, Any]) -> None:
    """Let a revision wait for headquarters; what came after it was gathered is still to be sealed."""
    last = _last_sealed(session, case, revision) or 0
    with session.begin() as tx:
        outbox.put(tx, case.package, revision, at=session.at)
        session.note(tx, "case_sealed", case=case.id, body={"revision": revision, **facts})
        grown = any(kind in CONTENT for kind in events.kinds_of_case(tx, case.id, after=last))
        cases.set_sync(tx, case.id, SyncState.DRAFT if grown else SyncState.SEALED, revision=revision,
                       confirmed=0, total=total)


def adopt_sealed(session: Session) -> list[CaseId]:
    """Queue revisions that a crash left sealed on disk but unknown to the store.

    What was done in the case since then keeps it from turning green by them.
    """
    adopted = []
    with session.begin() as tx:
        known = cases.listed(tx, limit=100_000)
    for case in known:
        folder = session.context.data.packages / case.package
        revision = case.revision
        while (folder / statement_name(revision + 1)).is_file():
            revision += 1
            if _last_sealed(session, case, revision) is None:
                break  # Told when somebody seals; other cases are not held up by it.
            _queue(session, case, revision, 0, {"adopted": True})
            adopted.append(case.id)
    return adopted
