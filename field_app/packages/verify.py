"""Checks a case package without any key and reports everything it finds (FORMAT.md, section 7)."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from types import MappingProxyType

from field_app.credentials.trust import Trust
from field_app.errors import Cancelled
from field_app.packages import layout
from field_app.packages.bag import (
    BAGIT_TEXT,
    Scan,
    is_finished,
    read_bag_info,
    read_limited,
    read_manifest,
    scan,
)
from field_app.packages.durable import hash_stream, open_regular
from field_app.packages.existing import SignedStatement
from field_app.packages.layout import NameKind, classify
from field_app.packages.receipts import ReceiptInvalid, check_receipt, read_receipt
from field_app.packages.signatures import judge_signatures
from field_app.packages.statement import LogRef, NewerFormat, ObjectRef, Statement, parse_statement
from field_app.packages.verdicts import Finding, Severity, finding
from field_app.protocol.receipt import Receipt
from field_app.protocol.strict import Malformed

FILE_FAULTS = frozenset({"file_missing", "file_size", "file_changed"})


@dataclass(frozen=True)
class PackageReport:
    """What was found. ``statements`` are those that could be read, oldest first.

    ``receipts``: valid ones by revision; only judged when a trust bundle was given.
    """

    folder: Path
    statements: tuple[SignedStatement, ...]
    findings: tuple[Finding, ...]
    receipts: dict[int, Receipt]

    @property
    def errors(self) -> tuple[Finding, ...]:
        return tuple(f for f in self.findings if f.severity is Severity.ERROR)

    @property
    def ok(self) -> bool:
        """Whether nothing is wrong (warnings allowed)."""
        return not self.errors

    @property
    def newest(self) -> Statement | None:
        return self.statements[-1].statement if self.statements else None


class _Hashes:
    """Hashes of the package's files, each file read once."""

    def __init__(self, folder: Path, total: int, known: Mapping[str, str],
                 progress: Callable[[int, int], None], cancelled: Callable[[], bool]) -> None:
        self._folder = folder
        self._known = dict(known)
        self._done = 0
        self._total = total
        self._progress = progress
        self._cancelled = cancelled

    def _tick(self, count: int) -> None:
        if self._cancelled():
            raise Cancelled
        self._done += count
        self._progress(self._done, self._total)

    def of(self, name: str) -> str:
        if name not in self._known:
            with open_regular(self._folder / name) as file:
                self._known[name] = hash_stream(file, tick=self._tick)[0]
        return self._known[name]


