"""Records camera and microphone for a step: start, mark, photograph, stop, save after a crash."""

from dataclasses import dataclass, replace
from typing import Any

from field_app.actions.context import Session, refuse
from field_app.actions.seal_blob import seal_blob
from field_app.crypto.age_header import AgeError
from field_app.crypto.age_keys import Identity
from field_app.domain.case import Blob, Case, Clip, ClipState
from field_app.domain.case import Segment as StoredSegment
from field_app.domain.chinese import moment_cn
from field_app.domain.clock import CHINA
from field_app.domain.ids import CaseId, ClipId, StepId, new_id
from field_app.errors import UserError
from field_app.media.clip import ClipResult, Gap, Mark, RecorderStatus, RecordingPlan, Trouble
from field_app.media.errors import (
    CameraUnavailable,
    ClipDamaged,
    DiskTooFull,
    MicrophoneUnavailable,
    NotRecording,
    RecorderBusy,
)
from field_app.media.recorder import Recorder
from field_app.media.recovery import recover_clip
from field_app.storage import cases, clips, papers

TROUBLES = {
    Trouble.CAMERA_LOST: "摄像头无画面，正在重新连接；录音仍在继续",
    Trouble.MICROPHONE_LOST: "话筒断开，正在重新连接；录像仍在继续",
    Trouble.SILENT: "话筒没有声音，请检查是否被静音或遮挡",
    Trouble.DISK_LOW: "磁盘空间将满，请尽快结束录制或清理空间",
    Trouble.DISK_FULL: "磁盘已满，录制已停止；已录部分完好",
    Trouble.FALLING_BEHIND: "电脑太忙，画面可能不连贯，请关闭其他程序",
    Trouble.ENCODER_FAILED: "录制中断；已录部分完好，请重新开始录制",
}


@dataclass(frozen=True)
class Devices:
    """Which camera (index, file, address) and microphone (name, ``""`` default); None for none."""

    camera: int | str | None
    microphone: str | None
    width: int = 1280
    height: int = 720
    fps: int = 25


def _gap(gap: Gap) -> dict[str, Any]:
    return {"kind": gap.kind.value, "from": gap.started.iso(), "to": gap.ended.iso()}


def _mark(mark: Mark) -> dict[str, Any]:
    return {"label": mark.label, "at": mark.at.iso(), "offset_ms": round(mark.offset_s * 1000)}


def _finished(clip: Clip, result: ClipResult) -> Clip:
    parts = tuple(
        StoredSegment(
            ordinal=s.number, path=s.path.name, size=s.size, sha256=s.sha256, ct_size=s.ct_size,
            ct_sha256=s.ct_sha256, started=s.started.wall, ended=s.ended.wall, sm3=s.sm3)
        for s in result.segments)
    recovered = result.recovered or not result.clean
    return replace(
        clip, state=ClipState.RECOVERED if recovered else ClipState.WHOLE,
        started=parts[0].started if parts else clip.started,
        ended=parts[-1].ended if parts else clip.started,
        duration_ms=round(result.duration_s * 1000), has_video=result.has_video,
        has_audio=result.has_audio, gaps=tuple(map(_gap, result.gaps)),
        marks=tuple(map(_mark, result.marks)), segments=parts)


def _keep(session: Session, clip: Clip, kind: str) -> Clip:
    """Store the finished clip and tell the log its hashes."""
    with session.begin() as tx:
        clips.finish(tx, clip)
        session.note(tx, kind, case=clip.case, body={
            "clip": clip.id, "number": clip.number, "duration_ms": clip.duration_ms,
            "gaps": [dict(g) for g in clip.gaps], "marks": len(clip.marks),
            "segments": [{"n": s.ordinal, "size": s.size, "sha256": s.sha256, "sm3": s.sm3,
                          "ct_sha256": s.ct_sha256} for s in clip.segments]})
    return clip


def _device_refusal(error: Exception) -> UserError:
    kept = "已填写的内容不受影响。"
    if isinstance(error, CameraUnavailable):
        return refuse(f"摄像头“{error.source}”{error.waited_s:.0f}秒内没有画面。",
                      f"请检查是否插好、是否被其他程序占用，或改选摄像头。{kept}", code="camera.none")
    if isinstance(error, MicrophoneUnavailable):
        name = error.device or "默认话筒"
        return refuse(f"话筒“{name}”{error.waited_s:.0f}秒内没有声音信号。",
                      f"请检查是否插好，或在设置中改选话筒。{kept}", code="microphone.none")
    if isinstance(error, DiskTooFull):
        return refuse(f"磁盘空间不足，只够录{max(error.hours_left, 0):.1f}小时，没有开始录制。",
                      f"请清理磁盘或改用其他电脑。{kept}", code="disk.full")
    if isinstance(error, RecorderBusy):
        return refuse("正在录制中。", "请先停止当前录制。", code="recorder.busy")
    return refuse("录制文件写不进去，没有开始录制。", f"请检查磁盘。{kept}", code="disk.write")


