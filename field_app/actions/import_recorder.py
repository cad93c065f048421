"""Brings a planned import in: each original sealed, compared, stored; goes on after a crash."""

import errno
import shutil
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import BinaryIO

from field_app.actions.context import Session, case_identity, refuse
from field_app.actions.import_plan import ImportPlan, PlannedFile
from field_app.actions.import_store import store_original
from field_app.actions.import_words import span_cn
from field_app.actions.integrity import asks_sm3
from field_app.domain.case import Case
from field_app.domain.ids import CaseId, new_id
from field_app.domain.imports import ImportItem, ImportRun, ItemState, MediaKind
from field_app.errors import Cancelled, UserError
from field_app.media.importing.sealing import (
    PART_BYTES,
    CopyDiffers,
    Keys,
    SealedOriginal,
    compare_original,
    drop_parts,
    part_path,
    sample_of,
    seal_original,
)
from field_app.media.importing.source import SourceLost, open_source
from field_app.storage import cases, imports

_NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
_TELL_S = 0.2
_PROBED = 3


@dataclass(frozen=True)
class ImportProgress:
    """``done`` of ``total`` bytes, each counted when sealed and when compared; ``remaining_s`` is
    None while it cannot be told yet."""

    done: int
    total: int
    file: int
    files: int
    name: str
    remaining_s: float | None


@dataclass(frozen=True)
class ImportResult:
    """How an import stands. ``problems``: files that could not be brought in, in Chinese."""

    run: str
    kept: int
    duplicates: int
    failed: int
    left: int
    bytes: int
    problems: tuple[str, ...]


Progress = Callable[[ImportProgress], None]


def start_import(session: Session, plan: ImportPlan) -> str:
    """Write the journal of an import; nothing is copied yet. Returns the run's id.

    ``UserError`` when nothing is to be imported or the disk is too small for it.
    """
    kept = sorted(plan.kept, key=lambda f: (f.span.start if f.span else plan.made, f.found.path))
    if not kept:
        raise refuse("没有要导入的文件。", "请在清单里为文件选择环节，再开始导入。", code="import.none")
    free = shutil.disk_usage(session.context.data.root).free
    if free < plan.need_bytes:
        short = (plan.need_bytes - free) / 1e9
        raise refuse(f"磁盘空间不够，还差{max(short, 0.1):.1f}GB，没有开始导入。",
                     "请清理磁盘，或者先只导入一部分文件。卡上的文件没有动。", code="import.space")
    run = ImportRun(
        id=new_id(), at=session.at, root=str(plan.root), serial=plan.serial, profile=plan.profile,
        offset_ms=round(plan.offset.total_seconds() * 1000) if plan.clock_how else None,
        clock_how=plan.clock_how, device_shown=plan.clock.device.isoformat() if plan.clock else "",
        laptop_shown=plan.clock.laptop.isoformat() if plan.clock else "")
    items = [_item(run.id, n, f) for n, f in enumerate(kept, 1)]
    with session.begin() as tx:
        imports.begin(tx, run, items)
        session.note(tx, "import_started", body={
            "run": run.id, "serial": run.serial, "profile": run.profile,
            "offset_ms": run.offset_ms, "clock": run.clock_how, "files": len(items),
            "bytes": sum(i.found.size for i in items)})
    return run.id


def _item(run: str, ordinal: int, file: PlannedFile) -> ImportItem:
    if file.case is None or file.step is None or file.span is None:
        raise ValueError("a kept file has a place")
    return ImportItem(
        id=new_id(), run=run, ordinal=ordinal, found=file.found, case=file.case, step=file.step,
        visit=file.visit or -ordinal, starts=file.span.start, ends=file.span.end,
        sample=file.sample)


class _Teller:
    """Counts bytes and tells them, not more often than anyone can see; two threads count."""

    def __init__(self, items: list[ImportItem], progress: Progress) -> None:
        self._progress = progress
        self._total = 2 * sum(i.found.size for i in items)
        self._files = len(items)
        self._began = self._told = time.monotonic()
        self._lock = threading.Lock()
        self._passed = 0
        self._running: dict[str, int] = {}
        self._number = 0
        self._name = ""

    def next(self, item: ImportItem) -> None:
        self._number += 1
        self._name = item.found.name
        self._tell()

    def ticks(self, item: ImportItem) -> Callable[[int], None]:
        """Counts what is read of one file."""
        def tick(count: int) -> None:
            with self._lock:
                self._running[item.id] = self._running.get(item.id, 0) + count
                if time.monotonic() - self._told < _TELL_S:
                    return
                self._told = time.monotonic()
            self._tell()
        return tick

    def passed(self, item: ImportItem) -> None:
        """Whatever became of a file, its bytes are done with."""
        with self._lock:
            self._running.pop(item.id, None)
            self._passed += 2 * item.found.size

    def _tell(self) -> None:
        with self._lock:
            done = min(self._passed + sum(self._running.values()), self._total)
        self._told = time.monotonic()
        spent = self._told - self._began
        left = (self._total - done) * spent / done if done and spent > 1 else None
        self._progress(ImportProgress(
            done, self._total, self._number, self._files, self._name, left))


