"""The recorder officers start and stop: opens devices, runs one session, tells its state."""

import shutil
import threading
from collections.abc import Callable, Iterable
from pathlib import Path

from field_app.media.camera import CameraSource
from field_app.media.clip import (
    MAX_LABEL,
    Alarm,
    ClipResult,
    Mark,
    RecorderState,
    RecorderStatus,
    RecordingPlan,
    Trouble,
)
from field_app.media.errors import CameraUnavailable, DiskTooFull, NotRecording, RecorderBusy
from field_app.media.microphone import MicrophoneSource
from field_app.media.pictures import jpeg, thumbnail
from field_app.media.session import Session
from field_app.media.watchdog import Watchdog
from field_app.media.witness import grown


class Recorder:
    """Records one clip at a time. Every method may be called from any thread.

    ``told`` is called with each alarm of the watchdog, on its thread.
    """

    def __init__(self, told: Callable[[Alarm], None] | None = None) -> None:
        self._lock = threading.Lock()
        self._state = RecorderState.IDLE
        self._session: Session | None = None
        self._watchdog: Watchdog | None = None
        self._told = told

    def stand_by(self, plan: RecordingPlan) -> None:
        """Open the devices and hold the last half minute in memory; nothing goes to the disk.

        Raises as :meth:`start`.
        """
        self._enter(RecorderState.IDLE)
        try:
            session = _open_session(plan)
            session.hold()
        except BaseException:
            self._settle(None, RecorderState.IDLE)
            raise
        self._settle(session, RecorderState.STANDBY)

    def stand_down(self) -> None:
        """Let go of the devices and forget what was held; nothing happens otherwise."""
        with self._lock:
            if self._state is not RecorderState.STANDBY:
                return
            self._state = RecorderState.STOPPING
        self._end_session()

    def start(self, plan: RecordingPlan) -> None:
        """Open the devices (waiting up to ``plan.open_timeout_s``) and begin to record.

        A recorder that stands by with the same devices begins at once, with what it held.
        Raises :class:`RecorderBusy`, :class:`DiskTooFull`, :class:`CameraUnavailable`,
        ``MicrophoneUnavailable`` or ``OSError`` (the folder cannot be written); nothing is left
        on disk then.
        """
        session = self._session
        ready = session is not None and session.running and session.plan.same_devices(plan)
        if not ready:
            self.stand_down()
        self._enter(RecorderState.STANDBY if ready else RecorderState.IDLE)
        try:
            if session is None or not ready:
                session = _open_session(plan)
                _write_fresh(session, plan)
            else:
                _check_room(plan)
                session.write(plan, with_kept=True)
        except BaseException:
            if ready:
                self._end_session()
            self._settle(None, RecorderState.IDLE)
            raise
        self._settle(session, RecorderState.RECORDING)

    def _enter(self, expected: RecorderState) -> None:
        with self._lock:
            if self._state is not expected:
                raise RecorderBusy("a recording runs already")
            self._state = RecorderState.OPENING

    def _settle(self, session: Session | None, state: RecorderState) -> None:
        with self._lock:
            self._session, self._state = session, state
            if session is not None and self._watchdog is None:
                self._watchdog = Watchdog(session, told=self._told)

    def _end_session(self) -> ClipResult | None:
        session, watchdog = self._session, self._watchdog
        try:
            if watchdog is not None:
                watchdog.close()
            return session.finish() if session is not None else None
        finally:
            with self._lock:
                self._session = self._watchdog = None
                self._state = RecorderState.IDLE

    def stop(self) -> ClipResult:
        """End the recording and tell what it left; :class:`NotRecording` when none runs.

        A recording that failed by itself is stopped the same way.
        """
        with self._lock:
            if self._session is None or self._state is not RecorderState.RECORDING:
                raise NotRecording("no recording runs")
            self._state = RecorderState.STOPPING
        result = self._end_session()
        if result is None:
            raise NotRecording("no recording runs")
        return result

    def mark(self, label: str) -> Mark:
        """Mark this moment; ``ValueError`` beyond 200 characters."""
        if len(label) > MAX_LABEL:
            raise ValueError(f"a mark has at most {MAX_LABEL} characters")
        return self._running().mark(label)

    def snapshot(self) -> bytes:
        """The camera's newest frame at its full resolution, as JPEG.

        Raises :class:`NotRecording`, or :class:`CameraUnavailable` when there is no picture.
        """
        session = self._running()
        camera = session.camera
        frame = camera.latest() if camera is not None and not camera.lost else None
        if frame is None:
            raise CameraUnavailable(
                "" if session.plan.camera is None else session.plan.camera,
                fact="gives no picture", waited_s=0.0)
        return jpeg(frame.picture)

    def _running(self) -> Session:
        with self._lock:
            session = self._session
        if session is None or not session.running or session.segments is None:
            raise NotRecording("no recording runs")
        return session

    def status(self) -> RecorderStatus:
        """What an officer should see now."""
        with self._lock:
            state, session, watchdog = self._state, self._session, self._watchdog
        if session is None:
            return RecorderStatus(state)
        if state is RecorderState.RECORDING and (session.failed or not session.running):
            state = RecorderState.FAILED
        return _status(state, session, watchdog)


