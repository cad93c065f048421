"""Age v1 files: sealed while written, opened at any place.

A payload is a 16-byte nonce and ChaCha20-Poly1305 chunks of 64 KiB plaintext (C2SP age.md).
Written files are append-only; see FORMAT.md for what survives a power cut.
"""

import os
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import BinaryIO

from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

from field_app.crypto.age_header import AgeError, hkdf, make_header, read_header
from field_app.crypto.age_keys import Identity, Recipient
from field_app.crypto.hashing import Digest
from field_app.crypto.stream import (
    CHUNK,
    SEALED_CHUNK,
    TAG,
    StreamReader,
    StreamWriter,
    chunk_nonce,
    read_limited,
    seal_parts,
    stream_prefix,
)

NONCE_BYTES = 16


def _payload(file_key: bytes, nonce: bytes) -> ChaCha20Poly1305:
    return ChaCha20Poly1305(hkdf(file_key, salt=nonce, info=b"payload"))


class AgeWriter(StreamWriter):
    """Seals a stream to recipients; ``file`` is only ever appended to.

    What it tells and takes is in :class:`StreamWriter`.
    """

    def __init__(self, file: BinaryIO, recipients: Sequence[Recipient], *,
                 digests: tuple[Digest, Digest] | None = None, with_sm3: bool = False) -> None:
        file_key, header = make_header(recipients)
        nonce = os.urandom(NONCE_BYTES)
        super().__init__(file, header + nonce, _payload(file_key, nonce), digests=digests,
                         with_sm3=with_sm3)


class AgeReader(StreamReader):
    """Opens an age file at any place: only the chunks touched are read and verified.

    Raises :class:`AgeError` where the ciphertext was changed or cut.
    """

    def __init__(self, file: BinaryIO, identities: Sequence[Identity], *,
                 cached_chunks: int = 16) -> None:
        file.seek(0)
        file_key, header_length = read_header(file, identities)
        file.seek(header_length)
        nonce = file.read(NONCE_BYTES)
        if len(nonce) != NONCE_BYTES:
            raise AgeError("payload is cut")
        super().__init__(file, header_length + NONCE_BYTES, _payload(file_key, nonce),
                         cached_chunks=cached_chunks)


def salvage_prefix(file: BinaryIO, identities: Sequence[Identity]) -> Iterator[bytes]:
    """The authentic plaintext chunks at the start of a cut or damaged age file.

    Ends quietly at the first chunk that does not verify; raises :class:`AgeError` only when the
    header itself is unusable.
    """
    file.seek(0)
    file_key, header_length = read_header(file, identities)
    file.seek(header_length)
    return stream_prefix(file, _payload(file_key, file.read(NONCE_BYTES)))


def seal_file(path: Path, parts: Iterable[bytes], recipients: Sequence[Recipient]) -> AgeWriter:
    """Seal ``parts`` into a new file at ``path``, synced to disk; returns the closed writer.

    The file appears under its name only when whole (written beside, renamed).
    """
    return seal_parts(path, parts, lambda file: AgeWriter(file, recipients))


def open_file(path: Path, identities: Sequence[Identity], *, limit: int) -> bytes:
    """The whole plaintext of a small sealed file; :class:`AgeError` past ``limit`` bytes."""
    with path.open("rb") as file:
        return read_limited(AgeReader(file, identities), limit)


__all__ = ["CHUNK", "NONCE_BYTES", "SEALED_CHUNK", "TAG", "AgeReader", "AgeWriter", "chunk_nonce",
           "open_file", "salvage_prefix", "seal_file"]
