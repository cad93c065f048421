"""Originals sealed as they are: parts, hashes, comparison, cards that fail, disks that fill."""

import hashlib
import io
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from field_app.crypto.age_keys import Identity
from field_app.errors import Cancelled
from field_app.media.importing import sealing
from field_app.media.importing.reading import JoinedFile
from field_app.media.importing.sealing import (
    PART_BYTES,
    CopyDiffers,
    Keys,
    compare_original,
    hash_source,
    opened,
    part_path,
    sample_of,
    seal_original,
)
from field_app.media.importing.source import SourceLost

PART = 1 << 20


@pytest.fixture
def keys(identity: Identity) -> Keys:
    return Keys([identity.recipient, Identity.generate().recipient], [identity])


def original(folder: Path, size: int) -> Path:
    path = folder / "original.mp4"
    path.write_bytes(os.urandom(size))
    return path


def seal(path: Path, folder: Path, keys: Keys, **more: Any) -> sealing.SealedOriginal:
    with path.open("rb", buffering=0) as file:
        return both(file, folder, keys, part_bytes=PART, **more)


def both(file: Any, folder: Path, keys: Keys, *, part_bytes: int = PART_BYTES, with_sm3: bool = False,
         **more: Any) -> sealing.SealedOriginal:
    """Seal, then compare."""
    made = seal_original(file, lambda n: part_path(folder, "item", n), keys, part_bytes=part_bytes,
                         with_sm3=with_sm3, **more)
    compare_original(file, made, keys, **more)
    return made


