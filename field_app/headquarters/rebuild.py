"""Makes the tables again from packages alone, and audits what headquarters holds.

Accepted packages and quarantined revisions, each with its signed receipt, are the truth; the
tables are only their index. Uploads that still wait are left as they are.
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import Connection, and_, delete, exists, insert, select

from field_app.credentials.trust import Trust
from field_app.crypto.hashing import sha256_file, sha256_hex
from field_app.errors import FieldAppError
from field_app.headquarters.case_index import LogFork, index_case, index_events
from field_app.headquarters.case_search import forget_all
from field_app.headquarters.depot import Depot, PackageShelf, file_key, open_depot
from field_app.headquarters.examine import Examiner, new_logs
from field_app.headquarters.folder import HqFolder
from field_app.headquarters.intake import ACCEPTED, REFUSED, WAITING
from field_app.headquarters.raising import check_raised, restore_raised
from field_app.headquarters.stamping import Stamps, check_stamps
from field_app.headquarters.store import HqStore, open_store, upsert
from field_app.headquarters.tables import (
    INDEX_TABLES,
    file,
    file_part,
    lane,
    receipt,
    signed_paper,
    statement,
    statement_file,
)
from field_app.headquarters.timestamps import load_authority, told_time
from field_app.headquarters.worker import make_examiner
from field_app.packages.bag import read_limited
from field_app.packages.durable import link_or_copy
from field_app.packages.existing import SignedStatement, read_statements
from field_app.packages.layout import MAX_TIMESTAMP_BYTES, timestamp_name
from field_app.packages.open import PackageUnreadable, open_package
from field_app.packages.receipts import ReceiptInvalid, check_receipt, read_receipt, receipt_bytes
from field_app.packages.statement import Statement
from field_app.packages.verdicts import Finding, finding
from field_app.packages.verify import FILE_FAULTS, PackageReport, verify_package
from field_app.protocol.messages import SignedDocument
from field_app.protocol.receipt import Receipt, Verdict
from field_app.protocol.strict import Malformed


class RebuildRefused(FieldAppError):
    """The tables are as they were; ``where`` names the package, or the file.

    ``code``: ``unreadable``; ``receipt``: it lies beside a receipt that headquarters did not sign for it;
    ``gone``: the tables know an accepted revision of it that is not there, or not with its receipt.
    """

    def __init__(self, where: str, detail: str, code: str = "unreadable") -> None:
        super().__init__(f"{where}: {detail}")
        self.where = where
        self.code = code


@dataclass(frozen=True)
class Rebuilt:
    """How much was indexed."""

    packages: int
    revisions: int
    refused: int


@dataclass(frozen=True)
class _Settled:
    """A revision whose receipt lies beside it; ``quarantine``: it lies there, not in its package."""

    quarantine: bool
    signed: SignedStatement
    receipt: Receipt
    document: SignedDocument
    stamped: str | None

    @property
    def key(self) -> tuple[str, int]:
        return self.signed.statement.package, self.signed.statement.revision


def _settled_in(folder: Path, package: str, trust: Trust, *, quarantine: bool) -> Iterator[_Settled]:
    try:
        for signed in read_statements(folder):
            revision = signed.statement.revision
            document = read_receipt(folder, revision)
            if document is not None:
                # Whoever can write here could lay down a package of their own; our signature they lack.
                made = check_receipt(document, signed, trust, at=datetime.now(UTC))
                if made.package != package:
                    raise RebuildRefused(package, f"is {made.package}", "receipt")
                stamped = None if quarantine else _stamped(folder, revision)
                yield _Settled(quarantine, signed, made, document, stamped)
    except Malformed as error:
        raise RebuildRefused(package, str(error)) from error
    except ReceiptInvalid as error:
        raise RebuildRefused(package, str(error), "receipt") from error


def _check_nothing_gone(connection: Connection, found: Collection[_Settled]) -> None:
    """What the tables know as accepted must be there, or rebuilding would make its loss unknown."""
    accepted = {each.key: each.signed.sha256 for each in found if each.receipt.verdict is Verdict.ACCEPTED}
    rows = connection.execute(
        select(statement.c.package, statement.c.revision, statement.c.sha256)
        .where(statement.c.status == ACCEPTED).order_by(statement.c.package, statement.c.revision))
    for row in rows:
        if accepted.get((row.package, row.revision)) != row.sha256:
            raise RebuildRefused(row.package, f"revision {row.revision}", "gone")


def _all_settled(shelf: PackageShelf, trust: Trust) -> list[_Settled]:
    """Every settled revision once; a package's revisions in order."""
    found: dict[tuple[str, int], _Settled] = {}
    places: list[tuple[str, int | None]] = [(package, None) for package in shelf.accepted()]
    places += shelf.refused()
    for package, revision in places:
        with shelf.borrow(package, revision) as place:
            for settled in _settled_in(place, package, trust, quarantine=revision is not None):
                found.setdefault(settled.key, settled)
    return [found[key] for key in sorted(found)]


