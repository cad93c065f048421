"""Sends a package's revision and brings its receipt home (PROTOCOL.md, section 2).

Statement first, then index, log and small files, then large ones in the statement's order;
parts by hash, a few at a time; then the receipt, verified before it is kept. Cut anywhere and
called again, it sends only what headquarters lacks.
"""

import hashlib
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import Enum
from functools import partial
from pathlib import Path

from field_app.credentials.trust import Trust
from field_app.packages.existing import SignedStatement, read_statements
from field_app.packages.layout import PART_SIZE
from field_app.packages.receipts import (
    ReceiptInvalid,
    check_receipt,
    keep_receipt,
    read_receipt,
)
from field_app.packages.statement import NamedFile
from field_app.protocol.limits import MAX_BATCH_PARTS, MAX_MISSING_LIST
from field_app.protocol.messages import SignedDocument
from field_app.protocol.receipt import Receipt, Verdict
from field_app.protocol.strict import Malformed
from field_app.sync.client import CONNECTIONS, HeadquartersClient
from field_app.sync.errors import (
    FalseReceipt,
    HeadquartersAway,
    PackageDamaged,
    PartNotWanted,
    PartSpoiled,
    PreviousMissing,
    ProtocolBroken,
)
from field_app.sync.pace import Pace
from field_app.sync.parts import Progress, Tally, checked_part, read_part
from field_app.sync.patience import Patience, Persistence
from field_app.sync.stride import Stride

_ROUNDS = 4
_BATCH_BYTES = 1 << 20
_CAREFUL_LANES = 2
_HASHERS = 2
_CHECK_AFTER_SECONDS = 10.0
_LOOK_AGAIN_EVERY = 12


class _TooMuchAtOnce(Exception):
    """The road broke under a batch; it goes in smaller ones."""


class SendState(Enum):
    """``RECEIVED``: accepted by verified receipt; ``REFUSED``: refused by verified receipt;
    ``SENT``: everything is there, the receipt is still to come."""

    RECEIVED = "received"
    REFUSED = "refused"
    SENT = "sent"


@dataclass(frozen=True)
class SendOutcome:
    """How sending ended. ``confirmed``: bytes headquarters holds of ``total``.

    ``receipt``, ``document`` (its signed bytes) and ``made`` (when the laptop made the statement, by
    its own clock) are None while it is ``SENT``.
    """

    package: str
    revision: int
    state: SendState
    confirmed: int
    total: int
    receipt: Receipt | None = None
    document: SignedDocument | None = None
    made: datetime | None = None