@pytest.mark.parametrize("size", [1, 65_536, PART - 1, PART, PART + 1, 3 * PART + 12_345])
def test_parts_joined_are_the_original(tmp_path: Path, folder: Path, keys: Keys, judge: Any,
                                       size: int) -> None:
    path = original(tmp_path, size)
    ticks: list[int] = []
    made = seal(path, folder, keys, tick=ticks.append)
    whole = path.read_bytes()
    assert made.sha256 == hashlib.sha256(whole).hexdigest() and made.size == size
    assert len(made.parts) == -(-size // PART) and sum(ticks) == 2 * size
    plain = [judge.decrypt(part.path).read_bytes() for part in made.parts]
    assert b"".join(plain) == whole
    assert [hashlib.sha256(p).hexdigest() for p in plain] == [part.sha256 for part in made.parts]
    assert [hashlib.sha256(p.path.read_bytes()).hexdigest() for p in made.parts] == [
        part.ct_sha256 for part in made.parts]
    assert sorted(folder.iterdir()) == [part.path for part in made.parts]


def test_parts_are_read_back_as_one_file(tmp_path: Path, folder: Path, keys: Keys) -> None:
    path = original(tmp_path, 2 * PART + 99)
    made, whole = seal(path, folder, keys), path.read_bytes()
    with JoinedFile([p.path for p in made.parts], keys.identities) as file:
        reader = io.BufferedReader(file)
        for at, length in ((0, 10), (PART - 5, 10), (2 * PART - 1, 50), (len(whole) - 3, 10)):
            reader.seek(at)
            assert reader.read(length) == whole[at:at + length]
        assert reader.seek(0, os.SEEK_END) == len(whole) and reader.read(1) == b""
    made.parts[1].path.unlink()
    with pytest.raises(OSError, match="No such file"):
        JoinedFile([p.path for p in made.parts], keys.identities)


class Failing(io.FileIO):
    """A card that gives up, or gives something else when asked again."""

    fails_at = -1
    lies_on_second_pass = False
    passes = 0

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        self.passes += 1
        return super().seek(offset, whence)

    def readinto(self, buffer: Any) -> int:
        data = self.read(len(buffer))
        buffer[:len(data)] = data
        return len(data)

    def read(self, size: int | None = -1) -> bytes:
        if 0 <= self.fails_at <= self.tell():
            raise OSError(5, "Input/output error")
        data = super().read(-1 if size is None else size)
        if self.lies_on_second_pass and self.passes and data:
            data = bytes([data[0] ^ 1]) + data[1:]
        return data or b""


def test_a_card_that_fails_in_the_middle_leaves_nothing(tmp_path: Path, folder: Path,
                                                        keys: Keys) -> None:
    with Failing(original(tmp_path, 3 * PART)) as file:
        file.fails_at = 2 * PART
        with pytest.raises(SourceLost, match="Input/output"):
            both(file, folder, keys, part_bytes=PART)
    assert list(folder.iterdir()) == []


def test_a_card_that_reads_differently_twice_is_found_out(tmp_path: Path, folder: Path,
                                                          keys: Keys) -> None:
    with Failing(original(tmp_path, 2 * PART)) as file:
        file.lies_on_second_pass = True
        with pytest.raises(CopyDiffers):
            both(file, folder, keys, part_bytes=PART)
    assert list(folder.iterdir()) == []


def test_a_disk_that_keeps_other_bytes_is_found_out(
        tmp_path: Path, folder: Path, keys: Keys, monkeypatch: pytest.MonkeyPatch) -> None:
    """One bit of the sealed copy turns over between writing and comparing."""
    real = sealing._compare

    def rotten(source: Any, made: sealing.SealedOriginal, *rest: Any, **more: Any) -> None:
        with made.parts[0].path.open("r+b") as file:
            file.seek(-100, os.SEEK_END)
            byte = file.read(1)[0]
            file.seek(-100, os.SEEK_END)
            file.write(bytes([byte ^ 4]))
        real(source, made, *rest, **more)

    monkeypatch.setattr(sealing, "_compare", rotten)
    with pytest.raises(CopyDiffers):
        seal(original(tmp_path, PART // 2), folder, keys)
    assert list(folder.iterdir()) == []


def test_a_source_that_grows_meanwhile_is_refused(tmp_path: Path, folder: Path, keys: Keys) -> None:
    path = original(tmp_path, 2 * PART)
    grown: list[bool] = []

    def grow(_count: int) -> None:
        if not grown:
            grown.append(True)
            with path.open("ab") as file:
                file.write(b"more")

    with pytest.raises(SourceLost):
        seal(path, folder, keys, tick=grow)
    assert list(folder.iterdir()) == []


def test_a_change_of_mind_leaves_nothing(tmp_path: Path, folder: Path, keys: Keys) -> None:
    seen: list[int] = []
    with pytest.raises(Cancelled):
        seal(original(tmp_path, 3 * PART), folder, keys, tick=seen.append,
             cancelled=lambda: len(seen) > 1)
    assert list(folder.iterdir()) == []


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    disk = tmp_path / "disk"
    disk.mkdir()
    root = [] if os.geteuid() == 0 else ["sudo", "-n"]
    subprocess.run([*root, "mount", "-t", "tmpfs", "-o", "size=3M,mode=777", "tmpfs", disk], check=True)
    yield disk
    subprocess.run([*root, "umount", disk], check=True)


def test_a_disk_that_fills_up_leaves_nothing(tmp_path: Path, small_disk: Path, keys: Keys) -> None:
    with pytest.raises(OSError, match="No space"):
        seal(original(tmp_path, 5 * PART), small_disk, keys)
    assert list(small_disk.iterdir()) == []


def test_samples_tell_files_apart_and_leave_them_at_their_beginning(tmp_path: Path) -> None:
    path = original(tmp_path, 300_000)
    data = path.read_bytes()
    with path.open("rb") as file:
        first = sample_of(file, len(data))
        assert hash_source(file) == hashlib.sha256(data).hexdigest()
    for at in (0, 150_000, 299_999):
        other = bytearray(data)
        other[at] ^= 1
        assert sample_of(io.BytesIO(other), len(other)) != first
    assert sample_of(io.BytesIO(data), len(data)) == first


def test_opening_stops_at_the_first_changed_chunk(tmp_path: Path, folder: Path, keys: Keys) -> None:
    made = seal(original(tmp_path, 200_000), folder, keys)
    data = bytearray(made.parts[0].path.read_bytes())
    data[len(data) // 2] ^= 1
    made.parts[0].path.write_bytes(data)
    with pytest.raises(Exception, match="changed or cut"):
        list(opened([made.parts[0].path], keys.identities))


@pytest.mark.soak
def test_an_original_above_sixteen_gigabytes(tmp_path: Path, folder: Path, keys: Keys) -> None:
    """Mostly a hole on the card's side; 17 GiB of sealed parts on ours, none above 1 GiB."""
    size = (17 << 30) + 12_345
    path = tmp_path / "long.mp4"
    with path.open("wb") as file:
        file.truncate(size)
        for place in (0, 5 << 30, size - 100):
            file.seek(place)
            file.write(os.urandom(100))
    with path.open("rb", buffering=0) as file:
        made = both(file, folder, keys)
    with path.open("rb") as file:
        assert made.sha256 == hashlib.file_digest(file, "sha256").hexdigest()
    assert (made.size, len(made.parts)) == (size, 18)
    assert max(part.size for part in made.parts) == 1 << 30
    reader = io.BufferedReader(JoinedFile([p.path for p in made.parts], keys.identities))
    with reader, path.open("rb") as file:
        for place in (0, (5 << 30) - 50, size - 150):
            reader.seek(place)
            file.seek(place)
            assert reader.read(150) == file.read(150)