def _folder(session: Session, item: ImportItem) -> Path:
    photo = item.found.kind is MediaKind.PHOTO
    return session.context.data.blobs if photo else session.context.data.media


class _Sealed:
    """A file that is sealed and waits for its comparison; the source stays open for it."""

    def __init__(self, item: ImportItem, sample: str, source: BinaryIO,
                 made: SealedOriginal) -> None:
        self.item = item
        self.sample = sample
        self.source = source
        self.made = made
        self.compared: Future[None] | None = None


class _Importing:
    """One attempt at what is left of a run: a file is compared while the next one is sealed."""

    def __init__(self, session: Session, run: ImportRun, root: Path, *, teller: _Teller,
                 cancelled: Callable[[], bool], part_bytes: int) -> None:
        self._session = session
        self._run = run
        self._root = root
        self._teller = teller
        self._cancelled = cancelled
        self._part_bytes = part_bytes
        self._cases: dict[str, Case] = {}
        self._others: list[ImportItem] = []

    def bring_all(self, items: list[ImportItem]) -> None:
        """All of them in their order; each is stored as soon as it is compared."""
        self._others = items
        waiting: _Sealed | None = None
        with ThreadPoolExecutor(1, thread_name_prefix="compare") as comparing:
            for item in items:
                try:
                    if self._cancelled():
                        raise Cancelled
                    self._teller.next(item)
                    sealed = self._sealed(item)
                except BaseException:
                    self._last(waiting)
                    raise
                if sealed is not None:
                    sealed.compared = comparing.submit(self._compare, sealed)
                before, waiting = waiting, sealed
                try:
                    self._settle(before)
                except BaseException:
                    self._last(waiting)
                    raise
            self._settle(waiting)

    def _last(self, waiting: _Sealed | None) -> None:
        """What was sealed before the import stopped is kept if it compares well."""
        with suppress(Cancelled, UserError, OSError):
            self._settle(waiting)

    def _card_gone(self, lost: ImportItem) -> bool:
        """Whether the card itself is gone: neither it nor any of a few other files can be read."""
        try:
            if not any(self._root.iterdir()):
                return True
        except OSError:
            return True
        others = [i for i in self._others if i is not lost][-_PROBED:]
        return bool(others) and not any(map(self._readable, others))

    def _readable(self, item: ImportItem) -> bool:
        found = item.found
        try:
            with open_source(self._root, found.raw, size=found.size,
                             mtime_ns=found.mtime_ns) as file:
                return bool(file.read(1))
        except (OSError, SourceLost):
            return False

    def _keys(self, item: ImportItem) -> Keys:
        if item.case not in self._cases:
            with self._session.begin() as tx:
                self._cases[item.case] = cases.get(tx, CaseId(item.case))
        case = self._cases[item.case]
        return Keys(self._session.recipients(case), [case_identity(case)])

    def _seal(self, item: ImportItem) -> _Sealed:
        folder, found = _folder(self._session, item), item.found
        drop_parts(folder, item.id)
        file = open_source(self._root, found.raw, size=found.size, mtime_ns=found.mtime_ns)
        try:
            sample = item.sample or sample_of(file, found.size)
            made = seal_original(
                file, lambda n: part_path(folder, item.id, n), self._keys(item),
                part_bytes=self._part_bytes, with_sm3=asks_sm3(self._session),
                tick=self._teller.ticks(item), cancelled=self._cancelled)
        except BaseException:
            file.close()
            raise
        return _Sealed(item, sample, file, made)

    def _compare(self, sealed: _Sealed) -> None:
        with sealed.source:
            compare_original(sealed.source, sealed.made, self._keys(sealed.item),
                             tick=self._teller.ticks(sealed.item), cancelled=self._cancelled)

    def _sealed(self, item: ImportItem) -> _Sealed | None:
        """One file sealed; None when it failed for a reason that is on record now."""
        try:
            return self._seal(item)
        except SourceLost as error:
            self._lost(item, error)
        except OSError as error:
            raise self._disk(error) from error
        return None

    def _settle(self, sealed: _Sealed | None) -> None:
        """One file to its end: kept, a duplicate, or failed for a reason."""
        if sealed is None or sealed.compared is None:
            return
        try:
            try:
                sealed.compared.result()
            except CopyDiffers:
                # Cards are read wrongly at times: once more, from the beginning.
                sealed = self._seal(sealed.item)
                self._compare(sealed)
        except SourceLost as error:
            self._lost(sealed.item, error)
        except OSError as error:
            raise self._disk(error) from error
        else:
            self._keep(replace(sealed.item, sample=sealed.sample), sealed.made)
            self._teller.passed(sealed.item)

    def _lost(self, item: ImportItem, error: SourceLost) -> None:
        if self._card_gone(item):
            raise refuse("卡读不到了，可能被拔出。",
                         "已导入的文件完好；请插回原卡，再点“继续导入”。", code="import.gone") from error
        self._fail(item, error)
        self._teller.passed(item)

    def _disk(self, error: OSError) -> UserError:
        if error.errno in _NO_ROOM:
            return refuse("磁盘已满，导入停在半途。",
                          "已导入的文件完好；请清理磁盘，再点“继续导入”。", code="disk.full")
        return refuse("磁盘写不进去，导入停在半途。", "已导入的文件完好；请检查磁盘，再点“继续导入”。",
                      code="disk.write")

    def _fail(self, item: ImportItem, error: SourceLost) -> None:
        why = ("两次读出的内容不一样，卡可能坏了" if isinstance(error, CopyDiffers)
               else "读不出来，或者与计划时不是同一个文件")
        with self._session.begin() as tx:
            imports.save(tx, replace(item, state=ItemState.FAILED, problem=why))
            self._session.note(tx, "import_failed", case=item.case, body={
                "run": item.run, "item": item.id, "size": item.found.size, "fact": error.fact})

    def _keep(self, item: ImportItem, made: SealedOriginal) -> None:
        try:
            with self._session.begin() as tx:
                known = [k for k in imports.known_like(tx, sha256=made.sha256) if not k.device]
                if known:
                    imports.save(tx, replace(item, state=ItemState.DUPLICATE, sha256=made.sha256,
                                             problem="内容与已导入的完全相同，没有重复保存"))
                else:
                    store_original(self._session, tx, self._run, item, made)
        except BaseException:
            drop_parts(_folder(self._session, item), item.id)
            raise
        if known:
            drop_parts(_folder(self._session, item), item.id)


