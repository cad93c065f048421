"""Records cameras and microphone for a step: stand by, start, mark, photograph, stop."""

import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial

from field_app import logs
from field_app.actions.context import Session, case_identity, refuse
from field_app.actions.finish_recording import store_clip
from field_app.actions.procedure_facts import rule_of
from field_app.actions.recording_words import device_refusal, trouble_words
from field_app.actions.seal_blob import seal_blob
from field_app.domain.case import Blob, Case, Clip, ClipState
from field_app.domain.chinese import moment_cn
from field_app.domain.clock import CHINA
from field_app.domain.ids import CaseId, ClipId, StepId, new_id
from field_app.errors import UserError
from field_app.media.clip import About, Alarm, RecorderState, RecorderStatus, RecordingPlan
from field_app.media.errors import (
    CameraUnavailable,
    DiskTooFull,
    MicrophoneUnavailable,
    NotRecording,
    RecorderBusy,
)
from field_app.media.recorder import Recorder, hours_left
from field_app.rules.procedure import procedure
from field_app.settings import Settings
from field_app.storage import cases, clips, papers

_NOT_STARTED = (CameraUnavailable, MicrophoneUnavailable, DiskTooFull, RecorderBusy, OSError)
# What two cameras look at.
_VIEWS = ("现场", "文书")


@dataclass(frozen=True)
class Devices:
    """Which camera (number, file, address) and microphone (name, ``""`` default); None for none.

    ``second``: a camera that looks at the paper while the first looks at the room; ``names``: what
    they call themselves, where that is known.
    """

    camera: int | str | None
    microphone: str | None
    width: int = 1280
    height: int = 720
    fps: int = 25
    second: int | str | None = None
    names: Mapping[int | str, str] = field(default_factory=dict, compare=False)

    @classmethod
    def of(cls, settings: Settings) -> "Devices":
        """What is set on this laptop."""
        width, height = settings.picture_size
        camera, second, microphone = settings.camera_source, settings.second_source, settings.microphone_name
        called = ((camera, settings.camera_called), (second, settings.second_camera_called),
                  (microphone, settings.microphone_called))
        return cls(camera, microphone, width=width, height=height, second=second,
                   names={source: name for source, name in called if source is not None and name})


@dataclass
class _Camera:
    """One camera's clip and its recorder."""

    clip: Clip
    recorder: Recorder


class Recording:
    """A running recording of one step; end it with :meth:`stop`. Safe to call from any thread.

    With two cameras it is two clips beside each other; ``clip`` is the one with the sound.
    """

    def __init__(self, session: Session, case: Case, cameras: Sequence[_Camera]) -> None:
        self._session = session
        self._case = case
        self._cameras = tuple(cameras)

    @property
    def clip(self) -> Clip:
        return self._cameras[0].clip

    @property
    def clips(self) -> tuple[Clip, ...]:
        return tuple(camera.clip for camera in self._cameras)

    @property
    def ended(self) -> bool:
        """Whether it stopped by itself: the disk is full, or writing failed."""
        return any(camera.recorder.status().state is RecorderState.FAILED for camera in self._cameras)

    def status(self) -> RecorderStatus:
        """What an officer should see now; of two cameras the first."""
        return self._cameras[0].recorder.status()

    def second_status(self) -> RecorderStatus | None:
        """The second camera's state; None when there is one camera only."""
        return self._cameras[1].recorder.status() if len(self._cameras) > 1 else None

    def together(self) -> RecorderStatus:
        """The first camera's state with the bytes, hours and safe seconds of both."""
        first, other = self.status(), self.second_status()
        if other is None:
            return first
        known = [s.safe_s for s in (first, other) if s.safe_s is not None]
        hours = [s.hours_left for s in (first, other)]
        return replace(
            first, bytes_on_disk=first.bytes_on_disk + other.bytes_on_disk,
            hours_left=1 / sum(1 / h for h in hours) if all(hours) else 0.0,
            safe_s=min(known, default=None))

    def troubles(self) -> tuple[str, ...]:
        """What is wrong, in the words shown to officers."""
        told = trouble_words(self.status())
        other = self.second_status()
        if other is not None:
            told += [f"{self._cameras[1].clip.view}摄像头：{words}"
                     for words in trouble_words(other) if words not in told]
        return tuple(told)

    def mark(self, label: str) -> None:
        """Mark this moment."""
        try:
            for camera in self._cameras:
                camera.recorder.mark(label)
        except NotRecording as error:
            raise refuse("没有正在进行的录制。", "请先开始录制。", code="recorder.idle") from error

    def take_photo(self) -> Blob:
        """Seal the newest full-resolution frame as a photo of the case."""
        picture = self.picture()
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
            return self._cameras[0].recorder.snapshot()
        except NotRecording as error:
            raise refuse("没有正在进行的录制。", "请先开始录制。", code="recorder.idle") from error
        except CameraUnavailable as error:
            raise device_refusal(error) from error

    def stop(self) -> Clip:
        """End the recording, store clips and hashes; what was cut short is saved at once."""
        results = [camera.recorder.stop() for camera in self._cameras]
        failed: UserError | None = None
        for camera, result in zip(self._cameras, results, strict=True):
            try:
                camera.clip = store_clip(self._session, self._case, camera.clip, result)
            except UserError as error:
                failed = failed or error
        if failed is not None:
            raise failed
        return self.clip


