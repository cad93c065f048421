"""Seals a revision of a case package: adds what is new, signs what is there (FORMAT.md, section 3).

Order of writing matters: sealed files first, then signature, then the statement (from then on
the revision exists), then the manifests. A cut in between is put in order by the next sealing.
"""

import os
import threading
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from field_app.credentials.cms import sign_detached
from field_app.credentials.key_kinds import is_sm2, public_key_der
from field_app.credentials.keys import SigningKey
from field_app.credentials.profile import fingerprint, officer_of, subject_name
from field_app.crypto.appender import sync_folder
from field_app.crypto.suites import GM, AnyRecipient, seal_file, suite_of
from field_app.domain.ids import DeviceId, PackageId
from field_app.domain.people import Role
from field_app.errors import Cancelled, FieldAppError
from field_app.packages import layout
from field_app.packages.bag import read_bag_info, scan, unsafe_to_write, write_bag
from field_app.packages.durable import hash_stream, link_or_copy, make_folder, write_file
from field_app.packages.events import LogRange, split_ranges
from field_app.packages.existing import SignedStatement, read_statements
from field_app.packages.index import (
    CaseFacts,
    CaseIndex,
    LogEntry,
    ObjectEntry,
    OfficerEntry,
    index_hmac,
    parse_index,
)
from field_app.packages.layout import NameKind, classify
from field_app.packages.readme import readme
from field_app.packages.statement import (
    CrlRef,
    IndexRef,
    LogRef,
    ObjectRef,
    State,
    Statement,
    parse_statement,
    statement_hash,
)
from field_app.protocol.strict import Malformed

Progress = Callable[[int, int], None]
_HASHERS = 2


class SealRefused(FieldAppError):
    """A revision cannot be sealed; ``code`` as in ``verdicts.sealing_text``, ``where`` its place.

    The package is as it was before.
    """

    def __init__(self, code: str, where: str = "") -> None:
        super().__init__(f"{code} {where}".strip())
        self.code = code
        self.where = where


@dataclass(frozen=True)
class SealedObject:
    """An object and where its sealed file lies; the file is linked or copied, never re-sealed.

    ``destroyed``: headquarters signed for it and this laptop destroyed its own file since; only
    an object that the revision before names may be so.
    """

    entry: ObjectEntry
    path: Path
    destroyed: bool = False


@dataclass(frozen=True)
class RevisionInput:
    """All that revision N+1 shall say.

    ``objects``: every object of the case, in the order of sending, those of earlier revisions
    included; ``log``: JSONL bytes of the events since the last revision; ``made``: aware time.
    """

    state: State
    device: DeviceId
    case: CaseFacts
    officers: tuple[OfficerEntry, ...]
    objects: tuple[SealedObject, ...]
    log: tuple[bytes, ...]
    made: datetime


@dataclass(frozen=True)
class Signers:
    """Who signs; ``chain`` are the authorities' certificates to carry along."""

    device: SigningKey
    officers: tuple[SigningKey, ...] = ()
    chain: tuple[Any, ...] = ()


@dataclass(frozen=True)
class TrustFiles:
    """Certificates and CRLs to lay into ``trust/`` by name, and the CRLs known when signing."""

    files: Mapping[str, bytes] = field(default_factory=dict)
    crls: tuple[CrlRef, ...] = ()


@dataclass(frozen=True)
class SealedRevision:
    """A revision that is on disk; sizes in bytes of ciphertext."""

    folder: Path
    package: PackageId
    revision: int
    statement: Statement
    statement_sha256: str
    new_bytes: int
    total_bytes: int


def _check_signers(draft: RevisionInput, signers: Signers) -> None:
    if subject_name(signers.device.certificate) != draft.device:
        raise SealRefused("device_differs", draft.device)
    if not draft.state.needs_officers:
        if signers.officers:
            raise SealRefused("draft_signed")
        return
    certificates = [key.certificate for key in signers.officers]
    try:
        officers = [officer_of(certificate) for certificate in certificates]
    except ValueError as error:
        raise SealRefused("officer_not_qualified") from error
    if any(officer.role is not Role.QUALIFIED for officer in officers):
        raise SealRefused("officer_not_qualified")
    keys = {public_key_der(certificate) for certificate in certificates}
    if len({officer.cert_no for officer in officers}) < 2 or len(keys) < len(certificates):
        raise SealRefused("officers_missing")


def _check_objects(draft: RevisionInput, before: Statement | None) -> None:
    if len(draft.objects) > layout.MAX_OBJECTS:
        raise SealRefused("too_many_objects")
    hashes = [item.entry.ct_sha256 for item in draft.objects]
    if len(set(hashes)) != len(hashes):
        raise SealRefused("object_changed", "repeated")
    if before is not None:
        for known in before.objects:
            if known.ct_sha256 not in hashes:
                raise SealRefused("object_dropped", known.ct_sha256)
    told = {known.ct_sha256 for known in before.objects} if before is not None else set()
    for item in draft.objects:
        if item.destroyed and item.entry.ct_sha256 not in told:
            raise SealRefused("object_missing", item.entry.name)
        if item.entry.size > layout.MAX_OBJECT_PLAIN:
            raise SealRefused("object_too_large", item.entry.name)


