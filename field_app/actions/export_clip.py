"""Makes copies of a recording: a cut on whole fragments, or one with faces and plates hidden.

A copy is a new sealed item of the case that points to its original; the original never changes.
"""

import math
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from field_app.actions.clip_facts import recorded_by
from field_app.actions.clip_time import gaps_of, length_of, stretches, wall_at
from field_app.actions.context import Session, case_identity, refuse
from field_app.actions.play_clip import check_plays, opener, playback_of
from field_app.crypto.stanzas import AgeError
from field_app.domain.case import Case, Clip, ClipState, Segment
from field_app.domain.clock import CHINA
from field_app.domain.ids import ClipId, new_id
from field_app.domain.recorded import CopyFacts, CopyKind
from field_app.errors import Cancelled, UserError
from field_app.media.errors import ClipDamaged, MediaError
from field_app.media.export import CopyResult, CopyWriter, remove_unfinished
from field_app.media.export_cut import NothingInSpan, SourcePart, cut
from field_app.media.export_mask import mask
from field_app.media.masks import MAX_AREAS, MAX_SPANS, Area, Masks
from field_app.rules.procedure import procedure
from field_app.storage import cases, clips

__all__ = ["Area", "Hidden", "export_cut", "export_masked"]

MAX_REASON = 500
Progress = Callable[[int, int], None]
# Room that must stay free on the laptop's disk after an export.
_RESERVE = 256 << 20


@dataclass(frozen=True)
class Hidden:
    """What a masked copy hides and shows; seconds are of the original, pixels of its picture.

    ``burn``: which of ``time``, ``place``, ``officers``, ``step`` stand below the picture.
    """

    areas: tuple[Area, ...] = ()
    muted: tuple[tuple[float, float], ...] = ()
    burn: frozenset[str] = frozenset()

    @property
    def nothing(self) -> bool:
        return not (self.areas or self.muted or self.burn)


def _nothing(_done: int, _total: int) -> None:
    """No one watches."""


def _check(clip: Clip, from_s: float, to_s: float, reason: str) -> None:
    check_plays(clip)
    if clip.copy is not None:
        raise refuse("这一段是副本，不能再从副本制作副本。", "请打开原件再导出。", code="export.copy")
    if not (math.isfinite(from_s) and math.isfinite(to_s)) or from_s < 0 or to_s - from_s < 0.04 or (
            from_s >= length_of(clip)):
        raise refuse("起止时间不对，没有导出。", "请让结束时间晚于开始时间，并且在这段录音录像之内。",
                     code="export.span")
    if not reason.strip() or len(reason) > MAX_REASON:
        raise refuse("没有写明用途，或者写得过长。", f"请写明导出的用途，不超过{MAX_REASON}字。",
                     code="export.reason")


def _check_room(session: Session, needed: int) -> None:
    free = shutil.disk_usage(session.context.data.media).free
    if free < needed + _RESERVE:
        raise refuse(f"磁盘空间不足：还剩{free >> 20}兆字节，导出约需{(needed + _RESERVE) >> 20}兆字节。",
                     "请清理磁盘空间后再导出；没有留下任何文件。", code="disk.full")


def _share(clip: Clip, from_s: float, to_s: float) -> int:
    """About how many bytes a span of a clip takes."""
    whole = max(1.0, length_of(clip))
    return round(sum(s.size for s in clip.segments) * min(1.0, (to_s - from_s + 2) / whole))


def _made(session: Session, clip: Clip, copy_id: ClipId, result: CopyResult, facts: CopyFacts,
          number: str) -> Clip:
    """The copy as the store keeps it: its times are the original's."""
    parts = tuple(
        Segment(ordinal=s.number, path=s.path.name, size=s.size, sha256=s.sha256,
                ct_size=s.ct_size, ct_sha256=s.ct_sha256, sm3=s.sm3,
                started=wall_at(clip, s.from_s),
                ended=wall_at(clip, s.from_s) + timedelta(seconds=s.to_s - s.from_s))
        for s in result.segments)
    begin, end = result.from_s, result.to_s
    marks = tuple({**m, "offset_ms": int(m["offset_ms"]) - round(begin * 1000)} for m in clip.marks
                  if begin <= int(m["offset_ms"]) / 1000 < end)
    kept = gaps_of(clip)
    gaps = tuple(g for g, (a, b, _kind) in zip(clip.gaps, kept, strict=False)
                 if a < end and b >= begin) if len(kept) == len(clip.gaps) else ()
    return Clip(
        id=copy_id, case=clip.case, step=clip.step, number=number, state=ClipState.WHOLE,
        started=parts[0].started, ended=parts[-1].ended, duration_ms=round((end - begin) * 1000),
        has_video=result.has_video, has_audio=result.has_audio, gaps=gaps, marks=marks,
        segments=parts, copy=facts)


