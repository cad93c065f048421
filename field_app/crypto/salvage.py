"""Reads what is left of a sealed file that was changed, cut, or holed in the middle."""

import os
from collections import OrderedDict
from collections.abc import Iterator, Sequence
from typing import BinaryIO

from cryptography.exceptions import InvalidTag

from field_app.crypto.stream import CHUNK, SEALED_CHUNK, TAG, chunk_nonce
from field_app.crypto.suites import AnyIdentity, open_payload

_CACHED = 32


class SalvageReader:
    """Every chunk that still verifies, at its place; zeros where one does not.

    ``size``: how many plaintext bytes the file had when it was sealed; None takes what its length
    says. Raises ``AgeError`` when the header itself is unusable.
    """

    def __init__(self, file: BinaryIO, identities: Sequence[AnyIdentity], *,
                 size: int | None = None) -> None:
        self._file = file
        self._start, self._aead = open_payload(file, identities)
        if size is None:
            sealed = file.seek(0, os.SEEK_END) - self._start
            size = max(0, sealed - max(1, -(-sealed // SEALED_CHUNK)) * TAG)
        self.size = size
        self.chunks = max(1, -(-size // CHUNK))
        self._cache: OrderedDict[int, bytes | None] = OrderedDict()

    def chunk(self, index: int) -> bytes | None:
        """Plaintext of chunk ``index`` (64 KiB, the last one less); None where it is lost."""
        if index in self._cache:
            self._cache.move_to_end(index)
            return self._cache[index]
        last = index == self.chunks - 1
        length = (self.size - index * CHUNK if last else CHUNK) + TAG
        plain: bytes | None = None
        try:
            self._file.seek(self._start + index * SEALED_CHUNK)
            plain = self._aead.decrypt(chunk_nonce(index, last=last), self._file.read(length), None)
        except (InvalidTag, OSError, ValueError):
            plain = None  # Changed, cut, or a sector that the disk cannot read.
        self._cache[index] = plain
        if len(self._cache) > _CACHED:
            self._cache.popitem(last=False)
        return plain

    def lost(self) -> Iterator[tuple[int, int]]:
        """Byte ranges of the plaintext that cannot be read, in order; visits every chunk."""
        begin: int | None = None
        for index in range(self.chunks):
            if self.chunk(index) is None:
                begin = index * CHUNK if begin is None else begin
            elif begin is not None:
                yield begin, index * CHUNK
                begin = None
        if begin is not None:
            yield begin, self.size

    def read_at(self, offset: int, length: int) -> bytes | None:
        """Plaintext from ``offset``, fewer bytes at the end; None when any of it is lost."""
        end = min(offset + length, self.size)
        parts = []
        while offset < end:
            index, inside = divmod(offset, CHUNK)
            plain = self.chunk(index)
            if plain is None:
                return None
            part = plain[inside:inside + end - offset]
            parts.append(part)
            offset += len(part)
        return b"".join(parts)
