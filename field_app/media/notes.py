"""A clip's notes: JSON lines that say what picture and sound cannot (FORMAT.md)."""

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from field_app.domain.clock import Moment
from field_app.media.clip import (
    Alarm,
    Gap,
    GapKind,
    Mark,
    RecordingPlan,
    Segment,
    Trouble,
    moment_from_json,
    moment_to_json,
)

FORMAT = "le-clip/1"
MOST_BYTES = 16 << 20


@dataclass(frozen=True)
class SealedNote:
    """What was said of a segment when it was closed, by its recorder or by recovery."""

    number: int
    ended: Moment
    frames: int
    duration_s: float
    size: int
    sha256: str
    ct_size: int
    ct_sha256: str
    recovered: bool
    sm3: str = ""


@dataclass
class Notes:
    """All notes of a clip, as far as they could be read."""

    video: bool = False
    audio: bool = False
    started: dict[int, Moment] = field(default_factory=dict)
    sealed: dict[int, SealedNote] = field(default_factory=dict)
    gaps: list[Gap] = field(default_factory=list)
    marks: list[Mark] = field(default_factory=list)
    alarms: list[Alarm] = field(default_factory=list)
    preroll_s: float = 0.0
    stopped: bool = False


def _line(kind: str, **facts: object) -> bytes:
    return json.dumps({"kind": kind, **facts}, ensure_ascii=False).encode() + b"\n"


def clip_line(plan: RecordingPlan, zero: Moment) -> bytes:
    return _line("clip", format=FORMAT, clip=plan.clip_id, video=plan.camera is not None,
                 audio=plan.microphone is not None, fps=plan.fps, zero=moment_to_json(zero),
                 **({"about": about} if (about := plan.about.to_json()) else {}))


def preroll_line(seconds: float, pressed: Moment) -> bytes:
    return _line("preroll", seconds=seconds, pressed=moment_to_json(pressed))


def alarm_line(alarm: Alarm) -> bytes:
    return _line("alarm", what=alarm.what.value, at=moment_to_json(alarm.at), over=alarm.over)


def picture_line(width: int, height: int, at: Moment) -> bytes:
    return _line("picture", width=width, height=height, at=moment_to_json(at))


def segment_line(number: int, started: Moment) -> bytes:
    return _line("segment", number=number, started=moment_to_json(started))


def mark_line(mark: Mark) -> bytes:
    return _line("mark", label=mark.label, at=moment_to_json(mark.at), offset_s=mark.offset_s)


def gap_line(gap: Gap) -> bytes:
    return _line("gap", what=gap.kind.value, started=moment_to_json(gap.started),
                 ended=moment_to_json(gap.ended))


def sealed_line(segment: Segment) -> bytes:
    return _line("sealed", number=segment.number, ended=moment_to_json(segment.ended),
                 frames=segment.frames, duration_s=segment.duration_s, size=segment.size,
                 sha256=segment.sha256, ct_size=segment.ct_size, ct_sha256=segment.ct_sha256,
                 recovered=segment.recovered, sm3=segment.sm3)


def recovered_line(at: Moment) -> bytes:
    return _line("recovered", at=moment_to_json(at))


def stopped_line(at: Moment) -> bytes:
    return _line("stopped", at=moment_to_json(at))


def _take(notes: Notes, note: dict[str, Any]) -> None:
    match note["kind"]:
        case "clip":
            if note["format"] != FORMAT:
                raise ValueError("another format")
            notes.video, notes.audio = bool(note["video"]), bool(note["audio"])
        case "segment":
            notes.started[int(note["number"])] = moment_from_json(note["started"])
        case "mark":
            notes.marks.append(Mark(
                str(note["label"]), moment_from_json(note["at"]), float(note["offset_s"])))
        case "gap":
            notes.gaps.append(Gap(GapKind(note["what"]), moment_from_json(note["started"]),
                                  moment_from_json(note["ended"])))
        case "sealed":
            number = int(note["number"])
            notes.sealed[number] = SealedNote(
                number, moment_from_json(note["ended"]), int(note["frames"]),
                float(note["duration_s"]), int(note["size"]), str(note["sha256"]),
                int(note["ct_size"]), str(note["ct_sha256"]), bool(note["recovered"]),
                str(note.get("sm3", "")))
        case "alarm":
            if note["what"] in set(Trouble):  # A later recorder may know more troubles.
                notes.alarms.append(Alarm(
                    Trouble(note["what"]), moment_from_json(note["at"]), bool(note["over"])))
        case "preroll":
            notes.preroll_s = float(note["seconds"])
        case "stopped":
            notes.stopped = True
        case _:
            pass


def read_notes(parts: Iterable[bytes]) -> Notes:
    """Read notes up to the first line that is not whole; ``ValueError`` beyond 16 MiB."""
    data = bytearray()
    for part in parts:
        data += part
        if len(data) > MOST_BYTES:
            raise ValueError("notes are too long")
    notes = Notes()
    for line in bytes(data).split(b"\n"):
        try:
            note = json.loads(line)
            _take(notes, note)
        except (ValueError, KeyError, TypeError, RecursionError):
            break
    return notes
