"""Who did what with one item or one case, from the event log: as PDF for people and CSV for machines.

Each line tells event number and hash, so that it can be held against the log and its heads.
"""

import csv
import io
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from field_app.actions.clock_offset import NETWORK, Corrections
from field_app.actions.context import Session, refuse
from field_app.documents.list_pdf import ListColumn, list_pdf
from field_app.domain.clock import CHINA
from field_app.paths import RESOURCES
from field_app.storage import cases, events
from field_app.storage.store import Tx

_COLUMNS = (ListColumn("事件", 5), ListColumn("时间（本机时钟）", 11), ListColumn("校正时间", 11),
            ListColumn("经过", 11), ListColumn("人员（证号）", 14), ListColumn("内容", 29),
            ListColumn("事件校验值", 19))
_MAX_CELL = 600
_HASH = 64
_BATCH = 5000


@lru_cache(maxsize=2)
def event_words(section: str = "words") -> dict[str, str]:
    """What each kind of event is called; ``keys``: each member of a body."""
    raw = tomllib.loads((RESOURCES / "audit" / "1.toml").read_text("utf-8"))
    return {str(kind): str(words) for kind, words in raw[section].items()}


@dataclass(frozen=True)
class Custody:
    """The files written and how many events they tell."""

    pdf: Path
    csv: Path
    events: int


@dataclass(frozen=True)
class _Line:
    seq: int
    wall: str
    corrected: str
    words: str
    actors: str
    told: str
    hash: str

    def cells(self) -> tuple[str, ...]:
        return (str(self.seq), self.wall[:19].replace("T", " "), self.corrected, self.words, self.actors,
                self.told[:_MAX_CELL], self.hash)


def _holds(value: Any, digest: str) -> bool:
    if isinstance(value, str):
        return value == digest
    if isinstance(value, dict):
        return any(_holds(v, digest) for v in value.values())
    return isinstance(value, list) and any(_holds(v, digest) for v in value)


def _told(body: dict[str, Any]) -> str:
    """The body in one line; proofs and signatures are long and stand in the log itself."""
    names = event_words("keys")
    return "；".join(f"{names.get(key, key)}：{_shown(value)}" for key, value in sorted(body.items())
                     if key not in ("proofs", "proof", "signatures"))


def _shown(value: Any) -> str:
    if isinstance(value, dict):
        names = event_words("keys")
        return "（" + "，".join(f"{names.get(k, k)} {_shown(v)}" for k, v in value.items()) + "）"
    if isinstance(value, list):
        return "、".join(map(_shown, value)) or "无"
    if isinstance(value, bool):
        return "是" if value else "否"
    return "无" if value in (None, "") else str(value)


def _corrected(corrections: Corrections, seq: int, at: dict[str, Any]) -> str:
    found = corrections.of(seq, at)
    if found is None:
        return "未测定"
    text = found[0].astimezone(CHINA).isoformat()[:19].replace("T", " ")
    return text if found[1] else f"约{text}"


def _clock_fact(corrections: Corrections) -> str:
    known = corrections.newest()
    if known is None:
        return "本机时钟还没有与总部时间比对过，时间以本机时钟为准"
    seconds = known.offset.total_seconds()
    how = "联网比对" if known.source == NETWORK else "由回执时间推定"
    return (f"校正时间＝本机时间加偏差；最近一次偏差{seconds:+.3f}秒，误差不超过"
            f"{known.uncertainty.total_seconds():.3f}秒（{how}，事件{known.seq}）；"
            "标“约”的，期间电脑重新启动或者睡眠过，时钟可能另有变动。记录的时间没有改动")


def _lines(tx: Tx, case: str, digest: str, corrections: Corrections) -> Iterator[_Line]:
    words, after = event_words(), 0
    while batch := events.since(tx, after, limit=_BATCH):
        for event in batch:
            members = event.members()
            if (case and members["case"] == case) or (digest and _holds(members["body"], digest)):
                yield _Line(event.seq, str(members["at"]["wall"]),
                            _corrected(corrections, event.seq, members["at"]),
                            words.get(members["typ"], members["typ"]),
                            "、".join(members["actors"]), _told(members["body"]), event.hash)
        after = batch[-1].seq


def custody_report(session: Session, *, case: str = "", item: str = "", folder: Path) -> Custody:
    """Write ``经手记录`` of a case (its local number) or an item (SHA-256, plain or sealed).

    ``UserError`` when neither or both are named, nothing is found, or it cannot be written.
    """
    digest = item.strip().lower()
    if bool(case) == bool(digest) or (digest and len(digest) != _HASH):
        raise refuse("没有写明案件或者材料。", "请写案件编号，或者材料的64位校验值，二者写一个。", code="custody.what")
    with session.begin() as tx:
        found = next((c for c in cases.listed(tx, case, limit=50) if c.local_no == case), None)
        if case and found is None:
            raise refuse(f"没有编号为{case}的案件。", "请核对编号。", code="custody.case")
        corrections = Corrections(tx)
        lines = list(_lines(tx, found.id if found is not None else "", digest, corrections))
        head = events.head(tx)
    if not lines:
        raise refuse("日志里没有这件材料的记录。", "请核对校验值；材料可能来自其他电脑。", code="custody.none")
    made_at = session.now().iso()[:19].replace("T", " ")
    what = f"案件{case}" if case else f"材料{digest}"
    facts = (f"{what}，共{len(lines)}条，{lines[0].cells()[1]}至{lines[-1].cells()[1]}",
             _clock_fact(corrections),
             f"执法电脑{session.header.device}，日志末端 {head.seq}:{head.hash}",
             f"制作人：{'、'.join(f'{o.name}（{o.cert_no}）' for o in session.pair.both)}，"
             f"{made_at}")
    stem = f"经手记录-{case or digest[:16]}"
    pdf = list_pdf("经手记录", facts, _COLUMNS, [line.cells() for line in lines],
                   footer=f"{session.header.device}　{head.seq}:{head.hash[:16]}")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        paths = (folder / f"{stem}.pdf", folder / f"{stem}.csv")
        paths[0].write_bytes(pdf)
        paths[1].write_bytes(_csv(lines))
    except OSError as error:
        raise refuse("经手记录写不进所选位置。", "请检查磁盘空间，或另选位置。", code="custody.disk") from error
    with session.begin() as tx:
        session.note(tx, "custody_reported", case=found.id if found is not None else "", body={
            "item": digest, "events": len(lines), "to": head.seq})
    return Custody(*paths, len(lines))


def _csv(lines: list[_Line]) -> bytes:
    """With a byte-order mark, so that spreadsheets read Chinese; cells never begin a formula."""
    buffer = io.StringIO()
    writer = csv.writer(buffer)
    writer.writerow([c.title for c in _COLUMNS])
    for line in lines:
        writer.writerow([f"'{c}" if c[:1] in "=+-@\t" else c for c in (
            *line.cells()[:5], line.told, line.hash)])
    return b"\xef\xbb\xbf" + buffer.getvalue().encode()