def _new_ranges(draft: RevisionInput, before: Statement | None) -> list[LogRange]:
    try:
        ranges = split_ranges(draft.log)
    except Malformed as error:
        raise SealRefused("log_malformed", str(error)) from error
    last = {log.device: (log.last, log.head) for log in before.logs} if before else {}
    for each in ranges:
        known = last.get(each.device)
        if known is not None and (each.first, each.prev) != (known[0] + 1, known[1]):
            raise SealRefused("log_gap", f"{each.device} {each.first}")
        last[each.device] = (each.last, each.head)
    return ranges


class _Sealing:
    """One run of sealing a revision into ``folder``."""

    def __init__(self, folder: Path, package: PackageId, draft: RevisionInput, *,
                 recipients: Sequence[AnyRecipient], progress: Progress,
                 cancelled: Callable[[], bool]) -> None:
        self._folder = folder
        self._package = package
        self._draft = draft
        self._recipients = tuple(recipients)
        self.suite = suite_of(recipients)
        self._progress = progress
        self._cancelled = cancelled
        self._lock = threading.Lock()
        self._given_up = False
        self._done = 0
        self._total = 0
        self.written: set[str] = set()

    def existing(self) -> list[SignedStatement]:
        """The revisions so far, after clearing what an interrupted sealing left."""
        if not self._folder.exists():
            return []
        try:
            if (self._folder / layout.BAG_INFO).is_file():
                labels = read_bag_info(self._folder)
                if labels.get("External-Identifier") != self._package:
                    raise SealRefused("package_differs")
            found = read_statements(self._folder)
            lying = scan(self._folder)
        except (OSError, Malformed) as error:
            raise SealRefused("package_damaged", str(error)) from error
        if any(signed.statement.package != self._package or signed.statement.suite != self.suite
               for signed in found):
            raise SealRefused("package_differs")
        if len(found) >= layout.MAX_REVISION:
            raise SealRefused("too_many_revisions")
        if unsafe_to_write(lying) is not None:
            raise SealRefused("package_damaged", "link")  # Never write through one.
        self._clear(lying.files, {f.path for s in found for f in s.statement.files()})
        return found

    def _clear(self, files: dict[str, int], named: set[str]) -> None:
        for name in files:
            kind = classify(name)
            loose = kind is not None and kind.kind in (NameKind.INDEX, NameKind.LOG)
            if (loose and name not in named) or name.endswith(layout.UNFINISHED):
                (self._folder / name).unlink()

    def _tick(self, count: int) -> None:
        with self._lock:
            if self._given_up or self._cancelled():
                raise Cancelled
            self._done += count
            self._progress(min(self._done, self._total), self._total)

    def place_objects(self) -> int:
        """Link or copy each new object after hashing it; returns the bytes added."""
        fresh = []
        for item in self._draft.objects:
            if item.destroyed:
                continue
            target = self._folder / layout.object_name(item.entry.ct_sha256)
            if not target.is_file() or target.stat().st_size != item.entry.ct_size:
                fresh.append((item, target))
        self._total = sum(item.entry.ct_size for item, _target in fresh)
        # One core hashes slower than a disk reads.
        with ThreadPoolExecutor(_HASHERS, thread_name_prefix="sha256") as hashers:
            checks = [hashers.submit(self._check_source, item) for item, _target in fresh]
            try:
                for check, (item, target) in zip(checks, fresh, strict=True):
                    check.result()
                    link_or_copy(item.path, target, synced=False)
            except BaseException:
                self._given_up = True
                hashers.shutdown(cancel_futures=True)
                raise
        # One wait a folder, not one a photo; all before anything names what lies there.
        for folder in sorted({target.parent for _item, target in fresh}):
            sync_folder(folder)
        return self._total

    def _check_source(self, item: SealedObject) -> None:
        try:
            with item.path.open("rb") as source:
                digest, size = hash_stream(source, tick=self._tick)
        except OSError as error:
            raise SealRefused("object_missing", item.entry.name) from error
        if (digest, size) != (item.entry.ct_sha256, item.entry.ct_size):
            raise SealRefused("object_changed", item.entry.name)

    def _seal(self, name: str, data: bytes) -> tuple[str, int]:
        self._tick(0)
        path = self._folder / name
        make_folder(path.parent)
        writer = seal_file(path, [data], self._recipients)
        sync_folder(path.parent)
        self.written.add(name)
        return writer.ct_sha256, writer.ct_size

    def seal_log(self, ranges: Sequence[LogRange]) -> list[LogRef]:
        refs = []
        for each in ranges:
            name = layout.log_name(each.device, each.first, each.last)
            ct_sha256, ct_size = self._seal(name, each.data)
            refs.append(LogRef(name, ct_sha256, ct_size, each.device, each.first, each.last,
                               each.prev, each.head))
        return refs

    def seal_index(self, revision: int, logs: Sequence[LogRef]) -> IndexRef:
        index = CaseIndex(
            package=self._package, revision=revision, key=os.urandom(32).hex(),
            case=self._draft.case, officers=self._draft.officers,
            objects=tuple(item.entry for item in self._draft.objects),
            log=tuple(LogEntry.of(log) for log in logs))
        data = index.to_bytes()
        try:
            parse_index(data)  # What we would refuse from others we do not seal.
        except Malformed as error:
            raise SealRefused("index_malformed", str(error)) from error
        name = layout.index_name(revision)
        ct_sha256, ct_size = self._seal(name, data)
        return IndexRef(name, ct_sha256, ct_size, index_hmac(index.key, data))

    def lay_trust(self, trust: TrustFiles) -> None:
        for name, data in trust.files.items():
            kind = classify(f"trust/{name}")
            if kind is None or kind.kind is not NameKind.TRUST or (
                    len(data) > layout.MAX_TRUST_BYTES):
                raise SealRefused("trust_file", name)
            path = self._folder / "trust" / name
            if path.is_file() and path.read_bytes() == data:
                continue
            if path.exists():
                raise SealRefused("trust_file", name)  # Nothing is ever rewritten.
            write_file(path, data)

    def finish(self, statement: Statement, signers: Signers) -> bytes:
        """Sign, then write signature, statement and manifests."""
        data = statement.to_bytes()
        try:
            parse_statement(data)  # What we would refuse from others we do not sign.
        except Malformed as error:
            raise SealRefused("statement_malformed", str(error)) from error
        signature = sign_detached(
            data, (signers.device, *signers.officers), at=statement.made,
            extra_certs=signers.chain)
        self._tick(0)
        names = (layout.signature_name(statement.revision),
                 layout.statement_name(statement.revision))
        for name, content in zip(names, (signature, data), strict=True):
            write_file(self._folder / name, content)
            self.written.add(name)
        write_bag(self._folder, self._package, readme=readme(self._package, self.suite), suite=self.suite,
                  rewritten=self.written)
        return data


