"""One real recording of a moving picture and a tone, judged by independent tools."""

import hashlib
import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from field_app.crypto.age_keys import Identity
from field_app.crypto.hashing import sha256_file
from field_app.domain.clock import SystemClock
from field_app.domain.ids import BlobId, new_id
from field_app.media.clip import ClipResult, Mark, RecorderState, RecorderStatus, RecordingPlan
from field_app.media.errors import NotRecording, RecorderBusy
from field_app.media.photo import seal_photo
from field_app.media.playback import ClipPlayback, open_clip
from field_app.media.recorder import Recorder
from field_app.media.recovery import recover_clip

pytestmark = pytest.mark.alone

SEGMENT_S = 2.0


@dataclass(frozen=True)
class Evidence:
    folder: Path
    plan: RecordingPlan
    status: RecorderStatus
    mark: Mark
    jpeg: bytes
    result: ClipResult
    files_while_recording: dict[str, bytes]


@pytest.fixture(scope="module")
def evidence(tmp_path_factory: pytest.TempPathFactory, *, make_plan: Any, wait_until: Any,
             room: Any, moving_picture: Any) -> Evidence:
    folder = tmp_path_factory.mktemp("media")
    camera = moving_picture()
    recorder = Recorder()
    plan = make_plan(folder, camera=camera.url, microphone="", segment_seconds=SEGMENT_S)
    recorder.start(plan)
    with pytest.raises(RecorderBusy):
        recorder.start(plan)
    wait_until(lambda: recorder.status().elapsed_s > 1.3)
    mark = recorder.mark("开始清点货物")
    jpeg = recorder.snapshot()
    status = recorder.status()
    files = {path.name: path.read_bytes() for path in folder.iterdir()}
    wait_until(lambda: recorder.status().elapsed_s > 3.4)
    result = recorder.stop()
    camera.close()
    assert recorder.status() == RecorderStatus(RecorderState.IDLE)
    with pytest.raises(NotRecording):
        recorder.stop()
    return Evidence(folder, plan, status, mark, jpeg, result, files)


def test_status_tells_what_happens(evidence: Evidence) -> None:
    status = evidence.status
    on_disk = sum(len(data) for name, data in evidence.files_while_recording.items()
                  if ".mp4." in name)
    assert status.state is RecorderState.RECORDING
    assert abs(status.bytes_on_disk - on_disk) < 64 << 10
    assert status.bytes_on_disk > 1000
    assert 24 <= status.fps <= 26
    assert status.written >= 28
    assert status.dropped + status.duplicated <= 5
    assert status.level_db is not None and -30 < status.level_db < -10
    assert not status.silent and not status.troubles and not status.gaps
    assert status.thumbnail is not None
    assert len(status.thumbnail.rgb) == status.thumbnail.width * status.thumbnail.height * 3
    # The wall is (90, 120, 60) in BGR: a thumbnail with red and blue exchanged would show.
    corner = status.thumbnail.rgb[-3:]
    assert abs(corner[0] - 60) < 12 and abs(corner[2] - 90) < 12


def test_result_is_clean_and_complete(evidence: Evidence) -> None:
    result = evidence.result
    assert result.clean and not result.gaps and not result.unsealed and not result.recovered
    assert [segment.number for segment in result.segments] == [1, 2]
    assert result.segments[0].duration_s == SEGMENT_S
    assert result.frames == round(result.duration_s * 25)
    assert result.marks == (evidence.mark,)
    assert abs(evidence.mark.offset_s - evidence.status.elapsed_s) < 1.0
    first, second = result.segments
    assert abs(second.started.mono_ms - first.started.mono_ms - 1000 * SEGMENT_S) <= 2
    assert abs(first.ended.mono_ms - second.started.mono_ms) <= 2
    assert {path.name for path in evidence.folder.iterdir()} == {
        first.path.name, second.path.name, result.notes.name}


def test_age_and_ffprobe_agree(evidence: Evidence, judge: Any) -> None:
    for segment in evidence.result.segments:
        plain = judge.decrypt(segment.path)
        assert sha256_file(plain) == segment.sha256
        assert plain.stat().st_size == segment.size
        assert sha256_file(segment.path) == segment.ct_sha256
        assert segment.path.stat().st_size == segment.ct_size
        streams = judge.streams(plain)
        video, audio = streams["video"], streams["audio"]
        assert (video["codec_name"], audio["codec_name"]) == ("h264", "aac")
        assert (video["width"], video["height"], video["has_b_frames"]) == (640, 360, 0)
        assert video["r_frame_rate"] == "25/1"
        assert int(video["nb_read_packets"]) == segment.frames
        assert float(video["duration"]) == pytest.approx(segment.duration_s, abs=0.001)
        assert float(audio["duration"]) == pytest.approx(segment.duration_s, abs=0.06)


def test_every_frame_of_the_camera_is_there_in_order(evidence: Evidence, judge: Any) -> None:
    numbers = [number for segment in evidence.result.segments
               for number in judge.numbers(judge.decrypt(segment.path))]
    steps = np.diff(numbers)
    assert -1 not in numbers
    assert (steps >= 0).all()
    assert np.count_nonzero(steps == 1) >= 0.95 * len(steps)
    assert abs(numbers[-1] - numbers[0] - (len(numbers) - 1)) <= 2


