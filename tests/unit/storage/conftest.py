"""A fresh real SQLCipher store for each test."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from field_app.storage.store import Store, open_store


@pytest.fixture
def key() -> bytes:
    return os.urandom(32)


@pytest.fixture
def store(tmp_path: Path, key: bytes) -> Iterator[Store]:
    made = open_store(tmp_path / "store.db", key, backups=tmp_path / "backups")
    yield made
    made.close()