def seal_revision(folder: Path, *, package: PackageId, draft: RevisionInput,
                  recipients: Sequence[AnyRecipient], signers: Signers,
                  trust_files: TrustFiles | None = None,
                  progress: Progress = lambda _done, _total: None,
                  cancelled: Callable[[], bool] = lambda: False) -> SealedRevision:
    """Add the next revision to the package in ``folder`` (made when it is not there).

    ``recipients``: who may open index and log: the case's own and headquarters'.
    ``progress``: bytes of new objects checked, and their total; called from several threads, one at a
    time.
    Raises :class:`SealRefused`, :class:`field_app.errors.Cancelled`,
    :class:`field_app.credentials.cms.CmsRefused` from a token that signs wrongly, ``OSError``
    (disk full); in each case the revisions that were there stay as they were.
    """
    if not recipients:
        raise SealRefused("no_recipient")
    _check_signers(draft, signers)
    if is_sm2(signers.device.certificate) != (suite_of(recipients) == GM):
        raise ValueError("signers and recipients are of two suites")
    run = _Sealing(folder, package, draft, recipients=recipients, progress=progress,
                   cancelled=cancelled)
    known = run.existing()
    before = known[-1] if known else None
    _check_objects(draft, before.statement if before else None)
    ranges = _new_ranges(draft, before.statement if before else None)
    make_folder(folder)
    new_bytes = run.place_objects()
    revision = len(known) + 1
    new_logs = run.seal_log(ranges)
    logs = [*(before.statement.logs if before else ()), *new_logs]
    index = run.seal_index(revision, logs)
    trust = trust_files or TrustFiles()
    run.lay_trust(trust)
    statement = Statement(
        package=package, revision=revision, prev=before.sha256 if before else None,
        device=draft.device, device_cert=fingerprint(signers.device.certificate),
        state=draft.state, made=draft.made, nonce=os.urandom(32).hex(), index=index,
        objects=tuple(ObjectRef(o.entry.ct_sha256, o.entry.ct_size) for o in draft.objects),
        logs=tuple(logs), crls=trust.crls,
        officers=tuple(sorted(fingerprint(key.certificate) for key in signers.officers)),
        suite=run.suite)
    data = run.finish(statement, signers)
    return SealedRevision(
        folder=folder, package=package, revision=revision, statement=statement,
        statement_sha256=statement_hash(data),
        new_bytes=new_bytes + index.ct_size + sum(log.ct_size for log in new_logs),
        total_bytes=sum(file.size for file in statement.files()))
