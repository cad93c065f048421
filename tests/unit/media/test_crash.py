"""A recorder that is stopped dead and then killed: nothing but the last second may be lost."""

import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from field_app.crypto.stanzas import NoMatchingIdentity
from field_app.crypto.suite_keys import new_identity, recipient_text, secret_text
from field_app.crypto.suites import GM, INTL, AnyIdentity
from field_app.domain.clock import SystemClock
from field_app.domain.ids import ClipId, new_id
from field_app.media.clip import ClipResult, GapKind
from field_app.media.errors import ClipDamaged
from field_app.media.recovery import recover_clip

pytestmark = pytest.mark.alone

# The national suite costs ten times as much; its kills are among the long trials.
_SUITES = [INTL, pytest.param(GM, marks=pytest.mark.soak)]
PROGRAM = Path(__file__).with_name("record_until_killed.py")
SEGMENT_S = 3.0
HALT_S = 3.5


@dataclass(frozen=True)
class Wreck:
    folder: Path
    clip_id: ClipId
    files: dict[str, bytes]
    killed_mono_ms: int


@pytest.fixture(scope="module", params=_SUITES)
def identity(request: pytest.FixtureRequest) -> AnyIdentity:
    """The case's key: what is recorded in a national district survives as well."""
    return new_identity(request.param)


@pytest.fixture(scope="module")
def judge(judge_with: Any, identity: AnyIdentity, tmp_path_factory: pytest.TempPathFactory) -> Any:
    key = tmp_path_factory.mktemp("key") / "case.key"
    key.write_text(secret_text(identity))
    return judge_with(key)


class _Program:
    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self.process = process

    def elapsed_s(self) -> float:
        assert self.process.stdin is not None and self.process.stdout is not None
        self.process.stdin.write("?\n")
        self.process.stdin.flush()
        return float(self.process.stdout.readline().split()[0])


