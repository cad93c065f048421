"""The half minute before "record": in memory only, then the clip's first segment."""

import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from field_app.domain.ids import ClipId, new_id
from field_app.media import preroll
from field_app.media.clip import About, RecorderState, Trouble
from field_app.media.errors import CameraUnavailable, NotRecording
from field_app.media.recorder import Recorder
from field_app.media.recovery import recover_clip
from field_app.media.sealing import Sealer
from field_app.media.segments import SegmentWriter

pytestmark = pytest.mark.alone


def test_what_was_before_f9_is_the_first_segment(
        folder: Path, *, make_plan: Any, camera: Any, room: Any, judge: Any, identity: Any,
        wait_until: Any, measure_hz: Callable[[NDArray[np.float64]], float],
        monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(preroll, "PREROLL_S", 1)
    recorder = Recorder()
    recorder.stand_by(make_plan(folder, camera=camera.url, microphone=""))
    # Longer than is kept, so that the oldest second has gone.
    wait_until(lambda: recorder._session is not None and recorder._session.slots > 60)
    status = recorder.status()
    assert status.state is RecorderState.STANDBY and status.thumbnail is not None
    assert 1.0 <= status.preroll_s < 2.0 and status.elapsed_s == 0
    assert not list(folder.iterdir()), "nothing is on disk before it is asked for"
    for what in (recorder.snapshot, recorder.stop):
        with pytest.raises(NotRecording):
            what()
    about = About(case="2026-001", place="某镇三号厂房", officers=("张三 A001",), step="现场检查")
    plan = make_plan(folder, camera=camera.url, microphone="", clip_id=ClipId(new_id()),
                     about=about)
    recorder.start(plan)
    held_s = recorder.status().preroll_s
    mark = recorder.mark("开始")
    wait_until(lambda: recorder.status().elapsed_s > held_s + 1.2)
    result = recorder.stop()
    assert result.clean and not result.gaps and len(result.segments) == 2
    assert Trouble.NOT_WRITTEN not in [alarm.what for alarm in result.alarms]
    assert result.preroll_s == held_s == result.segments[0].duration_s
    assert mark.offset_s == pytest.approx(held_s, abs=1.0)
    _judge(result, judge, measure_hz)
    again = recover_clip(folder, plan.clip_id, identities=[identity],
                         recipients=plan.recipients, clock=plan.clock)
    assert again.preroll_s == held_s and again.clean


def test_putting_down_what_was_held_is_no_trouble(
        folder: Path, *, make_plan: Any, camera: Any, wait_until: Any,
        monkeypatch: pytest.MonkeyPatch) -> None:
    """A slow disk opens the first file late and takes long over what was held: nobody is behind."""
    monkeypatch.setattr(preroll, "PREROLL_S", 1)
    opened, kept = Sealer.open, SegmentWriter.add_kept

    def open_late(self: Sealer, path: Path) -> None:
        self._put(lambda: time.sleep(1))
        opened(self, path)

    def keep_slowly(self: SegmentWriter, taken: Any) -> None:
        time.sleep(1)
        kept(self, taken)

    monkeypatch.setattr(Sealer, "open", open_late)
    monkeypatch.setattr(SegmentWriter, "add_kept", keep_slowly)
    told: list[Trouble] = []
    recorder = Recorder(told=lambda alarm: told.append(alarm.what))
    recorder.stand_by(make_plan(folder, camera=camera.url))
    wait_until(lambda: recorder.status().preroll_s >= 1.5)
    recorder.start(make_plan(folder, camera=camera.url))
    wait_until(lambda: recorder.status().elapsed_s > 4)
    assert recorder.stop().clean
    assert Trouble.NOT_WRITTEN not in told and Trouble.FALLING_BEHIND not in told


def _judge(result: Any, judge: Any, measure_hz: Callable[[NDArray[np.float64]], float]) -> None:
    numbers: list[int] = []
    for segment in result.segments:
        plain = judge.decrypt(segment.path)
        streams = judge.streams(plain)
        assert int(streams["video"]["nb_read_packets"]) == segment.frames
        assert float(streams["video"]["start_time"]) == 0
        assert float(streams["audio"]["duration"]) == pytest.approx(segment.duration_s, abs=0.06)
        told = subprocess.run(["ffprobe", "-v", "error", "-show_entries", "format_tags=comment",
                               plain], check=True, capture_output=True, text=True).stdout
        assert "某镇三号厂房" in told and "张三 A001" in told
        sound = judge.sound(plain)[:round(segment.duration_s * 48000)]
        assert measure_hz(sound[4800:-4800]) == pytest.approx(997, abs=0.5)
        numbers += judge.numbers(plain)
    steps = np.diff(numbers)
    assert -1 not in numbers and (steps >= 0).all()
    assert np.count_nonzero(steps == 1) >= 0.8 * len(steps)
    first = result.segments[0]
    assert abs(first.ended.mono_ms - result.segments[1].started.mono_ms) <= 2


def test_standing_down_leaves_nothing(folder: Path, *, make_plan: Any, camera: Any,
                                      wait_until: Any) -> None:
    recorder = Recorder()
    plan = make_plan(folder, camera=camera.url)
    recorder.stand_by(plan)
    recorder.stand_down()
    assert recorder.status().state is RecorderState.IDLE and not list(folder.iterdir())
    with pytest.raises(CameraUnavailable):
        recorder.stand_by(make_plan(folder, camera="nowhere.mjpg", open_timeout_s=0.3))
    assert recorder.status().state is RecorderState.IDLE
    recorder.stand_by(plan)
    # Another size is asked for: what was held is of no use and is forgotten.
    recorder.start(make_plan(folder, camera=camera.url, width=320, height=180))
    wait_until(lambda: recorder.status().elapsed_s > 0.2)
    result = recorder.stop()
    assert result.clean and result.preroll_s == 0
