"""The age v1 header: who can open a file (C2SP age.md, commit 037e546)."""

import base64
import binascii
import hmac
import os
from collections.abc import Sequence
from dataclasses import dataclass
from typing import BinaryIO

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from field_app.crypto.age_keys import Identity, Recipient
from field_app.errors import FieldAppError

VERSION_LINE = b"age-encryption.org/v1\n"
FILE_KEY_BYTES = 16
_INFO_X25519 = b"age-encryption.org/v1/X25519"
_BODY_COLUMNS = 64
_MAX_STANZAS = 64
_MAX_HEADER_BYTES = 64 << 10


class AgeError(FieldAppError):
    """An age file is malformed, changed, or not for us."""


class NoMatchingIdentity(AgeError):
    """None of the given identities opens this file."""


@dataclass(frozen=True)
class Stanza:
    """One recipient stanza: space-free ASCII arguments and a binary body."""

    args: tuple[str, ...]
    body: bytes


def hkdf(key: bytes, *, salt: bytes, info: bytes) -> bytes:
    """32 bytes by HKDF-SHA-256 (RFC 5869)."""
    return HKDF(algorithm=hashes.SHA256(), length=32, salt=salt, info=info).derive(key)


def _b64(data: bytes) -> bytes:
    return base64.b64encode(data).rstrip(b"=")


def _unb64(text: bytes) -> bytes:
    try:
        data = base64.b64decode(text + b"=" * (-len(text) % 4), validate=True)
    except binascii.Error as error:
        raise AgeError("bad base64") from error
    if b"=" in text or _b64(data) != text:
        raise AgeError("base64 is not canonical")
    return data


def _wrap_key(shared: bytes, share: bytes, recipient: bytes) -> ChaCha20Poly1305:
    return ChaCha20Poly1305(hkdf(shared, salt=share + recipient, info=_INFO_X25519))


def _stanza_for(file_key: bytes, recipient: Recipient) -> Stanza:
    ephemeral = X25519PrivateKey.generate()
    share = ephemeral.public_key().public_bytes_raw()
    wrap = _wrap_key(ephemeral.exchange(recipient.public_key()), share, recipient.raw)
    return Stanza(("X25519", _b64(share).decode()), wrap.encrypt(bytes(12), file_key, None))


def _encode_stanza(stanza: Stanza) -> bytes:
    body = _b64(stanza.body)
    lines = [body[i:i + _BODY_COLUMNS] for i in range(0, len(body), _BODY_COLUMNS)]
    if not lines or len(lines[-1]) == _BODY_COLUMNS:
        lines.append(b"")  # A body ends with a line shorter than 64 columns.
    return b"-> " + " ".join(stanza.args).encode() + b"\n" + b"\n".join(lines) + b"\n"


def _mac(file_key: bytes, header: bytes) -> bytes:
    return hmac.digest(hkdf(file_key, salt=b"", info=b"header"), header, "sha256")


def make_header(recipients: Sequence[Recipient]) -> tuple[bytes, bytes]:
    """A fresh file key and the header that carries it to ``recipients``."""
    if not recipients:
        raise ValueError("a sealed file needs a recipient")
    file_key = os.urandom(FILE_KEY_BYTES)
    text = VERSION_LINE + b"".join(
        _encode_stanza(_stanza_for(file_key, recipient)) for recipient in recipients) + b"---"
    return file_key, text + b" " + _b64(_mac(file_key, text)) + b"\n"


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
            return Stanza(args, _unb64(body))


def _open_stanza(stanza: Stanza, identity: Identity) -> bytes | None:
    if stanza.args[0] != "X25519":
        return None
    if len(stanza.args) != 2:
        raise AgeError("an X25519 stanza has one argument")
    share = _unb64(stanza.args[1].encode())
    if len(share) != 32 or len(stanza.body) != FILE_KEY_BYTES + 16:
        raise AgeError("bad X25519 stanza")
    try:
        shared = identity.exchange(share)
    except ValueError as error:
        raise AgeError("low-order point") from error
    try:
        return _wrap_key(shared, share, identity.recipient.raw).decrypt(
            bytes(12), stanza.body, None)
    except InvalidTag:
        return None


def read_header(file: BinaryIO, identities: Sequence[Identity]) -> tuple[bytes, int]:
    """The file key and the header's length, read strictly from the start of ``file``.

    Raises :class:`AgeError` on any deviation, :class:`NoMatchingIdentity` if none opens it.
    """
    lines = _Lines(file)
    if lines.next() + b"\n" != VERSION_LINE:
        raise AgeError("not an age v1 file")
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
    mac = _unb64(line[4:])
    covered = bytes(lines.seen[:before]) + b"---"
    for stanza in stanzas:
        for identity in identities:
            file_key = _open_stanza(stanza, identity)
            if file_key is None:
                continue
            if not hmac.compare_digest(mac, _mac(file_key, covered)):
                raise AgeError("header was changed")
            return file_key, len(lines.seen)
    raise NoMatchingIdentity("no identity matches")
