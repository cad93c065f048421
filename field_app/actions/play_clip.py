"""Opens a clip for playback in memory; every view is an event."""

from field_app.actions.context import Session, refuse
from field_app.crypto.age_header import AgeError
from field_app.crypto.age_keys import Identity
from field_app.domain.case import Clip, ClipState
from field_app.media.errors import ClipDamaged
from field_app.media.importing.reading import open_originals
from field_app.media.playback import ClipPlayback, open_clip
from field_app.storage import cases


def play_clip(session: Session, clip: Clip) -> ClipPlayback:
    """The clip's pictures and sound by time; close it when done. ``UserError`` when damaged."""
    if clip.state is ClipState.RECORDING:
        raise refuse("这段录音录像还在录制。", "请先停止录制再播放。", code="clip.recording")
    with session.begin() as tx:
        case = cases.get(tx, clip.case)
        session.note(tx, "recording_viewed", case=clip.case, body={
            "clip": clip.id, "number": clip.number})
    folder = session.context.data.media
    if clip.imported:
        return _imported(session, clip, Identity.parse(case.identity))
    parts = [(folder / s.path, (s.ended - s.started).total_seconds()) for s in clip.segments]
    try:
        return open_clip(parts, [Identity.parse(case.identity)])
    except (OSError, AgeError, ClipDamaged) as error:
        raise refuse(f"录音录像{clip.number}打不开，文件缺失或已被改动。",
                     "请不要删除任何文件，联系系统管理员核查。", code="clip.damaged") from error


def _imported(session: Session, clip: Clip, identity: Identity) -> ClipPlayback:
    """Originals one after the other, each joined from its parts."""
    folder, files = session.context.data.media, sorted({s.file for s in clip.segments})
    originals = [[s for s in clip.segments if s.file == file] for file in files]
    try:
        return open_originals(
            [([folder / s.path for s in parts],
              (parts[0].ended - parts[0].started).total_seconds()) for parts in originals],
            [identity])
    except (OSError, AgeError, ClipDamaged) as error:
        raise refuse(f"录音录像{clip.number}打不开，文件缺失或已被改动。",
                     "请不要删除任何文件，联系系统管理员核查。", code="clip.damaged") from error
