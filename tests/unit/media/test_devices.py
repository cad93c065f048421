"""Cameras and microphones that never come, hang, die and come back."""

import itertools
import os
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from field_app.media.camera import CameraSource
from field_app.media.clip import GapKind, RecorderState, Trouble
from field_app.media.errors import CameraUnavailable, MicrophoneUnavailable, NotRecording
from field_app.media.recorder import Recorder

pytestmark = pytest.mark.alone


@pytest.fixture
def mute_server() -> Iterator[str]:
    """Takes the connection and never says a word."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield f"http://127.0.0.1:{server.getsockname()[1]}/camera"


@pytest.fixture
def fifo(tmp_path: Path) -> Iterator[Path]:
    """A file that blocks its reader inside the operating system; let go of at the end."""
    path = tmp_path / "camera.fifo"
    os.mkfifo(path)
    yield path
    try:
        os.close(os.open(path, os.O_WRONLY | os.O_NONBLOCK))
    except OSError:
        return  # Nobody reads any more: nothing to let go.


def _threads(name: str) -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name == name]


def test_a_camera_that_never_answers_is_told_in_time(
        folder: Path, make_plan: Any, mute_server: str) -> None:
    recorder = Recorder()
    began = time.monotonic()
    with pytest.raises(CameraUnavailable) as told:
        recorder.start(make_plan(folder, camera=mute_server, open_timeout_s=1.0))
    assert time.monotonic() - began < 3.5
    assert told.value.source == mute_server and told.value.fact == "did not open"
    assert not list(folder.iterdir())
    assert recorder.status().state is RecorderState.IDLE


def test_a_camera_that_hangs_in_the_driver_is_told_in_time(fifo: Path, wait_until: Any) -> None:
    camera = CameraSource(str(fifo), open_timeout_s=0.5)
    began = time.monotonic()
    with pytest.raises(CameraUnavailable):
        camera.open()
    assert time.monotonic() - began < 2.5
    os.close(os.open(fifo, os.O_WRONLY | os.O_NONBLOCK))
    wait_until(lambda: not _threads("camera"))


def test_a_camera_that_is_not_there(folder: Path, make_plan: Any) -> None:
    with pytest.raises(CameraUnavailable):
        Recorder().start(make_plan(folder, camera=97, open_timeout_s=0.5))
    assert not list(folder.iterdir())


def test_a_microphone_that_is_not_there(
        folder: Path, make_plan: Any, camera: Any, room: Any) -> None:
    with pytest.raises(MicrophoneUnavailable) as told:
        Recorder().start(make_plan(
            folder, camera=camera.url, microphone="no such device", open_timeout_s=0.5))
    assert told.value.device == "no such device"
    assert not list(folder.iterdir())


def test_stop_does_not_wait_for_a_hanging_camera(
        folder: Path, *, make_plan: Any, fifo: Path, judge: Any, wait_until: Any) -> None:
    feeder = subprocess.Popen(
        ["ffmpeg", "-v", "quiet", "-y", "-re", "-f", "lavfi", "-i", "testsrc2=s=640x360:r=25",
         "-t", "1", "-f", "mpegts", fifo], stdin=subprocess.DEVNULL)
    held = os.open(fifo, os.O_RDWR)  # Keeps the pipe open when the feeder is gone.
    recorder = Recorder()
    recorder.start(make_plan(folder, camera=str(fifo)))
    feeder.wait()
    wait_until(lambda: recorder.status().blank > 0)
    began = time.monotonic()
    result = recorder.stop()
    assert time.monotonic() - began < 3.0
    os.close(held)
    assert result.clean and [gap.kind for gap in result.gaps] == [GapKind.CAMERA]
    numbers = int(judge.streams(judge.decrypt(result.segments[0].path))["video"]["nb_read_packets"])
    assert numbers == result.frames == round(result.duration_s * 25)
    wait_until(lambda: not _threads("camera"))


def test_devices_that_die_and_come_back(
        folder: Path, *, make_plan: Any, moving_picture: Any, judge: Any, wait_until: Any,
        own_room: Any) -> None:
    camera, recorder = moving_picture(), Recorder()
    recorder.start(make_plan(folder, camera=camera.url, microphone=""))
    wait_until(lambda: recorder.status().elapsed_s > 0.8)
    camera.die()
    wait_until(lambda: Trouble.CAMERA_LOST in recorder.status().troubles)
    status = recorder.status()
    assert status.state is RecorderState.RECORDING and status.fps == 0 and not status.thumbnail
    assert status.level_db is not None and status.level_db > -40
    with pytest.raises(CameraUnavailable):
        recorder.snapshot()
    camera.come_back()
    wait_until(lambda: Trouble.CAMERA_LOST not in recorder.status().troubles)
    own_room.fall_silent()
    wait_until(lambda: Trouble.MICROPHONE_LOST in recorder.status().troubles)
    assert recorder.status().state is RecorderState.RECORDING
    own_room.sound_again()
    wait_until(lambda: Trouble.MICROPHONE_LOST not in recorder.status().troubles)
    heard = recorder.status().elapsed_s
    wait_until(lambda: recorder.status().elapsed_s > heard + 1.0)
    result = recorder.stop()
    camera.close()
    assert result.clean
    seconds = {gap.kind: (gap.ended.mono_ms - gap.started.mono_ms) / 1000 for gap in result.gaps}
    assert set(seconds) == {GapKind.CAMERA, GapKind.MICROPHONE}
    assert seconds[GapKind.CAMERA] >= 2.0 and seconds[GapKind.MICROPHONE] >= 2.0
    _judge_gaps(result, judge)


def _judge_gaps(result: Any, judge: Any) -> None:
    plain = judge.decrypt(result.segments[0].path)
    numbers, sound = judge.numbers(plain), judge.sound(plain)
    assert len(numbers) == result.frames
    assert len(sound) / 48000 == pytest.approx(result.duration_s, abs=0.1)
    zero = result.segments[0].started.mono_ms
    for gap in result.gaps:
        begin, end = ((m.mono_ms - zero) / 1000 for m in (gap.started, gap.ended))
        blank = numbers[round((begin + 1.5) * 25):round((end - 0.3) * 25)]
        heard = abs(sound[round((begin + 1.2) * 48000):round((end - 0.5) * 48000)])
        if gap.kind is GapKind.CAMERA:
            assert set(blank) == {-1}, "no picture is shown where there was none"
            assert heard.max() > 0.05, "sound goes on without the camera"
        else:
            assert -1 not in blank, "the picture goes on without the microphone"
            assert heard.max() < 0.01


def test_sound_alone(folder: Path, *, make_plan: Any, judge: Any, wait_until: Any, room: Any,
                     measure_hz: Any) -> None:
    recorder = Recorder()
    recorder.start(make_plan(folder, microphone=""))
    wait_until(lambda: recorder.status().elapsed_s > 1.6)
    status = recorder.status()
    assert status.thumbnail is None and status.bytes_on_disk > 10_000
    with pytest.raises(CameraUnavailable):
        recorder.snapshot()
    result = recorder.stop()
    assert result.clean and result.has_audio and not result.has_video and result.frames == 0
    plain = judge.decrypt(result.segments[0].path)
    assert set(judge.streams(plain)) == {"audio"}
    sound = judge.sound(plain)
    assert len(sound) / 48000 == pytest.approx(result.duration_s, abs=0.06)
    assert measure_hz(sound[4800:-4800]) == pytest.approx(997, abs=0.5)
    # A fragment a second, not one for every packet.
    assert plain.read_bytes().count(b"moof") in (2, 3)


def test_a_slow_file_is_played_at_its_own_speed(
        folder: Path, *, make_plan: Any, tmp_path: Path, wait_until: Any, judge: Any) -> None:
    video = tmp_path / "slow.avi"
    subprocess.run(["ffmpeg", "-v", "error", "-f", "lavfi", "-i", "testsrc2=s=320x240:r=10:d=3",
                    "-c:v", "mjpeg", video], check=True)
    recorder = Recorder()
    recorder.start(make_plan(folder, camera=str(video)))
    wait_until(lambda: recorder.status().elapsed_s > 1.6)
    status = recorder.status()
    result = recorder.stop()
    assert status.fps == pytest.approx(10, abs=0.7)
    # Half a second more than is encoded has arrived.
    assert status.written == pytest.approx(21, abs=4)
    assert status.duplicated == pytest.approx(32, abs=6)
    video_stream = judge.streams(judge.decrypt(result.segments[0].path))["video"]
    assert int(video_stream["nb_read_packets"]) == round(result.duration_s * 25)
    assert (video_stream["width"], video_stream["height"]) == (640, 360)


def test_nothing_to_mark_when_nothing_runs() -> None:
    for what in (lambda: Recorder().mark("x"), Recorder().snapshot, Recorder().stop):
        with pytest.raises(NotRecording):
            what()
    with pytest.raises(ValueError, match="200"):
        Recorder().mark("长" * 201)


def test_frames_nobody_takes_are_thinned_not_cut_off(camera: Any, wait_until: Any) -> None:
    source = CameraSource(camera.url)
    source.open()
    source.take()
    wait_until(lambda: source.missed >= 20)
    frames = source.take()
    source.close()
    steps = [b.mono_ns - a.mono_ns for a, b in itertools.pairwise(frames)]
    assert 25 <= len(frames) <= 50
    assert max(steps) < 1.0e9 and frames[-1].mono_ns - frames[0].mono_ns > 1.8e9
