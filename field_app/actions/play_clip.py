"""Opens a clip for playback in memory; every view, from where to where, is an event."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import BinaryIO, cast

from field_app.actions.clip_time import Stretch, stretches
from field_app.actions.context import Session, case_identity, refuse
from field_app.crypto.suites import AnyIdentity
from field_app.domain.case import Case, Clip, ClipState
from field_app.media.importing.reading import JoinedFile
from field_app.media.playback import ClipPlayback, PlaybackPart, SealedClipFile
from field_app.media.wounded import WoundedPart, open_wounded
from field_app.storage import cases

_MOST_SPANS = 200


def opener(folder: Path, stretch: Stretch, identity: AnyIdentity) -> Callable[[], BinaryIO]:
    """Opens a stretch as one plain file in memory; ``OSError`` or ``AgeError`` when damaged."""
    paths = [folder / s.path for s in stretch.segments]
    if len(paths) == 1:
        return lambda: cast(BinaryIO, SealedClipFile.open(paths[0], [identity]))
    return lambda: cast(BinaryIO, JoinedFile(paths, [identity]))


def _salvager(folder: Path, stretch: Stretch,
              identity: AnyIdentity) -> Callable[[], WoundedPart] | None:
    if len(stretch.segments) != 1:
        return None
    (segment,) = stretch.segments
    return lambda: open_wounded(folder / segment.path, [identity], size=segment.size,
                                duration_s=stretch.seconds)


def playback_of(session: Session, case: Case, clip: Clip) -> ClipPlayback:
    """A clip's pictures and sound by time, without an event: the caller tells what it is for."""
    folder, identity = session.context.data.media, case_identity(case)
    return ClipPlayback([
        PlaybackPart(opener(folder, one, identity), one.seconds, _salvager(folder, one, identity))
        for one in stretches(clip)])


def check_there(clip: Clip) -> None:
    """Refuse a clip that still runs, was destroyed by retention, or holds nothing."""
    if clip.state is ClipState.RECORDING:
        raise refuse("这段录音录像还在录制。", "请先停止录制再播放。", code="clip.recording")
    if clip.deleted is not None:
        raise refuse(f"录音录像{clip.number}已按保存期限销毁，登记和校验值仍在。",
                     "总部已签收这段录音录像，需要时请向总部调取。", code="clip.deleted")
    if not clip.segments:
        raise refuse(f"录音录像{clip.number}没有可以播放的内容。", "请查看日志里的原因。", code="clip.empty")


def check_plays(clip: Clip) -> None:
    """Refuse, further, an original that its device did not finish."""
    check_there(clip)
    if clip.unfinished:
        raise refuse(f"录音录像{clip.number}没有录完就断了（缺少收尾），不能播放。",
                     "原件已原样封存；需要修复时点“复制出去”，交厂家的软件修复，修好后再导入。",
                     code="clip.unfinished")


def play_clip(session: Session, clip: Clip) -> ClipPlayback:
    """The clip's pictures and sound by time; close it when done. Damage is played around."""
    check_plays(clip)
    with session.begin() as tx:
        case = cases.get(tx, clip.case)
        session.note(tx, "recording_viewed", case=clip.case, body={
            "clip": clip.id, "number": clip.number})
    return playback_of(session, case, clip)


def note_viewed(session: Session, clip: Clip, spans: Sequence[tuple[float, float]],
                lost: Sequence[tuple[float, float]] = ()) -> None:
    """Tell the log which seconds were watched, and which turned out to be lost."""
    with session.begin() as tx:
        session.note(tx, "recording_view_ended", case=clip.case, body={
            "clip": clip.id, "spans_ms": _ms(spans), "lost_ms": _ms(lost)})


def _ms(spans: Sequence[tuple[float, float]]) -> list[list[int]]:
    return [[round(a * 1000), round(b * 1000)] for a, b in spans[:_MOST_SPANS]]
