"""The text of a header: who can open a file, as age v1 writes it (C2SP age.md, commit 037e546).

A first line that names the format, recipient stanzas, and a line with a MAC. Which stanzas there
are and how they are opened is the business of ``age_header.py`` and of ``gm/header.py``.
"""

import base64
import binascii
from collections.abc import Callable
from dataclasses import dataclass
from typing import BinaryIO

from field_app.errors import FieldAppError

_BODY_COLUMNS = 64
_MAX_STANZAS = 64
_MAX_HEADER_BYTES = 64 << 10


class AgeError(FieldAppError):
    """A sealed file is malformed, changed, or not for us."""


class NoMatchingIdentity(AgeError):
    """None of the given identities opens this file."""


@dataclass(frozen=True)
class Stanza:
    """One recipient stanza: space-free ASCII arguments and a binary body."""

    args: tuple[str, ...]
    body: bytes


@dataclass(frozen=True)
class Header:
    """A header as read. ``covered``: the bytes under ``mac``; ``length`` in bytes of the whole."""

    stanzas: tuple[Stanza, ...]
    covered: bytes
    mac: bytes
    length: int


def b64(data: bytes) -> bytes:
    """Canonical base64 without padding."""
    return base64.b64encode(data).rstrip(b"=")


def unb64(text: bytes) -> bytes:
    """Strict reading of :func:`b64`; :class:`AgeError`."""
    try:
        data = base64.b64decode(text + b"=" * (-len(text) % 4), validate=True)
    except binascii.Error as error:
        raise AgeError("bad base64") from error
    if b"=" in text or b64(data) != text:
        raise AgeError("base64 is not canonical")
    return data


def _encode_stanza(stanza: Stanza) -> bytes:
    body = b64(stanza.body)
    lines = [body[i:i + _BODY_COLUMNS] for i in range(0, len(body), _BODY_COLUMNS)]
    if not lines or len(lines[-1]) == _BODY_COLUMNS:
        lines.append(b"")  # A body ends with a line shorter than 64 columns.
    return b"-> " + " ".join(stanza.args).encode() + b"\n" + b"\n".join(lines) + b"\n"


def write_header(version_line: bytes, stanzas: list[Stanza], mac: Callable[[bytes], bytes]) -> bytes:
    """The whole header; ``mac`` is asked for the MAC of what it covers."""
    text = version_line + b"".join(_encode_stanza(stanza) for stanza in stanzas) + b"---"
    return text + b" " + b64(mac(text)) + b"\n"


class _Lines:
    """Header lines, bounded, each ended by LF alone."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self.seen = bytearray()

    def next(self) -> bytes:
        line = self._file.readline(_MAX_HEADER_BYTES - len(self.seen) + 1)
        self.seen += line
        if not line.endswith(b"\n") or len(self.seen) > _MAX_HEADER_BYTES:
            raise AgeError("header is cut or too long")
        return line[:-1]


def _parse_stanza(line: bytes, lines: _Lines) -> Stanza:
    try:
        args = tuple(line[3:].decode("ascii").split(" "))
    except UnicodeDecodeError as error:
        raise AgeError("stanza arguments must be ASCII") from error
    if any(not arg or not all("!" <= c <= "~" for c in arg) for arg in args):
        raise AgeError("bad stanza argument")
    body = b""
    while True:
        part = lines.next()
        if len(part) > _BODY_COLUMNS:
            raise AgeError("stanza line too long")
        body += part
        if len(part) < _BODY_COLUMNS:
            return Stanza(args, unb64(body))


def parse_header(file: BinaryIO, version_line: bytes) -> Header:
    """Read a header strictly from where ``file`` stands; :class:`AgeError` on any deviation."""
    lines = _Lines(file)
    if lines.next() + b"\n" != version_line:
        raise AgeError("not a file of this format")
    stanzas: list[Stanza] = []
    while True:
        before = len(lines.seen)
        line = lines.next()
        if line.startswith(b"-> "):
            stanzas.append(_parse_stanza(line, lines))
            if len(stanzas) > _MAX_STANZAS:
                raise AgeError("too many stanzas")
        elif line.startswith(b"--- "):
            break
        else:
            raise AgeError("bad header line")
    if not stanzas:
        raise AgeError("no stanza")
    return Header(tuple(stanzas), bytes(lines.seen[:before]) + b"---", unb64(line[4:]),
                  len(lines.seen))
