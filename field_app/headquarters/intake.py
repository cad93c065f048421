"""Takes statements in, from the wire or a stick, and tells how far a revision has come."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, delete, func, insert, select, text

from field_app.credentials.trust import Trust
from field_app.headquarters.parts import expect_files, held_bytes
from field_app.headquarters.store import HqStore, upsert
from field_app.headquarters.tables import inbox, lane, receipt, statement, statement_file
from field_app.packages.existing import SignedStatement
from field_app.packages.signatures import judge_device
from field_app.packages.statement import NamedFile, Statement, parse_statement
from field_app.packages.verdicts import Severity, finding
from field_app.protocol.errors import WireError, WireRefused
from field_app.protocol.limits import MAX_INBOX_BODY, MAX_INBOX_ITEMS
from field_app.protocol.messages import Inbox, InboxItem, InboxKind, SignedDocument, Waiting
from field_app.protocol.strict import Malformed

WAITING, ACCEPTED, REFUSED = "waiting", "accepted", "refused"


@dataclass(frozen=True)
class KnownStatement:
    """A statement as it is kept, with what became of it."""

    signed: SignedStatement
    status: str


def _known(row: Row[Any, Any, Any]) -> KnownStatement:
    return KnownStatement(
        SignedStatement(parse_statement(row.data), row.data, row.signature), row.status)


def known_statements(connection: Connection, package: str) -> list[KnownStatement]:
    """All revisions of a package, oldest first."""
    rows = connection.execute(
        select(statement.c.status, statement.c.data, statement.c.signature)
        .where(statement.c.package == package).order_by(statement.c.revision))
    return [_known(row) for row in rows]


def known_statement(connection: Connection, package: str, revision: int) -> KnownStatement | None:
    """One revision, or None."""
    row = connection.execute(
        select(statement.c.status, statement.c.data, statement.c.signature)
        .where(statement.c.package == package, statement.c.revision == revision)).first()
    return None if row is None else _known(row)


def read_signed(package: str, revision: int, signed: SignedDocument) -> SignedStatement:
    """The statement in a body, of this package and revision; raises :class:`WireRefused`."""
    try:
        told = parse_statement(signed.document)
    except Malformed as error:
        raise WireRefused(WireError.STATEMENT_REFUSED, verdict="statement_malformed",
                          detail=str(error)[:200]) from error
    if (told.package, told.revision) != (package, revision):
        raise WireRefused(WireError.MALFORMED, detail="another package or revision")
    return SignedStatement(told, signed.document, signed.signature)


def _new_files(signed: SignedStatement, before: SignedStatement | None) -> list[NamedFile]:
    named = {file.sha256 for file in before.statement.files()} if before else set()
    fresh = {file.sha256: file for file in signed.statement.files() if file.sha256 not in named}
    return list(fresh.values())


def receive_statement(store: HqStore, trust: Trust, signed: SignedStatement, *,
                      at: datetime) -> bool:
    """Keep a statement; False when the same was known. Raises :class:`WireRefused`.

    Only what makes it unheard-of is refused here: a broken device signature or chain, or signers that it does
    not name, since its first signatures stay. Whether officers and contents hold is the worker's verdict, told
    by receipt.
    """
    told = signed.statement
    for found in judge_device(signed, trust, at=at):
        if found.severity is Severity.ERROR:
            raise WireRefused(WireError.STATEMENT_REFUSED, verdict=found.code, detail=found.text,
                              where=found.where)
    with store.write() as connection:
        _one_at_a_time(connection, told)
        known = known_statement(connection, told.package, told.revision)
        if known is not None:
            if known.signed.data != signed.data:
                raise WireRefused(WireError.FORK)
            return False
        before = _before(connection, signed)
        connection.execute(insert(statement).values(
            package=told.package, revision=told.revision, sha256=signed.sha256,
            device=told.device, state=told.state.value, status=WAITING, data=signed.data,
            signature=signed.signature))
        fresh = _new_files(signed, before)
        expect_files(connection, [(file.sha256, file.size) for file in fresh])
        if fresh:
            connection.execute(insert(statement_file), [
                {"package": told.package, "revision": told.revision, "sha256": file.sha256}
                for file in fresh])
    return True


def _one_at_a_time(connection: Connection, told: Statement) -> None:
    """Let two calls about one package come one after the other, whichever process they reached."""
    connection.execute(upsert(connection, lane).values(device=told.device).on_conflict_do_nothing())
    if connection.dialect.name == "postgresql":  # SQLite's writers stand in line anyway.
        key = func.hashtextextended(told.package, 0)
        connection.execute(select(func.pg_advisory_xact_lock(key)))


def _before(connection: Connection, signed: SignedStatement) -> SignedStatement | None:
    told = signed.statement
    if told.revision == 1:
        return None
    before = known_statement(connection, told.package, told.revision - 1)
    if before is None:
        raise WireRefused(WireError.PREVIOUS_MISSING)
    if told.prev != before.signed.sha256:
        raise WireRefused(WireError.FORK)
    if told.device != before.signed.statement.device:
        text = finding("device_differs").text
        raise WireRefused(WireError.STATEMENT_REFUSED, verdict="device_differs", detail=text)
    return before.signed


def how_far(connection: Connection, package: str, revision: int) -> SignedDocument | Waiting:
    """The receipt, or how much is held; raises :class:`WireRefused` for an unknown revision."""
    row = connection.execute(
        select(receipt.c.data, receipt.c.signature)
        .where(receipt.c.package == package, receipt.c.revision == revision)).first()
    if row is not None:
        return SignedDocument(row.data, row.signature)
    known = known_statement(connection, package, revision)
    if known is None:
        raise WireRefused(WireError.PACKAGE_UNKNOWN)
    files = [(file.sha256, file.size) for file in known.signed.statement.files()]
    lacking, held = held_bytes(connection, files)
    return Waiting(lacking, held, sum(size for _sha256, size in files))


def post(connection: Connection, kind: InboxKind, signed: SignedDocument, *,
         device: str = "") -> None:
    """Put a signed thing into the inbox of ``device``, or of all; the same one only once.

    A bundle or catalogue takes the place of the one before it: nobody needs the older one any more.
    """
    if connection.dialect.name == "postgresql":
        # Cursors must become visible in their order, or a laptop would pass one over for ever.
        connection.execute(text("LOCK TABLE inbox IN EXCLUSIVE MODE"))
    same = connection.execute(
        select(inbox.c.cursor).where(inbox.c.device == device, inbox.c.kind == kind.value,
                                     inbox.c.data == signed.document)).first()
    if same is None:
        if kind is not InboxKind.ORDER:
            connection.execute(delete(inbox).where(inbox.c.device == device,
                                                   inbox.c.kind == kind.value))
        connection.execute(insert(inbox).values(
            device=device, kind=kind.value, data=signed.document, signature=signed.signature))


def _within(items: Sequence[InboxItem], limit: int) -> list[InboxItem]:
    kept: list[InboxItem] = []
    size = 0
    for item in items:
        size += (len(item.signed.document) + len(item.signed.signature)) * 4 // 3 + 200
        if kept and size > limit:
            break
        kept.append(item)
    return kept


def read_inbox(connection: Connection, device: str, *, after: int) -> Inbox:
    """The next page for ``device``.

    ``next`` below ``after`` tells that these tables never came so far: they were restored or made
    again, and the laptop begins anew.
    """
    rows = connection.execute(
        select(inbox).where(inbox.c.device.in_(("", device)), inbox.c.cursor > after)
        .order_by(inbox.c.cursor).limit(MAX_INBOX_ITEMS))
    items = _within([InboxItem(row.cursor, InboxKind(row.kind),
                               SignedDocument(row.data, row.signature)) for row in rows],
                    MAX_INBOX_BODY - 4096)
    if items:
        return Inbox(tuple(items), items[-1].cursor)
    newest = connection.execute(select(func.max(inbox.c.cursor))).scalar() or 0
    return Inbox((), min(after, newest))
