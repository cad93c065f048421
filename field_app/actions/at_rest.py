"""What lies in the laptop's data folder, held to its rules: sealed, private, nothing left over.

Read only; needs no key. Names decide what a file must be: a name that no rule knows is told. What is
sealed must look it (its format's head, and bytes as even as a cipher's); whatever it is called, no file
may begin as a film, a picture, a paper or an open database does.
"""

import json
import math
import os
import re
import stat
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from field_app import logs
from field_app.crypto.gm.header import VERSION_LINE as GM_LINE
from field_app.packages.layout import classify
from field_app.paths import DataFolder

_AGE_LINE = b"age-encryption.org/v1\n"
_SAMPLE = 4096
# Shannon entropy of 4096 bytes: of a cipher 7.95 +- 0.01, of text, pages and raw pictures below 7.5.
_EVEN = 7.8
_OLD_SECONDS = 600
_MAX_LOG = 8 << 20
_MOST_TOLD = 50

# How files begin that nobody may find here (offset, bytes, what it is).
_HEADS: tuple[tuple[int, bytes, str], ...] = (
    (4, b"ftyp", "视频（MP4）"), (4, b"moof", "视频（MP4）"), (0, b"\x1aE\xdf\xa3", "视频（MKV）"),
    (0, b"RIFF", "声音或视频（WAV、AVI）"), (0, b"\xff\xd8\xff", "照片（JPEG）"),
    (0, b"\x89PNG", "图片（PNG）"), (0, b"%PDF", "文书（PDF）"), (0, b"PK\x03\x04", "文书或压缩包（ZIP、Word）"),
    (0, b"SQLite format 3", "没有加密的资料库"), (0, b"\x1f\x8b", "压缩文件"), (0, b"ID3", "声音（MP3）"),
    (0, b"OggS", "声音（OGG）"), (0, b"\x7fELF", "程序或内存转储"), (0, b"MDMP", "内存转储"),
    (0, b"-----BEGIN PRIVATE KEY", "没有加密的私钥"), (0, b"-----BEGIN EC PRIVATE KEY", "没有加密的私钥"))


@dataclass(frozen=True)
class AtRest:
    """One thing found: ``where`` it is, what it is, what to do; ``serious`` ones break a rule."""

    code: str
    where: str
    text: str
    remedy: str
    serious: bool = True


def _plain(where: str, what: str) -> AtRest:
    return AtRest("plaintext", where, f"发现没有加密的内容：{what}。",
                  "不要再使用这份文件；联系系统管理员查明来源后安全删除。")


def _even(sample: bytes) -> bool:
    """Whether the bytes are spread as a cipher spreads them; too few tell nothing."""
    if len(sample) < _SAMPLE:
        return True
    count = len(sample)
    return -sum(n / count * math.log2(n / count) for n in Counter(sample).values()) >= _EVEN


