"""Examines one complete revision: checks, opens, indexes, signs the receipt.

Steps, each of which may be cut off and simply done again: lay out the package in staging (from
hard links where there are any); verify it against trust and fresh CRLs; open index, new objects and new log ranges;
then either publish it among the packages or move it to quarantine, with its receipt; and last,
in one transaction, write index, status and receipt. A receipt can be asked for only after that.
"""

import shutil
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import Connection, and_, exists, select, update

from field_app.credentials.cms import sign_detached
from field_app.credentials.keys import SigningKey
from field_app.credentials.profile import subject_name
from field_app.credentials.trust import Trust
from field_app.crypto.suites import AnyIdentity
from field_app.errors import FieldAppError
from field_app.headquarters.away import StoreAway
from field_app.headquarters.case_index import LogFork, check_events, index_case, index_events
from field_app.headquarters.depot import Depot
from field_app.headquarters.folder import HqFolder
from field_app.headquarters.intake import (
    ACCEPTED,
    REFUSED,
    WAITING,
    KnownStatement,
    known_statements,
)
from field_app.headquarters.store import Claim, HqStore, upsert
from field_app.headquarters.tables import file, lane, receipt, statement, statement_file
from field_app.packages.bag import write_bag
from field_app.packages.durable import write_file
from field_app.packages.layout import NameKind, classify, signature_name, statement_name
from field_app.packages.open import OpenPackage, PackageUnreadable, open_package
from field_app.packages.readme import readme
from field_app.packages.receipts import keep_receipt, receipt_bytes
from field_app.packages.statement import LogRef, Statement
from field_app.packages.trust_files import trust_files
from field_app.packages.verdicts import Finding, Severity, finding
from field_app.packages.verify import FILE_FAULTS, PackageReport, verify_package
from field_app.protocol.messages import SignedDocument
from field_app.protocol.receipt import (
    MAX_REASONS,
    Receipt,
    ReceiptReason,
    ReceivedFile,
    Verdict,
)
from field_app.protocol.strict import tellable


class ExaminationFault(FieldAppError):
    """Headquarters' own copy is not in order; nothing is said about the laptop's."""


@dataclass(frozen=True)
class Examiner:
    """All the examination needs; only the worker and the stick's import hold these keys."""

    folder: HqFolder
    store: HqStore
    depot: Depot
    trust: Trust
    identity: AnyIdentity
    signer: SigningKey

    @property
    def unit(self) -> str:
        return subject_name(self.signer.certificate)


@dataclass(frozen=True)
class Examined:
    """What became of a revision."""

    package: str
    revision: int
    receipt: Receipt


def ready_revisions(connection: Connection) -> list[tuple[str, int]]:
    """Waiting revisions whose files are all whole and whose predecessor is settled."""
    lacking = exists().where(and_(
        statement_file.c.package == statement.c.package,
        statement_file.c.revision == statement.c.revision,
        file.c.sha256 == statement_file.c.sha256, ~file.c.whole))
    earlier = statement.alias("earlier")
    blocked = exists().where(
        earlier.c.package == statement.c.package, earlier.c.status == WAITING,
        earlier.c.revision < statement.c.revision)
    rows = connection.execute(
        select(statement.c.package, statement.c.revision)
        .where(statement.c.status == WAITING, ~lacking, ~blocked)
        .order_by(statement.c.package, statement.c.revision))
    return [(row.package, row.revision) for row in rows]


