"""What a recording is: its plan, its state while it runs, and what it leaves on disk."""

import re
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Any

from field_app.crypto.suites import AnyIdentity, AnyRecipient
from field_app.domain.clock import Clock, Moment
from field_app.domain.ids import ClipId

GIB = 1 << 30
SEGMENT_SECONDS = 600.0
# A fragment is far below 16 MiB, so a segment stays below 1 GiB, a package's largest object.
SEGMENT_BYTES = GIB - (16 << 20)
SAMPLE_RATE = 48_000
AUDIO_BITS = 96_000
MAX_LABEL = 200
_CLIP_NAME = re.compile(r"[0-9A-Za-z][0-9A-Za-z_-]{0,63}")


class GapKind(StrEnum):
    """What was missing, or that the wall clock jumped (sleep, clock set)."""

    CAMERA = "camera"
    MICROPHONE = "microphone"
    CLOCK = "clock"


class RecorderState(StrEnum):
    IDLE = "idle"
    OPENING = "opening"
    STANDBY = "standby"
    RECORDING = "recording"
    STOPPING = "stopping"
    FAILED = "failed"


class Trouble(StrEnum):
    """What an officer should know while recording."""

    CAMERA_LOST = "camera_lost"
    MICROPHONE_LOST = "microphone_lost"
    SILENT = "silent"
    DISK_LOW = "disk_low"
    DISK_FULL = "disk_full"
    FALLING_BEHIND = "falling_behind"
    ENCODER_FAILED = "encoder_failed"
    FROZEN = "frozen"
    BLACK = "black"
    SLOW = "slow"
    NOT_WRITTEN = "not_written"
    BATTERY_LOW = "battery_low"


@dataclass(frozen=True)
class Alarm:
    """A trouble told at a moment, or told to be over."""

    what: Trouble
    at: Moment
    over: bool = False


@dataclass(frozen=True)
class About:
    """What every segment says of itself beside its times; nothing of it is drawn into pictures.

    ``view``: what this camera looks at; ``beside``: the clip of the other camera, if there is one.
    """

    case: str = ""
    place: str = ""
    officers: tuple[str, ...] = ()
    step: str = ""
    view: str = ""
    beside: str = ""

    def to_json(self) -> dict[str, object]:
        """Only what is known."""
        known = {"case": self.case, "place": self.place, "officers": list(self.officers),
                 "step": self.step, "view": self.view, "beside": self.beside}
        return {key: value for key, value in known.items() if value}


@dataclass(frozen=True)
class RecordingPlan:
    """What to record and where.

    ``camera``: number, device, file path or URL; ``microphone``: device name, ``""`` for the
    default one; ``None`` leaves either out. ``reserve_bytes`` must stay free on the disk.
    ``segment_seconds`` and ``segment_bytes`` say when a new segment begins. ``witness`` opens what
    is written, so that the watchdog can read it back; without it only the files' growth is seen.
    """

    clip_id: ClipId
    folder: Path
    recipients: tuple[AnyRecipient, ...]
    clock: Clock
    camera: int | str | None
    microphone: str | None
    width: int = 1280
    height: int = 720
    fps: int = 25
    reserve_bytes: int = 2 * GIB
    open_timeout_s: float = 8.0
    segment_seconds: float = SEGMENT_SECONDS
    segment_bytes: int = SEGMENT_BYTES
    about: About = About()
    witness: AnyIdentity | None = field(default=None, repr=False)

    def same_devices(self, other: "RecordingPlan") -> bool:
        """Whether ``other`` asks for the same pictures and sound."""
        def wanted(plan: RecordingPlan) -> tuple[object, ...]:
            return plan.camera, plan.microphone, plan.width, plan.height, plan.fps
        return wanted(self) == wanted(other)

    def __post_init__(self) -> None:
        check_clip_id(self.clip_id)
        if not self.recipients:
            raise ValueError("a recording needs a recipient")
        if self.camera is None and self.microphone is None:
            raise ValueError("a recording needs a camera or a microphone")
        if self.width % 2 or self.height % 2 or not 16 <= self.width <= 7680 or (
                not 16 <= self.height <= 4320):
            raise ValueError("picture size must be even and sensible")
        if not 1 <= self.fps <= 60 or SAMPLE_RATE % self.fps:
            raise ValueError("frame rate must divide 48000 and be at most 60")
        if self.segment_seconds < 1 or self.segment_bytes < 1 or self.reserve_bytes < 0:
            raise ValueError("segments last a second at least")

    @property
    def video_bits(self) -> int:
        """Cap of the picture in bit/s: 4 Mbit/s at 720p25, in proportion otherwise."""
        pixels = self.width * self.height * self.fps
        return max(500_000, round(4_000_000 * pixels / (1280 * 720 * 25)))

    @property
    def bytes_per_hour(self) -> int:
        """What an hour takes on disk at most, about."""
        bits = (self.video_bits if self.camera is not None else 0) + (
            AUDIO_BITS if self.microphone is not None else 0)
        return bits * 3600 // 8


