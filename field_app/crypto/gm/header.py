"""Header of ``le-gm/v1``: age's header with SM2 stanzas, HKDF-SM3 and HMAC-SM3 (FORMAT.md)."""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from typing import BinaryIO

from field_app.crypto.gm.provider import GmProvider, GmRefused, Sm2Private
from field_app.crypto.gm.sm2_forms import Sm2Public
from field_app.crypto.gm.symmetric import SM4_KEY_BYTES, hkdf_sm3, hmac_sm3, same_bytes, sm3
from field_app.crypto.stanzas import (
    AgeError,
    NoMatchingIdentity,
    Stanza,
    b64,
    parse_header,
    write_header,
)

VERSION_LINE = b"le-gm/v1\n"
FILE_KEY_BYTES = 16
# DER of 16 bytes sealed: two numbers of at most 33 bytes, C3, C2, and their heads.
_MAX_BODY = 2 * 35 + 34 + 18 + 2


@dataclass(frozen=True)
class GmIdentity:
    """A private key and the module that uses it."""

    provider: GmProvider
    key: Sm2Private

    @property
    def recipient(self) -> Sm2Public:
        """What files are sealed to."""
        return self.key.public


def recipient_tag(public: Sm2Public) -> str:
    """What a stanza calls its recipient: base64 of SM3 of the SubjectPublicKeyInfo."""
    return b64(sm3(public.spki)).decode()


def _mac(file_key: bytes, covered: bytes) -> bytes:
    return hmac_sm3(hkdf_sm3(file_key, salt=b"", info=b"header", length=32), covered)


def payload_key(file_key: bytes, nonce: bytes) -> bytes:
    """The SM4 key of the chunks."""
    return hkdf_sm3(file_key, salt=nonce, info=b"payload", length=SM4_KEY_BYTES)


def make_header(provider: GmProvider, recipients: Sequence[Sm2Public]) -> tuple[bytes, bytes]:
    """A fresh file key and the header that carries it to ``recipients``."""
    if not recipients:
        raise ValueError("a sealed file needs a recipient")
    file_key = os.urandom(FILE_KEY_BYTES)
    stanzas = [Stanza(("SM2", recipient_tag(public)), provider.encrypt(public, file_key))
               for public in recipients]
    return file_key, write_header(VERSION_LINE, stanzas, lambda text: _mac(file_key, text))


def _open_stanza(stanza: Stanza, identity: GmIdentity, tag: str) -> bytes | None:
    if stanza.args[0] != "SM2":
        return None
    if len(stanza.args) != 2 or len(stanza.body) > _MAX_BODY:
        raise AgeError("bad SM2 stanza")
    if stanza.args[1] != tag:
        return None
    try:
        file_key = identity.provider.decrypt(identity.key, stanza.body)
    except GmRefused as error:
        raise AgeError("SM2 stanza was changed") from error
    if len(file_key) != FILE_KEY_BYTES:
        raise AgeError("file key has a wrong length")
    return file_key


def read_header(file: BinaryIO, identities: Sequence[GmIdentity]) -> tuple[bytes, int]:
    """The file key and the header's length, read strictly from where ``file`` stands.

    Raises :class:`AgeError` on any deviation, :class:`NoMatchingIdentity` if none opens it.
    """
    header = parse_header(file, VERSION_LINE)
    tags = [(identity, recipient_tag(identity.key.public)) for identity in identities]
    for stanza in header.stanzas:
        for identity, tag in tags:
            file_key = _open_stanza(stanza, identity, tag)
            if file_key is None:
                continue
            if not same_bytes(header.mac, _mac(file_key, header.covered)):
                raise AgeError("header was changed")
            return file_key, header.length
    raise NoMatchingIdentity("no identity matches")
