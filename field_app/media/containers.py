"""Opens media files for decoding, by kinds we name ourselves, and tells what they hold."""

import os
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, BinaryIO, TypeVar, cast

from field_app.media.errors import Unplayable

if TYPE_CHECKING:
    from av.audio.stream import AudioStream
    from av.container import InputContainer
    from av.video.stream import VideoStream

_Track = TypeVar("_Track", bound="VideoStream | AudioStream")
# What recorders bring: the first bytes say which, so that no other demuxer ever sees a file.
_KINDS = ((4, b"ftyp", "mp4"), (8, b"AVI ", "avi"), (8, b"WAVE", "wav"), (0, b"ID3", "mp3"),
          (0, b"#!AMR", "amr"), (0, b"\xff\xf1", "aac"), (0, b"\xff\xfb", "mp3"))


@dataclass(frozen=True)
class ClipFacts:
    """What a file really holds; ``None`` codecs where there is no such track."""

    duration_s: float
    video_codec: str | None
    audio_codec: str | None
    frames: int
    fps: float
    width: int
    height: int


def kind_of(file: BinaryIO) -> str:
    """The demuxer for a file by its first bytes; ``mp4`` unless they say another."""
    file.seek(0)
    head = file.read(16)
    file.seek(0)
    for at, mark, kind in _KINDS:
        if head[at:at + len(mark)] == mark:
            return kind
    return "mp4"


def open_container(file: Any, *, quick: bool = False) -> "InputContainer":
    """Open a file for decoding; :class:`Unplayable` when it is no media file.

    ``quick`` takes the fragments' places from the index at the end instead of visiting each.
    """
    import av

    source = cast(BinaryIO, file)
    kind = kind_of(source)
    options = {"use_mfra_for": "pts"} if quick and kind == "mp4" and _has_index(source) else {}
    try:
        # Recorders write titles in GBK too; no title is worth refusing a film.
        return av.open(source, "r", format=kind, options=options, metadata_errors="replace")
    except av.error.FFmpegError as error:
        raise Unplayable(type(error).__name__) from error


def first_track(streams: Iterable[_Track]) -> _Track | None:
    """The first track that can be decoded; a damaged head may name a codec that nobody knows."""
    return next((stream for stream in streams if stream.codec_context is not None), None)


def _has_index(file: BinaryIO) -> bool:
    size = file.seek(0, os.SEEK_END)
    if size < 16:
        return False
    file.seek(size - 16)
    found = file.read(16)[4:8] == b"mfro"
    file.seek(0)
    return found


def probe(file: BinaryIO) -> ClipFacts:
    """Read every packet of a media file and tell what is there; ``Unplayable`` if it is none."""
    import av

    frames, end_s = 0, 0.0
    with open_container(file) as container:
        video, audio = first_track(container.streams.video), first_track(container.streams.audio)
        try:
            for packet in container.demux():
                if packet.pts is None or packet.time_base is None:
                    continue
                frames += packet.stream is video
                if packet.stream is video or video is None:
                    end_s = max(end_s, float((packet.pts + (packet.duration or 0))
                                             * packet.time_base))
        except av.error.FFmpegError as error:
            raise Unplayable(type(error).__name__) from error
        return ClipFacts(
            duration_s=end_s, frames=frames,
            video_codec=video.codec_context.name if video is not None else None,
            audio_codec=audio.codec_context.name if audio is not None else None,
            fps=float(video.average_rate or 0) if video else 0.0,
            width=video.width if video else 0, height=video.height if video else 0)


def comment(file: BinaryIO) -> str:
    """What the recorder wrote into the file's header; empty when there is nothing."""
    with open_container(file, quick=True) as container:
        return str(container.metadata.get("comment", ""))