@dataclass(frozen=True)
class Gap:
    """A span without picture or sound, or a jump of the wall clock."""

    kind: GapKind
    started: Moment
    ended: Moment


@dataclass(frozen=True)
class Mark:
    """A moment an officer marked; ``offset_s`` from the clip's zero."""

    label: str
    at: Moment
    offset_s: float


@dataclass(frozen=True)
class Segment:
    """One sealed file of a clip; sizes in bytes, hashes lower-case hex."""

    number: int
    path: Path
    size: int
    sha256: str
    ct_size: int
    ct_sha256: str
    started: Moment
    ended: Moment
    frames: int
    duration_s: float
    recovered: bool = False
    sm3: str = ""


@dataclass(frozen=True)
class ClipResult:
    """What a recording left. ``clean``: every segment was closed by its recorder.

    The first ``preroll_s`` seconds were before "record" was pressed.
    ``unsealed`` names files that :func:`~field_app.media.recovery.recover_clip` must seal,
    ``damaged`` files that were closed once and are not any more what the notes say;
    ``notes`` is the sealed file beside the segments.
    """

    clip_id: ClipId
    segments: tuple[Segment, ...]
    gaps: tuple[Gap, ...]
    marks: tuple[Mark, ...]
    has_video: bool
    has_audio: bool
    notes: Path
    clean: bool
    recovered: bool = False
    unsealed: tuple[Path, ...] = ()
    damaged: tuple[Path, ...] = ()
    alarms: tuple[Alarm, ...] = ()
    preroll_s: float = 0.0

    @property
    def duration_s(self) -> float:
        return sum(segment.duration_s for segment in self.segments)

    @property
    def frames(self) -> int:
        return sum(segment.frames for segment in self.segments)


@dataclass(frozen=True)
class Thumbnail:
    """A small picture: ``width`` x ``height`` pixels, 3 bytes RGB each, rows without padding."""

    width: int
    height: int
    rgb: bytes


@dataclass(frozen=True)
class RecorderStatus:
    """A recording at one instant. ``bytes_on_disk`` is asked from the file system.

    ``safe_s``: how much of the clip was read back from the disk, whole and opened (``None`` when
    the plan has no witness); ``preroll_s``: seconds held in memory, or that the clip began with.

    ``written`` counts frames of the camera, ``duplicated`` repeats, ``blank`` black frames while
    there was no picture, ``dropped`` frames that had no slot. ``level_db`` is dBFS over the last
    tenth of a second (``None`` without a microphone).
    """

    state: RecorderState
    elapsed_s: float = 0.0
    bytes_on_disk: int = 0
    written: int = 0
    duplicated: int = 0
    blank: int = 0
    dropped: int = 0
    fps: float = 0.0
    level_db: float | None = None
    silent: bool = False
    hours_left: float = 0.0
    segment: int = 0
    thumbnail: Thumbnail | None = None
    troubles: tuple[Trouble, ...] = ()
    gaps: tuple[Gap, ...] = ()
    safe_s: float | None = None
    preroll_s: float = 0.0


def check_clip_id(clip_id: str) -> None:
    """``ValueError`` unless ``clip_id`` is safe as the beginning of a file name."""
    if not _CLIP_NAME.fullmatch(clip_id):
        raise ValueError("not a clip id")


def segment_path(folder: Path, clip_id: ClipId, number: int, *, recovered: bool = False) -> Path:
    return folder / f"{clip_id}-{number:02d}{'r' if recovered else ''}.mp4.age"


def notes_path(folder: Path, clip_id: ClipId) -> Path:
    return folder / f"{clip_id}-notes.jsonl.age"


def moment_to_json(moment: Moment) -> dict[str, object]:
    return {"wall": moment.iso(), "mono_ms": moment.mono_ms, "boot": moment.boot}


def moment_from_json(value: Any) -> Moment:
    """Read :func:`moment_to_json`; ``ValueError`` if it is not one."""
    try:
        wall = datetime.fromisoformat(value["wall"])
        mono_ms, boot = value["mono_ms"], value["boot"]
    except (KeyError, TypeError) as error:
        raise ValueError("not a moment") from error
    if wall.tzinfo is None or type(mono_ms) is not int or not isinstance(boot, str):
        raise ValueError("not a moment")
    return Moment(wall=wall, mono_ms=mono_ms, boot=boot)
