"""Heads of JPEG photos and the times of their EXIF (CIPA DC-008)."""

import re
from datetime import datetime, timedelta, timezone

from field_app.domain.imports import MediaKind, TimeSource, Trouble
from field_app.media.importing.head import Head
from field_app.media.importing.window import Window

_MOST_TAGS = 256
_TAIL = 64 << 10
_EXIF_PLACE, _ORIGINAL, _OFFSET, _SUBSECOND = 0x8769, 0x9003, 0x9011, 0x9291
_TIME = re.compile(r"(\d{4}):(\d\d):(\d\d) (\d\d):(\d\d):(\d\d)")
_ZONE = re.compile(r"([+-])(\d\d):(\d\d)")


def jpeg_head(window: Window) -> Head:
    """A JPEG; ``HALF_WRITTEN`` when its end mark is nowhere near the end."""
    at, created = 2, None
    while at + 4 <= window.size:
        head = window.at(at, 10)
        if head[0] != 0xFF or head[1] in (0xDA, 0xD9):
            break
        length = int.from_bytes(head[2:4], "big")
        if head[1] == 0xE1 and head[4:10] == b"Exif\0\0":
            created = _exif_time(window.at(at + 10, length - 8))
        if length < 2:
            break
        at += 2 + length
    tail = window.at(max(0, window.size - _TAIL), _TAIL)
    whole = b"\xff\xd9" in tail
    return Head("image/jpeg", MediaKind.PHOTO, codec="jpeg", created=created,
                created_by=TimeSource.EXIF, trouble=None if whole else Trouble.HALF_WRITTEN)


def _exif_time(data: bytes) -> datetime | None:
    """``DateTimeOriginal`` with its offset where told; None when there is none."""
    order = {b"II": "little", b"MM": "big"}.get(data[:2])
    if order is None:
        return None
    big = order == "big"
    first = _tags(data, _number(data, 4, 4, big=big), big=big)
    place = first.get(_EXIF_PLACE)
    if place is None:
        return None
    tags = _tags(data, _number(place, 8, 4, big=big), big=big)
    text = _ascii(data, tags.get(_ORIGINAL), big=big)
    found = _TIME.match(text)
    if found is None:
        return None
    try:
        made = datetime(*(int(part) for part in found.groups()))  # type: ignore[arg-type] # noqa: DTZ001
    except ValueError:
        return None
    part = _ascii(data, tags.get(_SUBSECOND), big=big)[:3]
    if part.isdecimal():
        made += timedelta(milliseconds=int(part.ljust(3, "0")))
    zone = _ZONE.match(_ascii(data, tags.get(_OFFSET), big=big))
    if zone is None:
        return made
    minutes = int(zone[2]) * 60 + int(zone[3])
    return made.replace(tzinfo=timezone(timedelta(minutes=minutes if zone[1] == "+" else -minutes)))


def _number(data: bytes, at: int, length: int, *, big: bool) -> int:
    return int.from_bytes(data[at:at + length], "big" if big else "little")


def _tags(data: bytes, at: int, *, big: bool) -> dict[int, bytes]:
    """Entries of one directory by tag, 12 bytes each."""
    count = min(_number(data, at, 2, big=big), _MOST_TAGS)
    entries = (data[at + 2 + 12 * n:at + 14 + 12 * n] for n in range(count))
    return {_number(e, 0, 2, big=big): e for e in entries if len(e) == 12}


def _ascii(data: bytes, entry: bytes | None, *, big: bool) -> str:
    if entry is None:
        return ""
    length = min(_number(entry, 4, 4, big=big), 64)
    if length <= 4:
        return entry[8:8 + length].decode("ascii", "replace").strip("\0 ")
    at = _number(entry, 8, 4, big=big)
    return data[at:at + length].decode("ascii", "replace").strip("\0 ")
