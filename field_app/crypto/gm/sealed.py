"""Files of ``le-gm/v1``: as age v1 in every step, with the national algorithms (FORMAT.md).

Sealed while written, opened at any place; the chunks are those of :mod:`field_app.crypto.stream`.
"""

import os
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import BinaryIO

from field_app.crypto.gm.header import GmIdentity, make_header, payload_key, read_header
from field_app.crypto.gm.provider import GmProvider
from field_app.crypto.gm.sm2_forms import Sm2Public
from field_app.crypto.hashing import Digest
from field_app.crypto.stanzas import AgeError
from field_app.crypto.stream import (
    Aead,
    StreamReader,
    StreamWriter,
    read_limited,
    seal_parts,
    stream_prefix,
)

NONCE_BYTES = 16


class GmWriter(StreamWriter):
    """Seals a stream to SM2 keys; ``file`` is only ever appended to."""

    def __init__(self, file: BinaryIO, provider: GmProvider, recipients: Sequence[Sm2Public], *,
                 digests: tuple[Digest, Digest] | None = None, with_sm3: bool = True) -> None:
        file_key, header = make_header(provider, recipients)
        nonce = os.urandom(NONCE_BYTES)
        super().__init__(file, header + nonce, provider.sm4_gcm(payload_key(file_key, nonce)),
                         digests=digests, with_sm3=with_sm3)


def _payload(file: BinaryIO, identities: Sequence[GmIdentity]) -> tuple[int, Aead]:
    """Where the chunks begin and what opens them."""
    file.seek(0)
    file_key, length = read_header(file, identities)
    file.seek(length)
    nonce = file.read(NONCE_BYTES)
    if len(nonce) != NONCE_BYTES:
        raise AgeError("payload is cut")
    return length + NONCE_BYTES, identities[0].provider.sm4_gcm(payload_key(file_key, nonce))


class GmReader(StreamReader):
    """Opens a file at any place: only the chunks touched are read and verified.

    Raises :class:`AgeError` where the ciphertext was changed or cut.
    """

    def __init__(self, file: BinaryIO, identities: Sequence[GmIdentity], *,
                 cached_chunks: int = 16) -> None:
        start, aead = _payload(file, identities)
        super().__init__(file, start, aead, cached_chunks=cached_chunks)


def salvage_gm_prefix(file: BinaryIO, identities: Sequence[GmIdentity]) -> Iterator[bytes]:
    """The authentic chunks at the start of a cut or damaged file; see ``age.salvage_prefix``."""
    _start, aead = _payload(file, identities)
    return stream_prefix(file, aead)


def seal_gm_file(path: Path, parts: Iterable[bytes], provider: GmProvider,
                 recipients: Sequence[Sm2Public]) -> GmWriter:
    """Seal ``parts`` into a new file at ``path``, synced, under its name only when whole."""
    return seal_parts(path, parts, lambda file: GmWriter(file, provider, recipients))


def open_gm_file(path: Path, identities: Sequence[GmIdentity], *, limit: int) -> bytes:
    """The whole plaintext of a small sealed file; :class:`AgeError` past ``limit`` bytes."""
    with path.open("rb") as file:
        return read_limited(GmReader(file, identities), limit)
