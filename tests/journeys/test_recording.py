"""Recording as officers do it: standing by, two cameras, gaps told, tied to another step."""

import threading
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest

from field_app.actions.case_desk import StepNotReady, case_desk, end_step
from field_app.actions.context import Session
from field_app.actions.fill_document import (
    PaperNeedsReason,
    issue_paper,
    recorded_during,
    save_draft,
    start_paper,
)
from field_app.actions.record_step import Devices, room_left, stand_by, start_recording
from field_app.actions.recording_words import device_refusal
from field_app.actions.tie_recording import tie_recording
from field_app.cli.demo.day import sample_answers, typed
from field_app.cli.demo.moving_picture import moving_picture
from field_app.crypto.hashing import sha256_file
from field_app.domain.case import Case, ClipState, StepState
from field_app.domain.clock import CHINA
from field_app.errors import UserError
from field_app.media.clip import RecorderState
from field_app.media.errors import CameraUnavailable
from field_app.rules.recording_spans import hole_words
from field_app.storage import cases, events

MakeCase = Callable[[Session], Case]


@pytest.fixture
def camera() -> Iterator[str]:
    with moving_picture() as url:
        yield url


def _wait(condition: Callable[[], bool], within_s: float = 15.0) -> None:
    deadline = time.monotonic() + within_s
    while not condition():
        assert time.monotonic() < deadline
        threading.Event().wait(0.05)


def _told(session: Session, case: Case, kind: str) -> list[dict[str, Any]]:
    with session.begin() as tx:
        return [m["body"] for e in events.of_case(tx, case.id) if (m := e.members())["typ"] == kind]


def test_two_cameras_that_stood_by_are_two_clips_side_by_side(
        session: Session, new_case: MakeCase, camera: str) -> None:
    case = new_case(session)
    step = case_desk(session, case.id).step("inspection").step
    devices = Devices(camera, None, width=640, height=360, second=f"{camera}?2")
    hours = room_left(session, devices)
    one = room_left(session, Devices(camera, None, width=640, height=360))
    assert hours is not None and one is not None and hours == pytest.approx(one / 2, rel=0.05)
    ready = stand_by(session, case.id, devices)
    _wait(lambda: ready.status().preroll_s > 1.0)
    assert ready.status().state is RecorderState.STANDBY
    assert not list(session.context.data.media.iterdir())
    recording = start_recording(session, case.id, step.id, devices, ready)
    recording.mark("进入")
    second = recording.second_status()
    assert second is not None and second.thumbnail is not None
    held = recording.status().preroll_s
    _wait(lambda: recording.status().elapsed_s > held + 1.0)
    together = recording.together()
    assert together.bytes_on_disk > recording.status().bytes_on_disk
    recording.stop()
    room, paper = recording.clips
    assert (room.beside, paper.beside) == (paper.id, room.id)
    assert (room.view, paper.view) == ("现场", "文书")
    assert room.state is paper.state is ClipState.WHOLE
    assert room.preroll_ms >= 1000 and len(room.segments) == 2
    assert abs((room.segments[-1].ended - paper.segments[-1].ended).total_seconds()) < 1.5
    shown = case_desk(session, case.id).step("inspection")
    assert [c.id for c in shown.clips] == [room.id, paper.id]
    assert [c.item for c in shown.covered] == ["现场检查"]
    assert {b["number"] for b in _told(session, case, "recording_stopped")} == {
        room.number, paper.number}


def test_a_step_names_what_was_not_recorded_and_takes_a_reason(
        session: Session, new_case: MakeCase, camera: str) -> None:
    case = new_case(session)
    step = case_desk(session, case.id).step("inspection").step
    recording = start_recording(session, case.id, step.id, Devices(camera, None, 640, 360))
    _wait(lambda: recording.status().elapsed_s > 1.0)
    clip = recording.stop()
    draft = start_paper(session, case.id, step.id, "G1-04")
    now = session.at.astimezone(CHINA).replace(second=0, microsecond=0)
    began, ended = now - timedelta(minutes=30), now - timedelta(minutes=2)
    times = {"start_at": began.isoformat(), "end_at": ended.isoformat()}
    save_draft(session, draft.id, typed(draft.answers, sample_answers("G1-04")) | times)
    shown = case_desk(session, case.id).step("inspection")
    (covered,) = shown.covered
    assert covered.words == (f"应录 {began:%H:%M}–{ended:%H:%M}，已录 0秒，"
                             f"缺 {began:%H:%M}–{ended:%H:%M}")
    with pytest.raises(StepNotReady) as told:
        end_step(session, case.id, step.id, outcome="rectify")
    assert any("录音录像不完整" in r.text or r.level.value == "block" for r in told.value.reasons)
    assert clip.number not in covered.found.clips


