"""A hundred kills, full disks and cut sources each: two seconds lost at most, the rest plays."""

import os
import random
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from field_app.crypto.age_keys import Identity
from field_app.domain.clock import SystemClock
from field_app.domain.ids import ClipId, new_id
from field_app.media.clip import ClipResult, GapKind, RecorderState
from field_app.media.recorder import Recorder
from field_app.media.recovery import recover_clip

pytestmark = pytest.mark.soak

TRIALS = int(os.environ.get("FIELD_APP_TRIALS", "100"))
AT_ONCE = 2
MOST_LOST_MS = 2000
PROGRAM = Path(__file__).with_name("record_until_killed.py")
Trial = Callable[[int], float]


def _run(trial: Trial) -> list[float]:
    """All trials, a few at a time; what each lost in ms."""
    with ThreadPoolExecutor(AT_ONCE) as pool:
        return list(pool.map(trial, range(TRIALS)))


def _told(what: str, lost: list[float]) -> None:
    ordered = sorted(lost)
    print(f"{what}: {len(lost)} of {len(lost)}, lost median {ordered[len(lost) // 2]:.0f} ms,"
          f" most {ordered[-1]:.0f} ms")


def _plays(result: ClipResult, judge: Any) -> None:
    for segment in result.segments:
        plain = judge.decrypt(segment.path)
        assert int(judge.streams(plain)["video"]["nb_read_packets"]) == segment.frames
        subprocess.run(["ffmpeg", "-v", "error", "-xerror", "-i", plain, "-f", "null", "-"],
                       check=True, stdin=subprocess.DEVNULL)
        plain.unlink()


def _fill_up(disk: Path) -> None:
    """Take every byte; the recorder writes meanwhile."""
    with (disk / "filler").open("wb", buffering=0) as file, suppress(OSError):
        while True:
            file.write(bytes(64 << 10))


def _until(condition: Callable[[], bool], within_s: float = 60.0) -> None:
    deadline = time.monotonic() + within_s
    while not condition():
        assert time.monotonic() < deadline
        threading.Event().wait(0.02)


def test_kills(tmp_path: Path, *, camera: Any, room: Any, identity: Identity, judge: Any) -> None:
    def trial(number: int) -> float:
        folder, clip_id = tmp_path / f"kill-{number}", ClipId(new_id())
        folder.mkdir()
        after_s = random.Random(number).uniform(1.2, 4.0)
        with subprocess.Popen(
                [sys.executable, PROGRAM, folder, clip_id, str(identity.recipient), camera.url,
                 "2.0"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
            assert process.stdin is not None and process.stdout is not None

            def elapsed_s() -> float:
                assert process.stdin is not None and process.stdout is not None
                process.stdin.write("?\n")
                process.stdin.flush()
                return float(process.stdout.readline().split()[0])

            _until(lambda: elapsed_s() > after_s)
            killed_ms = time.monotonic_ns() // 1_000_000
            process.send_signal(signal.SIGKILL)
            process.wait()
        result = recover_clip(folder, clip_id, identities=[identity],
                              recipients=[identity.recipient], clock=SystemClock())
        lost_ms = killed_ms - result.segments[-1].ended.mono_ms
        # Killed between two segments, all that is there was closed; the notes still lack the end.
        assert not result.clean and not result.damaged and lost_ms <= MOST_LOST_MS, number
        _plays(result, judge)
        shutil.rmtree(folder)
        return lost_ms

    _told("kill -9", _run(trial))


def test_full_disks(tmp_path: Path, *, make_plan: Any, camera: Any, identity: Identity,
                    judge: Any) -> None:
    root = [] if os.geteuid() == 0 else ["sudo", "-n"]

    def trial(number: int) -> float:
        disk = tmp_path / f"disk-{number}"
        disk.mkdir()
        subprocess.run([*root, "mount", "-t", "tmpfs", "-o", "size=24M,mode=777", "tmpfs", disk],
                       check=True)
        try:
            return _fill(disk, number)
        finally:
            subprocess.run([*root, "umount", "-l", disk], check=True)

    def _fill(disk: Path, number: int) -> float:
        recorder = Recorder()
        plan = make_plan(disk, camera=camera.url, segment_seconds=2.0)
        recorder.start(plan)
        after_s = random.Random(number).uniform(1.2, 3.5)
        _until(lambda: recorder.status().elapsed_s > after_s)
        _fill_up(disk)
        full_ms = time.monotonic_ns() // 1_000_000
        _until(lambda: recorder.status().state is RecorderState.FAILED)
        recorder.stop()
        (disk / "filler").unlink()
        result = recover_clip(disk, plan.clip_id, identities=[identity],
                              recipients=plan.recipients, clock=SystemClock())
        lost_ms = full_ms - result.segments[-1].ended.mono_ms
        assert not result.damaged and lost_ms <= MOST_LOST_MS, number
        _plays(result, judge)
        return max(0.0, lost_ms)

    _told("full disk", _run(trial))


def test_cut_sources(tmp_path: Path, *, make_plan: Any, moving_picture: Any, judge: Any) -> None:
    def trial(number: int) -> float:
        chance = random.Random(number)
        folder, source = tmp_path / f"cut-{number}", moving_picture()
        folder.mkdir()
        recorder = Recorder()
        recorder.start(make_plan(folder, camera=source.url, segment_seconds=2.0))
        _until(lambda: recorder.status().elapsed_s > chance.uniform(0.6, 2.0))
        source.die()
        threading.Event().wait(chance.uniform(1.6, 3.0))
        sent, back_ms = len(source.sent), time.monotonic_ns() // 1_000_000
        source.come_back()
        _until(lambda: len(source.sent) > sent + 5)
        written = recorder.status().written
        _until(lambda: recorder.status().written > written + 20)
        result = recorder.stop()
        source.close()
        (gap,) = result.gaps
        lost_ms = gap.ended.mono_ms - back_ms
        assert result.clean and gap.kind is GapKind.CAMERA and lost_ms <= MOST_LOST_MS, number
        assert result.frames == round(result.duration_s * 25)
        _plays(result, judge)
        shutil.rmtree(folder)
        return lost_ms

    _told("source cut", _run(trial))
