"""What can go wrong with cameras, microphones, disks and clips, told with facts."""

from pathlib import Path

from field_app.errors import FieldAppError


class MediaError(FieldAppError):
    """Anything expected that goes wrong in this package."""


class CameraUnavailable(MediaError):
    """A camera gave no picture in time; ``source`` is its index, path or address."""

    def __init__(self, source: int | str, *, fact: str, waited_s: float) -> None:
        super().__init__(f"camera {source!r}: {fact} (waited {waited_s:.1f} s)")
        self.source = source
        self.fact = fact
        self.waited_s = waited_s


class MicrophoneUnavailable(MediaError):
    """A microphone gave no sound in time; ``device`` is its name, ``None`` the default one."""

    def __init__(self, device: str | None, *, fact: str, waited_s: float) -> None:
        super().__init__(f"microphone {device!r}: {fact} (waited {waited_s:.1f} s)")
        self.device = device
        self.fact = fact
        self.waited_s = waited_s


class DiskTooFull(MediaError):
    """Not enough room to begin; ``hours_left`` of recording fit above the reserve."""

    def __init__(self, folder: Path, *, free_bytes: int, reserve_bytes: int,
                 hours_left: float) -> None:
        super().__init__(f"{free_bytes} bytes free, {reserve_bytes} to be kept")
        self.folder = folder
        self.free_bytes = free_bytes
        self.reserve_bytes = reserve_bytes
        self.hours_left = hours_left


class RecorderBusy(MediaError):
    """A recording runs already."""


class NotRecording(MediaError):
    """No recording runs, so there is nothing to stop, mark or photograph."""


class ClipDamaged(MediaError):
    """A clip's file is missing or is not what it should be; it is left untouched."""

    def __init__(self, path: Path, *, fact: str) -> None:
        super().__init__(f"{path.name}: {fact}")
        self.path = path
        self.fact = fact


class Unplayable(MediaError):
    """These bytes are no film or sound that can be decoded."""

    def __init__(self, fact: str) -> None:
        super().__init__(fact)
        self.fact = fact
