"""A camera looking at sheets of paper: live view and full-resolution pictures, nothing recorded."""

from typing import Protocol

from field_app.actions.context import refuse
from field_app.actions.record_step import Devices, Recording
from field_app.errors import UserError
from field_app.media.camera import CameraSource
from field_app.media.errors import CameraUnavailable
from field_app.media.pictures import jpeg

# A sheet's code wants all that a camera can give; one that cannot takes its own largest size.
_WANTED = (3840, 2160)
_VIEW = (960, 540)
_QUALITY = 93


class SheetCamera(Protocol):
    """What the dialog needs of a camera, opened for it or shared with a running recording."""

    def view(self) -> bytes:
        """The newest picture for the live view, as JPEG; empty while there is none."""

    def shoot(self) -> bytes:
        """A full-resolution JPEG; ``UserError`` when the camera gives no picture."""

    def close(self) -> None:
        """Let go of the camera."""


def _lost() -> UserError:
    return refuse("摄像头没有画面。", "请检查摄像头是否插好，或改用“选照片或扫描件”。", code="camera.none")


class OwnCamera:
    """A camera opened only for this."""

    def __init__(self, source: CameraSource) -> None:
        self._source = source

    def view(self) -> bytes:
        frame = None if self._source.lost else self._source.latest()
        return b"" if frame is None else jpeg(frame.picture, quality=80, within=_VIEW)

    def shoot(self) -> bytes:
        frame = None if self._source.lost else self._source.latest()
        if frame is None:
            raise _lost()
        return jpeg(frame.picture, quality=_QUALITY)

    def close(self) -> None:
        self._source.close()


class SharedCamera:
    """The camera of the recording that runs; it goes on undisturbed."""

    def __init__(self, recording: Recording) -> None:
        self._recording = recording

    def view(self) -> bytes:
        try:
            return self._recording.picture()
        except UserError:
            return b""

    def shoot(self) -> bytes:
        return self._recording.picture()

    def close(self) -> None:
        """The recording keeps it."""


def open_sheet_camera(devices: Devices, recording: Recording | None) -> SheetCamera:
    """The camera of the settings, or of the recording that runs. ``UserError`` when none answers."""
    if recording is not None:
        return SharedCamera(recording)
    if devices.camera is None:
        raise refuse("没有选择摄像头。", "请在设置里选择摄像头，或改用“选照片或扫描件”。", code="camera.unset")
    source = CameraSource(devices.camera, width=_WANTED[0], height=_WANTED[1], fps=15,
                          kept=False)
    try:
        source.open()
    except CameraUnavailable as error:
        raise refuse(f"摄像头“{devices.names.get(error.source) or error.source}”{error.waited_s:.0f}秒内没有画面。",
                     "请检查是否插好、是否被其他程序占用，或改用“选照片或扫描件”。",
                     code="camera.none") from error
    return OwnCamera(source)
