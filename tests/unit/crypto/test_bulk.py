"""Long streams sealed side by side are the files that sealing chunk by chunk makes."""

import errno
import hashlib
import io
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

from field_app.crypto import straight
from field_app.crypto.age_keys import Identity
from field_app.crypto.bulk import BulkWriter, digest_opened
from field_app.crypto.gm.header import GmIdentity
from field_app.crypto.gm.module import gm_module
from field_app.crypto.hashing import new_sm3
from field_app.crypto.stanzas import AgeError, NoMatchingIdentity
from field_app.crypto.stream import CHUNK, SEALED_CHUNK
from field_app.crypto.suites import AnyIdentity, SealedReader

MOST = 256 << 10
SIZES = [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, MOST, MOST + 1, 5 * MOST, 5 * MOST + 777]
BLOCKS = [MOST, CHUNK, CHUNK - 1, 100_000]


@pytest.fixture(scope="module")
def identity() -> Identity:
    return Identity.generate()


def sealed(path: Path, data: bytes, recipient: Any, *, block: int = MOST, also: Any = ()) -> BulkWriter:
    with path.open("wb", buffering=0) as file, BulkWriter(file, [recipient], most=MOST, also=also) as writer:
        places = [memoryview(bytearray(block)) for _ in range(2)]  # used in turn, as the reader of a card does
        for at in range(0, len(data), block):
            piece = data[at:at + block]
            places[0][:len(piece)] = piece
            writer.write(places[0][:len(piece)])
            places.reverse()
        writer.close()
    return writer


def opened(path: Path, identity: AnyIdentity) -> bytes:
    with path.open("rb") as file:
        return b"".join(SealedReader(file, [identity]).stream())


def told_truly(writer: BulkWriter, path: Path, data: bytes) -> bool:
    there = path.read_bytes()
    return ((writer.size, writer.sha256) == (len(data), hashlib.sha256(data).hexdigest())
            and (writer.ct_size, writer.ct_sha256) == (len(there), hashlib.sha256(there).hexdigest()))


@pytest.mark.parametrize("block", BLOCKS)
@pytest.mark.parametrize("size", SIZES)
def test_every_length_in_blocks_of_any_length(
        tmp_path: Path, identity: Identity, size: int, block: int) -> None:
    path, data = tmp_path / "film.age", os.urandom(size)
    writer = sealed(path, data, identity.recipient, block=block)
    assert opened(path, identity) == data and told_truly(writer, path, data)


def test_age_opens_it(tmp_path: Path, identity: Identity) -> None:
    path, data = tmp_path / "film.age", os.urandom(3 * MOST + 5)
    sealed(path, data, identity.recipient)
    (tmp_path / "key").write_text(identity.secret_text() + "\n")
    told = subprocess.run(["age", "-d", "-i", tmp_path / "key", path], check=True, capture_output=True)
    assert told.stdout == data


def test_the_national_suite_and_further_hashes(tmp_path: Path) -> None:
    identity = GmIdentity(gm_module(), gm_module().generate())
    path, data = tmp_path / "film.age", os.urandom(2 * MOST + 99)
    whole, sm3, alone = hashlib.sha256(), new_sm3(), new_sm3()
    writer = sealed(path, data, identity.recipient, also=(whole, sm3))
    alone.update(data)
    assert opened(path, identity) == data and told_truly(writer, path, data)
    assert (whole.hexdigest(), sm3.hexdigest()) == (writer.sha256, alone.hexdigest())


class Disk(io.FileIO):
    """A disk that takes ``room`` bytes; straight, it takes whole blocks of it and says so only so."""

    room = 10 ** 12

    def write(self, data: Any) -> int:
        if not self.room:
            raise OSError(errno.ENOSPC, "No space left on device")
        count = super().write(memoryview(data)[:self.room])
        self.room -= count or 0
        return count or 0


