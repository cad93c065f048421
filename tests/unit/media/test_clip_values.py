"""Plans that make no sense, notes that were cut, and fragments that are not whole."""

from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from field_app.domain.clock import CHINA, Moment
from field_app.domain.ids import ClipId
from field_app.media import notes as notes_of
from field_app.media.clip import Gap, GapKind, Mark, Segment, moment_from_json, moment_to_json
from field_app.media.fragments import whole_fragments
from field_app.media.notes import read_notes
from field_app.media.stopwatch import Stopwatch, later

AT = Moment(datetime(2026, 11, 23, 9, 12, 3, 120000, CHINA), 123456, "boot")


@pytest.mark.parametrize("bad", [
    {"clip_id": ClipId("../escape")}, {"recipients": ()}, {"camera": None}, {"width": 641},
    {"fps": 0}, {"fps": 7}, {"segment_seconds": 0.0}, {"reserve_bytes": -1}, {"height": 9000}])
def test_senseless_plans_are_refused(tmp_path: Path, make_plan: Any, bad: dict[str, Any]) -> None:
    plan = make_plan(tmp_path, camera=0)
    with pytest.raises(ValueError, match=r".+"):
        replace(plan, **bad)


def test_bytes_an_hour(tmp_path: Path, make_plan: Any) -> None:
    plan = make_plan(tmp_path, camera=0, microphone="", width=1280, height=720)
    assert plan.bytes_per_hour == (4_000_000 + 96_000) * 450
    assert replace(plan, width=1920, height=1080).video_bits == 9_000_000


def _notes() -> bytes:
    segment = Segment(
        number=1, path=Path("x"), size=5, sha256="aa", ct_size=9, ct_sha256="bb", started=AT,
        ended=AT, frames=50, duration_s=2.0)
    return b"".join([
        notes_of.segment_line(1, AT), notes_of.mark_line(Mark("拒绝签字", AT, 1.5)),
        notes_of.gap_line(Gap(GapKind.CAMERA, AT, AT)), notes_of.sealed_line(segment),
        notes_of.stopped_line(AT)])


def test_notes_tell_what_was_written() -> None:
    notes = read_notes([_notes()])
    assert notes.started == {1: AT} and notes.marks == [Mark("拒绝签字", AT, 1.5)]
    assert notes.gaps == [Gap(GapKind.CAMERA, AT, AT)]
    assert notes.sealed[1].ct_sha256 == "bb" and notes.stopped


@given(st.integers(0, len(_notes())), st.binary(max_size=40))
def test_notes_are_read_up_to_where_they_are_whole(cut: int, rubbish: bytes) -> None:
    notes = read_notes([_notes()[:cut] + rubbish])
    whole = _notes()[:cut].count(b"\n")
    assert len(notes.started) == (whole >= 1)
    assert len(notes.marks) >= (whole >= 2)


@pytest.mark.parametrize("line", [
    b"[1]", b"{}", b'{"kind":"segment","number":"x","started":{}}', b"[" * 5000,
    b'{"kind":"mark","label":"x","at":{"wall":"2026-11-23T09:00:00","mono_ms":1,"boot":"b"},'
    b'"offset_s":0}'])
def test_a_line_that_is_none_ends_the_notes(line: bytes) -> None:
    notes = read_notes([line + b"\n" + _notes()])
    assert not notes.started and not notes.stopped


def test_unknown_kinds_are_passed_over_and_endless_notes_refused() -> None:
    assert read_notes([b'{"kind":"of later"}\n' + _notes()]).stopped
    with pytest.raises(ValueError, match="too long"):
        read_notes([b" " * (1 << 20)] * 17)


def test_moments_travel() -> None:
    assert moment_from_json(moment_to_json(AT)) == AT
    assert later(AT, seconds=1.5).mono_ms == AT.mono_ms + 1500


class _SetClock:
    """A device whose wall clock is set while its monotonic clock runs on."""

    def __init__(self) -> None:
        self.moment = AT

    def now(self) -> Moment:
        return self.moment


def test_a_clock_that_is_set_is_noticed_and_a_running_one_is_not() -> None:
    clock = _SetClock()
    watch = Stopwatch(clock)
    clock.moment = later(AT, seconds=30)
    assert watch.jump() is None
    before = clock.moment
    clock.moment = replace(later(before, seconds=1), wall=before.wall - timedelta(hours=1))
    assert watch.jump() == (before, clock.moment)
    assert watch.jump() is None


def _box(kind: bytes, size: int) -> bytes:
    return (size + 8).to_bytes(4, "big") + kind + bytes(size)


WHOLE = [_box(b"ftyp", 20) + _box(b"moov", 100), _box(b"moof", 40) + _box(b"mdat", 300),
         _box(b"moof", 44) + _box(b"mdat", 200), _box(b"mfra", 60)]


@given(st.integers(0, sum(map(len, WHOLE))), st.integers(1, 500))
def test_only_whole_fragments_pass(cut: int, piece: int) -> None:
    data = b"".join(WHOLE)[:cut]
    parts = [data[i:i + piece] for i in range(0, len(data), piece)]
    passed = list(whole_fragments(parts))
    fitting = [n for n in range(len(WHOLE) + 1) if len(b"".join(WHOLE[:n])) <= cut]
    assert b"".join(passed) == b"".join(WHOLE[:fitting[-1]])


@given(st.binary(max_size=300))
def test_what_is_no_mp4_never_passes_damaged(data: bytes) -> None:
    passed = b"".join(whole_fragments([data]))
    assert data.startswith(passed)


def test_long_boxes_and_senseless_lengths() -> None:
    long = (1).to_bytes(4, "big") + b"mdat" + (16 + 50).to_bytes(8, "big") + bytes(50)
    assert list(whole_fragments([long])) == [long]
    assert list(whole_fragments([(4).to_bytes(4, "big") + b"mdat" + bytes(99)])) == []
    assert list(whole_fragments([(1 << 30).to_bytes(4, "big") + b"mdat" + bytes(99)])) == []
