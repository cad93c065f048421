"""Reads what a package folder already holds: its statements in order, unjudged but strict."""

from dataclasses import dataclass
from pathlib import Path

from field_app.packages import layout
from field_app.packages.bag import read_limited
from field_app.packages.statement import Statement, parse_statement, statement_hash
from field_app.protocol.strict import Malformed


@dataclass(frozen=True)
class SignedStatement:
    """A statement with the exact bytes that were signed and the signature file."""

    statement: Statement
    data: bytes
    signature: bytes

    @property
    def sha256(self) -> str:
        return statement_hash(self.data)


def read_statement(folder: Path, revision: int) -> SignedStatement | None:
    """Statement ``revision``, or None when there is none. Raises :class:`Malformed`."""
    path = folder / layout.statement_name(revision)
    if not path.is_file():
        return None
    data = read_limited(path, layout.MAX_STATEMENT_BYTES)
    signature = folder / layout.signature_name(revision)
    if not signature.is_file():
        raise Malformed(signature.name, "missing")
    return SignedStatement(
        parse_statement(data), data, read_limited(signature, layout.MAX_SIGNATURE_BYTES))


def read_statements(folder: Path) -> list[SignedStatement]:
    """All statements from the first on; :class:`Malformed` when they do not follow each other."""
    found: list[SignedStatement] = []
    while len(found) < layout.MAX_REVISION:
        signed = read_statement(folder, len(found) + 1)
        if signed is None:
            return found
        before = found[-1].sha256 if found else None
        if signed.statement.revision != len(found) + 1 or signed.statement.prev != before:
            raise Malformed(layout.statement_name(len(found) + 1), "does not follow")
        found.append(signed)
    return found
