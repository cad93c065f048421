"""Plans an import: every file of a card, where it belongs and why, before anything is copied."""

import shutil
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import Enum
from pathlib import Path

from field_app.actions.context import Session, refuse
from field_app.actions.import_words import (
    disagreement,
    span_cn,
    time_cn,
    trouble_words,
)
from field_app.actions.step_windows import StepWindow, step_windows
from field_app.domain.clock import CHINA
from field_app.domain.ids import CaseId, StepId
from field_app.domain.imports import DeviceClock, FoundFile, MediaKind, Trouble
from field_app.errors import Cancelled
from field_app.media.importing.finding import Finder
from field_app.media.importing.placing import Span, length_s, place, span_of, visits, without
from field_app.media.importing.profiles import profiles
from field_app.media.importing.sealing import sample_of
from field_app.media.importing.source import (
    CardTooFull,
    CardUnreadable,
    SourceLost,
    open_source,
)
from field_app.storage import imports
from field_app.storage.imports import Known

Progress = Callable[[int, str], None]
RESERVE = 512 << 20
# Until then a misdated file may be given to a step.
_LOOK_BACK = timedelta(days=30)
_OVERHEAD = 1.001  # age: 16 bytes for 64 KiB, and a header


class Verdict(Enum):
    """What will happen to a file."""

    KEEP = "keep"
    SKIP = "skip"
    DUPLICATE = "duplicate"
    NO_STEP = "no_step"
    TROUBLE = "trouble"

    @property
    def label(self) -> str:
        return {"keep": "导入", "skip": "不导入", "duplicate": "已导入过", "no_step": "没有对应环节",
                "trouble": "不能导入"}[self.value]


_ORDER = (Verdict.KEEP, Verdict.NO_STEP, Verdict.DUPLICATE, Verdict.SKIP, Verdict.TROUBLE)


@dataclass(frozen=True)
class PlannedFile:
    """One file: ``span`` is its effective time (``None``: unknown), ``visit`` numbers what belongs
    together (0: alone), ``fills_s`` seconds that the laptop did not record; ``told`` in Chinese."""

    found: FoundFile
    verdict: Verdict
    span: Span | None
    case: CaseId | None = None
    step: StepId | None = None
    place: str = ""
    visit: int = 0
    fills_s: float = 0.0
    sample: str = ""
    doubtful: bool = False
    told: tuple[str, ...] = ()

    @property
    def importable(self) -> bool:
        """Whether an officer may have it imported."""
        return self.found.kind is not None and self.found.trouble in (
            None, Trouble.MISDATED, Trouble.HALF_WRITTEN)


@dataclass(frozen=True)
class ImportPlan:
    """What an import would do. ``clock_how``: photo, typed, earlier or empty (not measured)."""

    root: Path
    made: datetime
    profile: str
    profile_title: str
    serial: str
    clock: DeviceClock | None
    offset: timedelta
    clock_how: str
    files: tuple[PlannedFile, ...]
    windows: tuple[StepWindow, ...]
    free_bytes: int

    @property
    def kept(self) -> tuple[PlannedFile, ...]:
        return tuple(f for f in self.files if f.verdict is Verdict.KEEP)

    @property
    def need_bytes(self) -> int:
        """What the sealed originals take on this laptop's disk, with what must stay free."""
        return round(sum(f.found.size for f in self.kept) * _OVERHEAD) + RESERVE

    @property
    def counts(self) -> dict[Verdict, int]:
        found = Counter(f.verdict for f in self.files)
        return {verdict: found[verdict] for verdict in Verdict}

    def brought_in(self) -> "ImportPlan":
        """The same plan once all of it is done."""
        return replace(self, files=tuple(_brought(f) for f in self.files))

    def give(self, path: str, step: StepId | None) -> "ImportPlan":
        """The same plan with one file given to a step, or left out (``None``)."""
        return self.give_all([path], step)

    def give_all(self, paths: Sequence[str], step: StepId | None) -> "ImportPlan":
        """The same plan with these files given to a step, or left out; what cannot be imported
        stays as it is."""
        window = next((w for w in self.windows if w.step == step), None)
        if step is not None and window is None:
            raise KeyError(step)
        wanted = frozenset(paths)
        return replace(self, files=tuple(
            _given(f, window) if f.found.path in wanted and f.importable else f
            for f in self.files))


