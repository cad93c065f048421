"""Reads a sealed file while another is still writing it: whole chunks as they come, each once."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from cryptography.exceptions import InvalidTag

from field_app.crypto.appender import newest_tail
from field_app.crypto.stream import SEALED_CHUNK, chunk_nonce
from field_app.crypto.suites import AnyIdentity, open_payload


class GrowingReader:
    """Follows ``path`` from outside. ``OSError`` or ``AgeError`` when it cannot be opened."""

    def __init__(self, path: Path, identities: Sequence[AnyIdentity]) -> None:
        self._path = path
        self._identities = identities
        with path.open("rb") as file:
            self._at, self._aead = open_payload(file, identities)
        self._index = 0
        self.size = 0

    def new_chunks(self) -> Iterator[bytes]:
        """Plaintext of chunks that became whole since the last call."""
        with self._path.open("rb") as file:
            file.seek(self._at)
            while len(sealed := file.read(SEALED_CHUNK)) == SEALED_CHUNK:
                try:
                    plain = self._aead.decrypt(chunk_nonce(self._index, last=False), sealed, None)
                except InvalidTag:
                    return
                self._at += SEALED_CHUNK
                self._index += 1
                self.size += len(plain)
                yield plain

    def tail(self) -> bytes:
        """What was checkpointed behind the whole chunks seen so far."""
        found = newest_tail(self._path, self._identities)
        if found is None:
            return b""
        offset, body = found
        return body[self.size - offset:] if offset <= self.size < offset + len(body) else b""
