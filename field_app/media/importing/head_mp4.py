"""Heads of MP4, MOV, 3GP, M4A and HEIC files (ISO/IEC 14496-12, QuickTime)."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from field_app.domain.imports import MediaKind, Trouble
from field_app.media.importing.head import BROKEN, Head
from field_app.media.importing.window import TooFar, Window

_EPOCH = datetime(1904, 1, 1)  # noqa: DTZ001 - the profile says which zone a device means.
_FIRST = frozenset({b"ftyp", b"moov", b"mdat", b"wide", b"free", b"skip", b"pnot"})
_HEIC = frozenset({b"heic", b"heix", b"mif1", b"msf1", b"hevc", b"heim", b"heis"})
_VIDEO, _SOUND = b"vide", b"soun"
_MOST_TRACKS = 16
_MOST_TOP = 4096  # boxes of a fragmented film that are looked at one by one
_DAY_S = 86_400.0
NO_END = "文件末尾不完整，缺少的部分不能播放"


@dataclass
class _Track:
    handler: bytes = b""
    codec: str = ""
    number: int = 0
    scale: int = 0
    length: int = 0


@dataclass
class _Film:
    scale: int = 0
    length: int = 0
    created: int = 0
    fragmented: bool = False
    whole_length: int = 0
    tracks: list[_Track] = field(default_factory=list)


def is_mp4(first: bytes) -> bool:
    """Whether a file begins with a box of this family."""
    return first[4:8] in _FIRST


def _boxes(window: Window, start: int, end: int) -> Iterator[tuple[bytes, int, int]]:
    """Kind, first byte of the content and end of each box; the last may end beyond the file."""
    at = start
    while at + 8 <= end:
        head = window.at(at, 16)
        length, kind, inside = int.from_bytes(head[:4], "big"), head[4:8], at + 8
        if length == 1:
            length, inside = int.from_bytes(head[8:16], "big"), at + 16
        elif length == 0:
            length = end - at
        if length < inside - at:
            raise ValueError("a box shorter than its head")
        yield kind, inside, at + length
        at += length


def _number(data: bytes, at: int, length: int) -> int:
    if len(data) < at + length:
        raise ValueError("a box is cut")
    return int.from_bytes(data[at:at + length], "big")


def _header(window: Window, at: int) -> tuple[int, int, int]:
    """Creation (seconds since 1904), time scale and length of ``mvhd`` or ``mdhd``."""
    data = window.at(at, 32)
    if data[:1] == b"\x01":
        return _number(data, 4, 8), _number(data, 20, 4), _number(data, 24, 8)
    length = _number(data, 16, 4)
    return _number(data, 4, 4), _number(data, 12, 4), 0 if length == 0xFFFFFFFF else length


def _track(window: Window, start: int, end: int) -> _Track:
    made = _Track()
    for kind, at, stop in _boxes(window, start, end):
        if kind == b"tkhd":
            data = window.at(at, 24)
            made.number = _number(data, 20, 4) if data[:1] == b"\x01" else _number(data, 12, 4)
        elif kind == b"mdia":
            _media(window, made, at, min(stop, end))
    return made


def _media(window: Window, made: _Track, start: int, end: int) -> None:
    for kind, at, stop in _boxes(window, start, end):
        if kind == b"mdhd":
            _created, made.scale, made.length = _header(window, at)
        elif kind == b"hdlr":
            made.handler = window.at(at + 8, 4)
        elif kind == b"minf":
            for inner, place, _stop in _inside(window, at, min(stop, end), b"stbl"):
                if inner == b"stsd":
                    made.codec = window.at(place + 12, 4).decode("ascii", "replace").strip()


def _inside(window: Window, start: int, end: int, wanted: bytes) -> Iterator[tuple[bytes, int, int]]:
    for kind, at, stop in _boxes(window, start, end):
        if kind == wanted:
            yield from _boxes(window, at, min(stop, end))


def _film(window: Window, start: int, end: int) -> _Film:
    made = _Film()
    for kind, at, stop in _boxes(window, start, end):
        if kind == b"mvhd":
            made.created, made.scale, made.length = _header(window, at)
        elif kind == b"trak" and len(made.tracks) < _MOST_TRACKS:
            made.tracks.append(_track(window, at, min(stop, end)))
        elif kind == b"mvex":
            made.fragmented = True
            for inner, place, _stop in _boxes(window, at, min(stop, end)):
                if inner == b"mehd":
                    data = window.at(place, 12)
                    wide = 8 if data[:1] == b"\x01" else 4
                    made.whole_length = _number(data, 4, wide)
    return made


def _index_end_s(window: Window, film: _Film) -> float | None:
    """Where the last fragment ends, about, by the index at the end of a fragmented film."""
    tail = window.at(window.size - 16, 16)
    if tail[4:8] != b"mfro":
        return None
    start = window.size - int.from_bytes(tail[12:16], "big")
    scales = {t.number: t.scale for t in film.tracks if t.scale}
    ends = []
    for kind, at, stop in _inside(window, start, window.size, b"mfra"):
        if kind != b"tfra":
            continue
        data = window.at(at, 16)
        scale, count = scales.get(_number(data, 4, 4), 0), _number(data, 12, 4)
        if scale and count:
            wide = 16 if data[:1] == b"\x01" else 8
            sizes = _number(data, 8, 4)
            entry = wide + (sizes >> 4 & 3) + (sizes >> 2 & 3) + (sizes & 3) + 3
            last = window.at(stop - entry, wide)
            begins = _number(last, 0, wide // 2) / scale
            ends.append(begins + begins / max(1, count - 1))  # As long as the others, about.
    return max(ends, default=None)


def _length_s(window: Window, film: _Film) -> float | None:
    found = None
    if film.scale and (film.whole_length or film.length):
        found = (film.whole_length or film.length) / film.scale
    else:
        found = max((t.length / t.scale for t in film.tracks if t.scale and t.length), default=None)
    if not found and film.fragmented:
        found = _index_end_s(window, film)
    return found if found and found < 31 * _DAY_S else None


def mp4_head(window: Window) -> Head:
    """The head of a film; ``HALF_WRITTEN`` when its table of contents was never written."""
    brand, film, cut, moov_cut = window.at(8, 4), None, False, False
    if window.at(4, 4) == b"ftyp" and brand in _HEIC:
        return Head("image/heic", MediaKind.PHOTO)
    try:
        for number, (kind, at, stop) in enumerate(_boxes(window, 0, window.size)):
            cut = stop > window.size
            if kind == b"moov":
                moov_cut = cut
                film = film or (None if cut else _film(window, at, stop))
            if number >= _MOST_TOP or kind == bytes(4):
                break
    except TooFar:
        raise
    except ValueError:
        cut = True
    if film is None or moov_cut or not film.tracks:
        return Head("video/mp4", MediaKind.VIDEO, trouble=Trouble.HALF_WRITTEN)
    return _told(window, film, brand, cut=cut)


def _told(window: Window, film: _Film, brand: bytes, *, cut: bool) -> Head:
    video = next((t for t in film.tracks if t.handler == _VIDEO), None)
    sound = next((t for t in film.tracks if t.handler == _SOUND), None)
    if video is None and sound is None:
        return BROKEN
    kind = MediaKind.VIDEO if video is not None else MediaKind.AUDIO
    mime = {b"qt  ": "video/quicktime", b"3gp4": "video/3gpp", b"3gp5": "video/3gpp"}.get(
        brand, "video/mp4") if video is not None else "audio/mp4"
    codec = (video or sound or _Track()).codec
    created = _EPOCH + timedelta(seconds=film.created) if 0 < film.created < 1 << 33 else None
    return Head(mime, kind, duration_s=_length_s(window, film), has_video=video is not None,
                has_audio=sound is not None, codec=codec, created=created, utc=True,
                note=NO_END if cut else "")
