"""Hashes every recording, photo and paper file anew and tells what is missing, changed or unknown."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from field_app.actions.clip_time import stretches
from field_app.actions.context import Session, case_identity
from field_app.domain.case import Blob, Case, Clip, ClipState
from field_app.domain.ids import CaseId
from field_app.errors import Cancelled
from field_app.media.check import Checked, Expected, State, check_file, hash_file
from field_app.packages.layout import statement_name
from field_app.paths import DataFolder
from field_app.storage import cases, clips, papers

Progress = Callable[[int, int], None]
_WORDS = {State.MISSING: "文件不见了", State.CHANGED: "文件已被改动或损坏",
          State.OTHER: "内容与登记的校验值不符"}
MAX_STATEMENT = 64 << 20


@dataclass(frozen=True)
class Finding:
    """One thing that is not well. ``code``: ``missing``, ``changed``, ``other``, ``orphan``,
    ``not_deleted``, ``unknown``; ``lost``: seconds and bytes of a clip that are gone."""

    code: str
    text: str
    remedy: str
    case: str = ""
    clip: str = ""
    file: str = ""
    lost: tuple[tuple[float, float, int, int], ...] = ()


@dataclass(frozen=True)
class Report:
    """What a verification found; ``files`` and ``size`` say how much was hashed."""

    findings: tuple[Finding, ...]
    files: int
    size: int
    deleted: int = 0

    @property
    def ok(self) -> bool:
        return not self.findings


def _nothing(_done: int, _total: int) -> None:
    """No one watches."""


class _Run:
    """Counts bytes and stops when asked to."""

    def __init__(self, total: int, progress: Progress, cancelled: Callable[[], bool]) -> None:
        self._total, self._progress, self._cancelled = max(1, total), progress, cancelled
        self._done = 0

    def tick(self, count: int) -> None:
        if self._cancelled():
            raise Cancelled
        self._done += count
        self._progress(min(self._done, self._total), self._total)


def _seconds(a: float, b: float) -> str:
    return f"{_time(a)}—{_time(b)}（{b - a:.1f}秒）"


def _time(seconds: float) -> str:
    ms = round(seconds * 1000)
    return f"{ms // 3_600_000:02d}:{ms // 60_000 % 60:02d}:{ms // 1000 % 60:02d}.{ms % 1000:03d}"


def _clip_finding(case: Case, clip: Clip, ordinal: int, base: float, checked: Checked) -> Finding:
    lost = tuple((base + x.from_s, base + x.to_s, x.from_byte, x.to_byte) for x in checked.losses)
    told = "；".join(
        f"{_seconds(a, b)}无法播放，缺第{low}—{high}字节" if b > a
        else f"缺第{low}—{high}字节，画面和声音不受影响" for a, b, low, high in lost)
    return Finding(
        code=checked.state.value,
        text=f"录音录像{clip.number}第{ordinal}段{_WORDS[checked.state]}" + (f"：{told}" if told else ""),
        remedy="不要删除任何文件；总部已签收的向总部调取，没有签收的报告系统管理员。",
        case=case.local_no, clip=clip.number, file=checked.expected.path.name, lost=lost)


def _expected(folder: Path, item: Blob | Clip) -> Iterator[tuple[int, float, float, Expected]]:
    """Ordinal, beginning in the clip, length, and what is expected, for each file of an item."""
    if isinstance(item, Blob):
        yield 1, 0.0, 0.0, Expected(folder / item.path, item.size, item.sha256, item.ct_size,
                                    item.ct_sha256)
        return
    base = 0.0
    for one in stretches(item):
        for s in one.segments:
            yield s.ordinal, base, one.seconds, Expected(
                folder / s.path, s.size, s.sha256, s.ct_size, s.ct_sha256, s.sm3)
        base += one.seconds


def check_clip(session: Session, clip: Clip, *, progress: Progress = _nothing,
               cancelled: Callable[[], bool] = lambda: False) -> tuple[Finding, ...]:
    """Hash one clip anew; nothing found means that it is whole."""
    with session.begin() as tx:
        case = cases.get(tx, clip.case)
    run = _Run(sum(s.ct_size + s.size for s in clip.segments), progress, cancelled)
    return tuple(_check_clip(session, case, clip, run))


def _check_clip(session: Session, case: Case, clip: Clip, run: _Run) -> Iterator[Finding]:
    identities = [case_identity(case)]
    for ordinal, base, length, expected in _expected(session.context.data.media, clip):
        if clip.deleted is not None:
            if expected.path.exists():
                yield Finding("not_deleted", f"录音录像{clip.number}已登记销毁，但文件还在。",
                              "请在“保存期限”里重新执行销毁。", case.local_no, clip.number,
                              expected.path.name)
            continue
        checked = check_file(expected, identities, duration_s=length, tick=run.tick)
        if checked.state is not State.WHOLE:
            yield _clip_finding(case, clip, ordinal, base, checked)


def _check_blob(session: Session, case: Case, blob: Blob, run: _Run) -> Iterator[Finding]:
    for _, _, _, expected in _expected(session.context.data.blobs, blob):
        checked = check_file(expected, [case_identity(case)], tick=run.tick)
        if checked.state is not State.WHOLE:
            yield Finding(checked.state.value, f"《{blob.name}》{_WORDS[checked.state]}。",
                          "不要删除任何文件，报告系统管理员核查。", case.local_no,
                          file=expected.path.name)


def _orphans(folder: Path, known: set[str], running: tuple[str, ...]) -> Iterator[Finding]:
    """Files that no row names; those of recordings that still run, and unfinished ones, left out."""
    for path in sorted(folder.iterdir()):
        name = path.name
        if name in known or name.endswith(".part") or not path.is_file() or (
                name.startswith(running)):
            continue
        yield Finding("orphan", f"多出一个没有登记的文件{name}。",
                      "不要删除；报告系统管理员核查它从哪里来。", file=name)


def verify_media(session: Session, case_id: CaseId | None = None, *, progress: Progress = _nothing,
                 cancelled: Callable[[], bool] = lambda: False) -> Report:
    """Verify everything of this laptop, or of one case; the result is an event.

    Recordings that still run are left out. Raises ``Cancelled``.
    """
    data = session.context.data
    with session.begin() as tx:
        wanted = [cases.get(tx, case_id)] if case_id else cases.listed(tx, limit=1_000_000)
        found = {c.id: (c, clips.with_copies(tx, c.id), papers.blobs_of_case(tx, c.id))
                 for c in wanted}
    there = [c for _, of, _ in found.values() for c in of
             if c.deleted is None and c.state is not ClipState.RECORDING]
    blobs = [b for _, _, of in found.values() for b in of]
    size = sum(s.ct_size for c in there for s in c.segments) + sum(b.ct_size for b in blobs)
    plain = sum(s.size for c in there for s in c.segments) + sum(b.size for b in blobs)
    run, findings = _Run(size + plain, progress, cancelled), list[Finding]()
    for case, of_case, of_blobs in found.values():
        for clip in of_case:
            if clip.state is not ClipState.RECORDING:
                findings += _check_clip(session, case, clip, run)
        for blob in of_blobs:
            findings += _check_blob(session, case, blob, run)
    if case_id is None:
        every = [c for _, of, _ in found.values() for c in of]
        running = tuple(c.id for c in every if c.state is ClipState.RECORDING)
        notes = {f"{c.id}-notes.jsonl.age" for c in every}
        findings += _orphans(data.media, notes | {s.path for c in every for s in c.segments},
                             running)
        findings += _orphans(data.blobs, {b.path for b in blobs}, ())
    report = Report(tuple(findings), files=sum(len(c.segments) for c in there) + len(blobs),
                    size=size, deleted=sum(c.deleted is not None for _, of, _ in found.values()
                                           for c in of))
    _note(session, case_id, report)
    return report


def _note(session: Session, case_id: CaseId | None, report: Report) -> None:
    with session.begin() as tx:
        session.note(tx, "media_verified", case=case_id or "", body={
            "ok": report.ok, "files": report.files, "size": report.size,
            "findings": [{"code": f.code, "file": f.file,
                          "lost_ms": [[round(a * 1000), round(b * 1000)] for a, b, _, _ in f.lost]}
                         for f in report.findings[:1000]]})


def verify_sealed(data: DataFolder, *, progress: Progress = _nothing,
                  cancelled: Callable[[], bool] = lambda: False) -> Report:
    """What can be told without any key: ciphertexts against the statements of sealed packages.

    A file that no statement names yet cannot be judged so and is told as ``unknown``.
    """
    named = _named_objects(data.packages)
    files = [p for folder in (data.media, data.blobs) if folder.is_dir()
             for p in sorted(folder.iterdir())
             if p.is_file() and p.suffix == ".age" and not p.name.endswith("-notes.jsonl.age")]
    objects = [p for p in sorted(data.packages.glob("*/data/objects/*/*.age")) if p.is_file()]
    size = sum(p.stat().st_size for p in (*files, *objects))
    run, findings, seen = _Run(size, progress, cancelled), list[Finding](), set[str]()
    for path in objects:
        value = hash_file(path, run.tick)
        seen.add(value)
        if value != path.name.removesuffix(".age"):
            findings.append(Finding("changed", f"案件包里的{path.name[:12]}…已被改动或损坏。",
                                    "不要删除任何文件，报告系统管理员核查。", file=path.name))
    for path in files:
        value = hash_file(path, run.tick)
        seen.add(value)
        if value not in named:
            findings.append(Finding(
                "unknown", f"{path.name}还没有封存进案件包，或者已被改动；没有密钥不能判断。",
                "请用两名执法人员的证书登录后再核验。", file=path.name))
    findings += [Finding("missing", f"已封存的{value[:12]}…在本机找不到完好的文件。",
                         "已按保存期限销毁的属于正常；否则报告系统管理员核查。", file=value)
                 for value in sorted(named - seen)]
    return Report(tuple(findings), files=len(files) + len(objects), size=size)


def _named_objects(packages: Path) -> set[str]:
    """Ciphertext hashes of all objects that the newest statement of each package names."""
    named: set[str] = set()
    for folder in sorted(packages.iterdir()) if packages.is_dir() else ():
        revision = 0
        while (folder / statement_name(revision + 1)).is_file():
            revision += 1
        if revision:
            data = (folder / statement_name(revision)).read_bytes()[:MAX_STATEMENT]
            named |= {str(o["ct_sha256"]) for o in json.loads(data)["objects"]}
    return named