class _Verification:
    """One run over a package; findings gather in ``found``."""

    def __init__(self, folder: Path, files: Scan, hashes: _Hashes, trust: Trust | None,
                 at: datetime) -> None:
        self.folder = folder
        self.files = files.files
        self.hashes = hashes
        self.trust = trust
        self.at = at
        self.found = [finding(oddity.code, where=oddity.where) for oddity in files.oddities]
        self.statements: list[SignedStatement] = []
        self.receipts: dict[int, Receipt] = {}
        self._external = ""
        self._suite: str | None = None
        self._objects: set[ObjectRef] = set()
        self._logs: tuple[LogRef, ...] = ()

    def note(self, code: str, where: str = "", revision: int | None = None) -> None:
        self.found.append(finding(code, where=where, revision=revision))

    def check_declaration(self) -> None:
        try:
            declared = read_limited(self.folder / layout.BAGIT, 1024)
            labels = read_bag_info(self.folder)
        except (OSError, Malformed):
            self.note("bag_declaration")
            return
        payload = [size for name, size in self.files.items()
                   if name.startswith("data/") and is_finished(name)]
        expected = {"LE-Package": layout.PACKAGE_FORMAT,
                    "Payload-Oxum": f"{sum(payload)}.{len(payload)}"}
        if declared != BAGIT_TEXT or any(labels.get(k) != v for k, v in expected.items()):
            self.note("bag_declaration")
        self._suite = labels.get("LE-Suite", "")
        self._external = labels.get("External-Identifier", "")

    def check_manifests(self) -> None:
        for name in self.files:
            if not is_finished(name):
                self.note("unfinished_file", name)
        finished = {name for name in self.files if is_finished(name)}
        payload = {name for name in finished if name.startswith("data/")}
        self._check_manifest(layout.MANIFEST, payload)
        self._check_manifest(layout.TAG_MANIFEST, finished - payload - {layout.TAG_MANIFEST})

    def _check_manifest(self, manifest: str, expected: set[str]) -> None:
        if manifest not in self.files:
            self.note("manifest_missing", manifest)
            return
        try:
            listed = read_manifest(self.folder / manifest)
        except (OSError, Malformed) as error:
            self.note("manifest_malformed", str(error))
            return
        for name in sorted(expected | set(listed)):
            if name not in listed:
                self.note("manifest_unlisted", name)
            elif name not in expected:
                self.note("manifest_names_missing", name)
            elif self.hashes.of(name) != listed[name]:
                self.note("manifest_mismatch", name)

    def read_statements(self) -> None:
        told = [(name, kind.revision) for name in sorted(self.files)
                if (kind := classify(name)) is not None and kind.kind is NameKind.STATEMENT]
        revisions = [revision for name, revision in told if name.endswith(".json")]
        if not revisions:
            self.note("not_a_package")
        for name, revision in told:
            if revision > max(revisions, default=0):
                # What was signed is gone: the newest statement was taken out.
                self.note("statement_missing", name, revision)
        expected = 1
        for revision in revisions[:layout.MAX_REVISION]:
            for missing in range(expected, min(revision, expected + 100)):
                self.note("statement_missing", layout.statement_name(missing), missing)
            expected = revision + 1
            self._read_statement(revision)

    def _read_statement(self, revision: int) -> None:
        name = layout.statement_name(revision)
        try:
            data = read_limited(self.folder / name, layout.MAX_STATEMENT_BYTES)
            statement = parse_statement(data)
            if statement.revision != revision:
                raise Malformed(name, "another revision")
        except NewerFormat:
            self.note("statement_newer", name, revision)
            return
        except Malformed as error:
            self.note("statement_malformed", f"{name} {error}", revision)
            return
        p7s = self._read_signature(revision)
        signed = SignedStatement(statement, data, p7s or b"")
        self._check_chain(signed)
        self._check_kept(statement)
        self.statements.append(signed)
        if p7s is not None:
            # An empty file is judged as well: it is a signature that does not hold.
            self.found += judge_signatures(signed, self.trust, at=self.at)

    def _read_signature(self, revision: int) -> bytes | None:
        """None when there is none to judge, which is noted."""
        name = layout.signature_name(revision)
        if name not in self.files:
            self.note("signature_missing", name, revision)
            return None
        try:
            return read_limited(self.folder / name, layout.MAX_SIGNATURE_BYTES)
        except Malformed:
            self.note("signature_invalid", "too_large", revision)
            return None

    def _check_chain(self, signed: SignedStatement) -> None:
        statement = signed.statement
        revision = statement.revision
        if self._external and statement.package != self._external:
            self.note("package_differs", statement.package, revision)
        if self._suite is not None and statement.suite != self._suite:
            self.note("bag_declaration")
        if not self.statements:
            return
        before = self.statements[-1]
        if before.statement.revision == revision - 1 and statement.prev != before.sha256:
            self.note("chain_broken", layout.statement_name(revision), revision)
        if statement.package != before.statement.package:
            self.note("package_differs", statement.package, revision)
        if statement.device != before.statement.device:
            self.note("device_differs", statement.device, revision)

    def _check_kept(self, statement: Statement) -> None:
        """Against all revisions before: what one of them dropped, the next does not bring back into order."""
        revision = statement.revision
        for log in statement.logs:
            if log.device != statement.device:
                # Who signs speaks of the own log alone: another's would be written by a stranger.
                self.note("device_differs", log.path, revision)
        objects = set(statement.objects)
        for old in self._objects - objects:
            self.note("object_dropped", old.ct_sha256, revision)
        self._objects |= objects
        if statement.logs[:len(self._logs)] == self._logs:
            self._logs = statement.logs
        else:
            self.note("log_dropped", layout.statement_name(revision), revision)

    def check_files(self) -> None:
        """Each file is judged once, for the revision that named it first."""
        named: dict[str, tuple[str, int]] = {}
        for signed in self.statements:
            for file in signed.statement.files():
                if named.get(file.path) == (file.sha256, file.size):
                    continue
                revision = signed.statement.revision
                named[file.path] = (file.sha256, file.size)
                if file.path not in self.files:
                    self.note("file_missing", file.path, revision)
                elif self.files[file.path] != file.size:
                    self.note("file_size", file.path, revision)
                elif self.hashes.of(file.path) != file.sha256:
                    self.note("file_changed", file.path, revision)
        for name in self.files:
            if name.startswith("data/") and is_finished(name) and name not in named:
                self.note("unlisted_file", name)

    def check_receipts(self) -> None:
        if self.trust is None:
            return
        for signed in self.statements:
            revision = signed.statement.revision
            try:
                kept = read_receipt(self.folder, revision)
                if kept is not None:
                    self.receipts[revision] = check_receipt(kept, signed, self.trust, at=self.at)
            except ReceiptInvalid as error:
                other = error.code == "other_statement"
                self.note("receipt_other_statement" if other else "receipt_invalid",
                          layout.receipt_names(revision)[0], revision)


def verify_package(folder: Path, trust: Trust | None, *, at: datetime,
                   known_hashes: Mapping[str, str] = MappingProxyType({}),
                   progress: Callable[[int, int], None] = lambda _done, _total: None,
                   cancelled: Callable[[], bool] = lambda: False) -> PackageReport:
    """Check everything that needs no key; never raises for what a package may hold.

    ``at``: the trusted present (aware). ``progress``: bytes hashed and their total.
    ``known_hashes``: by name, of files the caller has hashed itself and need not be read again.
    Raises :class:`field_app.errors.Cancelled`, and ``OSError`` when the disk fails.
    """
    if not folder.is_dir() or folder.is_symlink():
        return PackageReport(folder, (), (finding("not_a_package", where=folder.name),), {})
    files = scan(folder)
    total = sum(size for name, size in files.files.items() if name not in known_hashes)
    hashes = _Hashes(folder, total, known_hashes, progress, cancelled)
    run = _Verification(folder, files, hashes, trust, at)
    if trust is None:
        run.note("trust_unknown")
    run.check_declaration()
    run.check_manifests()
    run.read_statements()
    run.check_files()
    run.check_receipts()
    return PackageReport(folder, tuple(run.statements), tuple(run.found), run.receipts)
