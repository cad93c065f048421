"""Recording onto a disk that fills up: a small file system of its own, really full."""

import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from field_app.crypto.age_keys import Identity
from field_app.domain.clock import SystemClock
from field_app.media.clip import RecorderState, Trouble
from field_app.media.errors import DiskTooFull
from field_app.media.recorder import Recorder
from field_app.media.recovery import recover_clip

pytestmark = pytest.mark.alone

MIB = 1 << 20


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    disk = tmp_path / "disk"
    disk.mkdir()
    root = [] if os.geteuid() == 0 else ["sudo", "-n"]
    subprocess.run([*root, "mount", "-t", "tmpfs", "-o", "size=40M,mode=777", "tmpfs", disk],
                   check=True)
    yield disk
    # Lazily: a recorder of a test that failed may still hold its file.
    subprocess.run([*root, "umount", "--lazy", disk], check=True)


Fill = Callable[[int], None]


@pytest.fixture
def fill(small_disk: Path) -> Fill:
    """Fill the disk until so many bytes are free."""
    filler = small_disk / "filler"

    def leave(free: int) -> None:
        with filler.open("ab") as file:
            # The recording writes meanwhile: what was free a moment ago may be gone.
            while (more := shutil.disk_usage(small_disk).free - free) > 0:
                with suppress(OSError):
                    os.posix_fallocate(file.fileno(), os.fstat(file.fileno()).st_size, more)
    return leave


def test_too_little_room_is_told_before_anything_begins(
        folder: Path, make_plan: Any, camera: Any) -> None:
    free = shutil.disk_usage(folder).free
    recorder = Recorder()
    with pytest.raises(DiskTooFull) as told:
        recorder.start(make_plan(folder, camera=camera.url, reserve_bytes=free + MIB))
    assert told.value.hours_left == 0 and told.value.reserve_bytes == free + MIB
    assert not list(folder.iterdir())
    assert recorder.status().state is RecorderState.IDLE


def test_a_write_that_fails_loses_a_second_at_most(
        small_disk: Path, *, fill: Fill, make_plan: Any, camera: Any, wait_until: Any,
        identity: Identity, judge: Any) -> None:
    recorder = Recorder()
    plan = make_plan(small_disk, camera=camera.url)
    recorder.start(plan)
    wait_until(lambda: recorder.status().elapsed_s > 2.4)
    fill(0)
    full_at = recorder.status().elapsed_s
    wait_until(lambda: recorder.status().state is RecorderState.FAILED)
    assert Trouble.DISK_FULL in recorder.status().troubles
    result = recorder.stop()
    assert not result.clean and len(result.unsealed) == 1 and not result.segments
    with pytest.raises(OSError, match="No space"):
        recover_clip(small_disk, plan.clip_id, identities=[identity],
                     recipients=plan.recipients, clock=SystemClock())
    assert result.unsealed[0].exists()
    (small_disk / "filler").unlink()
    rescued = recover_clip(small_disk, plan.clip_id, identities=[identity],
                           recipients=plan.recipients, clock=SystemClock())
    assert rescued.recovered and not rescued.damaged
    assert full_at - 2.0 <= rescued.duration_s <= full_at + 1.0
    video = judge.streams(judge.decrypt(rescued.segments[0].path))["video"]
    assert int(video["nb_read_packets"]) == rescued.frames
    assert not [path for path in small_disk.iterdir() if "tail" in path.name]


def test_below_the_reserve_it_warns_and_then_closes_cleanly(
        small_disk: Path, *, fill: Fill, make_plan: Any, camera: Any, wait_until: Any,
        judge: Any) -> None:
    recorder = Recorder()
    recorder.start(make_plan(small_disk, camera=camera.url, reserve_bytes=16 * MIB))
    assert recorder.status().hours_left > 0
    fill(8 * MIB)
    wait_until(lambda: Trouble.DISK_LOW in recorder.status().troubles)
    assert recorder.status().state is RecorderState.RECORDING
    fill(2 * MIB)
    wait_until(lambda: recorder.status().state is RecorderState.FAILED)
    assert Trouble.DISK_FULL in recorder.status().troubles
    result = recorder.stop()
    assert result.clean and len(result.segments) == 1
    video = judge.streams(judge.decrypt(result.segments[0].path))["video"]
    assert int(video["nb_read_packets"]) == result.frames > 0