class Recording:
    """A running recording of one step; end it with :meth:`stop`. Safe to call from any thread."""

    def __init__(self, session: Session, case: Case, clip: Clip, recorder: Recorder) -> None:
        self._session = session
        self._case = case
        self._recorder = recorder
        self.clip = clip

    def status(self) -> RecorderStatus:
        """What an officer should see now."""
        return self._recorder.status()

    def troubles(self) -> tuple[str, ...]:
        """What is wrong, in the words shown to officers."""
        return tuple(TROUBLES[t] for t in self._recorder.status().troubles)

    def mark(self, label: str) -> None:
        """Mark this moment."""
        try:
            self._recorder.mark(label)
        except NotRecording as error:
            raise refuse("没有正在进行的录制。", "请先开始录制。", code="recorder.idle") from error

    def take_photo(self) -> Blob:
        """Seal the newest full-resolution frame as a photo of the case."""
        try:
            picture = self._recorder.snapshot()
        except NotRecording as error:
            raise refuse("没有正在进行的录制。", "请先开始录制。", code="recorder.idle") from error
        except CameraUnavailable as error:
            raise _device_refusal(error) from error
        session = self._session
        with session.begin() as tx:
            count = sum(b.kind == "photo" for b in papers.blobs_of_case(tx, self._case.id)) + 1
            name = f"现场照片{count:02d}（{moment_cn(session.at.astimezone(CHINA))}）.jpg"
            blob = seal_blob(session, tx, self._case, picture, kind="photo", name=name,
                             mime="image/jpeg")
            session.note(tx, "photo_taken", case=self._case.id, body={
                "blob": blob.id, "sha256": blob.sha256, "size": blob.size, "clip": self.clip.id})
        return blob

    def picture(self) -> bytes:
        """The newest full-resolution frame as JPEG, kept nowhere."""
        try:
            return self._recorder.snapshot()
        except NotRecording as error:
            raise refuse("没有正在进行的录制。", "请先开始录制。", code="recorder.idle") from error
        except CameraUnavailable as error:
            raise _device_refusal(error) from error

    def stop(self) -> Clip:
        """End the recording, store clip and hashes; what was cut short is saved at once."""
        result = self._recorder.stop()
        if result.unsealed:
            return _recover(self._session, self._case, self.clip)
        self.clip = _keep(self._session, _finished(self.clip, result), "recording_stopped")
        return self.clip


def start_recording(session: Session, case_id: CaseId, step_id: StepId,
                    devices: Devices) -> Recording:
    """Begin to record for a step. ``UserError`` when a device does not answer."""
    if devices.camera is None and devices.microphone is None:
        raise refuse("没有选择摄像头，也没有选择话筒。", "请在设置中至少选择一种。", code="recorder.none")
    with session.begin() as tx:
        case = cases.get(tx, case_id)
        count = len(clips.of_case(tx, case_id)) + 1
        clip = Clip(
            id=ClipId(new_id()), case=case_id, step=step_id,
            number=f"{case.local_no}-音像{count:02d}", state=ClipState.RECORDING,
            started=session.at, ended=None, duration_ms=0,
            has_video=devices.camera is not None, has_audio=devices.microphone is not None)
        # Stored before the devices open: a crash at any later point leaves a trace to follow.
        clips.add(tx, clip)
        session.note(tx, "recording_started", case=case_id, body={
            "clip": clip.id, "number": clip.number, "step": step_id})
    recorder = Recorder()
    plan = RecordingPlan(
        clip_id=clip.id, folder=session.context.data.media, recipients=session.recipients(case),
        clock=session.context.clock, camera=devices.camera, microphone=devices.microphone,
        width=devices.width, height=devices.height, fps=devices.fps)
    try:
        recorder.start(plan)
    except (CameraUnavailable, MicrophoneUnavailable, DiskTooFull, RecorderBusy, OSError) as error:
        with session.begin() as tx:
            clips.drop_unstarted(tx, clip.id)
            session.note(tx, "recording_failed", case=case_id, body={
                "clip": clip.id, "error": type(error).__name__})
        raise _device_refusal(error) from error
    return Recording(session, case, clip, recorder)


def _recover(session: Session, case: Case, clip: Clip) -> Clip:
    """Bring a cut clip into order; raises ``UserError`` when nothing of it can be used."""
    try:
        result = recover_clip(
            session.context.data.media, clip_id=clip.id,
            identities=[Identity.parse(case.identity)], recipients=session.recipients(case),
            clock=session.context.clock)
    except (ClipDamaged, AgeError) as error:
        with session.begin() as tx:
            clips.drop_unstarted(tx, clip.id)
            session.note(tx, "recording_lost", case=case.id, body={
                "clip": clip.id, "number": clip.number, "error": type(error).__name__})
        raise refuse(f"录音录像{clip.number}没有录到可用的内容。",
                     "日志已记下；请不要删除任何文件，必要时补录或说明原因。", code="clip.lost") from error
    except OSError as error:
        raise refuse(f"磁盘写不进去，录音录像{clip.number}还没有恢复。",
                     "请清理磁盘空间后重新登录；已录部分没有丢失。", code="disk.write") from error
    if result.damaged:
        with session.begin() as tx:
            session.note(tx, "recording_damaged", case=case.id, body={
                "clip": clip.id, "files": [p.name for p in result.damaged]})
    return _keep(session, _finished(clip, replace(result, recovered=True)), "recording_recovered")


@dataclass(frozen=True)
class Recovered:
    """What came back after a crash, and what could not, in the words shown to officers."""

    clips: tuple[Clip, ...]
    problems: tuple[str, ...]


def recover_recordings(session: Session) -> Recovered:
    """Save every recording that a crash or power cut interrupted; called after login."""
    with session.begin() as tx:
        open_ended = [(clip, cases.get(tx, clip.case)) for clip in clips.unfinished(tx)]
    saved, problems = [], []
    for clip, case in open_ended:
        try:
            saved.append(_recover(session, case, clip))
        except UserError as error:
            problems.append(f"{error.what}{error.remedy}")
    return Recovered(tuple(saved), tuple(problems))