@pytest.mark.parametrize("room", [0, 4096, MOST // 2, MOST + 4096, 3 * MOST])
def test_a_disk_that_fills_up_is_told_before_the_end(tmp_path: Path, identity: Identity, room: int) -> None:
    data = memoryview(os.urandom(MOST))
    with Disk(tmp_path / "film.age", "wb") as file, BulkWriter(
            file, [identity.recipient], most=MOST) as writer:
        file.room = room

        def all_of_it() -> None:
            for _ in range(5):
                writer.write(data)
            writer.close()

        with pytest.raises(OSError, match="No space"):
            all_of_it()


def test_a_disk_that_takes_a_part_is_asked_again(tmp_path: Path, identity: Identity) -> None:
    """Room came free meanwhile: the rest follows, of no whole block, and nothing is missing."""

    class Slow(Disk):
        def write(self, data: Any) -> int:
            self.room = max(1, len(data) // 2 - 7)
            return super().write(data)

    path, data = tmp_path / "film.age", os.urandom(4 * MOST)
    with Slow(path, "wb") as file, BulkWriter(file, [identity.recipient], most=MOST) as writer:
        for at in range(0, len(data), MOST):
            writer.write(memoryview(data)[at:at + MOST])
        writer.close()
    assert opened(path, identity) == data and told_truly(writer, path, data)


def test_a_file_system_without_straight_writing(
        tmp_path: Path, identity: Identity, monkeypatch: pytest.MonkeyPatch) -> None:
    memory = tmp_path / "memory"
    memory.mkdir()
    sudo = [] if os.geteuid() == 0 else ["sudo", "-n"]
    subprocess.run([*sudo, "mount", "-t", "ramfs", "-o", "mode=777", "ramfs", memory], check=True)
    monkeypatch.setattr(straight, "_HAND_OVER_EVERY", MOST)
    try:
        path, data = memory / "film.age", os.urandom(5 * MOST + 3)
        writer = sealed(path, data, identity.recipient)
        assert opened(path, identity) == data and told_truly(writer, path, data)
    finally:
        subprocess.run([*sudo, "umount", memory], check=True)


@pytest.mark.parametrize("size", [*SIZES, 33 * CHUNK, 64 * CHUNK, 64 * CHUNK + 1])
def test_what_is_opened_at_once_is_what_was_sealed(tmp_path: Path, identity: Identity, size: int) -> None:
    path, data = tmp_path / "film.age", os.urandom(size)
    sealed(path, data, identity.recipient)
    with path.open("rb") as file:
        assert digest_opened(file, [identity]) == (hashlib.sha256(data).hexdigest(), size)


def test_the_national_suite_is_opened_at_once_too(tmp_path: Path) -> None:
    identity = GmIdentity(gm_module(), gm_module().generate())
    path, data = tmp_path / "film.age", os.urandom(40 * CHUNK + 5)
    sealed(path, data, identity.recipient)
    with path.open("rb") as file:
        assert digest_opened(file, [identity]) == (hashlib.sha256(data).hexdigest(), len(data))


@pytest.mark.parametrize("national", [False, True])
def test_any_change_or_cut_is_found_at_once(tmp_path: Path, identity: Identity, national: bool) -> None:
    key: Any = GmIdentity(gm_module(), gm_module().generate()) if national else identity
    path = tmp_path / "film.age"
    sealed(path, os.urandom(34 * CHUNK + 77), key.recipient)
    good = path.read_bytes()
    start = len(good) - (34 * SEALED_CHUNK + 77 + 16)
    places = [start, start + SEALED_CHUNK - 1, start + 31 * SEALED_CHUNK, start + 33 * SEALED_CHUNK, len(good) - 1]
    for at in places:
        changed = bytearray(good)
        changed[at] ^= 1
        path.write_bytes(changed)
        with path.open("rb") as file, pytest.raises(AgeError):
            digest_opened(file, [key])
    swapped = bytearray(good)
    swapped[start:start + SEALED_CHUNK], swapped[start + SEALED_CHUNK:start + 2 * SEALED_CHUNK] = (
        good[start + SEALED_CHUNK:start + 2 * SEALED_CHUNK], good[start:start + SEALED_CHUNK])
    for cut in (swapped, good[:-1], good[:-93], good[:start + SEALED_CHUNK], good[:start + 5], good + b"x"):
        path.write_bytes(cut)
        with path.open("rb") as file, pytest.raises(AgeError):
            digest_opened(file, [key])


def test_another_key_opens_nothing_at_once(tmp_path: Path, identity: Identity) -> None:
    path = tmp_path / "film.age"
    sealed(path, b"film", identity.recipient)
    with path.open("rb") as file, pytest.raises(NoMatchingIdentity):
        digest_opened(file, [Identity.generate()])