def _keep(session: Session, clip: Clip, copy_id: ClipId, result: CopyResult, *, kind: CopyKind,
          done: dict[str, Any], reason: str) -> Clip:
    with session.begin() as tx:
        count = sum(c.copy is not None and c.copy.kind is kind
                    for c in clips.copies_of(tx, clip.id)) + 1
        facts = CopyFacts(
            original=clip.id, kind=kind, from_ms=round(result.from_s * 1000),
            to_ms=round(result.to_s * 1000), original_sha256=tuple(s.sha256 for s in clip.segments),
            done=done, reason=reason.strip(), made=session.at, actors=session.actors)
        made = _made(session, clip, copy_id, result, facts,
                     f"{clip.number}-{kind.label}{count:02d}")
        clips.add_copy(tx, made)
        session.note(tx, "recording_copied", case=clip.case, body={
            "clip": made.id, "number": made.number, "original": clip.id, "how": kind.value,
            "from_ms": facts.from_ms, "to_ms": facts.to_ms,
            "original_sha256": list(facts.original_sha256), "hidden": _counts(done),
            "segments": [{"n": s.ordinal, "size": s.size, "sha256": s.sha256, "sm3": s.sm3,
                          "ct_sha256": s.ct_sha256} for s in made.segments]})
    return made


def _counts(done: dict[str, Any]) -> dict[str, int]:
    return {k: len(done.get(k, ())) for k in ("areas", "muted", "burn")}


def _export(session: Session, clip: Clip, run: Callable[[Case, ClipId, CopyWriter], CopyResult], *,
            kind: CopyKind, done: dict[str, Any], reason: str) -> Clip:
    """Run an export; whatever goes wrong, nothing half-written stays."""
    with session.begin() as tx:
        case = cases.get(tx, clip.case)
    media = session.context.data.media
    remove_unfinished(media)
    copy_id = ClipId(new_id())
    writer = CopyWriter(media, copy_id, session.recipients(case))
    try:
        result = run(case, copy_id, writer)
        writer.commit()
        return _keep(session, clip, copy_id, result, kind=kind, done=done, reason=reason)
    except (ClipDamaged, AgeError, NothingInSpan) as error:
        writer.discard()
        raise _damaged(clip) from error
    except (OSError, MediaError) as error:
        writer.discard()
        raise refuse("磁盘写不进去，没有导出。", "请清理磁盘空间后再试；没有留下任何文件，原件不受影响。",
                     code="disk.write") from error
    except (Cancelled, UserError):
        writer.discard()
        raise


def _damaged(clip: Clip) -> UserError:
    return refuse(f"录音录像{clip.number}的这一段有损坏或者没有内容，不能原样剪辑。",
                  "请先在“音像”页核验，看清损坏的起止时间，再选其余部分导出。", code="clip.damaged")


def _ms_progress(progress: Progress) -> Callable[[float, float], None]:
    return lambda done, total: progress(round(done * 1000), round(total * 1000))


def export_cut(session: Session, clip: Clip, *, from_s: float, to_s: float, reason: str,
               progress: Progress = _nothing,
               cancelled: Callable[[], bool] = lambda: False) -> Clip:
    """A copy from the key frame at or before ``from_s`` to the one at or after ``to_s``.

    Not encoded again. Raises ``UserError``, or ``Cancelled`` and leaves nothing.
    """
    _check(clip, from_s, to_s, reason)
    _check_room(session, _share(clip, from_s, to_s))
    folder = session.context.data.media

    def run(case: Case, _copy: ClipId, writer: CopyWriter) -> CopyResult:
        identity = case_identity(case)
        parts = [SourcePart(one.segments[0].path, opener(folder, one, identity), one.seconds)
                 for one in stretches(clip)]
        return cut(parts, writer, from_s=from_s, to_s=to_s,
                   progress=_ms_progress(progress), cancelled=cancelled)

    done = {"asked_ms": [round(from_s * 1000), round(to_s * 1000)]}
    return _export(session, clip, run, kind=CopyKind.CUT, done=done, reason=reason)


