"""The recorder officers start and stop: opens devices, runs one session, tells its state."""

import shutil
import threading
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from field_app.media.camera import CameraSource, fit
from field_app.media.clip import (
    MAX_LABEL,
    ClipResult,
    Mark,
    RecorderState,
    RecorderStatus,
    RecordingPlan,
    Thumbnail,
    Trouble,
)
from field_app.media.errors import CameraUnavailable, DiskTooFull, NotRecording, RecorderBusy
from field_app.media.microphone import MicrophoneSource
from field_app.media.session import Session

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_THUMBNAIL = (160, 90)
_JPEG_QUALITY = 95


class Recorder:
    """Records one clip at a time. Every method may be called from any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._state = RecorderState.IDLE
        self._session: Session | None = None

    def start(self, plan: RecordingPlan) -> None:
        """Open the devices (waiting up to ``plan.open_timeout_s``) and begin to record.

        Raises :class:`RecorderBusy`, :class:`DiskTooFull`, :class:`CameraUnavailable`,
        ``MicrophoneUnavailable`` or ``OSError`` (the folder cannot be written); nothing is left
        on disk then.
        """
        with self._lock:
            if self._state is not RecorderState.IDLE:
                raise RecorderBusy("a recording runs already")
            self._state = RecorderState.OPENING
        try:
            session = _open_session(plan)
        except BaseException:
            with self._lock:
                self._state = RecorderState.IDLE
            raise
        with self._lock:
            self._session = session
            self._state = RecorderState.RECORDING

    def stop(self) -> ClipResult:
        """End the recording and tell what it left; :class:`NotRecording` when none runs.

        A recording that failed by itself is stopped the same way.
        """
        with self._lock:
            session = self._session
            if session is None or self._state is not RecorderState.RECORDING:
                raise NotRecording("no recording runs")
            self._state = RecorderState.STOPPING
        try:
            return session.finish()
        finally:
            with self._lock:
                self._session = None
                self._state = RecorderState.IDLE

    def mark(self, label: str) -> Mark:
        """Mark this moment; ``ValueError`` beyond 200 characters."""
        if len(label) > MAX_LABEL:
            raise ValueError(f"a mark has at most {MAX_LABEL} characters")
        return self._running().mark(label)

    def snapshot(self) -> bytes:
        """The camera's newest frame at its full resolution, as JPEG.

        Raises :class:`NotRecording`, or :class:`CameraUnavailable` when there is no picture.
        """
        import cv2

        session = self._running()
        camera = session.camera
        frame = camera.latest() if camera is not None and not camera.lost else None
        if frame is None:
            raise CameraUnavailable(
                "" if session.plan.camera is None else session.plan.camera,
                fact="gives no picture", waited_s=0.0)
        _, data = cv2.imencode(".jpg", frame.image, [cv2.IMWRITE_JPEG_QUALITY, _JPEG_QUALITY])
        return data.tobytes()

    def _running(self) -> Session:
        with self._lock:
            session = self._session
        if session is None or not session.running:
            raise NotRecording("no recording runs")
        return session

    def status(self) -> RecorderStatus:
        """What an officer should see now."""
        with self._lock:
            state, session = self._state, self._session
        if session is None:
            return RecorderStatus(state)
        if state is RecorderState.RECORDING and (session.failed or not session.running):
            state = RecorderState.FAILED
        camera, plan = session.camera, session.plan
        return RecorderStatus(
            state=state, elapsed_s=session.elapsed_s, bytes_on_disk=_bytes_on_disk(session.segments.paths),
            written=session.written, duplicated=session.duplicated, blank=session.blank,
            dropped=session.dropped, fps=camera.fps if camera is not None else 0.0,
            level_db=session.level_db if session.microphone is not None else None,
            silent=session.silent, segment=session.segments.number,
            hours_left=_hours_left(plan, session.free_bytes),
            thumbnail=_thumbnail(camera), troubles=_troubles(session), gaps=session.gaps)


def _hours_left(plan: RecordingPlan, free_bytes: int) -> float:
    return max(0, free_bytes - plan.reserve_bytes) / plan.bytes_per_hour


def _open_session(plan: RecordingPlan) -> Session:
    free = shutil.disk_usage(plan.folder).free
    if free <= plan.reserve_bytes:
        raise DiskTooFull(plan.folder, free_bytes=free, reserve_bytes=plan.reserve_bytes,
                          hours_left=_hours_left(plan, free))
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


def _bytes_on_disk(paths: Iterable[Path]) -> int:
    total = 0
    for path in tuple(paths):
        for name in (path.name, path.name + ".tail0", path.name + ".tail1"):
            try:
                total += path.with_name(name).stat().st_size
            except FileNotFoundError:
                continue
    return total


def _thumbnail(camera: CameraSource | None) -> Thumbnail | None:
    frame = camera.latest() if camera is not None and not camera.lost else None
    if frame is None:
        return None
    small: NDArray[np.uint8] = fit(frame.image, width=_THUMBNAIL[0], height=_THUMBNAIL[1])
    return Thumbnail(*_THUMBNAIL, small[:, :, ::-1].tobytes())


def _troubles(session: Session) -> tuple[Trouble, ...]:
    found = (
        (Trouble.DISK_FULL, session.disk_full),
        (Trouble.ENCODER_FAILED, session.failed and not session.disk_full),
        (Trouble.CAMERA_LOST, session.camera is not None and session.camera.lost),
        (Trouble.MICROPHONE_LOST, session.microphone is not None and session.microphone.lost),
        (Trouble.SILENT, session.silent),
        (Trouble.DISK_LOW, session.free_bytes < session.plan.reserve_bytes),
        (Trouble.FALLING_BEHIND, session.behind))
    return tuple(trouble for trouble, true in found if true)
