"""What was checkpointed survives any cut of the files, in either suite."""

import os
import random
from pathlib import Path

import pytest

from field_app.crypto.appender import SealedAppender, is_open_ended, recover
from field_app.crypto.gm.symmetric import sm3
from field_app.crypto.growing import GrowingReader
from field_app.crypto.salvage import SalvageReader
from field_app.crypto.stream import CHUNK, SEALED_CHUNK
from field_app.crypto.suite_keys import new_identity, parse_identity, parse_recipient, recipient_text, secret_text
from field_app.crypto.suites import GM, SUITES, AnyIdentity, open_file, open_payload
from tests.unit.crypto.gm.openssl import openssl


@pytest.fixture(params=SUITES)
def identity(request: pytest.FixtureRequest) -> AnyIdentity:
    return new_identity(request.param)


def test_closed_file_is_a_plain_sealed_file(identity: AnyIdentity, tmp_path: Path) -> None:
    data = os.urandom(3 * CHUNK + 9)
    appender = SealedAppender(tmp_path / "a.age", [identity.recipient])
    appender.write(data[:100])
    appender.checkpoint()
    appender.write(data[100:])
    done = appender.close()
    assert open_file(done.path, [identity], limit=len(data)) == data
    assert not is_open_ended(done.path)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["a.age"]


@pytest.mark.parametrize("seed", range(12))
def test_power_cut_loses_only_what_was_not_checkpointed(
        identity: AnyIdentity, tmp_path: Path, seed: int) -> None:
    """Bytes after the last checkpoint may be lost or torn anywhere; those before never."""
    chance = random.Random(seed)
    path = tmp_path / "a.age"
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


def test_torn_tail_falls_back_to_the_other(identity: AnyIdentity, tmp_path: Path) -> None:
    path = tmp_path / "a.age"
    appender = SealedAppender(path, [identity.recipient])
    for part in (b"first", b"second", b"third"):
        appender.write(part)
        appender.checkpoint()
    appender.abandon()
    newest = path.with_name("a.age.tail0")
    newest.write_bytes(newest.read_bytes()[:-3])
    assert b"".join(recover(path, [identity])) == b"firstsecond"


def test_what_grows_is_followed_and_what_is_torn_is_salvaged(
        identity: AnyIdentity, tmp_path: Path) -> None:
    """A witness reads while another writes; later a hole costs its own chunk alone."""
    path, data = tmp_path / "a.age", os.urandom(3 * CHUNK + 50)
    appender = SealedAppender(path, [identity.recipient], with_sm3=True)
    appender.write(data[:2 * CHUNK + 7])
    appender.checkpoint()
    growing = GrowingReader(path, [identity])
    assert b"".join(growing.new_chunks()) + growing.tail() == data[:2 * CHUNK + 7]
    appender.write(data[2 * CHUNK + 7:])
    appender.checkpoint()
    assert b"".join(growing.new_chunks()) == data[2 * CHUNK:3 * CHUNK]
    assert growing.tail() == data[3 * CHUNK:]
    done = appender.close()
    assert done.sm3 == sm3(data).hex()
    with path.open("r+b") as file:
        start = open_payload(file, [identity]).start
        file.seek(start + SEALED_CHUNK + 9)
        file.write(bytes(40))
        reader = SalvageReader(file, [identity], size=done.size)
        assert list(reader.lost()) == [(CHUNK, 2 * CHUNK)]
        assert reader.read_at(2 * CHUNK - 1, 2) is None
        assert reader.read_at(2 * CHUNK, CHUNK + 99) == data[2 * CHUNK:]


def test_a_key_is_written_down_and_read_again(identity: AnyIdentity) -> None:
    again = parse_identity(secret_text(identity))
    assert again.recipient == identity.recipient == parse_recipient(recipient_text(again.recipient))
    for broken in ("", "x", recipient_text(again.recipient), secret_text(identity)[:-30]):
        with pytest.raises(ValueError):
            parse_identity(broken)
    for broken in ("", "x", secret_text(identity), recipient_text(again.recipient)[:-30]):
        with pytest.raises(ValueError):
            parse_recipient(broken)


def test_openssl_reads_the_text_of_sm2_keys(tmp_path: Path) -> None:
    made = new_identity(GM)
    (tmp_path / "key.pem").write_text(secret_text(made))
    public = openssl("pkey", "-in", tmp_path / "key.pem", "-pubout").decode()
    assert public.split() == recipient_text(made.recipient).split()
