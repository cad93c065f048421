"""Parts of films go past the memory that the system keeps of files; where that cannot be, as ever."""

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from field_app.headquarters.past_cache import PastCache
from field_app.packages.layout import PART_SIZE

_SIZES = [PART_SIZE, 1 << 20, PART_SIZE - 4096, PART_SIZE - 1, 3000, 0, PART_SIZE + 4096]


@pytest.mark.parametrize("size", _SIZES)
def test_every_size_arrives(tmp_path: Path, size: int) -> None:
    writer, data = PastCache(PART_SIZE), os.urandom(size)
    path = tmp_path / "part"
    path.write_bytes(b"what was left of another" * 200_000)
    writer.write(path, data)
    assert path.read_bytes() == data


def _pages_in_memory(path: Path) -> int:
    return int(subprocess.run(["fincore", "--bytes", "--noheadings", "--output", "PAGES", path], check=True,
                              capture_output=True, text=True).stdout)


def test_nothing_of_it_stays_in_memory(tmp_path: Path) -> None:
    try:
        os.close(os.open(tmp_path / "able", os.O_WRONLY | os.O_CREAT | os.O_DIRECT))
    except OSError:
        pytest.skip("this folder's file system cannot")
    data = os.urandom(PART_SIZE)
    PastCache(PART_SIZE).write(tmp_path / "part", data)
    assert _pages_in_memory(tmp_path / "part") == 0
    (tmp_path / "usual").write_bytes(data)
    assert _pages_in_memory(tmp_path / "usual") > 0


def test_more_at_once_than_there_are_buffers(tmp_path: Path) -> None:
    writer = PastCache(PART_SIZE)
    parts = {tmp_path / str(n): os.urandom(PART_SIZE) for n in range(40)}
    with ThreadPoolExecutor(16) as pool:
        list(pool.map(writer.write, parts, parts.values()))
    assert all(path.read_bytes() == data for path, data in parts.items())


def test_a_file_system_without_it_is_written_as_ever(tmp_path: Path) -> None:
    memory = tmp_path / "memory"
    memory.mkdir()
    sudo = [] if os.geteuid() == 0 else ["sudo", "-n"]
    # Of this kind, as NTFS and network folders may be: no writing past the cache.
    subprocess.run([*sudo, "mount", "-t", "ramfs", "-o", "mode=777", "ramfs", memory], check=True)
    try:
        writer = PastCache(PART_SIZE)
        for name in ("first", "second"):
            data = os.urandom(PART_SIZE)
            writer.write(memory / name, data)
            assert (memory / name).read_bytes() == data
    finally:
        subprocess.run([*sudo, "umount", memory], check=True)


_TOO_LARGE = """
import os, resource, signal, sys
from pathlib import Path
from field_app.headquarters.past_cache import PastCache
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[2]),) * 2)
try:
    PastCache(2 << 20).write(Path(sys.argv[1]), os.urandom(2 << 20))
except OSError as error:
    print(error.errno)
"""


@pytest.mark.parametrize("room", [0, 1 << 20])
def test_a_file_that_may_not_grow_is_told(tmp_path: Path, room: int) -> None:
    """As where a disk is full: nothing of the piece is taken, or a part of it."""
    told = subprocess.run([sys.executable, "-c", _TOO_LARGE, tmp_path / "part", str(room)], check=True,
                          capture_output=True, text=True).stdout
    assert told.strip().isdecimal()
