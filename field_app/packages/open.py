"""Opens a case package with a key: index, objects, event log, each held to its signed hash.

Whether to believe the signatures is :mod:`field_app.packages.verify`'s part.
"""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from field_app.crypto.bulk import digest_opened
from field_app.crypto.stanzas import AgeError
from field_app.crypto.suites import AnyIdentity, SealedReader
from field_app.errors import FieldAppError
from field_app.packages import layout
from field_app.packages.durable import hash_stream, open_regular
from field_app.packages.events import ChainBroken, LoggedEvent, read_chain
from field_app.packages.existing import SignedStatement, read_statement, read_statements
from field_app.packages.index import CaseIndex, LogEntry, ObjectEntry, index_hmac, parse_index
from field_app.packages.statement import LogRef, Statement
from field_app.protocol.strict import Malformed


class PackageUnreadable(FieldAppError):
    """A package, or one thing in it, cannot be opened; ``code`` and ``where`` as for findings."""

    def __init__(self, code: str, where: str = "") -> None:
        super().__init__(f"{code} {where}".strip())
        self.code = code
        self.where = where


@dataclass(frozen=True)
class OpenPackage:
    """A package whose index was opened and agrees with its statement."""

    folder: Path
    signed: SignedStatement
    index: CaseIndex
    identities: tuple[AnyIdentity, ...]

    @property
    def statement(self) -> Statement:
        return self.signed.statement

    def stream(self, entry: ObjectEntry) -> Iterator[bytes]:
        """The object's plaintext in pieces.

        Raises :class:`PackageUnreadable` where it is cut or changed, at the latest after the
        last piece; only a stream that ends quietly is the object.
        """
        digest, size = hashlib.sha256(), 0
        path = self.folder / layout.object_name(entry.ct_sha256)
        try:
            with open_regular(path) as file:
                for part in SealedReader(file, self.identities).stream():
                    digest.update(part)
                    size += len(part)
                    yield part
        except (OSError, AgeError) as error:
            raise PackageUnreadable("object_unreadable", entry.name) from error
        if (digest.hexdigest(), size) != (entry.sha256, entry.size):
            raise PackageUnreadable("object_differs", entry.name)

    def read(self, entry: ObjectEntry, *, limit: int = 64 << 20) -> bytes:
        """The whole plaintext of an object of at most ``limit`` bytes."""
        if entry.size > limit:
            raise PackageUnreadable("object_unreadable", f"larger than {limit} bytes")
        return b"".join(self.stream(entry))

    def check_object(self, entry: ObjectEntry) -> None:
        """Open the object to its end; :class:`PackageUnreadable` when it is not itself."""
        path = self.folder / layout.object_name(entry.ct_sha256)
        try:
            with open_regular(path) as file:
                found = digest_opened(file, self.identities)
        except (OSError, AgeError) as error:
            raise PackageUnreadable("object_unreadable", entry.name) from error
        if found != (entry.sha256, entry.size):
            raise PackageUnreadable("object_differs", entry.name)

    def log_events(self, *, ranges: Sequence[LogRef] | None = None) -> Iterator[LoggedEvent]:
        """The events of ``ranges`` (all when None), each range held to its chain and head."""
        for log in self.statement.logs if ranges is None else ranges:
            try:
                with open_regular(self.folder / log.path) as file:
                    data = _read(file, self.identities, limit=layout.MAX_LOG_BYTES)
            except (OSError, AgeError) as error:
                raise PackageUnreadable("log_unreadable", log.path) from error
            last = ("", 0)
            try:
                for event in read_chain(data, device=log.device, first=log.first, prev=log.prev):
                    last = (event.hash, event.seq)
                    yield event
            except ChainBroken as error:
                raise PackageUnreadable("log_broken", log.path) from error
            except Malformed as error:
                raise PackageUnreadable("log_malformed", log.path) from error
            if last != (log.head, log.last):
                raise PackageUnreadable("log_broken", log.path)


def _read(file: BinaryIO, identities: Sequence[AnyIdentity], *, limit: int) -> bytes:
    reader = SealedReader(file, identities)
    if reader.size > limit:
        raise AgeError(f"larger than {limit} bytes")
    return b"".join(reader.stream())


def _open_index(folder: Path, statement: Statement, identities: Sequence[AnyIdentity]) -> CaseIndex:
    path = folder / statement.index.path
    try:
        with open_regular(path) as file:
            if hash_stream(file) != (statement.index.ct_sha256, statement.index.ct_size):
                raise PackageUnreadable("file_changed", statement.index.path)
            data = _read(file, identities, limit=layout.MAX_INDEX_BYTES)
    except FileNotFoundError as error:
        raise PackageUnreadable("file_missing", statement.index.path) from error
    except (OSError, AgeError) as error:
        raise PackageUnreadable("index_unreadable", statement.index.path) from error
    try:
        index = parse_index(data)
    except Malformed as error:
        raise PackageUnreadable("index_malformed", str(error)) from error
    if index_hmac(index.key, data) != statement.index.plain_hmac:
        raise PackageUnreadable("index_unbound", statement.index.path)
    return index


def _agree(index: CaseIndex, statement: Statement) -> bool:
    return (
        (index.package, index.revision) == (statement.package, statement.revision)
        and [(o.ct_sha256, o.ct_size) for o in index.objects]
        == [(o.ct_sha256, o.size) for o in statement.objects]
        and index.log == tuple(LogEntry.of(log) for log in statement.logs))


def open_package(folder: Path, identities: Sequence[AnyIdentity], *,
                 revision: int | None = None) -> OpenPackage:
    """Open the newest revision, or ``revision``. Raises :class:`PackageUnreadable`."""
    try:
        if revision is None:
            statements = read_statements(folder)
            signed = statements[-1] if statements else None
        else:
            signed = read_statement(folder, revision)
    except (OSError, Malformed) as error:
        raise PackageUnreadable("statement_malformed", str(error)) from error
    if signed is None:
        raise PackageUnreadable("not_a_package", folder.name)
    index = _open_index(folder, signed.statement, identities)
    if not _agree(index, signed.statement):
        raise PackageUnreadable("index_differs", signed.statement.index.path)
    return OpenPackage(folder, signed, index, tuple(identities))
