"""Parts and files: only what is wanted, only what is right, and wrong things forgotten."""

import errno
import hashlib
import io
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from field_app.headquarters import parts
from field_app.headquarters.depot import file_key, open_depot, part_key
from field_app.headquarters.folder import HqFolder
from field_app.headquarters.parts import (
    adopt_file,
    assemble_file,
    complete_files,
    expect_files,
    held_bytes,
    keep_batch,
    keep_part,
    list_parts,
    missing_parts,
)
from field_app.headquarters.store import HqStore, open_store
from field_app.packages.layout import PART_SIZE
from field_app.protocol.errors import WireError, WireRefused
from tests.unit.headquarters.backends import BOTH, BOTH_LONG, Backend


class Shelf:
    """A folder and its tables."""

    def __init__(self, folder: HqFolder) -> None:
        self.folder = folder
        self.store: HqStore = open_store(self.folder)
        self.depot = open_depot(self.folder)

    def expect(self, data: bytes) -> str:
        digest = hashlib.sha256(data).hexdigest()
        with self.store.write() as connection:
            expect_files(connection, [(digest, len(data))])
        return digest

    def tell(self, file: str, parts: list[str]) -> tuple[str, ...]:
        with self.store.write() as connection:
            return list_parts(connection, file, parts)

    def put(self, data: bytes) -> bool:
        return keep_part(self.depot, self.store, hashlib.sha256(data).hexdigest(), data)

    def missing(self, *parts: str) -> tuple[str, ...]:
        with self.store.read() as connection:
            return missing_parts(connection, parts)

    def complete(self) -> list[str]:
        with self.store.read() as connection:
            return complete_files(connection)

    def file(self, sha256: str) -> bytes:
        return self.depot.bytes.get(file_key(sha256), 64 << 20)

    def assemble(self, file: str) -> bool:
        return assemble_file(self.depot, self.store, file)


@pytest.fixture
def shelf(tmp_path: Path, backend: Backend) -> Iterator[Shelf]:
    made = Shelf(backend.configure(HqFolder(tmp_path)))
    yield made
    made.store.close()
    made.depot.close()


def _cut(data: bytes) -> tuple[list[bytes], list[str]]:
    pieces = [data[i:i + PART_SIZE] for i in range(0, len(data), PART_SIZE)]
    return pieces, [hashlib.sha256(piece).hexdigest() for piece in pieces]


def _refused(error: pytest.ExceptionInfo[WireRefused]) -> WireError:
    return error.value.error


@BOTH_LONG
def test_a_small_file_is_its_own_part(shelf: Shelf) -> None:
    data = os.urandom(5000)
    digest = shelf.expect(data)
    assert shelf.missing(digest, digest) == (digest,)
    assert shelf.put(data)
    assert not shelf.put(data)
    assert shelf.missing(digest) == ()
    assert shelf.complete() == [digest]
    assert shelf.assemble(digest)
    assert shelf.file(digest) == data
    assert shelf.depot.bytes.size(part_key(digest)) is None
    assert shelf.missing(digest) == ()
    assert shelf.complete() == []
    assert not shelf.put(data)


@BOTH
def test_a_large_file_is_joined_from_its_parts(shelf: Shelf) -> None:
    data = os.urandom(2 * PART_SIZE + 77)
    digest = shelf.expect(data)
    pieces, parts = _cut(data)
    assert shelf.tell(digest, parts) == tuple(parts)
    for piece in pieces[::-1]:
        assert shelf.complete() == []
        shelf.put(piece)
    with shelf.store.read() as connection:
        assert held_bytes(connection, [(digest, len(data))]) == (1, len(data))
    assert shelf.complete() == [digest]
    assert shelf.assemble(digest)
    assert shelf.file(digest) == data
    assert shelf.tell(digest, parts) == ()
    with shelf.store.read() as connection:
        assert held_bytes(connection, [(digest, len(data))]) == (0, len(data))


@BOTH_LONG
def test_nothing_unasked_is_stored(shelf: Shelf) -> None:
    with pytest.raises(WireRefused) as refused:
        shelf.put(b"junk")
    assert _refused(refused) is WireError.PART_NOT_WANTED
    with pytest.raises(WireRefused) as refused:
        keep_part(shelf.depot, shelf.store, "0" * 64, b"junk")
    assert _refused(refused) is WireError.PART_MISMATCH
    with pytest.raises(WireRefused) as refused:
        shelf.tell("0" * 64, ["1" * 64])
    assert _refused(refused) is WireError.FILE_UNKNOWN
    assert list(shelf.depot.staging.iterdir()) == []
    assert list(shelf.depot.bytes.keys("parts/")) == []


@BOTH_LONG
def test_a_wrong_list_is_forgotten_and_told_again(shelf: Shelf) -> None:
    data = os.urandom(PART_SIZE + 10)
    digest = shelf.expect(data)
    pieces, parts = _cut(data)
    with pytest.raises(WireRefused):
        shelf.tell(digest, [*parts, parts[0]])
    shelf.tell(digest, parts[::-1])
    for piece in pieces:
        shelf.put(piece)
    assert not shelf.assemble(digest)
    assert shelf.depot.bytes.size(file_key(digest)) is None
    assert shelf.tell(digest, parts) == ()
    assert shelf.assemble(digest)


