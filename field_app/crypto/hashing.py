"""Integrity values (完整性校验值): SHA-256 of files and streams."""

import hashlib
from pathlib import Path


def sha256_hex(data: bytes) -> str:
    """Lower-case hex SHA-256 of bytes in memory."""
    return hashlib.sha256(data).hexdigest()


def sha256_file(path: Path) -> str:
    """Lower-case hex SHA-256 of a file, read in pieces."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