def _clear(connection: Connection) -> None:
    forget_all(connection)
    for table in (*INDEX_TABLES, receipt, signed_paper):
        connection.execute(delete(table))
    settled = exists().where(
        statement.c.package == statement_file.c.package,
        statement.c.revision == statement_file.c.revision, statement.c.status != WAITING)
    connection.execute(delete(statement_file).where(settled))
    connection.execute(delete(statement).where(statement.c.status != WAITING))


def _restore_file(depot: Depot, connection: Connection, source: Path, sha256: str,
                  size: int) -> None:
    if depot.bytes.size(file_key(sha256)) is None:
        # A bucket lends objects that it is not asked to open as files of their size alone.
        if not source.is_file() or sha256_file(source) != sha256:
            raise RebuildRefused(source.name, "a file is gone")
        staged = depot.fresh("file")
        link_or_copy(source, staged)
        depot.bytes.take(file_key(sha256), staged)
    connection.execute(delete(file_part).where(file_part.c.file == sha256))
    connection.execute(upsert(connection, file).values(sha256=sha256, size=size, whole=True)
                       .on_conflict_do_update(index_elements=["sha256"], set_={"whole": True}))


def _stamped(package: Path, revision: int) -> str | None:
    try:
        told = told_time(read_limited(package / timestamp_name(revision), MAX_TIMESTAMP_BYTES))
    except (OSError, Malformed):
        return None
    return told.isoformat() if told is not None else None


def _restore(depot: Depot, connection: Connection, place: Path, settled: _Settled,
             before: Statement | None) -> None:
    told = settled.signed.statement
    known = {named.sha256 for named in before.files()} if before else set()
    for named in told.files():
        if named.sha256 not in known:
            _restore_file(depot, connection, place / named.path, named.sha256,
                          named.size)
            connection.execute(upsert(connection, statement_file).values(
                package=told.package, revision=told.revision, sha256=named.sha256)
                .on_conflict_do_nothing())
    accepted = settled.receipt.verdict is Verdict.ACCEPTED
    key = (statement.c.package == told.package, statement.c.revision == told.revision)
    connection.execute(delete(statement).where(*key))
    connection.execute(insert(statement).values(
        package=told.package, revision=told.revision, sha256=settled.signed.sha256,
        device=told.device, state=told.state.value, status=ACCEPTED if accepted else REFUSED,
        data=settled.signed.data, signature=settled.signed.signature,
        stamped=settled.stamped if accepted else None))
    connection.execute(upsert(connection, lane).values(device=told.device)
                       .on_conflict_do_nothing())
    connection.execute(insert(receipt).values(
        package=told.package, revision=told.revision, verdict=settled.receipt.verdict.value,
        at=settled.receipt.at.isoformat(), data=settled.document.document,
        signature=settled.document.signature))


def rebuild(root: Path) -> Rebuilt:
    """Empty the index and fill it again; all or nothing.

    Raises :class:`RebuildRefused`, ``HeadquartersIncomplete``, ``TrustRefused``, ``OSError``.
    """
    folder = HqFolder(root)
    store = open_store(folder)
    depot = open_depot(folder)
    try:
        with store.alone():
            return _rebuild(make_examiner(folder, store, depot))
    finally:
        store.close()
        depot.close()


def _rebuild(examiner: Examiner) -> Rebuilt:
    shelf = examiner.depot.shelf
    all_settled = _all_settled(shelf, examiner.trust)
    refused = 0
    with examiner.store.write() as connection:
        _check_nothing_gone(connection, all_settled)
        _clear(connection)
        before: Statement | None = None
        accepted: Statement | None = None
        for settled in all_settled:
            told = settled.signed.statement
            if before is None or before.package != told.package:
                before, accepted = None, None
            with shelf.borrow(told.package, told.revision if settled.quarantine else None) as place:
                _restore(examiner.depot, connection, place, settled, before)
                before = told
                if settled.receipt.verdict is Verdict.REFUSED:
                    refused += 1
                    continue
                try:
                    opened = open_package(place, [examiner.identity], revision=told.revision)
                    index_case(connection, told, opened.index)
                    index_events(connection, opened.log_events(ranges=new_logs(told, accepted)))
                except (PackageUnreadable, LogFork) as error:
                    raise RebuildRefused(told.package, str(error)) from error
                accepted = told
        restore_raised(examiner.depot, connection, examiner.trust)
    packages = {settled.signed.statement.package for settled in all_settled}
    return Rebuilt(len(packages), len(all_settled), refused)