def _brought(file: PlannedFile) -> PlannedFile:
    if file.verdict is not Verdict.KEEP:
        return file
    return replace(file, verdict=Verdict.DUPLICATE, told=("本次已导入并核对",))


def _given(file: PlannedFile, window: StepWindow | None) -> PlannedFile:
    if window is None:
        return replace(file, verdict=Verdict.SKIP, case=None, step=None, place="")
    told = tuple(t for t in file.told if not t.startswith("没有对应的环节"))
    return replace(file, verdict=Verdict.KEEP, case=window.case, step=window.step,
                   place=window.title, doubtful=False, told=told,
                   span=file.span or _any_span(file.found))


def _any_span(found: FoundFile) -> Span:
    """A misdated file keeps the time it tells; it is never given another."""
    start = found.claims[0].at
    return Span(start, start + timedelta(seconds=found.duration_s or 0))


def _read_card(session: Session, root: Path, progress: Progress,
               cancelled: Callable[[], bool]) -> tuple[list[FoundFile], str]:
    finder = Finder(root, profiles(), now=session.at)
    found: list[FoundFile] = []
    try:
        for file in finder.files(cancelled=cancelled):
            found.append(file)
            if len(found) % 50 == 0:
                progress(len(found), file.path)
    except CardUnreadable as error:
        raise refuse(f"“{root}”读不出来。", "请确认卡已插好、能在文件管理器里打开，再试一次。",
                     code="import.card") from error
    except CardTooFull as error:
        raise refuse(f"“{root}”里的文件超过{error.limit}个。", "请选择其中的一个文件夹，分几次导入。",
                     code="import.many") from error
    main = finder.followed.most_common(1)
    return found, main[0][0] if main else ""


class _Duplicates:
    """Tells what was imported before, or lies on the card twice, by size and sample."""

    def __init__(self, session: Session, root: Path, found: Sequence[FoundFile]) -> None:
        self._session = session
        self._root = root
        with session.begin() as tx:
            self._known = imports.known_sizes(tx)
        sizes = Counter(f.size for f in found if f.kind is not None)
        self._twice = frozenset(size for size, count in sizes.items() if count > 1)
        self._here: dict[str, str] = {}

    def look(self, found: FoundFile) -> tuple[str, str]:
        """The sample (empty when none was needed) and what the file is the same as."""
        if found.size not in self._known and found.size not in self._twice:
            return "", ""
        try:
            with open_source(self._root, found.raw, size=found.size,
                             mtime_ns=found.mtime_ns, here_and_there=True) as file:
                sample = sample_of(file, found.size)
        except (OSError, SourceLost):
            return "", ""
        before = self._before(found.size, sample) if found.size in self._known else ""
        same = before or (f"与卡上的“{self._here[sample]}”相同" if sample in self._here else "")
        self._here.setdefault(sample, found.path)
        return sample, same

    def _before(self, size: int, sample: str) -> str:
        with self._session.begin() as tx:
            found = [k for k in imports.known_like(tx, size=size) if k.sample == sample]
        return _where(found[0]) if found else ""


def _where(known: Known) -> str:
    if known.device:
        return f"电脑{known.device}已导入过（{known.at[:10]}）"
    return f"本机已导入过（{known.at[:10]}录制）"


def _half(found: FoundFile) -> str:
    """What an officer must know of a file that its device did not finish."""
    return "。".join(trouble_words(found.trouble)) if found.trouble is not None else ""


def _placed(found: FoundFile, span: Span, windows: Sequence[StepWindow],
            spans: Sequence[Span]) -> PlannedFile:
    told = [t for t in (_half(found), found.note, disagreement(found)) if t]
    at = place(span, spans)
    if at is None:
        return PlannedFile(found, Verdict.NO_STEP, span, told=(
            f"没有对应的环节：{time_cn(span.start)}前后没有正在办理的环节，请选择环节，不选则不导入", *told))
    window = windows[at.index]
    rivals = [windows[n] for n in at.rivals]
    others = sorted({w.case_no for w in rivals if w.case != window.case})
    if at.apart:
        told.insert(0, f"不在环节办理的时段内，相差{span_cn(at.apart)}，请核对")
    if others:
        told.insert(0, f"同一时段还在办理{'、'.join(others)}，请核对是哪个案件")
    missing = without(span, window.recorded)
    fills = length_s(missing) if found.kind is not MediaKind.PHOTO else 0.0
    if fills >= 1:
        told.append(f"补上电脑没有录到的{span_cn(fills)}")
    return PlannedFile(
        found, Verdict.KEEP, span, case=window.case, step=window.step, place=window.title,
        fills_s=fills, doubtful=bool(at.apart or others), told=tuple(told))


