"""Measures a recorder's clock: by a photograph it took of this laptop's clock, or by two times."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path

from field_app.actions.context import Session, refuse
from field_app.documents.qr import modules
from field_app.documents.scan_code import read_code
from field_app.documents.scan_file import ScanRefused, look_at_file, pictures_of
from field_app.domain.clock import CHINA
from field_app.domain.imports import DeviceClock, FoundFile, MediaKind
from field_app.errors import UserError
from field_app.media.importing.finding import MAX_PHOTO, Finder
from field_app.media.importing.profiles import profiles
from field_app.media.importing.source import Entry, SourceLost, open_source

_MARK = "LEC1"
# A clock page of another day says little of the clock today.
_OLDEST = timedelta(days=7)
_TRIED = 12
_LAYOUTS = ("%Y-%m-%d %H:%M:%S", "%Y/%m/%d %H:%M:%S", "%Y-%m-%dT%H:%M:%S", "%Y%m%d%H%M%S")


def clock_code(session: Session) -> tuple[datetime, Sequence[Sequence[bool]]]:
    """The laptop's time now, and the code that tells it to a camera (True is dark)."""
    at = session.at.astimezone(CHINA)
    text = f"{_MARK} {session.header.device} {at.isoformat(timespec='milliseconds')}"
    return at, modules(text)


def _told(session: Session, text: str) -> datetime | None:
    parts = text.split(" ")
    if len(parts) != 3 or parts[0] != _MARK:
        return None
    if parts[1] != session.header.device:
        raise refuse(f"照片拍的是另一台电脑（{parts[1]}）的时钟。", "请用记录仪拍本机的校时页面。",
                     code="clock.other")
    try:
        at = datetime.fromisoformat(parts[2])
    except ValueError:
        return None
    return at if at.tzinfo is not None else None


def read_clock_photo(session: Session, root: Path, found: FoundFile) -> DeviceClock | None:
    """What a photo of the clock page says of the device's clock; None when it shows none."""
    claim = next((c for c in found.claims), None)
    if found.kind is not MediaKind.PHOTO or claim is None or found.size > MAX_PHOTO:
        return None
    try:
        with open_source(root, found.raw, size=found.size, mtime_ns=found.mtime_ns) as file:
            data = file.read(found.size)
        look_at_file(data)
        shown = read_code(next(iter(pictures_of(data))))
    except (OSError, SourceLost, ScanRefused):
        return None
    laptop = _told(session, shown)
    if laptop is None:
        return None
    if not timedelta(0) <= session.at - laptop <= _OLDEST:
        raise refuse("这张校时照片不是最近拍的，不能说明记录仪现在的时间。",
                     "请打开校时页面，用记录仪重新拍一张。", code="clock.old")
    return DeviceClock(claim.at, laptop, "photo")


def look_for_clock(session: Session, root: Path,
                   files: Sequence[FoundFile]) -> DeviceClock | None:
    """The newest photo of the clock page among the newest photos of a card."""
    photos = [f for f in files if f.kind is MediaKind.PHOTO and f.claims]
    for found in sorted(photos, key=lambda f: f.claims[0].at, reverse=True)[:_TRIED]:
        try:
            clock = read_clock_photo(session, root, found)
        except UserError:
            continue
        if clock is not None:
            return clock
    return None


def clock_of_file(session: Session, root: Path, name: str) -> DeviceClock:
    """The clock by one photo named below ``root``; ``UserError`` when it shows no clock."""
    path = Path(name)
    raw = path.as_posix().encode()
    try:
        facts = (root / path).stat()
    except OSError as error:
        raise refuse(f"卡上没有“{name}”。", "请选择记录仪拍的校时照片。", code="clock.none") from error
    found = Finder(root, profiles(), now=session.at).look(
        Entry(raw, facts.st_size, facts.st_mtime_ns))
    clock = read_clock_photo(session, root, found)
    if clock is None:
        raise refuse(f"“{name}”里没有读到校时二维码。", "请让屏幕占满画面、对好焦，重新拍一张。",
                     code="clock.unread")
    return clock


def _typed(text: str) -> datetime:
    for layout in _LAYOUTS:
        try:
            return datetime.strptime(text.strip(), layout).replace(tzinfo=CHINA)
        except ValueError:
            continue
    raise refuse(f"“{text}”不是时间。", "请按“2026-05-14 09:12:03”的样子填写。", code="clock.typed")


def typed_clock(device: str, laptop: str) -> DeviceClock:
    """The clock by what the recorder and the laptop showed at one moment."""
    return DeviceClock(_typed(device), _typed(laptop), "typed")
