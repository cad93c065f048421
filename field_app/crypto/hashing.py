"""Integrity values (完整性校验值): SHA-256 of files and streams, and SM3 beside it."""

import hashlib
import queue
import threading
from pathlib import Path
from typing import Protocol


def sha256_hex(data: bytes) -> str:
    """Lower-case hex SHA-256 of bytes in memory."""
    return hashlib.sha256(data).hexdigest()


def sha256_file(path: Path) -> str:
    """Lower-case hex SHA-256 of a file, read in pieces."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


class Digest(Protocol):
    """A hash that grows."""

    def update(self, data: bytes | memoryview, /) -> None: ...

    def hexdigest(self) -> str: ...


class _Sm3:
    """SM3 (GB/T 32905) where the system's own OpenSSL leaves it out."""

    def __init__(self) -> None:
        from cryptography.hazmat.primitives.hashes import SM3, Hash

        self._hash = Hash(SM3())

    def update(self, data: bytes | memoryview, /) -> None:
        self._hash.update(data)

    def hexdigest(self) -> str:
        return self._hash.copy().finalize().hex()


def new_sm3() -> Digest:
    """A running SM3 hash (GB/T 32905), 64 hex digits in the end."""
    try:
        return hashlib.new("sm3")
    except ValueError:
        return _Sm3()


_MOST_WAITING = 4


class BackgroundSha256:
    """SHA-256 on a thread of its own, so that hashing goes on while the disk is waited for.

    ``hexdigest`` waits for all that was handed over; :meth:`close` must be called when done.
    """

    def __init__(self) -> None:
        self._digest = hashlib.sha256()
        self._jobs: queue.Queue[bytes | None] = queue.Queue(_MOST_WAITING)
        self._thread = threading.Thread(target=self._work, name="sha256", daemon=True)
        self._thread.start()

    def _work(self) -> None:
        while (data := self._jobs.get()) is not None:
            self._digest.update(data)
            self._jobs.task_done()

    def update(self, data: bytes, /) -> None:
        """Hash ``data`` after what came before; waits when the thread is far behind."""
        self._jobs.put(data)

    def hexdigest(self) -> str:
        self._jobs.join()
        return self._digest.hexdigest()

    def close(self) -> None:
        """End the thread; more may not be handed over."""
        self._jobs.put(None)
        self._thread.join()

    def __enter__(self) -> "BackgroundSha256":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