class StandBy:
    """Devices that are open and hold the last half minute in memory, before anybody records."""

    def __init__(self, case: CaseId, devices: Devices, recorders: tuple[Recorder, ...],
                 listener: "_Listener") -> None:
        self.listener = listener
        self.case = case
        self.devices = devices
        self.recorders = recorders

    def status(self) -> RecorderStatus:
        return self.recorders[0].status()

    def troubles(self) -> tuple[str, ...]:
        """What is wrong, in the words shown to officers."""
        return tuple(dict.fromkeys(
            words for r in self.recorders for words in trouble_words(r.status())))

    def close(self) -> None:
        """Let go of the devices; what was held is forgotten."""
        for recorder in self.recorders:
            recorder.stand_down()


def _sources(devices: Devices) -> list[tuple[int | str | None, str | None, str]]:
    """Camera, microphone and view of each clip; the sound is with the first."""
    made = [(devices.camera, devices.microphone, _VIEWS[0] if devices.second is not None else "")]
    if devices.second is not None and devices.camera is not None:
        made.append((devices.second, None, _VIEWS[1]))
    return made


def _plan(session: Session, case: Case, clip_id: ClipId, devices: Devices, number: int,
          about: About) -> RecordingPlan:
    camera, microphone, _ = _sources(devices)[number]
    return RecordingPlan(
        clip_id=clip_id, folder=session.context.data.media, recipients=session.recipients(case),
        clock=session.context.clock, camera=camera, microphone=microphone,
        width=devices.width, height=devices.height, fps=devices.fps, about=about,
        witness=case_identity(case))


def _check_chosen(devices: Devices) -> None:
    if devices.camera is None and devices.microphone is None:
        raise refuse("没有选择摄像头，也没有选择话筒。", "请在设置中至少选择一种。", code="recorder.none")


def _plan_of_none(session: Session, devices: Devices, number: int = 0) -> RecordingPlan:
    """A plan of no case, of which nothing is written."""
    camera, microphone, _ = _sources(devices)[number]
    return RecordingPlan(
        clip_id=ClipId(new_id()), folder=session.context.data.media, recipients=tuple(
            r.recipient for r in session.trust.hq_recipients), clock=session.context.clock,
        camera=camera, microphone=microphone, width=devices.width, height=devices.height, fps=devices.fps)


def room_left(session: Session, devices: Devices) -> float | None:
    """Hours that can still be recorded above the reserve; None when nothing is chosen to record."""
    if devices.camera is None and devices.microphone is None:
        return None
    free = shutil.disk_usage(session.context.data.media).free
    return hours_left(_plan_of_none(session, devices), free) / len(_sources(devices))


def open_devices(session: Session, devices: Devices) -> list[Recorder]:
    """Open the devices for nobody's case; nothing goes to the disk. ``UserError`` when one does not answer."""
    _check_chosen(devices)
    count = len(_sources(devices))
    return _standing([Recorder() for _ in range(count)], [_plan_of_none(session, devices, n) for n in range(count)],
                     devices)


def _standing(recorders: list[Recorder], plans: Sequence[RecordingPlan], devices: Devices) -> list[Recorder]:
    """The recorders with their devices open, all or none."""
    try:
        for recorder, plan in zip(recorders, plans, strict=True):
            recorder.stand_by(plan)
    except _NOT_STARTED as error:
        for recorder in recorders:
            recorder.stand_down()
        raise device_refusal(error, devices.names) from error
    return recorders


def stand_by(session: Session, case_id: CaseId, devices: Devices) -> StandBy:
    """Open the devices and hold the last half minute in memory; nothing goes to the disk.

    ``UserError`` when a device does not answer.
    """
    _check_chosen(devices)
    with session.begin() as tx:
        case = cases.get(tx, case_id)
    listener, count = _Listener(session), len(_sources(devices))
    recorders = _standing(
        [Recorder(listener.for_camera(n)) for n in range(count)],
        [_plan(session, case, ClipId(new_id()), devices, n, About()) for n in range(count)], devices)
    return StandBy(case_id, devices, tuple(recorders), listener)