def _status(state: RecorderState, session: Session, watchdog: Watchdog | None) -> RecorderStatus:
    intake, segments = session.intake, session.segments
    camera, pictures = session.camera, intake.pictures
    frame = camera.latest() if camera is not None and not camera.lost else None
    troubles = (*_ended(session), *(watchdog.troubles if watchdog is not None else ()))
    return RecorderStatus(
        state=state, elapsed_s=session.elapsed_s,
        bytes_on_disk=_bytes_on_disk(segments.paths) if segments is not None else 0,
        written=pictures.written, duplicated=pictures.duplicated, blank=pictures.blank,
        dropped=intake.dropped, fps=camera.fps if camera is not None else 0.0,
        level_db=intake.level_db if session.microphone is not None else None,
        silent=Trouble.SILENT in troubles, segment=segments.number if segments is not None else 0,
        hours_left=hours_left(session.plan, session.free_bytes),
        thumbnail=thumbnail(frame.picture) if frame is not None else None,
        troubles=tuple(dict.fromkeys(troubles)),
        gaps=session.gaps, safe_s=watchdog.safe_s if watchdog is not None else None,
        preroll_s=session.held_s or session.preroll_s)


def _ended(session: Session) -> tuple[Trouble, ...]:
    """Why a recording ended by itself, without waiting for the watchdog."""
    if session.disk_full:
        return (Trouble.DISK_FULL,)
    return (Trouble.ENCODER_FAILED,) if session.failed else ()


def hours_left(plan: RecordingPlan, free_bytes: int) -> float:
    """Hours that fit above the reserve."""
    return max(0, free_bytes - plan.reserve_bytes) / plan.bytes_per_hour


def _check_room(plan: RecordingPlan) -> None:
    free = shutil.disk_usage(plan.folder).free
    if free <= plan.reserve_bytes:
        raise DiskTooFull(plan.folder, free_bytes=free, reserve_bytes=plan.reserve_bytes,
                          hours_left=hours_left(plan, free))


def _open_session(plan: RecordingPlan) -> Session:
    _check_room(plan)
    camera = microphone = None
    if plan.microphone is not None:
        microphone = MicrophoneSource(plan.microphone, open_timeout_s=plan.open_timeout_s)
        microphone.begin()
    if plan.camera is not None:
        camera = CameraSource(plan.camera, width=plan.width, height=plan.height, fps=plan.fps,
                              open_timeout_s=plan.open_timeout_s)
        camera.begin()
    try:
        if camera is not None:
            camera.await_first()
        if microphone is not None:
            microphone.await_first()
        return Session(plan, camera=camera, microphone=microphone)
    except BaseException:
        for source in (camera, microphone):
            if source is not None:
                source.close()
        raise


def _write_fresh(session: Session, plan: RecordingPlan) -> None:
    try:
        session.write(plan, with_kept=False)
    except BaseException:
        session.intake.close()
        raise


def _bytes_on_disk(paths: Iterable[Path]) -> int:
    return sum(grown(path)[0] for path in tuple(paths))
