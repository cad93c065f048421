"""What was checkpointed survives any cut of the files."""

import os
import random
from pathlib import Path

import pytest

from field_app.crypto.age import CHUNK, open_file
from field_app.crypto.age_keys import Identity
from field_app.crypto.appender import SealedAppender, is_open_ended, recover


def test_closed_file_is_plain_age(tmp_path: Path) -> None:
    identity, data = Identity.generate(), os.urandom(3 * CHUNK + 9)
    appender = SealedAppender(tmp_path / "a.age", [identity.recipient])
    appender.write(data[:100])
    appender.checkpoint()
    appender.write(data[100:])
    done = appender.close()
    assert open_file(done.path, [identity], limit=len(data)) == data
    assert not is_open_ended(done.path)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["a.age"]


@pytest.mark.parametrize("seed", range(12))
def test_power_cut_loses_only_what_was_not_checkpointed(tmp_path: Path, seed: int) -> None:
    """Bytes after the last checkpoint may be lost or torn anywhere; those before never."""
    chance = random.Random(seed)
    identity, path = Identity.generate(), tmp_path / "a.age"
    appender = SealedAppender(path, [identity.recipient])
    written, safe, safe_size = b"", b"", 0
    for _ in range(chance.randint(1, 9)):
        part = chance.randbytes(chance.choice([10, 5000, CHUNK, 2 * CHUNK + 7]))
        appender.write(part)
        written += part
        if chance.random() < 0.7:
            appender.checkpoint()
            safe, safe_size = written, path.stat().st_size
    appender.abandon()
    end = path.stat().st_size
    with path.open("r+b") as file:
        file.truncate(chance.randint(safe_size, end))
    found = b"".join(recover(path, [identity]))
    assert written.startswith(found)
    assert len(found) >= len(safe)


def test_torn_tail_falls_back_to_the_other(tmp_path: Path) -> None:
    identity, path = Identity.generate(), tmp_path / "a.age"
    appender = SealedAppender(path, [identity.recipient])
    for part in (b"first", b"second", b"third"):
        appender.write(part)
        appender.checkpoint()
    appender.abandon()
    newest = path.with_name("a.age.tail0")
    newest.write_bytes(newest.read_bytes()[:-3])
    assert b"".join(recover(path, [identity])) == b"firstsecond"
