"""The road by stick: the same steps as over the wire, run on a directory (PROTOCOL.md, section 7).

A damaged copy costs only what is damaged: whole files are kept, and what is missing may come by
another stick or over the wire.
"""

import time
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import select

from field_app.crypto.canonical import parse
from field_app.errors import FieldAppError
from field_app.headquarters.advice import advise_once
from field_app.headquarters.contacts import STICK, note_contact
from field_app.headquarters.depot import Depot, open_depot
from field_app.headquarters.examine import Examiner, ready_revisions
from field_app.headquarters.folder import HqFolder
from field_app.headquarters.intake import receive_statement
from field_app.headquarters.parts import adopt_file
from field_app.headquarters.store import HqStore, open_store
from field_app.headquarters.tables import file, receipt
from field_app.headquarters.worker import make_examiner, work_once
from field_app.packages.bag import scan, unsafe_to_write
from field_app.packages.existing import SignedStatement, read_statements
from field_app.packages.receipts import keep_receipt
from field_app.packages.verdicts import Finding, finding
from field_app.protocol.messages import SignedDocument
from field_app.protocol.receipt import Receipt
from field_app.protocol.strict import Malformed

_WAIT_SECONDS, _LOOK_SECONDS = 120.0, 0.2


class StickRefused(FieldAppError):
    """What lies on the stick cannot be taken in; ``finding`` tells it in Chinese."""

    def __init__(self, about: Finding) -> None:
        super().__init__(f"{about.code} {about.where}")
        self.finding = about


@dataclass(frozen=True)
class RevisionOutcome:
    """What became of one revision: ``accepted``, ``refused``, or ``waiting`` for files."""

    revision: int
    status: str
    reasons: tuple[Finding, ...] = ()


@dataclass(frozen=True)
class ImportOutcome:
    """``written_back``: whether the receipts now lie on the stick too."""

    package: str
    revisions: tuple[RevisionOutcome, ...]
    findings: tuple[Finding, ...]
    written_back: bool

    @property
    def ok(self) -> bool:
        """Whether every revision on the stick is accepted."""
        return bool(self.revisions) and all(r.status == "accepted" for r in self.revisions)


def _read(source: Path) -> list[SignedStatement]:
    """The statements on a stick that holds no links: receipts will be written back to it."""
    try:
        unsafe = unsafe_to_write(scan(source)) if source.is_dir() else None
        if unsafe is not None:
            raise StickRefused(finding(unsafe.code, where=unsafe.where))
        found = read_statements(source) if source.is_dir() else []
    except (OSError, Malformed) as error:
        raise StickRefused(finding("statement_malformed", where=str(error))) from error
    if not found:
        raise StickRefused(finding("not_a_package", where=source.name))
    return found


def _adopt(depot: Depot, store: HqStore, source: Path,
           signed: SignedStatement) -> list[Finding]:
    found = []
    for named in signed.statement.files():
        with store.read() as connection:
            if connection.execute(
                    select(file.c.whole).where(file.c.sha256 == named.sha256)).scalar():
                continue
        place = source / named.path
        if not adopt_file(depot, store, named.sha256, named.size, place):
            found.append(finding("file_changed" if place.is_file() else "file_missing", where=named.path,
                                 revision=signed.statement.revision))
    return found


def _work_through(examiner: Examiner, statements: list[SignedStatement]) -> None:
    """Settle what is ready; what another worker is just at is waited for a while."""
    mine = {signed.statement.package for signed in statements}
    until = time.monotonic() + _WAIT_SECONDS
    while True:
        work_once(examiner)
        with examiner.store.read() as connection:
            busy = any(package in mine for package, _revision in ready_revisions(connection))
        if not busy or not examiner.store.shared or time.monotonic() > until:
            return
        time.sleep(_LOOK_SECONDS)


def _outcomes(store: HqStore, source: Path,
              statements: list[SignedStatement]) -> tuple[list[RevisionOutcome], bool]:
    outcomes, written = [], True
    for signed in statements:
        told = signed.statement
        with store.read() as connection:
            row = connection.execute(
                select(receipt.c.data, receipt.c.signature)
                .where(receipt.c.package == told.package,
                       receipt.c.revision == told.revision)).first()
        if row is None:
            outcomes.append(RevisionOutcome(told.revision, "waiting"))
            continue
        made = Receipt.from_json(parse(row.data))
        reasons = tuple(finding(r.code, where=r.where, revision=told.revision)
                        for r in made.reasons)
        outcomes.append(RevisionOutcome(told.revision, made.verdict.value, reasons))
        try:
            keep_receipt(source, told.package, told.revision,
                         SignedDocument(row.data, row.signature))
        except OSError:
            written = False  # A write-protected stick; the receipts also go over the wire.
    return outcomes, written


def import_package(root: Path, source: Path) -> ImportOutcome:
    """Take in the package in ``source`` and write the receipts back into it.

    Raises :class:`StickRefused`; :class:`field_app.protocol.errors.WireRefused` as the wire does
    (fork, missing revision, refused statement); ``HeadquartersIncomplete``, ``TrustRefused``;
    ``OSError`` when a disk fails.
    """
    folder = HqFolder(root)
    statements = _read(source)
    store = open_store(folder)
    depot = open_depot(folder)
    try:
        with store.settling():
            examiner = make_examiner(folder, store, depot)
            found: list[Finding] = []
            for signed in statements:
                receive_statement(store, examiner.trust, signed, at=datetime.now(UTC))
                found += _adopt(depot, store, source, signed)
            _work_through(examiner, statements)
            advise_once(examiner)
            with store.write() as connection:
                note_contact(connection, statements[0].statement.device, STICK, datetime.now(UTC))
            outcomes, written = _outcomes(store, source, statements)
    finally:
        store.close()
        depot.close()
    unique = {(f.code, f.where): f for f in reversed(found)}
    return ImportOutcome(statements[0].statement.package, tuple(outcomes),
                         tuple(reversed(unique.values())), written)