@BOTH
def test_a_spoiled_part_is_asked_for_again(shelf: Shelf) -> None:
    data = os.urandom(PART_SIZE + 10)
    digest = shelf.expect(data)
    pieces, parts = _cut(data)
    shelf.tell(digest, parts)
    for piece in pieces:
        shelf.put(piece)
    shelf.depot.bytes.put(part_key(parts[0]), b"rot")
    shelf.depot.bytes.drop([part_key(parts[1])])
    assert not shelf.assemble(digest)
    assert shelf.missing(*parts) == tuple(parts)
    for piece in pieces:
        assert shelf.put(piece)
    assert shelf.assemble(digest)


@BOTH_LONG
def test_a_part_two_files_share_stays_until_both_are_whole(shelf: Shelf) -> None:
    common = os.urandom(PART_SIZE)
    one, two = common + b"one", common + b"two"
    digests = [shelf.expect(data) for data in (one, two)]
    for digest, data in zip(digests, (one, two), strict=True):
        shelf.tell(digest, _cut(data)[1])
    shelf.put(common)
    shelf.put(b"one")
    assert shelf.assemble(digests[0])
    shelf.put(b"two")
    assert shelf.complete() == [digests[1]]
    assert shelf.assemble(digests[1])


@BOTH_LONG
def test_files_from_a_stick_must_have_their_hash(shelf: Shelf, tmp_path: Path) -> None:
    data = os.urandom(1000)
    digest = shelf.expect(data)
    source = tmp_path / "stick.age"
    source.write_bytes(data[:-1])
    assert not adopt_file(shelf.depot, shelf.store, digest, 1000, source)
    source.write_bytes(data)
    assert adopt_file(shelf.depot, shelf.store, digest, 1000, source)
    assert adopt_file(shelf.depot, shelf.store, digest, 1000, tmp_path / "gone")
    assert shelf.missing(digest) == ()
    link = tmp_path / "link.age"
    link.symlink_to(source)
    other = shelf.expect(b"x")
    link.unlink()
    source.write_bytes(b"x")
    link.symlink_to(source)
    assert not adopt_file(shelf.depot, shelf.store, other, 1, link)
    assert list(shelf.depot.staging.iterdir()) == []


def test_what_is_larger_on_a_stick_is_not_copied(shelf: Shelf, tmp_path: Path) -> None:
    """A file without end, or with a hole in it, would fill the disk that everybody else needs."""
    digest = shelf.expect(b"x")
    source = tmp_path / "stick.age"
    source.write_bytes(b"x")
    os.truncate(source, 1 << 36)
    assert not adopt_file(shelf.depot, shelf.store, digest, 1, source)


def test_a_stick_that_cannot_be_read_is_a_damaged_file(
        shelf: Shelf, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    digest = shelf.expect(b"x")
    source = tmp_path / "stick.age"
    source.write_bytes(b"x")

    class _Worn(io.BytesIO):
        def fileno(self) -> int:
            return whole.fileno()

        def readinto(self, _target: object) -> int:
            raise OSError(errno.EIO, "worn out")

    with source.open("rb") as whole:
        monkeypatch.setattr(parts, "open_regular", lambda _path: _Worn())
        assert not adopt_file(shelf.depot, shelf.store, digest, 1, source)


def test_a_batch_is_kept_while_somebody_begins_to_settle(
        tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever settles clears staging first, but never what the service is writing."""
    shelf = Shelf(HqFolder(tmp_path))
    batch = [(shelf.expect(data), data) for data in (b"one", b"two")]
    sync = os.fsync
    begun: list[int] = []

    def synced(handle: int) -> None:
        if not begun:
            begun.append(handle)
            with shelf.store.settling():
                pass
        sync(handle)

    monkeypatch.setattr(os, "fsync", synced)
    assert set(keep_batch(shelf.depot, shelf.store, batch)) == {sha256 for sha256, _data in batch}
    assert begun and [shelf.file(sha256) for sha256, _data in batch] == [b"one", b"two"]
    shelf.store.close()


@pytest.mark.parametrize("size", [PART_SIZE // 2, 2 * PART_SIZE + 1])
@pytest.mark.parametrize("told", [1, 300 * PART_SIZE])
@BOTH_LONG
def test_a_false_size_told_first_keeps_no_file_out(shelf: Shelf, size: int, told: int) -> None:
    """Another laptop may have seen the hash, on a stick, before its owner sends it."""
    data = os.urandom(size)
    digest = hashlib.sha256(data).hexdigest()
    with shelf.store.write() as connection:
        expect_files(connection, [(digest, told)])
    assert shelf.expect(data) == digest
    pieces, names = _cut(data)
    if len(pieces) > 1:
        assert shelf.tell(digest, names) == tuple(names)
    for piece in pieces:
        assert shelf.put(piece)
    assert shelf.complete() == [digest]
    assert shelf.assemble(digest)
    assert shelf.file(digest) == data


@pytest.mark.parametrize("batch", [False, True])
@pytest.mark.parametrize("joined", [False, True])
@BOTH_LONG
def test_a_false_list_keeps_no_small_file_out(shelf: Shelf, batch: bool, joined: bool) -> None:
    data, junk = os.urandom(5000), os.urandom(5000)
    digest, false = shelf.expect(data), hashlib.sha256(junk).hexdigest()
    assert shelf.tell(digest, [false]) == (false,)
    if joined:
        assert shelf.put(junk)
        assert not shelf.assemble(digest)
    if batch:
        assert keep_batch(shelf.depot, shelf.store, [(digest, data)]) == (digest,)
    else:
        assert shelf.put(data)
        assert shelf.tell(digest, [false]) == ()
        assert shelf.assemble(digest)
    assert shelf.file(digest) == data
    assert shelf.complete() == []