def _samples(path: Path, start: int) -> Iterator[bytes]:
    """Beginning, middle and end behind ``start``."""
    with path.open("rb") as file:
        size = file.seek(0, os.SEEK_END)
        for at in {start, max(start, (start + size - _SAMPLE) // 2), max(start, size - _SAMPLE)}:
            file.seek(at)
            yield file.read(_SAMPLE)


def _uneven(path: Path, start: int, where: str) -> list[AtRest]:
    if all(_even(sample) for sample in _samples(path, start)):
        return []
    return [AtRest("not_sealed", where, "文件名是加密文件，内容却不像密文。",
                   "不要删除；联系系统管理员核查，原件以总部签收的为准。")]


def _sealed(path: Path, where: str) -> list[AtRest]:
    with path.open("rb") as file:
        head = file.read(64 << 10)
    if not head:
        return []  # Begun and cut off before its first byte: nothing can be read from it.
    end = head.find(b"\n--- ")
    if not head.startswith((_AGE_LINE, GM_LINE)) or end < 0:
        return [AtRest("not_sealed", where, "文件名是加密文件，内容却不是加密格式。",
                       "不要删除；联系系统管理员核查，原件以总部签收的为准。")]
    return _uneven(path, head.index(b"\n", end + 1) + 1, where)


def _database(path: Path, where: str) -> list[AtRest]:
    return _uneven(path, 0, where)


def _journal(path: Path, where: str) -> list[AtRest]:
    """A write-ahead log: 32 bytes of head, then frames of 24 bytes and one sealed page."""
    return _uneven(path, 56, where) if path.stat().st_size > 56 + _SAMPLE else []


def _json(path: Path, where: str) -> list[AtRest]:
    try:
        with path.open("rb") as file:
            told = json.loads(file.read(16 << 20))
        if isinstance(told, dict) and str(told.get("format", "")).startswith("le-"):
            return []
    except (ValueError, RecursionError):
        pass
    return [AtRest("unknown_format", where, "文件的格式不对。", "联系系统管理员核查这份文件。")]


def _log(path: Path, where: str) -> list[AtRest]:
    with path.open("rb") as file:
        data = file.read(_MAX_LOG)
    wrong = next((number for number, line in enumerate(data.split(b"\n"), 1)
                  if line and not logs.is_allowed(line)), None)
    if wrong is None:
        return []
    return [AtRest("log_content", f"{where}:{wrong}", "程序日志里有不该写进日志的内容。",
                   "联系系统管理员查看该行，确认后删除这份日志。")]


def _public(_path: Path, _where: str) -> list[AtRest]:
    return []


Rule = Callable[[Path, str], list[AtRest]]
_RULES: tuple[tuple[re.Pattern[str], Rule], ...] = tuple((re.compile(text), rule) for text, rule in (
    (r"(media|blobs)/.+\.age(\.tail[01])?", _sealed),
    (r"store\.db|backups/[^/]+\.db", _database),
    (r"(store|backups/[^/]+)\.db-wal", _journal), (r"store\.db-wal", _journal),
    (r"store\.db-shm|backups/[^/]+\.db-shm", _public),
    (r"device\.hdr|(lockout|clock|log|unsent)\.json", _json),
    (r"settings\.toml|printers\.json|trust/[^/]+|calendars/[^/]+\.toml", _public),
    # Signed by headquarters and meant for everybody.
    (r"(templates|catalogues)/.+", _public),
    (r"logs/(.+/)?desk\.log(\.[0-9]+)?", _log)))


def _package(path: Path, where: str) -> list[AtRest] | None:
    """As the package's own format says; None when it knows no such name."""
    name = where.split("/", 2)[2] if where.count("/") > 1 else ""
    if classify(name) is None:
        return None
    return _sealed(path, where) if name.endswith(".age") else []


def _starts_as(path: Path) -> str:
    with path.open("rb") as file:
        head = file.read(64)
    return next((what for at, magic, what in _HEADS if head[at:at + len(magic)] == magic), "")


def _stray(path: Path, where: str) -> list[AtRest]:
    if path.suffix == ".part":
        if time.time() - path.stat().st_mtime < _OLD_SECONDS:
            return []  # Just being written.
        return [AtRest("left_over", where, "有没写完的临时文件。",
                       "重新登录一次，程序会收拾；仍然有的，联系系统管理员。")]
    return [AtRest("stray", where, "有不属于本程序的文件。", "请移走；不知道来历的，联系系统管理员。")]


def _judge(path: Path, where: str) -> list[AtRest]:
    for pattern, rule in _RULES:
        if pattern.fullmatch(where):
            if rule is _public and where.startswith("templates/"):
                return []  # Word templates are archives, and public.
            what = _starts_as(path)
            return [_plain(where, what)] if what else rule(path, where)
    what = _starts_as(path)
    if what:
        return [_plain(where, what)]
    if where.startswith("packages/") and path.suffix != ".part":
        found = _package(path, where)
        if found is not None:
            return found
    return _stray(path, where)


def _modes(path: Path, where: str) -> list[AtRest]:
    if os.name != "posix":
        return []
    mode = stat.S_IMODE(path.lstat().st_mode)
    if path.is_symlink():
        return [AtRest("link", where, "资料文件夹里有指向别处的链接。", "请删除该链接；不知道来历的，联系系统管理员。")]
    if mode & 0o077:
        wanted = "700" if path.is_dir() else "600"
        return [AtRest("open_to_others", where, f"其他用户也能访问（权限{mode:o}）。",
                       f"请改为{wanted}：chmod {wanted} 该{'文件夹' if path.is_dir() else '文件'}。")]
    return []


def _every(root: Path) -> Iterator[Path]:
    yield root
    for folder, folders, files in os.walk(root):
        for name in sorted((*folders, *files)):
            yield Path(folder) / name


def check_at_rest(data: DataFolder) -> list[AtRest]:
    """Everything amiss in the folder, at most fifty things; reads a few KiB of each file."""
    found: list[AtRest] = []
    for path in _every(data.root):
        where = path.relative_to(data.root).as_posix()
        try:
            found += _modes(path, where)
            if not path.is_symlink() and path.is_file():
                found += _judge(path, where)
        except FileNotFoundError:
            continue  # Gone meanwhile: the desk is at work.
        except OSError as error:
            found.append(AtRest("unreadable", where, f"读不出来（{error.strerror}）。",
                                "请检查磁盘和权限，联系系统管理员。"))
        if len(found) >= _MOST_TOLD:
            break
    return found[:_MOST_TOLD]
