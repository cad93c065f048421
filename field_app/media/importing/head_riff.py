"""Heads of AVI and WAV files (RIFF; EBU Tech 3285 for ``bext``)."""

import re
from collections.abc import Iterator
from datetime import datetime

from field_app.domain.imports import MediaKind, Trouble
from field_app.media.importing.head import BROKEN, Head
from field_app.media.importing.window import Window

_LONGEST_TIME = 64
_DATE = re.compile(r"(\d{4})[-:/](\d{1,2})[-:/](\d{1,2})")
_CLOCK = re.compile(r"(\d{1,2}):(\d{2}):(\d{2})")
_LAYOUTS = ("%a %b %d %H:%M:%S %Y", "%b %d %H:%M:%S %Y")
CUT = "文件末尾不完整，缺少的部分不能播放"


def _chunks(window: Window, start: int, end: int) -> Iterator[tuple[bytes, int, int]]:
    """Name, first byte and length of each chunk; the last may go beyond the file."""
    at = start
    while at + 8 <= min(end, window.size):
        head = window.at(at, 8)
        length = int.from_bytes(head[4:8], "little")
        yield head[:4], at + 8, length
        at += 8 + length + (length & 1)


def written_time(text: str) -> datetime | None:
    """A time as recorders write it into RIFF files; None when it is none. Naive."""
    words = " ".join(text.replace("\0", " ").split())[:_LONGEST_TIME]
    date, clock = _DATE.search(words), _CLOCK.search(words)
    if clock is None:
        return None  # A day alone does not say which step a recording belongs to.
    try:
        if date is not None:
            parts = [int(part) for part in (*date.groups(), *clock.groups())]
            return datetime(*parts)  # type: ignore[arg-type] # noqa: DTZ001
        for layout in _LAYOUTS:
            try:
                return datetime.strptime(words.title(), layout)  # noqa: DTZ007
            except ValueError:
                continue
    except (ValueError, TypeError):
        return None
    return None


def _text(window: Window, at: int, length: int) -> str:
    return window.at(at, min(length, _LONGEST_TIME)).decode("ascii", "replace")


def avi_head(window: Window) -> Head:
    """An AVI; ``HALF_WRITTEN`` without its header list or any frames."""
    made: dict[str, object] = {}
    frames = False
    cut = int.from_bytes(window.at(4, 4), "little") + 8 > window.size
    for name, at, length in _chunks(window, 12, window.size):
        if name == b"LIST" and window.at(at, 4) == b"hdrl":
            _avi_list(window, at + 4, at + length, made)
        elif name == b"LIST" and window.at(at, 4) == b"movi":
            frames = length > 4
            cut = cut or at + length > window.size
            if cut:
                break
        elif name == b"IDIT":
            made["created"] = written_time(_text(window, at, length))
    if "length" not in made or not frames:
        return Head("video/x-msvideo", MediaKind.VIDEO, trouble=Trouble.HALF_WRITTEN)
    created, length_s = made.get("created"), made["length"]
    return Head(
        "video/x-msvideo", MediaKind.VIDEO, has_video=bool(made.get("vids")),
        duration_s=length_s if isinstance(length_s, float) and length_s else None,
        has_audio=bool(made.get("auds")), codec=str(made.get("codec", "")),
        created=created if isinstance(created, datetime) else None, note=CUT if cut else "")


def _avi_list(window: Window, start: int, end: int, made: dict[str, object]) -> None:
    for name, at, length in _chunks(window, start, end):
        if name == b"avih":
            data = window.at(at, 20)
            each, count = (int.from_bytes(data[n:n + 4], "little") for n in (0, 16))
            made["length"] = each * count / 1e6
        elif name == b"IDIT":
            made["created"] = written_time(_text(window, at, length))
        elif name == b"LIST" and window.at(at, 4) == b"strl":
            _avi_list(window, at + 4, min(at + length, end), made)
        elif name == b"strh":
            data = window.at(at, 8)
            made[data[:4].decode("ascii", "replace")] = True
            if data[:4] == b"vids":
                made["codec"] = data[4:8].decode("ascii", "replace").strip("\0 ")


def wav_head(window: Window) -> Head:
    """A WAV; a data chunk that was never closed is told, the sound in it is there all the same."""
    rate, sound, created, note = 0, -1, None, ""
    for name, at, length in _chunks(window, 12, window.size):
        if name == b"fmt ":
            rate = int.from_bytes(window.at(at + 8, 4), "little")
        elif name == b"bext":
            created = written_time(
                f"{_text(window, at + 320, 10)} {window.at(at + 330, 8).decode('ascii', 'replace').replace('-', ':')}")
        elif name == b"LIST" and window.at(at, 4) == b"INFO":
            for inner, place, size in _chunks(window, at + 4, at + length):
                if inner == b"ICRD" and created is None:
                    created = written_time(_text(window, place, size))
        elif name == b"data":
            sound = min(length, window.size - at)
            if length in (0, 0xFFFFFFFF) or at + length > window.size:
                sound, note = window.size - at, CUT
                break
    if not rate:
        return BROKEN
    if sound <= 0:
        return Head("audio/wav", MediaKind.AUDIO, trouble=Trouble.HALF_WRITTEN)
    return Head("audio/wav", MediaKind.AUDIO, duration_s=sound / rate, has_audio=True, codec="pcm",
                created=created, note=note)