def _lay_out(examiner: Examiner, target: Path, known: list[KnownStatement], *,
             needed: set[str], synced: bool) -> dict[str, str]:
    """Make the package in ``target``; returns the hashes checked when each file arrived.

    Of the sealed objects only those in ``needed`` will be opened.
    """
    hashes: dict[str, str] = {}
    for each in known:
        told = each.signed.statement
        for named in told.files():
            path = target / named.path
            if named.path not in hashes and not path.is_file():
                kind = classify(named.path)
                try:
                    examiner.depot.shelf.lend_file(
                        named.sha256, named.size, path, synced=synced,
                        needed=named.sha256 in needed or kind is None
                        or kind.kind is not NameKind.OBJECT)
                except StoreAway:
                    raise
                except FileNotFoundError as error:
                    raise ExaminationFault(f"file {named.sha256} is gone") from error
            # A later revision may give the same name another hash; the file that lies here is the first's.
            hashes.setdefault(named.path, named.sha256)
        for name, data in ((signature_name(told.revision), each.signed.signature),
                           (statement_name(told.revision), each.signed.data)):
            if not (target / name).is_file():
                write_file(target / name, data)
    for name, data in trust_files(examiner.trust).files.items():
        if not (target / "trust" / name).is_file():
            write_file(target / "trust" / name, data)
    newest = known[-1].signed.statement
    write_bag(target, newest.package, readme=readme(newest.package, newest.suite),
              suite=newest.suite)
    return hashes


def _settled_before(known: list[KnownStatement]) -> Statement | None:
    accepted = [each for each in known[:-1] if each.status == ACCEPTED]
    return accepted[-1].signed.statement if accepted else None


def new_logs(told: Statement, before: Statement | None) -> list[LogRef]:
    """The log ranges that no accepted revision brought before."""
    known = set(before.logs) if before else set()
    return [log for log in told.logs if log not in known]


def _check_contents(examiner: Examiner, opened: OpenPackage, before: Statement | None) -> None:
    """Open every object and log range that no accepted revision brought before.

    Raises :class:`PackageUnreadable`, or :class:`LogFork` when events contradict known ones.
    """
    known = {ref.ct_sha256 for ref in before.objects} if before else set()
    for entry in opened.index.objects:
        if entry.ct_sha256 not in known:
            opened.check_object(entry)
    with examiner.store.read() as connection:
        check_events(connection, opened.log_events(ranges=new_logs(opened.statement, before)))


def _judged(report: PackageReport, known: list[KnownStatement]) -> list[Finding]:
    """Findings about the newest of ``known``; a fault of our own copy is raised instead.

    A file is judged for the revision that named it first, and is no better for the next that names it.
    """
    told = known[-1].signed.statement
    accepted = {k.signed.statement.revision for k in known if k.status == ACCEPTED}
    about_us = [f for f in report.errors
                if f.revision is None or (f.code in FILE_FAULTS and f.revision in accepted)]
    if about_us:
        raise ExaminationFault(f"{about_us[0].code} {about_us[0].where}")
    named = {file.path for file in told.files()}
    return [f for f in report.findings
            if f.revision == told.revision or (f.code in FILE_FAULTS and f.where in named)]


def _examine(examiner: Examiner, target: Path, known: list[KnownStatement], *,
             at: datetime) -> tuple[list[Finding], OpenPackage | None]:
    told = known[-1].signed.statement
    before = _settled_before(known)
    old = {ref.ct_sha256 for ref in before.objects} if before else set()
    hashes = _lay_out(examiner, target, known, synced=False,
                      needed={ref.ct_sha256 for ref in told.objects} - old)
    report = verify_package(target, examiner.trust, at=at, known_hashes=hashes)
    found = _judged(report, known)
    if any(f.severity is Severity.ERROR for f in found):
        return found, None
    try:
        opened = open_package(target, [examiner.identity], revision=told.revision)
        _check_contents(examiner, opened, before)
    except PackageUnreadable as error:
        return [*found, finding(error.code, where=error.where, revision=told.revision)], None
    except LogFork as fork:
        return [*found, finding("log_fork", where=fork.where, revision=told.revision)], None
    return found, opened


def _reasons(found: list[Finding]) -> tuple[ReceiptReason, ...]:
    """As a receipt may tell them: its readers are strict, and ``where`` may be a stranger's words."""
    errors_first = sorted(found, key=lambda f: f.severity is not Severity.ERROR)
    return tuple(ReceiptReason(f.code, f.text, f.remedy, tellable(f.where))
                 for f in errors_first[:MAX_REASONS])


