"""Reads a sealed file while another is still writing it: whole chunks as they come, each once."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

from field_app.crypto.age import NONCE_BYTES, SEALED_CHUNK
from field_app.crypto.age_header import hkdf, read_header
from field_app.crypto.age_keys import Identity
from field_app.crypto.appender import newest_tail


class GrowingReader:
    """Follows ``path`` from outside. ``OSError`` or ``AgeError`` when it cannot be opened."""

    def __init__(self, path: Path, identities: Sequence[Identity]) -> None:
        self._path = path
        self._identities = identities
        with path.open("rb") as file:
            file_key, self._at = read_header(file, identities)
            file.seek(self._at)
            nonce = file.read(NONCE_BYTES)
        self._at += len(nonce)
        self._aead = ChaCha20Poly1305(hkdf(file_key, salt=nonce, info=b"payload"))
        self._index = 0
        self.size = 0

    def new_chunks(self) -> Iterator[bytes]:
        """Plaintext of chunks that became whole since the last call."""
        with self._path.open("rb") as file:
            file.seek(self._at)
            while len(sealed := file.read(SEALED_CHUNK)) == SEALED_CHUNK:
                try:
                    plain = self._aead.decrypt(
                        self._index.to_bytes(11, "big") + b"\x00", sealed, None)
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
