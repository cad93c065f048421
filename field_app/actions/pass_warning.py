"""Lets a warning pass: the reason is kept with the case, signed by both officers, told by the log."""

import json
from collections.abc import Iterable
from dataclasses import dataclass

from field_app.actions.context import Session
from field_app.credentials.session_keys import signed_by_session
from field_app.crypto.canonical import canonical
from field_app.crypto.hashing import sha256_hex
from field_app.domain.ids import CaseId, new_id
from field_app.domain.passed import PassedWarning, record_of
from field_app.domain.reasons import Reason
from field_app.storage import events, passed
from field_app.storage.store import Tx


@dataclass(frozen=True)
class Trace:
    """A warning that was passed, and whether both signatures hold by the log's proofs of login."""

    passed: PassedWarning
    holds: bool


def pass_warnings(session: Session, tx: Tx, case: CaseId, warnings: Iterable[Reason], *,
                  about: str, reason: str) -> None:
    """Keep each of ``warnings`` with the officers' ``reason``; ``about``: a step's kind or a paper.

    The log tells rule, hash and both signatures; what officers typed stays in the case's own
    record, for the log goes into packages of other cases too.
    """
    for warning in warnings:
        now = session.now()
        record = record_of(
            warning, case=case, about=about, reason=reason, at=now.iso(),
            device=session.header.device, log_head=events.head(tx).hash, actors=session.actors)
        data = canonical(record)
        made = PassedWarning(
            id=new_id(), case=case, about=about, record=record, sha256=sha256_hex(data),
            signatures=session.session_keys.sign(data), at=now.wall)
        passed.add(tx, made)
        session.note(tx, "warning_passed", case=case, body={
            "passed": made.id, "about": about, "rule": warning.rule, "sha256": made.sha256,
            "signatures": list(made.signatures)})


def _lent_keys(tx: Tx, seq: int) -> tuple[str, ...]:
    """The session keys that the login in force at event ``seq`` named, by slot."""
    found = events.since(tx, events.last_login_before(tx, seq) - 1, limit=1)
    body = found[0].members()["body"] if found else {}
    proofs = sorted(body.get("proofs", ()), key=lambda proof: int(proof["slot"]))
    return tuple(str(json.loads(p["statement"]).get("session_key", "")) for p in proofs)


def passed_warnings(session: Session, case: CaseId) -> tuple[Trace, ...]:
    """What was passed in a case, each checked against the log."""
    with session.begin() as tx:
        told = {str(m["body"].get("passed")): (e.seq, m["body"]) for e in events.of_case(tx, case)
                if (m := e.members())["typ"] == "warning_passed"}
        return tuple(Trace(one, _holds(tx, one, *told.get(one.id, (0, {}))))
                     for one in passed.of_case(tx, case))


def _holds(tx: Tx, one: PassedWarning, seq: int, body: dict[str, object]) -> bool:
    data = canonical(one.record)
    keys = _lent_keys(tx, seq)
    return (len(keys) == len(one.signatures) == 2
            and body.get("sha256") == one.sha256 == sha256_hex(data)
            and body.get("signatures") == list(one.signatures)
            and all(signed_by_session(data, signature, key)
                    for signature, key in zip(one.signatures, keys, strict=True)))