def _make_receipt(examiner: Examiner, known: KnownStatement, found: list[Finding], *,
                  at: datetime) -> tuple[Receipt, SignedDocument]:
    told = known.signed.statement
    accepted = not any(f.severity is Severity.ERROR for f in found)
    made = Receipt(
        package=told.package, revision=told.revision, statement_sha256=known.signed.sha256,
        verdict=Verdict.ACCEPTED if accepted else Verdict.REFUSED,
        files=tuple(ReceivedFile(f.sha256, f.size) for f in told.files()) if accepted else (),
        reasons=_reasons(found),
        unit=examiner.unit, at=at)
    data = receipt_bytes(made)
    return made, SignedDocument(data, sign_detached(
        data, [examiner.signer], at=at, extra_certs=examiner.trust.intermediates))


def _record(connection: Connection, made: Receipt, signed: SignedDocument) -> None:
    connection.execute(
        update(statement)
        .where(statement.c.package == made.package, statement.c.revision == made.revision)
        .values(status=ACCEPTED if made.verdict is Verdict.ACCEPTED else REFUSED))
    connection.execute(upsert(connection, receipt).values(
        package=made.package, revision=made.revision, verdict=made.verdict.value,
        at=made.at.isoformat(), data=signed.document, signature=signed.signature)
        .on_conflict_do_nothing())


def _publish(examiner: Examiner, staged: Path, known: list[KnownStatement],
             signed: SignedDocument) -> None:
    """Bring the package among the accepted ones, with all receipts so far."""
    told = known[-1].signed.statement
    with examiner.store.read() as connection:
        rows = connection.execute(
            select(receipt.c.revision, receipt.c.data, receipt.c.signature)
            .where(receipt.c.package == told.package)).all()
    with examiner.depot.shelf.publishing(told.package, staged) as target:
        _lay_out(examiner, target, known, needed=set(), synced=True)
        for row in rows:
            keep_receipt(target, told.package, row.revision,
                         SignedDocument(row.data, row.signature))
        keep_receipt(target, told.package, told.revision, signed)


def _set_apart(examiner: Examiner, staged: Path, told: Statement, signed: SignedDocument) -> None:
    keep_receipt(staged, told.package, told.revision, signed)
    examiner.depot.shelf.set_apart(staged, told.package, told.revision)


def examine_revision(examiner: Examiner, package: str, revision: int) -> Examined | None:
    """Settle one complete revision; None when it is settled already, or somebody else is at it.

    Raises :class:`ExaminationFault` and ``OSError``: nothing is settled then.
    """
    waiting = (
        select(statement.c.revision).join(lane, lane.c.device == statement.c.device)
        .where(statement.c.package == package, statement.c.revision == revision,
               statement.c.status == WAITING))
    with examiner.store.claim(waiting, lane) as claim:
        return None if claim is None else _settle(examiner, claim, package, revision)


def _settle(examiner: Examiner, claim: Claim, package: str, revision: int) -> Examined | None:
    with examiner.store.read() as connection:
        known = [each for each in known_statements(connection, package)
                 if each.signed.statement.revision <= revision]
    if not known or known[-1].status != WAITING:
        return None
    at = datetime.now(UTC)
    before = _settled_before(known)
    staged = examiner.depot.fresh("package")
    try:
        found, opened = _examine(examiner, staged, known, at=at)
        made, signed = _make_receipt(examiner, known[-1], found, at=at)
        if opened is None:
            _set_apart(examiner, staged, known[-1].signed.statement, signed)
        else:
            _publish(examiner, staged, known, signed)
        with claim.write() as connection:
            if opened is not None:
                index_case(connection, opened.statement, opened.index)
                index_events(connection, opened.log_events(
                    ranges=new_logs(opened.statement, before)))
            _record(connection, made, signed)
    finally:
        shutil.rmtree(staged, ignore_errors=True)
    return Examined(package, revision, made)
