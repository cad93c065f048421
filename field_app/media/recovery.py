"""After a crash: seals anew what reached the disk of a clip, and tells what the clip is."""

import hashlib
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain, islice
from pathlib import Path
from typing import BinaryIO, cast

from field_app.crypto.appender import recover, sync_folder
from field_app.crypto.hashing import new_sm3, sha256_file
from field_app.crypto.stanzas import AgeError, NoMatchingIdentity
from field_app.crypto.stream import SEALED_CHUNK
from field_app.crypto.suites import AnyIdentity, AnyRecipient, SealedReader, seal_file
from field_app.domain.clock import Clock, Moment
from field_app.domain.ids import ClipId
from field_app.media import notes as notes_of
from field_app.media.clip import (
    ClipResult,
    Segment,
    check_clip_id,
    moment_from_json,
    notes_path,
    segment_path,
)
from field_app.media.errors import ClipDamaged, Unplayable
from field_app.media.fragments import whole_fragments
from field_app.media.notes import Notes, SealedNote, read_notes
from field_app.media.playback import ClipFacts, SealedClipFile, comment, probe
from field_app.media.stopwatch import later


@dataclass(frozen=True)
class _Keys:
    identities: Sequence[AnyIdentity]
    recipients: Sequence[AnyRecipient]


def _drop_tails(path: Path) -> None:
    for name in (path.name + ".tail0", path.name + ".tail1"):
        path.with_name(name).unlink(missing_ok=True)


def _is_whole(path: Path, identities: Sequence[AnyIdentity]) -> bool:
    """Whether an age file has its end; :class:`NoMatchingIdentity` when it is not for us."""
    try:
        with path.open("rb") as file:
            SealedReader(file, identities)
    except NoMatchingIdentity:
        raise
    except AgeError:
        return False
    return True


def _seal_anew(original: Path, target: Path, keys: _Keys) -> bool:
    """Seal what is left of ``original`` as ``target``; whether there was anything."""
    parts = whole_fragments(recover(original, keys.identities))
    try:
        # A header without a fragment behind it holds neither picture nor sound.
        head = tuple(islice(parts, 2))
    except NoMatchingIdentity:
        raise
    except AgeError:
        return False
    if len(head) < 2:
        return False

    try:
        seal_file(target, chain(head, parts), keys.recipients)
    except OSError:
        target.with_name(target.name + ".part").unlink(missing_ok=True)
        raise
    sync_folder(target.parent)
    return True


def _facts_of(path: Path,
              identities: Sequence[AnyIdentity]) -> tuple[int, str, str, ClipFacts, str]:
    """Size, SHA-256 and SM3 of the plaintext, what it plays as, and its comment."""
    digest, sm3 = hashlib.sha256(), new_sm3()
    with SealedClipFile.open(path, identities) as file:
        while part := file.read(1 << 20):
            digest.update(part)
            sm3.update(part)
        file.seek(0)
        return (file.size, digest.hexdigest(), sm3.hexdigest(), probe(cast(BinaryIO, file)),
                comment(cast(BinaryIO, file)))


def _started(text: str, *, fallback: Moment) -> Moment:
    """When a segment began, as it says itself; ``fallback`` when it does not."""
    try:
        return moment_from_json(json.loads(text)["started"])
    except (ValueError, KeyError, TypeError):
        return fallback


def _describe(path: Path, number: int, *, keys: _Keys, clock: Clock) -> Segment:
    try:
        size, sha256, sm3, facts, text = _facts_of(path, keys.identities)
    except Unplayable as error:
        raise ClipDamaged(path, fact=error.fact) from error
    started = _started(text, fallback=clock.now())
    return Segment(
        number=number, path=path, size=size, sha256=sha256, ct_size=path.stat().st_size,
        ct_sha256=sha256_file(path), started=started,
        ended=later(started, seconds=facts.duration_s), frames=facts.frames,
        duration_s=facts.duration_s, recovered=path.name.endswith("r.mp4.age"),
        sm3=sm3)


def _never_checkpointed(path: Path) -> bool:
    return path.stat().st_size < SEALED_CHUNK