class _Sending:
    """One run over the statements up to the wanted revision."""

    def __init__(self, folder: Path, statements: Sequence[SignedStatement],
                 client: HeadquartersClient, persistence: Persistence,
                 on_progress: Progress, pace: Pace | None) -> None:
        self._folder = folder
        self._statements = statements
        self._client = client
        self._persistence = persistence
        self._pace = pace
        self._stride = Stride()
        named = {file.sha256: file for signed in statements for file in signed.statement.files()}
        self.files = list(named.values())
        self.total = sum(file.size for file in self.files)
        self.tally = Tally(self.total, on_progress, persistence)
        self._unsettled = threading.Event()
        self._failed = threading.Event()
        self._unchecked: list[NamedFile] = []

    def announce(self) -> None:
        """Make the newest statement known, the ones before it first where they are missing."""
        pending, taken = [self._statements[-1]], set[int]()
        while pending:
            signed = pending[-1]
            told = signed.statement
            document = SignedDocument(signed.data, signed.signature)
            try:
                self._persistence.call(partial(
                    self._client.send_statement, told.package, told.revision, document))
                taken.add(pending.pop().statement.revision)
            except PreviousMissing as error:
                if told.revision == 1 or told.revision - 1 in taken:
                    raise ProtocolBroken("takes a revision and misses it") from error
                pending.append(self._statements[told.revision - 2])

    def upload(self) -> None:
        """Bring every file to headquarters that it lacks."""
        for _round in range(_ROUNDS):
            self._unsettled.clear()
            missing = self._missing_files()
            small = [file for file in missing if file.size <= PART_SIZE]
            self._together([partial(self._put_small, batch) for batch in self._batches(small)])
            for file in missing:
                if file.size > PART_SIZE:
                    self._send_large(file)
            if not self._unsettled.is_set():
                break
        else:
            raise ProtocolBroken("headquarters neither has nor wants a part")
        while self._unchecked:  # Headquarters joins files meanwhile.
            self._check_whole(self._unchecked.pop())

    def _missing_files(self) -> list[NamedFile]:
        wanted: set[str] = set()
        for start in range(0, len(self.files), MAX_MISSING_LIST):
            batch = [file.sha256 for file in self.files[start:start + MAX_MISSING_LIST]]
            wanted |= set(self._persistence.call(partial(self._client.missing, batch)))
        for file in self.files:
            if file.sha256 not in wanted:
                for ordinal in range(-(-file.size // PART_SIZE)):
                    self._confirm(file, ordinal)
        return [file for file in self.files if file.sha256 in wanted]

    def _confirm(self, file: NamedFile, ordinal: int) -> None:
        size = min(PART_SIZE, file.size - ordinal * PART_SIZE)
        self.tally.confirm(f"{file.sha256}/{ordinal}", size)

    def _send_large(self, file: NamedFile) -> None:
        with ThreadPoolExecutor(_HASHERS, thread_name_prefix="sha256") as hashers:
            parts = list(hashers.map(partial(self._part_hash, file), range(-(-file.size // PART_SIZE))))
        wanted = set(self._persistence.call(
            partial(self._client.list_parts, file.sha256, parts)))
        work = []
        for ordinal, part in enumerate(parts):
            if part in wanted:
                work.append(partial(self._put, file, ordinal, part))
            else:
                self._confirm(file, ordinal)
        self._together(work, large=file)

    def _part_hash(self, file: NamedFile, ordinal: int) -> str:
        self._persistence.check_cancelled()
        return hashlib.sha256(read_part(self._folder, file, ordinal)).hexdigest()

    def _check_whole(self, file: NamedFile) -> None:
        """The file itself must be what the statement says."""
        whole = hashlib.sha256()
        for ordinal in range(-(-file.size // PART_SIZE)):
            self._persistence.check_cancelled()
            if self._failed.is_set():
                return  # It is checked again with the next try.
            whole.update(read_part(self._folder, file, ordinal))
        if whole.hexdigest() != file.sha256:
            raise PackageDamaged(file.path)

    def _batches(self, small: Sequence[NamedFile]) -> Iterator[list[NamedFile]]:
        """Small files that go in one call; how much that is follows the road."""
        batch: list[NamedFile] = []
        size = 0
        for file in small:
            most = self._stride.next() if self._stride.careful else _BATCH_BYTES
            if batch and (size + file.size > most or len(batch) == MAX_BATCH_PARTS):
                yield batch
                batch, size = [], 0
            batch.append(file)
            size += file.size
        if batch:
            yield batch

    def _put_small(self, batch: Sequence[NamedFile]) -> None:
        """Several files in one call; fewer where the road does not bear so many, one alone as a part."""
        if len(batch) == 1:
            self._put(batch[0], 0, batch[0].sha256)
            return
        parts = [(file.sha256, checked_part(self._folder, file, 0, file.sha256)) for file in batch]
        self._hold_back(sum(file.size for file in batch))
        try:
            held = set(self._persistence.call(partial(self._batch_once, parts)))
        except _TooMuchAtOnce:
            for fewer in self._batches(batch):
                self._put_small(fewer)
            return
        for file in batch:
            if file.sha256 in held:
                self._confirm(file, 0)
            else:
                self._unsettled.set()  # It came another way meanwhile; the next round asks again.

    def _batch_once(self, parts: Sequence[tuple[str, bytes]]) -> tuple[str, ...]:
        size = sum(len(data) for _sha256, data in parts)
        if self._stride.careful and size > self._stride.next():
            raise _TooMuchAtOnce
        began = self._stride.began()
        try:
            held = self._client.put_batch(parts)
        except HeadquartersAway:
            self._stride.failed(size)
            raise
        self._stride.went(size, began)
        return held

    def _hold_back(self, count: int) -> None:
        if self._pace is not None and (wait := self._pace.wait_for(count)):
            self._persistence.pause(wait)

    def _put(self, file: NamedFile, ordinal: int, sha256: str) -> None:
        # A part of a large file was hashed when it was listed; headquarters hashes it again.
        large = file.size > PART_SIZE
        data = read_part(self._folder, file, ordinal) if large else checked_part(self._folder, file, ordinal, sha256)
        self._hold_back(len(data))
        try:
            self._persistence.call(partial(self._put_once, sha256, data))
        except PartSpoiled:
            checked_part(self._folder, file, ordinal, sha256)  # Changed here since it was listed?
            raise
        except PartNotWanted:
            self._unsettled.set()  # It came another way meanwhile; the next round asks again.
            return
        self._confirm(file, ordinal)

    def _put_once(self, sha256: str, data: bytes) -> None:
        """The part in one go, or where the road proved bad what is missing of it, in pieces."""
        under_way = 0
        try:
            if not self._stride.careful:
                under_way = len(data)
                self._client.put_part(sha256, data)
                return
            found = self._client.part_held(sha256)
            while not found.whole:
                self._persistence.check_cancelled()
                piece = data[found.held:found.held + self._stride.next()]
                under_way, began = len(piece), self._stride.began()
                after = self._client.put_piece(sha256, found.held, len(data), piece)
                if not after.whole and after.held <= found.held:
                    raise ProtocolBroken("a piece is not taken")
                self._stride.went(len(piece), began)
                self._persistence.progressed()
                found = after
        except HeadquartersAway:
            self._stride.failed(under_way)
            raise

    def _together(self, work: Sequence[Callable[[], None]], large: NamedFile | None = None) -> None:
        """Run ``work`` in order, a few at a time; the first failure ends it and is raised.

        Work on a ``large`` file that takes long is no use when the file is spoiled: it is checked beside;
        after short work it is checked when everything is sent.
        """
        if not work:
            return
        lanes_open = _CAREFUL_LANES if self._stride.careful else CONNECTIONS
        with (ThreadPoolExecutor(lanes_open, thread_name_prefix="sync") as lanes,
              ThreadPoolExecutor(1) as aside):
            running = [lanes.submit(each) for each in work]
            done, left = wait(running, _CHECK_AFTER_SECONDS if large else None, FIRST_EXCEPTION)
            if large and left and not any(each.exception() for each in done):
                running.append(aside.submit(self._check_whole, large))
                wait(running, return_when=FIRST_EXCEPTION)
            elif large:
                self._unchecked.append(large)
            if any(each.done() and each.exception() for each in running):
                self._failed.set()
            for future in running:
                future.cancel()
        for future in running:
            if not future.cancelled():
                future.result()

    def fetch_receipt(self, patience: Patience) -> SignedDocument | None:
        """Ask until the receipt is there; None when patience ends first."""
        told = self._statements[-1].statement
        waited, pause, asked = 0.0, patience.receipt_first, 0
        while True:
            found = self._persistence.call(
                partial(self._client.receipt, told.package, told.revision))
            if isinstance(found, SignedDocument):
                return found
            asked += 1
            if waited >= patience.receipt_seconds:
                return None
            if found.files_missing and asked % _LOOK_AGAIN_EVERY == 0:
                self.upload()  # A part may have been lost there.
            self._persistence.pause(pause)
            waited += pause
            pause = min(pause * 1.5, patience.receipt_longest)


def _read_up_to(folder: Path, revision: int) -> list[SignedStatement]:
    try:
        statements = read_statements(folder)
    except (OSError, Malformed) as error:
        raise PackageDamaged(str(error)) from error
    if len(statements) < revision:
        raise PackageDamaged(f"revision {revision} is not there")
    return statements[:revision]


def _kept(folder: Path, signed: SignedStatement, trust: Trust, at: datetime
          ) -> tuple[Receipt, SignedDocument] | None:
    """The valid receipt that lies in the package already; a false one counts as none."""
    try:
        document = read_receipt(folder, signed.statement.revision)
        if document is not None:
            return check_receipt(document, signed, trust, at=at), document
    except ReceiptInvalid:
        return None
    return None


def _outcome(signed: SignedStatement, total: int, confirmed: int,
             found: tuple[Receipt, SignedDocument] | None) -> SendOutcome:
    told = signed.statement
    if found is None:
        return SendOutcome(told.package, told.revision, SendState.SENT, confirmed, total)
    receipt, document = found
    accepted = receipt.verdict is Verdict.ACCEPTED
    state = SendState.RECEIVED if accepted else SendState.REFUSED
    return SendOutcome(told.package, told.revision, state, total if accepted else confirmed,
                       total, receipt, document, told.made)


def send_package(folder: Path, revision: int, client: HeadquartersClient, *, trust: Trust,
                 on_progress: Progress = lambda _confirmed, _total: None,
                 cancelled: Callable[[], bool] = lambda: False,
                 patience: Patience | None = None, pace: Pace | None = None,
                 sleep: Callable[[float], None] | None = None,
                 now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> SendOutcome:
    """Send ``revision`` (and what earlier ones lack), fetch, verify and keep its receipt.

    ``on_progress``: bytes confirmed by headquarters, and their total; called from any thread.
    ``pace``: what holds sending back, None for nothing.
    Safe to call again at any time: what arrived is not sent twice, and a receipt that lies in
    the package already is the outcome. Raises a :class:`field_app.sync.errors.SyncFailed` with
    its reason, :class:`field_app.errors.Cancelled`, or ``OSError`` when the receipt cannot be
    written.
    """
    statements = _read_up_to(folder, revision)
    newest = statements[-1]
    told = newest.statement
    total = sum(file.size for file in told.files())
    kept = _kept(folder, newest, trust, now())
    if kept is not None:
        return _outcome(newest, total, 0, kept)
    patience = patience or Patience()
    persistence = Persistence(patience, sleep=sleep, cancelled=cancelled)
    run = _Sending(folder, statements, client, persistence, on_progress, pace)
    run.announce()
    run.upload()
    document = run.fetch_receipt(patience)
    if document is None:
        return _outcome(newest, run.total, run.tally.confirmed, None)
    try:
        receipt = check_receipt(document, newest, trust, at=now())
    except ReceiptInvalid as error:
        raise FalseReceipt(f"{error.code} {error.detail}".strip()) from error
    keep_receipt(folder, told.package, told.revision, document)
    return _outcome(newest, run.total, run.tally.confirmed, (receipt, document))
