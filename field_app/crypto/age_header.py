"""The age v1 header: who can open a file (C2SP age.md, commit 037e546)."""

import hmac
import os
from collections.abc import Sequence
from typing import BinaryIO

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from field_app.crypto.age_keys import Identity, Recipient
from field_app.crypto.stanzas import (
    AgeError,
    NoMatchingIdentity,
    Stanza,
    b64,
    parse_header,
    unb64,
    write_header,
)

VERSION_LINE = b"age-encryption.org/v1\n"
FILE_KEY_BYTES = 16
_INFO_X25519 = b"age-encryption.org/v1/X25519"


def hkdf(key: bytes, *, salt: bytes, info: bytes) -> bytes:
    """32 bytes by HKDF-SHA-256 (RFC 5869)."""
    return HKDF(algorithm=hashes.SHA256(), length=32, salt=salt, info=info).derive(key)


def _wrap_key(shared: bytes, share: bytes, recipient: bytes) -> ChaCha20Poly1305:
    return ChaCha20Poly1305(hkdf(shared, salt=share + recipient, info=_INFO_X25519))


def _stanza_for(file_key: bytes, recipient: Recipient) -> Stanza:
    ephemeral = X25519PrivateKey.generate()
    share = ephemeral.public_key().public_bytes_raw()
    wrap = _wrap_key(ephemeral.exchange(recipient.public_key()), share, recipient.raw)
    return Stanza(("X25519", b64(share).decode()), wrap.encrypt(bytes(12), file_key, None))


def _mac(file_key: bytes, header: bytes) -> bytes:
    return hmac.digest(hkdf(file_key, salt=b"", info=b"header"), header, "sha256")


def make_header(recipients: Sequence[Recipient]) -> tuple[bytes, bytes]:
    """A fresh file key and the header that carries it to ``recipients``."""
    if not recipients:
        raise ValueError("a sealed file needs a recipient")
    file_key = os.urandom(FILE_KEY_BYTES)
    stanzas = [_stanza_for(file_key, recipient) for recipient in recipients]
    return file_key, write_header(VERSION_LINE, stanzas, lambda text: _mac(file_key, text))


def _open_stanza(stanza: Stanza, identity: Identity) -> bytes | None:
    if stanza.args[0] != "X25519":
        return None
    if len(stanza.args) != 2:
        raise AgeError("an X25519 stanza has one argument")
    share = unb64(stanza.args[1].encode())
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
    header = parse_header(file, VERSION_LINE)
    for stanza in header.stanzas:
        for identity in identities:
            file_key = _open_stanza(stanza, identity)
            if file_key is None:
                continue
            if not hmac.compare_digest(header.mac, _mac(file_key, header.covered)):
                raise AgeError("header was changed")
            return file_key, header.length
    raise NoMatchingIdentity("no identity matches")