def test_tone_is_heard_without_a_break(
        evidence: Evidence, judge: Any,
        measure_hz: Callable[[NDArray[np.float64]], float]) -> None:
    sounds = [judge.sound(judge.decrypt(segment.path)) for segment in evidence.result.segments]
    for segment, sound in zip(evidence.result.segments, sounds, strict=True):
        whole = sound[:round(segment.duration_s * 48000)]
        assert measure_hz(whole[4800:-4800]) == pytest.approx(997, abs=0.5)
    # The tone's phase runs on from one segment into the next: not a sample is missing.
    joined = np.concatenate([sounds[0][:round(SEGMENT_S * 48000)], sounds[1]])
    angle = 2 * np.pi * 997 / 48000 * np.arange(len(joined))
    carrier = joined * np.exp(-1j * angle)
    cut = round(SEGMENT_S * 48000)
    before = np.angle(carrier[cut - 7200:cut - 2400].sum())
    after = np.angle(carrier[cut + 2400:cut + 7200].sum())
    assert abs(np.angle(np.exp(1j * (after - before)))) < 0.1


def test_nothing_is_ever_plain_on_disk(evidence: Evidence) -> None:
    files = list(evidence.files_while_recording.values()) + [
        path.read_bytes() for path in evidence.folder.iterdir()]
    assert len(files) >= 6
    for data in files:
        # A tail may be seen between being emptied and being written.
        assert data.startswith(b"age-encryption.org/v1\n") or data == b""
        for trace in (b"ftyp", b"moov", b"moof", b"mdat", b"avcC", b"le-clip", b"kind"):
            assert trace not in data


def test_photo_is_the_cameras_own_picture(
        evidence: Evidence, identity: Identity, folder: Path, judge: Any) -> None:
    with Image.open(io.BytesIO(evidence.jpeg)) as image:
        assert image.format == "JPEG" and image.size == (640, 360)
    photo = seal_photo(evidence.jpeg, blob_id=BlobId(new_id()), folder=folder,
                       recipients=[identity.recipient], clock=SystemClock())
    assert judge.decrypt(photo.path).read_bytes() == evidence.jpeg
    assert photo.sha256 == hashlib.sha256(evidence.jpeg).hexdigest()
    assert photo.ct_sha256 == sha256_file(photo.path)
    with pytest.raises(FileExistsError):
        seal_photo(evidence.jpeg, blob_id=photo.blob_id, folder=folder,
                   recipients=[identity.recipient], clock=SystemClock())
    with pytest.raises(ValueError, match="JPEG"):
        seal_photo(evidence.jpeg[:-2], blob_id=BlobId(new_id()), folder=folder,
                   recipients=[identity.recipient], clock=SystemClock())
    assert [path.name for path in folder.iterdir()] == [photo.path.name]


def test_recovery_of_a_clip_in_order_changes_nothing(
        evidence: Evidence, identity: Identity) -> None:
    before = {path.name: path.read_bytes() for path in evidence.folder.iterdir()}
    again = recover_clip(
        evidence.folder, evidence.plan.clip_id, identities=[identity],
        recipients=[identity.recipient], clock=SystemClock())
    assert {path.name: path.read_bytes() for path in evidence.folder.iterdir()} == before
    assert again.clean and not again.recovered
    assert [s.sha256 for s in again.segments] == [s.sha256 for s in evidence.result.segments]
    assert [s.duration_s for s in again.segments] == [
        s.duration_s for s in evidence.result.segments]
    assert [mark.label for mark in again.marks] == ["开始清点货物"]


@pytest.fixture
def playback(evidence: Evidence, identity: Identity) -> Iterator[ClipPlayback]:
    clip = open_clip([(s.path, s.duration_s) for s in evidence.result.segments], [identity])
    yield clip
    clip.close()


def test_playback_shows_the_exact_frame(
        evidence: Evidence, playback: ClipPlayback, judge: Any,
        read_frame_number: Callable[[NDArray[Any]], int]) -> None:
    expected = [number for segment in evidence.result.segments
                for number in judge.numbers(judge.decrypt(segment.path))]
    assert playback.duration_s == evidence.result.duration_s
    assert playback.frame_s == 0.04

    def shown(index: int) -> int:
        frame = playback.frame_at(index * 0.04)
        assert frame is not None
        width, height, rgb = frame
        grey = np.frombuffer(rgb, np.uint8).reshape(height, width, 3).mean(axis=2)
        return read_frame_number(grey)

    # Forward, backward by single frames, far jumps, across the segments' border and past the end.
    order = [*range(30), 29, 28, 27, 80, 3, 49, 50, 51, 50, 49, 0, len(expected) - 1]
    assert [shown(index) for index in order] == [expected[index] for index in order]
    assert shown(len(expected) + 50) == expected[-1]


def test_playback_gives_the_sound_from_any_place(
        evidence: Evidence, playback: ClipPlayback,
        measure_hz: Callable[[NDArray[np.float64]], float]) -> None:
    begin = 1.3
    pieces = playback.sound_from(begin)
    sound = np.frombuffer(b"".join(pieces), "<i2").astype(np.float64)
    assert len(sound) / 48000 == pytest.approx(evidence.result.duration_s - begin, abs=0.08)
    assert measure_hz(sound[4800:-9600]) == pytest.approx(997, abs=0.5)
