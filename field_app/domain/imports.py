"""Files found on a recorder's card: what they are, when they were made and who says so."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum


class MediaKind(StrEnum):
    """What an original becomes: a clip with picture, a clip with sound only, or a photo."""

    VIDEO = "video"
    AUDIO = "audio"
    PHOTO = "photo"


class TimeSource(StrEnum):
    """Who told a file's time, most trusted first."""

    CONTAINER = "container"
    EXIF = "exif"
    NAME = "name"
    MTIME = "mtime"

    @property
    def label(self) -> str:
        return {"container": "文件内", "exif": "照片信息", "name": "文件名", "mtime": "文件时间"}[self.value]


class Trouble(StrEnum):
    """Why a file cannot be imported as it stands, or not without an officer's word."""

    EMPTY = "empty"
    UNREADABLE = "unreadable"
    HALF_WRITTEN = "half_written"
    CORRUPT = "corrupt"
    FOREIGN = "foreign"
    LINK = "link"
    NOT_A_FILE = "not_a_file"
    BAD_NAME = "bad_name"
    TOO_LARGE = "too_large"
    MISDATED = "misdated"


class ItemState(StrEnum):
    """Where a file of an import stands. ``KEPT``: sealed, compared and stored."""

    PLANNED = "planned"
    KEPT = "kept"
    DUPLICATE = "duplicate"
    FAILED = "failed"
    DROPPED = "dropped"
    DELETED = "deleted"


@dataclass(frozen=True, slots=True)
class TimeClaim:
    """When the file began, as one source says (aware); ``plausible``: whether it can be true."""

    source: TimeSource
    at: datetime
    plausible: bool = True


@dataclass(frozen=True)
class DeviceClock:
    """A recorder's clock held against the laptop's at one moment; ``how``: photo or typed."""

    device: datetime
    laptop: datetime
    how: str

    @property
    def offset(self) -> timedelta:
        """What the device is ahead."""
        return self.device - self.laptop


@dataclass(frozen=True, slots=True)
class FoundFile:
    """One file of a card. ``raw``: its path below the root as the system's bytes; ``path``: the
    same for people; ``mtime_ns``: nanoseconds since 1970; ``codec`` as the container names it.

    ``original`` is the first plausible claim; ``None`` when nothing tells a time that can be true.
    """

    raw: bytes
    path: str
    size: int
    mtime_ns: int
    kind: MediaKind | None = None
    mime: str = ""
    duration_s: float | None = None
    has_video: bool = False
    has_audio: bool = False
    codec: str = ""
    serial: str = ""
    officer: str = ""
    sequence: int | None = None
    profile: str = ""
    join_s: float = 0.0
    claims: tuple[TimeClaim, ...] = ()
    trouble: Trouble | None = None
    note: str = ""

    @property
    def original(self) -> TimeClaim | None:
        return next((c for c in self.claims if c.plausible), None)

    @property
    def name(self) -> str:
        return self.path.rsplit("/", 1)[-1]

    @property
    def suffix(self) -> str:
        dot = self.name.rfind(".")
        return self.name[dot:].lower() if dot > 0 else ""


@dataclass(frozen=True)
class ImportRun:
    """One import of one card. ``root``: where it was mounted; ``offset_ms``: the device ahead of
    the laptop, ``None`` when it was not measured; ``clock_how``: photo, typed, earlier or empty."""

    id: str
    at: datetime
    root: str
    serial: str
    profile: str
    offset_ms: int | None
    clock_how: str
    device_shown: str = ""
    laptop_shown: str = ""
    ended: datetime | None = None


@dataclass(frozen=True)
class ImportItem:
    """One file of an import, as the journal has it. ``visit`` numbers what belongs together;
    ``objects``: sealed parts; ``clip``, ``blob``: what it became; ``sample`` as in FORMAT.md."""

    id: str
    run: str
    ordinal: int
    found: FoundFile
    case: str
    step: str
    visit: int
    starts: datetime
    ends: datetime
    state: ItemState = ItemState.PLANNED
    sample: str = ""
    sha256: str = ""
    clip: str = ""
    blob: str = ""
    file: int = 0
    problem: str = ""
