"""A damaged sealed file as a plain one, with zeros where bytes are lost."""

import io
import os
from typing import TYPE_CHECKING

from field_app.crypto.salvage import SalvageReader
from field_app.crypto.stream import CHUNK

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer


class ZeroedFile(io.RawIOBase):
    """Read-only and seekable, for decoders that find their way around holes."""

    def __init__(self, reader: SalvageReader) -> None:
        self._reader = reader
        self._at = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        base = {os.SEEK_SET: 0, os.SEEK_CUR: self._at, os.SEEK_END: self._reader.size}[whence]
        self._at = max(0, base + offset)
        return self._at

    def tell(self) -> int:
        return self._at

    def readinto(self, buffer: "WriteableBuffer", /) -> int:
        view = memoryview(buffer).cast("B")
        index, inside = divmod(self._at, CHUNK)
        if self._at >= self._reader.size:
            return 0
        plain = self._reader.chunk(index)
        if plain is None:
            plain = bytes(min(CHUNK, self._reader.size - index * CHUNK))
        part = plain[inside:inside + len(view)]
        view[:len(part)] = part
        self._at += len(part)
        return len(part)