@dataclass(frozen=True)
class Audit:
    """Reports on every accepted package, and packages the tables and the folder disagree on.

    ``stamps``: time-stamps judged, None without an authority; ``added``: what is wrong with what
    headquarters itself added.
    """

    reports: tuple[PackageReport, ...]
    differing: tuple[str, ...]
    stamps: Stamps | None = None
    added: tuple[Finding, ...] = ()

    @property
    def ok(self) -> bool:
        return not self.differing and not self.added and all(report.ok for report in self.reports)


def _audit_added(folder: HqFolder, store: HqStore, depot: Depot, trust: Trust
                 ) -> tuple[Stamps | None, tuple[Finding, ...]]:
    """Time-stamps and raised papers, which no laptop signed."""
    authority = load_authority(folder)
    with store.read() as connection:
        stamps = check_stamps(depot, connection, authority) if authority is not None else None
        added = [finding("timestamp_invalid", where=where)
                 for where in (stamps.false if stamps is not None else ())]
        added += [finding("raised_invalid", where=where) for where in check_raised(
            depot, connection, trust, folder.identity(), authority)]
    return stamps, tuple(added)


def audit(root: Path) -> Audit:
    """Verify every accepted package in full and compare statements with the tables."""
    folder = HqFolder(root)
    store = open_store(folder)
    depot = open_depot(folder)
    try:
        with store.alone():
            return _audit(folder, store, depot)
    finally:
        store.close()
        depot.close()


@dataclass(frozen=True)
class _Told:
    """What the tables say of a revision; hashes of its statement and receipt."""

    sha256: str
    accepted: bool
    receipt: str


def _known(store: HqStore) -> dict[str, dict[int, _Told]]:
    """What the tables say of every revision, by package and number."""
    found: dict[str, dict[int, _Told]] = {}
    with store.read() as connection:
        for row in connection.execute(
                select(statement.c.package, statement.c.revision, statement.c.sha256, statement.c.status,
                       receipt.c.data)
                .outerjoin(receipt, and_(receipt.c.package == statement.c.package,
                                         receipt.c.revision == statement.c.revision))):
            found.setdefault(row.package, {})[row.revision] = _Told(
                row.sha256, row.status == ACCEPTED, sha256_hex(row.data or b""))
    return found


def _of_accepted(report: PackageReport) -> PackageReport:
    """Without what a revision was refused for: its own receipt says so. Files are everybody's."""
    refused = {revision for revision, made in report.receipts.items() if made.verdict is Verdict.REFUSED}
    return replace(report, findings=tuple(
        f for f in report.findings if f.revision not in refused or f.code in FILE_FAULTS))


def _differs(report: PackageReport, known: Mapping[int, _Told]) -> bool:
    found = {signed.statement.revision: signed.sha256 for signed in report.statements}
    if any(revision not in known or known[revision].sha256 != sha256 for revision, sha256 in found.items()):
        return True
    accepted = {revision: told for revision, told in known.items() if told.accepted}
    receipts = {revision: sha256_hex(receipt_bytes(made)) for revision, made in report.receipts.items()}
    return not accepted or any(revision not in found or receipts.get(revision) != told.receipt
                               for revision, told in accepted.items())


def _audit(folder: HqFolder, store: HqStore, depot: Depot) -> Audit:
    trust = folder.load_trust()
    reports, differing = [], []
    known = _known(store)
    names = set(depot.shelf.accepted())
    names |= {name for name, revisions in known.items() if any(told.accepted for told in revisions.values())}
    for name in sorted(names):
        with depot.shelf.judging(name) as (place, hashes):
            report = verify_package(place, trust, at=datetime.now(UTC), known_hashes=hashes)
        reports.append(_of_accepted(report))
        if _differs(report, known.get(name, {})):
            differing.append(name)
    stamps, added = _audit_added(folder, store, depot, trust)
    return Audit(tuple(reports), tuple(differing), stamps, added)
