"""A power cut: only what was synced is there, and a tail that was being written is worth nothing."""

import os
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from field_app.crypto.age_keys import Identity
from field_app.domain.clock import SystemClock
from field_app.media.recorder import Recorder
from field_app.media.recovery import recover_clip

pytestmark = pytest.mark.alone

MOST_LOST_S = 2.0


@dataclass
class Disk:
    """What would be there after a power cut: each file as it was when it was last synced."""

    folder: Path
    synced: dict[str, bytes] = field(default_factory=dict)
    states: list[tuple[int, dict[str, bytes]]] = field(default_factory=list)

    def sync(self, handle: int) -> None:
        path = Path(f"/proc/self/fd/{handle}").readlink()
        os.fdatasync(handle)
        if path.parent == self.folder:
            self.synced = {**self.synced, path.name: path.read_bytes()}
            self.states.append((time.monotonic_ns() // 1_000_000, self.synced))


def _cut(state: dict[str, bytes], folder: Path, *, torn: str) -> None:
    folder.mkdir()
    for name, data in state.items():
        (folder / name).write_bytes(b"" if name.endswith(torn) else data)


def test_what_was_synced_is_enough(
        folder: Path, *, make_plan: Any, camera: Any, room: Any, identity: Identity, judge: Any,
        wait_until: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    disk = Disk(folder)
    monkeypatch.setattr("field_app.crypto.appender.os.fsync", disk.sync)
    recorder = Recorder()
    plan = make_plan(folder, camera=camera.url, microphone="")
    recorder.start(plan)
    wait_until(lambda: recorder.status().elapsed_s > 3.4)
    recorder.stop()
    monkeypatch.undo()
    began = disk.states[0][0]
    tried = 0
    # The power goes just before a sync ends: the state before it, with either tail torn.
    for number in range(1, len(disk.states)):
        at_ms = disk.states[number][0]
        if at_ms - began < 1000 * (MOST_LOST_S + 0.7) or number % 7:
            continue
        for torn in (".tail0", ".tail1"):
            left = tmp_path / f"cut-{number}{torn}"
            _cut(disk.states[number - 1][1], left, torn=torn)
            rescued = recover_clip(left, plan.clip_id, identities=[identity],
                                   recipients=plan.recipients, clock=SystemClock())
            assert not rescued.damaged
            lost_ms = at_ms - rescued.segments[-1].ended.mono_ms
            # One second more where the newest tail is the torn one: a cut tears only one of both.
            newest = _newest(disk.states[number - 1][1])
            assert lost_ms <= 1000 * (MOST_LOST_S + (1.1 if newest == torn else 0.0)), number
            tried += 1
    assert tried >= 2
    video = judge.streams(judge.decrypt(rescued.segments[-1].path))["video"]
    assert int(video["nb_read_packets"]) == rescued.segments[-1].frames


def _newest(state: dict[str, bytes]) -> str:
    """The tail of the segment that was synced last."""
    tails = [name for name in state if ".mp4.age.tail" in name]
    return tails[-1][-6:] if tails else ""