class _Recovery:
    """One run over the files of a clip."""

    def __init__(self, folder: Path, *, clip_id: ClipId, keys: _Keys, clock: Clock) -> None:
        self._folder = folder
        self._clip_id = clip_id
        self._keys = keys
        self._clock = clock
        self._notes_file = notes_path(folder, clip_id)
        self._lines, self._notes_whole = self._read_lines()
        self.notes = read_notes([self._lines])
        self.segments: list[Segment] = []
        self.damaged: list[Path] = []
        self._news: list[bytes] = []

    def _read_lines(self) -> tuple[bytes, bool]:
        path, identities = self._notes_file, self._keys.identities
        if not path.exists():
            return b"", False
        whole = _is_whole(path, identities)
        try:
            data = b"".join(recover(path, identities))
        except NoMatchingIdentity:
            raise
        except AgeError:
            data = b""
        # A line cut by the crash must not swallow the ones added below.
        return data[:data.rfind(b"\n") + 1], whole

    def numbers(self) -> list[int]:
        """Numbers of all segments on disk or in the notes."""
        name = re.compile(re.escape(self._clip_id) + r"-(\d{2,6})r?\.mp4\.age")
        found = {int(match[1]) for path in self._folder.iterdir()
                 if (match := name.fullmatch(path.name))}
        return sorted(found | self.notes.sealed.keys())

    def settle(self, number: int) -> None:
        """Find out what a segment is; seal it anew when its writer died."""
        noted = self.notes.sealed.get(number)
        if noted is not None:
            self._take_noted(noted)
            return
        original = segment_path(self._folder, self._clip_id, number)
        anew = segment_path(self._folder, self._clip_id, number, recovered=True)
        path = self._rescue(original, anew)
        if path is not None:
            segment = _describe(path, number, keys=self._keys, clock=self._clock)
            self.segments.append(segment)
            self._news.append(notes_of.sealed_line(segment))

    def _rescue(self, original: Path, anew: Path) -> Path | None:
        identities = self._keys.identities
        if not original.exists():
            if _is_whole(anew, identities):
                return anew
            self.damaged.append(anew)
            return None
        if _is_whole(original, identities):
            _drop_tails(original)
            return original
        if _seal_anew(original, anew, self._keys):
            original.unlink()
            _drop_tails(original)
            return anew
        if _never_checkpointed(original):
            original.unlink()
            _drop_tails(original)
        else:
            self.damaged.append(original)
        return None

    def _take_noted(self, noted: SealedNote) -> None:
        path = segment_path(
            self._folder, self._clip_id, noted.number, recovered=noted.recovered)
        if not path.exists() or path.stat().st_size != noted.ct_size or (
                sha256_file(path) != noted.ct_sha256):
            self.damaged.append(path)
            return
        _drop_tails(path)
        started = self.notes.started.get(noted.number, noted.ended)
        self.segments.append(Segment(
            number=noted.number, path=path, size=noted.size, sha256=noted.sha256,
            ct_size=noted.ct_size, ct_sha256=noted.ct_sha256, started=started,
            ended=noted.ended, frames=noted.frames, duration_s=noted.duration_s,
            recovered=noted.recovered, sm3=noted.sm3))

    def write_notes(self) -> None:
        """Seal the notes anew with what was found out, unless they are whole and say it all."""
        if self._notes_whole and not self._news:
            return
        self._news.append(notes_of.recovered_line(self._clock.now()))
        seal_file(self._notes_file, [self._lines, *self._news], self._keys.recipients)
        sync_folder(self._folder)
        _drop_tails(self._notes_file)


def recover_clip(folder: Path, clip_id: ClipId, *, identities: Sequence[AnyIdentity],
                 recipients: Sequence[AnyRecipient], clock: Clock) -> ClipResult:
    """Bring a clip whose recorder died into order; for a clip in order, tell what it is.

    What cannot be trusted is named in ``damaged`` and left untouched. May be called again at any
    time, also after it was itself interrupted. Raises ``NoMatchingIdentity`` when ``identities``
    open nothing, ``OSError`` when the disk has no room (nothing is lost then), and
    :class:`ClipDamaged` when the folder holds no file of this clip or a file that is sealed
    whole holds no clip.
    """
    check_clip_id(clip_id)
    run = _Recovery(folder, clip_id=clip_id, keys=_Keys(identities, recipients), clock=clock)
    numbers = run.numbers()
    if not numbers and not notes_path(folder, clip_id).exists():
        raise ClipDamaged(notes_path(folder, clip_id), fact="no file of this clip")
    for number in numbers:
        run.settle(number)
    run.write_notes()
    return _result(run, folder=folder, clip_id=clip_id)


def _result(run: _Recovery, *, folder: Path, clip_id: ClipId) -> ClipResult:
    notes: Notes = run.notes
    recovered = any(segment.recovered for segment in run.segments)
    return ClipResult(
        clip_id=clip_id, segments=tuple(run.segments), gaps=tuple(notes.gaps),
        marks=tuple(notes.marks), has_video=notes.video, has_audio=notes.audio,
        notes=notes_path(folder, clip_id), recovered=recovered, damaged=tuple(run.damaged),
        clean=notes.stopped and not recovered and not run.damaged,
        alarms=tuple(notes.alarms), preroll_s=notes.preroll_s)
