"""Copies a recording out in plain, for the court: both officers confirm, a hash list goes beside.

The folder named is the only place where plaintext ever lies; what is written is read again and
compared before it counts.
"""

import hashlib
import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from field_app.actions.context import Session, case_identity, refuse
from field_app.actions.import_origin import suffix_of
from field_app.actions.integrity import values_of
from field_app.actions.log_in import CardAndPin, confirm_both
from field_app.actions.play_clip import check_there
from field_app.actions.transcribe import as_text
from field_app.actions.transcribe import newest as newest_transcript
from field_app.credentials.cms import CmsRefused, sign_detached
from field_app.crypto.appender import sync_folder
from field_app.crypto.stanzas import AgeError
from field_app.crypto.suites import SealedReader
from field_app.domain.case import Case, Clip, Segment
from field_app.domain.clock import CHINA
from field_app.errors import Cancelled
from field_app.storage import cases

Progress = Callable[[int, int], None]
_PIECE = 1 << 20


@dataclass(frozen=True)
class CopiedOut:
    """What now lies in plain in ``folder``."""

    folder: Path
    files: tuple[str, ...]
    hash_list: str


def _nothing(_done: int, _total: int) -> None:
    """No one watches."""


def file_name(clip: Clip, segment: Segment) -> str:
    """The name of a segment outside the store; safe on FAT and NTFS."""
    kept = "".join(c if c.isalnum() or c in "-_" else "-" for c in clip.number)
    return f"{kept}-{segment.ordinal:02d}{suffix_of(segment.mime)}"


class _Out:
    """One run of copying; whatever it wrote goes when it fails."""

    def __init__(self, session: Session, case: Case, folder: Path, *, total: int,
                 progress: Progress, cancelled: Callable[[], bool]) -> None:
        self._session, self._folder = session, folder
        self._identity = case_identity(case)
        self._total, self._done = total, 0
        self._progress, self._cancelled = progress, cancelled
        self._written: list[Path] = []
        self.hashes: list[tuple[str, str]] = []

    def _tick(self, count: int) -> None:
        if self._cancelled():
            raise Cancelled
        self._done += count
        self._progress(min(self._done, self._total), self._total)

    def _plain(self, segment: Segment) -> Iterator[bytes]:
        with (self._session.context.data.media / segment.path).open("rb") as file:
            yield from SealedReader(file, [self._identity]).stream()

    def segment(self, name: str, segment: Segment) -> None:
        """Write one segment, read it again, and refuse unless its hash is the recorded one."""
        self._write(name, self._plain(segment))
        if self._read_again(name) != segment.sha256:
            raise AgeError("what was written differs")
        self.hashes.append((segment.sha256, name))

    def text(self, name: str, data: bytes) -> None:
        self._write(name, iter((data,)))
        self.hashes.append((hashlib.sha256(data).hexdigest(), name))

    def _write(self, name: str, parts: Iterator[bytes]) -> None:
        target = self._folder / name
        if target.exists():
            raise FileExistsError(name)
        self._written.append(target)
        with target.open("xb") as file:
            for part in parts:
                file.write(part)
                self._tick(len(part))
            file.flush()
            os.fsync(file.fileno())

    def _read_again(self, name: str) -> str:
        digest = hashlib.sha256()
        with (self._folder / name).open("rb") as file:
            while part := file.read(_PIECE):
                digest.update(part)
                self._tick(len(part))
        return digest.hexdigest()

    def take_back(self) -> None:
        """Remove everything this run wrote."""
        for path in self._written:
            path.unlink(missing_ok=True)


def _hash_list(session: Session, case: Case, clip: Clip, out: _Out) -> bytes:
    """Lines for ``sha256sum -c``; what a person reads stands in its comments."""
    begun = f"{clip.started.astimezone(CHINA):%Y-%m-%d %H:%M:%S}"
    lines = [f"# 案件 {case.local_no}　录音录像 {clip.number}　{begun} 起",
             f"# 复制人 {'、'.join(o.name for o in session.pair.both)}　"
             f"复制时间 {session.at.astimezone(CHINA):%Y-%m-%d %H:%M:%S}"]
    if clip.copy is not None:
        lines.append(f"# {clip.copy.kind.label}副本，原件SHA-256："
                     + "、".join(clip.copy.original_sha256))
    for segment in clip.segments:
        lines += [f"# {name} ({file_name(clip, segment)}) = {value}"
                  for name, value in values_of(session, segment).items() if name != "SHA-256"]
    lines += [f"{value}  {name}" for value, name in out.hashes]
    return ("\n".join(lines) + "\n").encode()


def copy_out(session: Session, clip: Clip, folder: Path, cards: tuple[CardAndPin, CardAndPin], *,
             progress: Progress = _nothing,
             cancelled: Callable[[], bool] = lambda: False) -> CopiedOut:
    """Write a clip, what was said in it, and a hash list that both officers sign, into ``folder``.

    Raises ``UserError`` or ``Cancelled``; then nothing of it stays in the folder.
    """
    check_there(clip)
    total = 2 * sum(s.size for s in clip.segments)
    if not folder.is_dir():
        raise refuse("找不到要复制到的文件夹。", "请插好U盘，重新选择文件夹。", code="copy.folder")
    if shutil.disk_usage(folder).free < total // 2 + (1 << 20):
        raise refuse(f"那里的空间不够，需要{total // 2 >> 20}兆字节。", "请换一个U盘或文件夹。",
                     code="copy.full")
    with session.begin() as tx:
        case = cases.get(tx, clip.case)
    said = newest_transcript(session, clip)
    out = _Out(session, case, folder, total=total, progress=progress, cancelled=cancelled)
    name = file_name(clip, clip.segments[0]).rsplit("-", 1)[0]
    list_name = f"{name}-校验值清单.txt"
    keys = confirm_both(session, *cards)
    try:
        for segment in clip.segments:
            out.segment(file_name(clip, segment), segment)
        if said is not None and said.lines:
            out.text(f"{name}-文字记录.txt", as_text(said.lines).encode())
        told = _hash_list(session, case, clip, out)
        out.text(list_name, told)
        out.text(f"{list_name}.p7s", sign_detached(
            told, keys, at=session.at, extra_certs=session.trust.intermediates))
        sync_folder(folder)
    except BaseException as error:
        out.take_back()
        raise _told(error, clip) from error
    finally:
        for key in keys:
            key.forget()
    _note(session, clip, out)
    return CopiedOut(folder, tuple(n for _, n in out.hashes), list_name)


def _told(error: BaseException, clip: Clip) -> BaseException:
    if isinstance(error, FileExistsError):
        return refuse("那里已经有同名的文件，没有复制。", "请换一个空文件夹，或先移走原来的文件。",
                      code="copy.exists")
    if isinstance(error, AgeError):
        return refuse(f"录音录像{clip.number}有损坏，或者写到那里的内容与原件不一致，没有复制。",
                      "请先在“音像”页核验；U盘有问题的换一个再试。", code="copy.damaged")
    if isinstance(error, CmsRefused):
        return refuse("证书签名没有成功，没有复制。", "请重新插入证书再试。", code="copy.sign")
    if isinstance(error, OSError):
        return refuse("写不进那个文件夹，没有复制；没有留下任何文件。",
                      "请检查U盘是否写保护、是否已满或被拔出，再试一次。", code="copy.write")
    return error


def _note(session: Session, clip: Clip, out: _Out) -> None:
    with session.begin() as tx:
        session.note(tx, "recording_copied_out", case=clip.case, body={
            "clip": clip.id, "number": clip.number,
            "files_sha256": [value for value, _name in out.hashes]})

