"""Fills the registers of recordings from what is stored: 视听资料证据清单, 全过程音像记录登记表."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from field_app.actions.clip_facts import Recorded, recorded_by
from field_app.actions.clip_time import Stretch, gaps_of, stretches, wall_at
from field_app.actions.context import Session
from field_app.actions.copy_out import file_name
from field_app.actions.import_origin import Origin, Origins, origins_of
from field_app.actions.integrity import values_of
from field_app.actions.retention import Kept, kept_of_case
from field_app.actions.transcribe import as_text
from field_app.domain.case import Case, Clip, ClipState
from field_app.domain.clock import CHINA
from field_app.domain.ids import ClipId
from field_app.domain.people import Officer
from field_app.domain.recorded import Transcript
from field_app.forms import FormDefinition
from field_app.rules.procedure import procedure
from field_app.storage import cases, clips, holds, transcripts
from field_app.storage.store import Tx

EVIDENCE, REGISTER = "G2-08", "G5-06"
MAX_ROWS = 100
_MOST_SAID, _MOST_TEXT = 2000, 300
_GAPS = {"camera": "没有画面", "microphone": "没有声音", "clock": "中断"}
_RETENTION = {"unlinked": "6个月", "case": "同案卷", "permanent": "永久"}
# A step's title holds one of these words; the register's own choice stands beside it.
_STEPS = (("先行登记", "先保"), ("查封", "查扣"), ("扣押", "查扣"), ("勘验", "勘验"), ("询问", "询问"),
          ("抽样", "抽样"), ("听证", "听证"), ("告知", "告知"), ("送达", "送达"), ("强制", "强制执行"),
          ("检查", "检查"), ("复查", "检查"))


@dataclass(frozen=True)
class _Known:
    """All that rows are made of."""

    session: Session
    case: Case
    clips: Sequence[Clip]
    recorded: dict[str, Recorded]
    origins: Origins
    said: dict[ClipId, Transcript]
    kept: dict[ClipId, Kept]
    titles: dict[str, str]


def _moment(at: datetime) -> str:
    return at.astimezone(CHINA).replace(microsecond=0).isoformat()


def length_words(seconds: float) -> str:
    """``12分05秒`` or ``1小时02分05秒``."""
    whole = max(1, round(seconds))
    hours = f"{whole // 3600}小时" if whole >= 3600 else ""
    return f"{hours}{whole // 60 % 60}分{whole % 60:02d}秒"


def size_words(count: int) -> str:
    """``12.3兆字节（12897654字节）``."""
    return f"{count / (1 << 20):.1f}兆字节（{count}字节）"


def _officer(known: _Known, clip: Clip) -> dict[str, Any]:
    """The recorder: the second of the pair at work, as in records."""
    told = known.recorded.get(clip.copy.original if clip.copy else clip.id)
    people: Sequence[Officer] = told.officers if told and told.officers else known.session.pair.both
    return _person(people[-1])


def _origin(known: _Known, clip: Clip, stretch: Stretch) -> Origin | None:
    return known.origins.of_file(clip.id, stretch.segments[0].file) if clip.imported else None


def _device(known: _Known, clip: Clip, stretch: Stretch) -> str:
    origin = _origin(known, clip, stretch)
    if origin is not None and (origin.item.found.serial or origin.run.serial):
        return origin.item.found.serial or origin.run.serial
    return str(known.session.header.device)


def _hashes(known: _Known, clip: Clip, stretch: Stretch) -> dict[str, str]:
    """Of the original as a whole; an original sealed in parts has the value it had on its card."""
    origin = _origin(known, clip, stretch)
    if len(stretch.segments) > 1 and origin is not None:
        return {"SHA-256": origin.item.sha256}
    return values_of(known.session, stretch.segments[0])


def _span(stretch: Stretch) -> dict[str, str]:
    # A second at least, so that the span is one.
    end = stretch.started + timedelta(seconds=max(1.0, stretch.seconds))
    return {"start": _moment(stretch.started), "end": _moment(end),
            "duration": length_words(stretch.seconds)}


def _said(known: _Known, clip: Clip) -> str:
    """What is said, or where it stands when it is too long for a list."""
    told = known.said.get(clip.id)
    if told is None or not told.lines:
        return ""
    text = as_text(told.lines).strip().replace("\n", "　")
    return text if len(text) <= _MOST_SAID else f"见{clip.number}文字记录第{told.revision}稿，共{len(told.lines)}行"


def _evidence_rows(known: _Known, clip: Clip) -> list[dict[str, Any]]:
    rows = []
    for number, one in enumerate(stretches(clip), 1):
        row = {"no": f"{clip.number}-{number:02d}", "file": file_name(clip, one.segments[0]),
               "device_no": _device(known, clip, one), "officer": _officer(known, clip),
               **_span(one), "size": size_words(sum(s.size for s in one.segments)),
               "hash": _hashes(known, clip, one)["SHA-256"]}
        if number == 1 and (words := _said(known, clip)):
            row["transcript"] = words
        rows.append(row)
    return rows


def _step_choice(known: _Known, clip: Clip) -> str:
    title = known.titles.get(clip.step, "")
    return next((choice for word, choice in _STEPS if word in title), "其他")


def _gaps(clip: Clip, begin: float, end: float) -> str:
    """Gaps that lie between two seconds of a clip, in words."""
    told = [f"{wall_at(clip, a).astimezone(CHINA):%H:%M:%S}—{wall_at(clip, b).astimezone(CHINA):%H:%M:%S}"
            f"{_GAPS.get(kind, '缺口')}" for a, b, kind in gaps_of(clip) if begin <= a < end]
    return "；".join(told)[:_MOST_TEXT]


def _remark(known: _Known, clip: Clip, origin: Origin | None) -> str:
    told = [f"{clip.view}摄像头"] if clip.view else []
    if clip.copy is not None:
        told.append(f"{clip.copy.kind.label}副本，用途：{clip.copy.reason}")
    if clip.state is ClipState.RECOVERED:
        told.append("断电后恢复，只有恢复的部分")
    if clip.unfinished:
        told.append("设备没有录完，缺少收尾，不能直接播放")
    if origin is not None and origin.suspect:
        told.append("设备时钟没有核准，时间仅供参考")
    if clip.deleted is not None:
        told.append("本机文件已按保存期限销毁，总部留存")
    return "；".join(told)[:_MOST_TEXT]


def _register_rows(known: _Known, clip: Clip) -> list[dict[str, Any]]:
    rows, at = [], 0.0
    for number, one in enumerate(stretches(clip), 1):
        origin = _origin(known, clip, one)
        hashes = _hashes(known, clip, one)
        span = _span(one)
        brought = origin.run.ended or origin.run.at if origin is not None else None
        row = {"no": f"{clip.number}-{number:02d}", "step": _step_choice(known, clip),
               "device_no": _device(known, clip, one), "officer": _officer(known, clip), **span,
               "file": f"{file_name(clip, one.segments[0])}，{size_words(sum(s.size for s in one.segments))}",
               "hash": "；".join(f"{name} {value}" for name, value in hashes.items()),
               "imported_at": _moment(brought) if brought is not None else span["end"],
               "retention": _RETENTION[known.kept[clip.id].keeping.rule.key]
               if clip.id in known.kept else "同案卷", "edited": clip.copy is not None}
        for key, words in (("gaps", _gaps(clip, at, at + one.seconds)),
                           ("remark", _remark(known, clip, origin))):
            if words:
                row[key] = words
        rows.append(row)
        at += one.seconds
    return rows


def _gather(session: Session, tx: Tx, case: Case) -> _Known:
    found = [c for c in clips.with_copies(tx, case.id) if c.state is not ClipState.RECORDING]
    names = {r.kind: r.title for r in procedure(case.procedure, case.procedure_version).steps}
    said: dict[ClipId, Transcript] = {}
    for told in transcripts.of_case(tx, case.id):
        said[told.clip] = told
    kept = kept_of_case(session, tx, case, holds.in_force(tx), session.at.astimezone(CHINA).date(),
                        receipts=False)
    return _Known(
        session, case, found, recorded_by(session, tx, case.id), origins_of(tx, case.id), said,
        {k.clip.id: k for k in kept},
        {str(s.id): names.get(s.kind, s.kind) for s in cases.steps(tx, case.id)})


def _of(known: _Known, make: Callable[[_Known, Clip], list[dict[str, Any]]], *,
        copies: bool) -> list[dict[str, Any]]:
    rows = [row for clip in known.clips if copies or clip.copy is None for row in make(known, clip)]
    return rows[:MAX_ROWS]


def register_answers(session: Session, tx: Tx, form: FormDefinition,
                     case: Case) -> dict[str, Any]:
    """What a register of recordings begins with; nothing for other forms."""
    if form.form_id not in (EVIDENCE, REGISTER):
        return {}
    known = _gather(session, tx, case)
    pair = [_person(o) for o in session.pair.both]
    if form.form_id == EVIDENCE:
        return {"items": _of(known, _evidence_rows, copies=False), "carrier": "系统存储",
                "made_by": pair[1], "checked_by": pair[0]}
    return {"file_no": f"{case.local_no}-音像登记"[:60],
            "records": _of(known, _register_rows, copies=True)}


def _person(officer: Officer) -> dict[str, Any]:
    return {"name": officer.name, "cert_no": officer.cert_no, "agency": officer.agency,
            "valid_to": officer.valid_to.astimezone(CHINA).date().isoformat(),
            "on_duty_in_quota": True}