class _Listener:
    """Puts the watchdog's alarms into the log once it is known to which clips they belong."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self.clips: Sequence[Clip] = ()

    def for_camera(self, number: int) -> Callable[[Alarm], None]:
        return partial(self._told, number)

    def _told(self, number: int, alarm: Alarm) -> None:
        if number >= len(self.clips):
            return
        clip = self.clips[number]
        try:
            with self._session.begin() as tx:
                self._session.note(tx, "recording_alarm", case=clip.case, body={
                    "clip": clip.id, "number": clip.number, "what": alarm.what.value,
                    "over": alarm.over, "at": alarm.at.iso()})
        except UserError as error:  # A full disk: the alarm stands in the clip's own notes.
            logs.warn("alarm not in the log", code=error.code)


def _about(session: Session, case: Case, step: str, view: str, beside: ClipId | None) -> About:
    return About(
        case=case.local_no, place=case.place,
        officers=tuple(f"{o.name} {o.cert_no}" for o in session.pair.both), step=step, view=view,
        beside=beside or "")


def _begin_clips(session: Session, case_id: CaseId, step_id: StepId,
                 devices: Devices) -> tuple[Case, str, list[Clip]]:
    """Store the clips before the devices open: a crash at any later point leaves a trace."""
    sources = _sources(devices)
    with session.begin() as tx:
        case = cases.get(tx, case_id)
        step = next(s for s in cases.steps(tx, case_id) if s.id == step_id)
        title = rule_of(procedure(case.procedure, case.procedure_version), step.kind,
                        case.opened).title
        ids = [ClipId(new_id()) for _ in sources]
        made = []
        for number, (camera, microphone, view) in enumerate(sources):
            count = clips.next_number(tx, case_id)
            clip = Clip(
                id=ids[number], case=case_id, step=step_id,
                number=f"{case.local_no}-音像{count:02d}", state=ClipState.RECORDING,
                started=session.at, ended=None, duration_ms=0, has_video=camera is not None,
                has_audio=microphone is not None, view=view,
                beside=ids[1 - number] if len(ids) > 1 else None)
            clips.add(tx, clip)
            session.note(tx, "recording_started", case=case_id, body={
                "clip": clip.id, "number": clip.number, "step": step_id,
                **({"beside": clip.beside} if clip.beside else {})})
            made.append(clip)
    return case, title, made


def start_recording(session: Session, case_id: CaseId, step_id: StepId, devices: Devices,
                    ready: StandBy | None = None) -> Recording:
    """Begin to record for a step. ``UserError`` when a device does not answer.

    ``ready``: devices that stand by for this case; what they held becomes the clip's beginning.
    """
    _check_chosen(devices)
    if ready is not None and (ready.case != case_id or ready.devices != devices):
        ready.close()
        ready = None
    case, title, made = _begin_clips(session, case_id, step_id, devices)
    listener = ready.listener if ready is not None else _Listener(session)
    recorders = ready.recorders if ready is not None else tuple(
        Recorder(listener.for_camera(number)) for number in range(len(made)))
    listener.clips = made
    running: list[Recorder] = []
    try:
        for number, (clip, recorder) in enumerate(zip(made, recorders, strict=True)):
            recorder.start(_plan(session, case, clip.id, devices, number,
                                 _about(session, case, title, clip.view, clip.beside)))
            running.append(recorder)
    except _NOT_STARTED as error:
        _undo(session, made, recorders, running, error)
        raise device_refusal(error, devices.names) from error
    return Recording(session, case, [
        _Camera(clip, recorder) for clip, recorder in zip(made, recorders, strict=True)])


def _undo(session: Session, made: Sequence[Clip], recorders: Sequence[Recorder],
          running: Sequence[Recorder], error: Exception) -> None:
    """One camera did not begin: the other does not go on alone, and its few seconds are removed."""
    for clip, recorder in zip(made, running, strict=False):
        result = recorder.stop()
        for path in (result.notes, *result.unsealed, *(s.path for s in result.segments)):
            path.unlink(missing_ok=True)
        logs.warn("second camera did not begin", code=clip.number)
    for recorder in recorders:
        recorder.stand_down()
    with session.begin() as tx:
        for clip in made:
            clips.drop_unstarted(tx, clip.id)
            session.note(tx, "recording_failed", case=clip.case, body={
                "clip": clip.id, "error": type(error).__name__})