def test_an_inquiry_knows_minute_by_minute_what_covers_it(
        session: Session, new_case: MakeCase, camera: str) -> None:
    case = new_case(session)
    inspection = case_desk(session, case.id).step("inspection").step
    recording = start_recording(session, case.id, inspection.id, Devices(camera, None, 640, 360))
    _wait(lambda: recording.status().elapsed_s > 1.0)
    clip = recording.stop()
    draft = start_paper(session, case.id, inspection.id, "G2-02")
    minute = clip.started.astimezone(CHINA).replace(second=0, microsecond=0)
    answers = typed(draft.answers, sample_answers("G2-02")) | {
        "start_at": (minute - timedelta(minutes=2)).isoformat(),
        "end_at": (minute + timedelta(minutes=1)).isoformat()}
    draft = save_draft(session, draft.id, answers)
    found = recorded_during(session, draft, answers)
    assert found is not None and found.found.clips == (clip.number,)
    assert any(hole.whole for hole in found.found.holes)
    assert hole_words(found.found.holes[0]).startswith(f"缺 {minute - timedelta(minutes=2):%H:%M}–")
    with pytest.raises(PaperNeedsReason) as told:
        issue_paper(session, draft.id)
    (warned,) = [r for r in told.value.reasons if r.rule == "RC-01"]
    assert "询问时段有" in warned.text and "分钟录音录像不完整" in warned.text
    assert "第四十七条" in warned.basis


def test_a_recording_is_tied_to_another_step_and_its_bytes_stay(
        session: Session, new_case: MakeCase, camera: str) -> None:
    case = new_case(session)
    desk = case_desk(session, case.id)
    here, later = desk.step("inspection").step, desk.step("inquiry").step
    recording = start_recording(session, case.id, here.id, Devices(camera, None, 640, 360))
    _wait(lambda: recording.status().elapsed_s > 0.6)
    with pytest.raises(UserError, match="还在录制"):
        tie_recording(session, recording.clip.id, later.id, reason="选错")
    clip = recording.stop()
    files = [session.context.data.media / s.path for s in clip.segments]
    before = [sha256_file(path) for path in files]
    with pytest.raises(UserError, match="还没有开始"):
        tie_recording(session, clip.id, later.id, reason="选错")
    other = new_case(session)
    with pytest.raises(UserError, match="同一案件"):
        tie_recording(session, clip.id, case_desk(session, other.id).step("inspection").step.id,
                      reason="选错")
    with session.begin() as tx:
        cases.set_step(tx, later.id, StepState.NOW, at=session.at)
    with pytest.raises(UserError, match="原因"):
        tie_recording(session, clip.id, later.id, reason="  ")
    tied = tie_recording(session, clip.id, later.id, reason="录制时选错环节")
    assert tied.step == later.id and tied.ties[0]["reason"] == "录制时选错环节"
    assert [sha256_file(path) for path in files] == before == [s.ct_sha256 for s in clip.segments]
    (body,) = _told(session, case, "recording_tied")
    assert (body["from"], body["to"]) == (here.id, later.id)
    assert "选错" not in str(body), "what officers typed is not in the log"
    assert not case_desk(session, case.id).step("inspection").clips


@pytest.mark.parametrize(("fact", "words"), [
    ("is used by another program", "被其他程序占用"), ("is not there", "没有插好"),
    ("may not be used", "隐私设置"), ("opened but gave no picture", "没有给出画面"),
    ("did not open", "8秒内没有画面")])
def test_why_a_camera_gives_nothing_is_told_in_plain_words(fact: str, words: str) -> None:
    told = device_refusal(CameraUnavailable(0, fact=fact, waited_s=8.0))
    assert words in told.what + told.remedy and "不受影响" in told.remedy


def test_a_second_camera_that_is_missing_lets_nothing_begin(
        session: Session, new_case: MakeCase, camera: str) -> None:
    case = new_case(session)
    step = case_desk(session, case.id).step("inspection").step
    devices = Devices(camera, None, 640, 360, second="/dev/video97")
    with pytest.raises(UserError, match="没有插好或不存在"):
        start_recording(session, case.id, step.id, devices)
    assert not case_desk(session, case.id).step("inspection").clips
    assert not list(session.context.data.media.iterdir())
    with pytest.raises(UserError, match="没有插好或不存在"):
        stand_by(session, case.id, devices)