def _judged(found: FoundFile, offset: timedelta, windows: Sequence[StepWindow],
            spans: Sequence[Span], copies: _Duplicates) -> PlannedFile:
    span = span_of(found, offset)
    half = found.trouble is Trouble.HALF_WRITTEN
    if (found.trouble is not None and not half) or found.kind is None or span is None:
        what, remedy = trouble_words(found.trouble or Trouble.FOREIGN)
        undated = found.kind is not None and found.trouble in (
            Trouble.MISDATED, Trouble.HALF_WRITTEN)
        return PlannedFile(found, Verdict.NO_STEP if undated else Verdict.TROUBLE, None,
                           told=(f"{what}。{remedy}。",))
    sample, same = copies.look(found)
    made = replace(_placed(found, span, windows, spans), sample=sample)
    if same:
        return replace(made, verdict=Verdict.DUPLICATE, told=(same, *made.told))
    return made


def _with_visits(files: list[PlannedFile]) -> tuple[PlannedFile, ...]:
    """Numbers what belongs together, as far as there is more than one of it."""
    recordings = [(n, f.found, f.span) for n, f in enumerate(files)
                  if f.span is not None and f.found.trouble is None
                  and f.found.kind in (MediaKind.VIDEO, MediaKind.AUDIO)]
    numbers = visits(recordings)
    many = {v for v, count in Counter(numbers.values()).items() if count > 1}
    order = {v: n for n, v in enumerate(sorted(many), 1)}
    return tuple(replace(f, visit=order.get(numbers.get(n, 0), 0)) for n, f in enumerate(files))


def _clock(session: Session, serial: str,
           measured: DeviceClock | None) -> tuple[DeviceClock | None, timedelta, str]:
    """The device's clock: measured now, else as measured at an earlier import."""
    if measured is not None:
        return measured, measured.offset, measured.how
    with session.begin() as tx:
        before = imports.last_clock(tx, serial)
    if before is None or before.offset_ms is None:
        return None, timedelta(0), ""
    return None, timedelta(milliseconds=before.offset_ms), "earlier"


def plan_import(session: Session, root: Path, *, clock: DeviceClock | None = None,
                progress: Progress = lambda _count, _name: None,
                cancelled: Callable[[], bool] = lambda: False) -> ImportPlan:
    """Look at a card and say what would be done with every file; nothing is written anywhere.

    ``clock``: the device's clock as just measured. ``progress``: files seen, and the last one.
    Raises ``UserError`` when the card cannot be read, ``Cancelled``.
    """
    found, main = _read_card(session, root, progress, cancelled)
    serials = Counter(f.serial for f in found if f.serial)
    serial = serials.most_common(1)[0][0] if serials else ""
    measured, offset, how = _clock(session, serial, clock)
    dated = [s for f in found if (s := span_of(f, offset)) is not None and f.kind is not None]
    now = session.at
    first = min([*(s.start for s in dated), now - _LOOK_BACK]) - timedelta(days=1)
    windows = step_windows(session, first, now + timedelta(days=1))
    spans = [w.span for w in windows]
    copies = _Duplicates(session, root, found)
    order = sorted(found, key=lambda f: (f.original.at if f.original else now, f.path))
    files = []
    for number, each in enumerate(order):
        if cancelled():
            raise Cancelled
        files.append(_judged(each, offset, windows, spans, copies))
        if number % 200 == 0:
            progress(len(found), each.path)
    files.sort(key=lambda f: _ORDER.index(f.verdict))
    title = next((p.title for p in profiles() if p.key == main), "")
    return ImportPlan(
        root=root, made=now.astimezone(CHINA), profile=main, profile_title=title, serial=serial,
        clock=measured, offset=offset, clock_how=how, files=_with_visits(files),
        windows=tuple(windows), free_bytes=shutil.disk_usage(session.context.data.root).free)