@pytest.fixture(scope="module")
def wreck(tmp_path_factory: pytest.TempPathFactory, *, moving_picture: Any, wait_until: Any,
          identity: AnyIdentity, room: Any) -> Wreck:
    folder, clip_id = tmp_path_factory.mktemp("wreck"), ClipId(new_id())
    camera = moving_picture()
    with subprocess.Popen(
            [sys.executable, PROGRAM, folder, clip_id, recipient_text(identity.recipient), camera.url,
             str(SEGMENT_S)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        program = _Program(process)
        wait_until(lambda: program.elapsed_s() > 1.3, within_s=20)
        process.send_signal(signal.SIGSTOP)
        threading.Event().wait(HALT_S)
        process.send_signal(signal.SIGCONT)
        wait_until(lambda: program.elapsed_s() > 2.9)
        process.kill()
        killed_mono_ms = time.monotonic_ns() // 1_000_000
        process.wait()
    camera.close()
    files = {path.name: path.read_bytes() for path in folder.iterdir()}
    return Wreck(folder, clip_id, files, killed_mono_ms)


@pytest.fixture
def copy(wreck: Wreck, tmp_path: Path) -> Path:
    for name, data in wreck.files.items():
        (tmp_path / name).write_bytes(data)
    return tmp_path


def _recover(folder: Path, wreck: Wreck, identity: AnyIdentity) -> ClipResult:
    return recover_clip(folder, wreck.clip_id, identities=[identity],
                        recipients=[identity.recipient], clock=SystemClock())


@pytest.fixture
def rescued(copy: Path, wreck: Wreck, identity: AnyIdentity) -> Iterator[ClipResult]:
    yield _recover(copy, wreck, identity)


def test_kill_costs_two_seconds_at_most(rescued: ClipResult, wreck: Wreck) -> None:
    assert rescued.recovered and not rescued.clean and not rescued.damaged
    last = rescued.segments[-1]
    assert last.recovered and last.path.name.endswith("r.mp4.age")
    lost_ms = wreck.killed_mono_ms - last.ended.mono_ms
    assert 0 <= lost_ms <= 2000


def test_what_was_rescued_opens_with_public_tools(
        rescued: ClipResult, judge: Any, copy: Path) -> None:
    for segment in rescued.segments:
        plain = judge.decrypt(segment.path)
        streams = judge.streams(plain)
        assert streams["video"]["codec_name"] == "h264"
        assert int(streams["video"]["nb_read_packets"]) == segment.frames
        assert float(streams["audio"]["duration"]) == pytest.approx(segment.duration_s, abs=0.1)
        # Behind the halt come first the frames that waited in the network's buffers.
        steps = np.diff(judge.numbers(plain)[8:])
        assert (steps >= 0).all() and np.count_nonzero(steps == 1) >= 0.8 * len(steps)
    assert not [path for path in copy.iterdir() if ".tail" in path.name or ".part" in path.name]


def test_the_time_without_the_program_is_a_gap(rescued: ClipResult) -> None:
    gaps = [gap for gap in rescued.gaps if gap.kind is GapKind.CLOCK]
    assert len(gaps) == 1
    halted_ms = gaps[0].ended.mono_ms - gaps[0].started.mono_ms
    assert 1000 * HALT_S - 200 <= halted_ms <= 1000 * HALT_S + 1500
    # A new segment begins behind the gap, so that every segment's own times hold.
    assert any(abs(s.started.mono_ms - gaps[0].ended.mono_ms) < 100 for s in rescued.segments)


def test_marks_outlive_the_crash(rescued: ClipResult) -> None:
    assert [mark.label for mark in rescued.marks] == ["开始"]


def test_recovering_twice_is_recovering_once(
        rescued: ClipResult, copy: Path, wreck: Wreck, identity: AnyIdentity) -> None:
    before = {path.name: path.read_bytes() for path in copy.iterdir()}
    again = _recover(copy, wreck, identity)
    assert {path.name: path.read_bytes() for path in copy.iterdir()} == before
    assert again.segments == rescued.segments


def test_recovery_that_was_cut_short_is_done_again(
        rescued: ClipResult, copy: Path, wreck: Wreck, identity: AnyIdentity) -> None:
    # As if the power went after the new file was named and before the old one was removed.
    for name, data in wreck.files.items():
        (copy / name).write_bytes(data)
    (copy / (rescued.segments[-1].path.name + ".part")).write_bytes(b"cut")
    again = _recover(copy, wreck, identity)
    assert [s.sha256 for s in again.segments] == [s.sha256 for s in rescued.segments]
    assert [s.path for s in again.segments] == [s.path for s in rescued.segments]


def test_a_closed_segment_that_was_changed_is_told_and_left_alone(
        wreck: Wreck, copy: Path, identity: AnyIdentity) -> None:
    closed = copy / f"{wreck.clip_id}-01.mp4.age"
    data = bytearray(closed.read_bytes())
    data[-20] ^= 1
    closed.write_bytes(data)
    result = _recover(copy, wreck, identity)
    assert result.damaged == (closed,)
    assert closed.read_bytes() == data
    assert result.segments and result.segments[0].number == 2


@pytest.mark.parametrize("suite", _SUITES)
def test_a_stranger_recovers_nothing_and_harms_nothing(
        wreck: Wreck, copy: Path, suite: str) -> None:
    with pytest.raises(NoMatchingIdentity):
        _recover(copy, wreck, new_identity(suite))
    assert {path.name: path.read_bytes() for path in copy.iterdir()} == wreck.files


def test_without_notes_the_segments_speak_for_themselves(
        wreck: Wreck, copy: Path, identity: AnyIdentity, rescued: ClipResult) -> None:
    for path in copy.iterdir():
        path.unlink()
    for name, data in wreck.files.items():
        if "-notes" not in name:
            (copy / name).write_bytes(data)
    result = _recover(copy, wreck, identity)
    assert [s.sha256 for s in result.segments] == [s.sha256 for s in rescued.segments]
    assert [s.started.mono_ms for s in result.segments] == pytest.approx(
        [s.started.mono_ms for s in rescued.segments], abs=1)


def test_no_clip_no_result(tmp_path: Path, wreck: Wreck, identity: AnyIdentity) -> None:
    with pytest.raises(ClipDamaged):
        _recover(tmp_path, wreck, identity)


def test_nothing_plain_in_the_wreck(wreck: Wreck) -> None:
    assert any(".tail" in name for name in wreck.files)
    for data in wreck.files.values():
        assert not any(trace in data for trace in (b"ftyp", b"moov", b"moof", b"avcC", b"kind"))


def test_a_rescued_file_that_was_cut_is_told_and_left_alone(
        rescued: ClipResult, wreck: Wreck, copy: Path, identity: AnyIdentity) -> None:
    last = rescued.segments[-1].path
    last.write_bytes(last.read_bytes()[:-1000])
    rescued.notes.unlink()
    result = _recover(copy, wreck, identity)
    assert result.damaged == (last,) and last.exists()


def test_a_recorder_killed_at_once_leaves_no_empty_shell(
        wreck: Wreck, tmp_path: Path, identity: AnyIdentity) -> None:
    open_ended = next(n for n in wreck.files if n.endswith(".mp4.age.tail0"))
    shell = tmp_path / open_ended.removesuffix(".tail0")
    shell.write_bytes(wreck.files[shell.name][:300])
    result = _recover(tmp_path, wreck, identity)
    assert not result.segments and not result.damaged and not shell.exists()