def run_import(session: Session, run_id: str, root: Path | None = None, *,
               progress: Progress = lambda _progress: None,
               cancelled: Callable[[], bool] = lambda: False,
               part_bytes: int = PART_BYTES) -> ImportResult:
    """Do all that is left of a run, file by file; ``root``: where the card lies now.

    Raises ``Cancelled`` or ``UserError`` (card pulled out, disk full); what was brought in by then
    stays, and calling it again goes on with the rest.
    """
    with session.begin() as tx:
        run = imports.run_of(tx, run_id)
        left = imports.items_of(tx, run_id, ItemState.PLANNED)
    teller = _Teller(left, progress)
    work = _Importing(session, run, root or Path(run.root), teller=teller, cancelled=cancelled,
                      part_bytes=part_bytes)
    work.bring_all(left)
    with session.begin() as tx:
        if run.ended is None:
            imports.end(tx, run_id, session.at)
            session.note(tx, "import_ended", body={"run": run_id, "files": {
                state.value: count for state, count in imports.counts(tx, run_id).items()}})
    return import_result(session, run_id)


def import_result(session: Session, run_id: str) -> ImportResult:
    """How a run stands now."""
    with session.begin() as tx:
        items = imports.items_of(tx, run_id)

    def count(*states: ItemState) -> int:
        return sum(i.state in states for i in items)

    stored = (ItemState.KEPT, ItemState.DELETED)
    return ImportResult(
        run=run_id, kept=count(*stored), duplicates=count(ItemState.DUPLICATE),
        failed=count(ItemState.FAILED), left=count(ItemState.PLANNED),
        bytes=sum(i.found.size for i in items if i.state in stored),
        problems=tuple(f"{i.found.path}：{i.problem}" for i in items if i.problem))


@dataclass(frozen=True)
class Interrupted:
    """An import that is not done: when it began, from where, and how much is left."""

    run: str
    at: datetime
    root: str
    left: int


def interrupted_imports(session: Session) -> list[Interrupted]:
    """Imports that a crash, a pulled card or an officer stopped."""
    with session.begin() as tx:
        return [Interrupted(r.id, r.at, r.root, imports.counts(tx, r.id).get(ItemState.PLANNED, 0))
                for r in imports.unfinished(tx)]


def give_up_import(session: Session, run_id: str) -> None:
    """Leave the rest of a run; what was brought in stays."""
    with session.begin() as tx:
        left = imports.items_of(tx, run_id, ItemState.PLANNED)
        for item in left:
            imports.save(tx, replace(item, state=ItemState.DROPPED))
        imports.end(tx, run_id, session.at)
        session.note(tx, "import_given_up", body={"run": run_id, "files": len(left)})
    for item in left:
        drop_parts(_folder(session, item), item.id)


def remaining_cn(progress: ImportProgress) -> str:
    """``还需3分10秒``; empty while it cannot be told."""
    return f"还需{span_cn(progress.remaining_s)}" if progress.remaining_s is not None else ""
