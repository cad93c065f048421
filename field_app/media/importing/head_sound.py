"""Heads of MP3, AAC (ADTS) and AMR files; their length is reckoned from the first frames."""

from datetime import datetime

from field_app.domain.imports import MediaKind
from field_app.media.importing.head import BROKEN, Head
from field_app.media.importing.head_riff import written_time
from field_app.media.importing.window import Window

_RATES = {  # kbit/s by (lowest MPEG-1?, layer III) and index, ISO/IEC 11172-3 and 13818-3
    True: (0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320),
    False: (0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160)}
_SAMPLE_RATES = (44_100, 48_000, 32_000)
_AAC_RATES = (96_000, 88_200, 64_000, 48_000, 44_100, 32_000, 24_000, 22_050, 16_000, 12_000,
              11_025, 8_000, 7_350)
_AMR_SIZES = (13, 14, 16, 18, 20, 21, 27, 32, 6)  # bytes of a 20 ms frame by mode, RFC 4867
_AMR = b"#!AMR\n"
_LOOKED_AT = 64 << 10
_DATES = (b"TDRC", b"TDRL", b"TDEN")


def is_sound(first: bytes) -> bool:
    """Whether a file begins as MP3, ADTS or AMR does."""
    return first[:3] == b"ID3" or first[:6] == _AMR or (
        first[0:1] == b"\xff" and len(first) > 3 and first[1] & 0xE0 == 0xE0
        and first[1] & 0x06 in (0x02, 0x00) and first[1] >> 3 & 3 != 1)


def sound_head(window: Window, first: bytes) -> Head:
    """The head of a compressed sound file."""
    if first[:6] == _AMR:
        return _amr(window)
    start, created = _tag(window) if first[:3] == b"ID3" else (0, None)
    data = window.at(start, _LOOKED_AT)
    sync = data.find(b"\xff")
    while 0 <= sync < len(data) - 4:
        head = data[sync:sync + 7]
        if head[1] & 0xF6 == 0xF0 and len(head) == 7:
            return _aac(window, data, sync, start)
        if head[1] & 0xE6 == 0xE2:
            made = _mp3(window, data, sync, start, created)
            if made is not None:
                return made
        sync = data.find(b"\xff", sync + 1)
    return BROKEN


def _tag(window: Window) -> tuple[int, datetime | None]:
    """Where the sound begins after an ID3v2 tag, and the recording time it tells."""
    head = window.at(0, 10)
    length = sum((byte & 0x7F) << 7 * (3 - n) for n, byte in enumerate(head[6:10]))
    data, at, created = window.at(10, min(length, _LOOKED_AT)), 0, None
    while at + 10 <= len(data) and data[at:at + 4].isalnum():
        size = int.from_bytes(data[at + 4:at + 8], "big")
        if data[at:at + 4] in _DATES:
            body = data[at + 11:at + 10 + size]
            wide = data[at + 10:at + 11] in (b"\x01", b"\x02")
            created = written_time(
                body.decode("utf-16" if wide else "latin-1", "replace").replace("T", " "))
        at += 10 + size
    return 10 + length, created


def _mp3(window: Window, data: bytes, at: int, start: int, created: datetime | None) -> Head | None:
    first = data[at + 1] >> 3 & 3 == 3
    index, rate = data[at + 2] >> 4, data[at + 2] >> 2 & 3
    if index in (0, 15) or rate == 3:
        return None
    samples = _SAMPLE_RATES[rate] >> (0 if first else 1 if data[at + 1] >> 3 & 3 == 2 else 2)
    bits = _RATES[first][index] * 1000
    length = (1152 if first else 576) // 8 * bits // samples + (data[at + 2] >> 1 & 1)
    follower = data[at + length:at + length + 2]
    if len(follower) < 2 or follower[0] != 0xFF or follower[1] & 0xE0 != 0xE0:
        return None  # It only looked like a frame.
    xing = max(data.find(b"Xing", at, at + 64), data.find(b"Info", at, at + 64))
    seconds = (window.size - start - at) * 8 / bits
    if xing > 0 and data[xing + 7] & 1:
        seconds = int.from_bytes(data[xing + 8:xing + 12], "big") * (1152 if first else 576) / samples
    return Head("audio/mpeg", MediaKind.AUDIO, duration_s=seconds, has_audio=True, codec="mp3",
                created=created)


def _aac(window: Window, data: bytes, at: int, start: int) -> Head:
    """The mean size of the frames looked at tells how many there are."""
    rate, count, place = data[at + 2] >> 2 & 15, 0, at
    if rate >= len(_AAC_RATES):
        return BROKEN
    while place + 7 <= len(data) and data[place] == 0xFF and data[place + 1] & 0xF6 == 0xF0:
        size = (data[place + 3] & 3) << 11 | data[place + 4] << 3 | data[place + 5] >> 5
        if size < 7:
            return BROKEN
        place, count = place + size, count + 1
    seconds = (window.size - start - at) / ((place - at) / count) * 1024 / _AAC_RATES[rate]
    return Head("audio/aac", MediaKind.AUDIO, duration_s=seconds, has_audio=True, codec="aac")


def _amr(window: Window) -> Head:
    mode = window.at(len(_AMR), 1)
    if not mode or (mode[0] >> 3 & 15) >= len(_AMR_SIZES):
        return BROKEN
    frames = (window.size - len(_AMR)) // _AMR_SIZES[mode[0] >> 3 & 15]
    return Head("audio/amr", MediaKind.AUDIO, duration_s=frames * 0.02, has_audio=True, codec="amr")