def export_masked(session: Session, clip: Clip, hidden: Hidden, *, from_s: float, to_s: float,
                  reason: str, progress: Progress = _nothing,
                  cancelled: Callable[[], bool] = lambda: False) -> Clip:
    """A copy, encoded again, with areas blurred, spans muted or a line burnt in.

    An area that lies outside the picture, or at no time of the span, is refused: an officer who
    drew it means to hide something. Raises ``UserError``, or ``Cancelled`` and leaves nothing.
    """
    _check(clip, from_s, to_s, reason)
    _check_hidden(hidden, from_s, to_s)
    _check_room(session, 2 * _share(clip, from_s, to_s))
    end = min(to_s, length_of(clip))

    def run(case: Case, copy_id: ClipId, writer: CopyWriter) -> CopyResult:
        source = playback_of(session, case, clip)
        try:
            _check_in_picture(source.frame_at(from_s), hidden.areas)
            masks = Masks(hidden.areas, hidden.muted, _line(session, case, clip, hidden.burn))
            return mask(source, writer, masks, copy_id=copy_id, from_s=from_s, to_s=end,
                        recipients=session.recipients(case), clock=session.context.clock,
                        progress=_ms_progress(progress), cancelled=cancelled)
        finally:
            source.close()

    done = {"areas": [[a.x, a.y, a.width, a.height, round(a.from_s * 1000), round(a.to_s * 1000)]
                      for a in hidden.areas],
            "muted": [[round(a * 1000), round(b * 1000)] for a, b in hidden.muted],
            "burn": sorted(hidden.burn)}
    return _export(session, clip, run, kind=CopyKind.MASKED, done=done, reason=reason)


def _check_hidden(hidden: Hidden, from_s: float, to_s: float) -> None:
    if hidden.nothing:
        raise refuse("没有画遮挡框，也没有选静音或加注，没有导出。",
                     "请画出要遮挡的地方，或改用“剪辑”。", code="export.nothing")
    if len(hidden.areas) > MAX_AREAS or len(hidden.muted) > MAX_SPANS:
        raise refuse("遮挡框或静音时段过多，没有导出。", f"遮挡框不超过{MAX_AREAS}个，请分段导出。",
                     code="export.many")
    spans = [(a.from_s, a.to_s) for a in hidden.areas] + list(hidden.muted)
    if any(b <= a or b <= from_s or a >= to_s for a, b in spans):
        raise refuse("有遮挡框或静音的起止时间不在导出的时段里，没有导出。",
                     "请改正它的起止时间，或删去这一项。", code="export.span")


def _check_in_picture(frame: tuple[int, int, bytes] | None, areas: Sequence[Area]) -> None:
    if frame is None:
        return
    for number, area in enumerate(areas, 1):
        if area.inside(frame[0], frame[1]) is None:
            raise refuse(f"第{number}个遮挡框不在画面里，没有导出。", "请重新画这个框，或删去它。",
                         code="export.area")


def _line(session: Session, case: Case, clip: Clip,
          burn: frozenset[str]) -> Callable[[float], str] | None:
    """The words below the picture, by second; None when none were asked for."""
    if not burn:
        return None
    still = []
    if "place" in burn and case.place:
        still.append(case.place)
    if "officers" in burn:
        with session.begin() as tx:
            told = recorded_by(session, tx, case.id).get(clip.id)
        still.append("、".join(o.name for o in (told.officers if told else session.pair.both)))
    if "step" in burn:
        with session.begin() as tx:
            kind = cases.step(tx, clip.step).kind
        titles = {r.kind: r.title for r in procedure(case.procedure, case.procedure_version).steps}
        still.append(titles.get(kind, kind))

    def words(second: float) -> str:
        at = wall_at(clip, second).astimezone(CHINA)
        return "　".join(([f"{at:%Y-%m-%d %H:%M:%S}"] if "time" in burn else []) + still)

    return words
