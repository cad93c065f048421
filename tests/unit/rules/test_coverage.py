"""What was recorded of what was owed, and the words for it."""

import tomllib
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from field_app.domain.clock import CHINA
from field_app.paths import RESOURCES
from field_app.rules.coverage import Stretch, Taken, coverage, less, minutes_not_covered
from field_app.rules.recording_spans import (
    StepTimes,
    coverage_words,
    owed_stretch,
    span_rules,
)
from field_app.rules.table import RulesBroken

SECOND = timedelta(seconds=1)


def at(clock: str) -> datetime:
    return datetime.fromisoformat(f"2026-11-26T{clock}").replace(tzinfo=CHINA)


def span(began: str, ended: str) -> Stretch:
    return Stretch(at(began), at(ended))


def both(number: str, *spans: Stretch) -> Taken:
    return Taken(number, spans, spans)


def test_a_hole_between_two_clips_is_named_to_the_minute() -> None:
    found = coverage(span("09:40", "10:35"), [
        both("音像02", span("10:01", "10:40")), both("音像01", span("09:39", "09:58")),
        both("音像03", span("11:00", "11:10"))], least_gap=5 * SECOND)
    assert found.clips == ("音像02", "音像01") and found.covered_s == 52 * 60
    assert coverage_words(found) == "应录 09:40–10:35，已录 52分，缺 09:58–10:01"
    assert not found.complete and len(found.missing) == 1
    assert minutes_not_covered(found.owed, found) == (at("09:58"), at("09:59"), at("10:00"))


def test_a_lost_microphone_is_a_hole_of_sound_only_and_another_clip_may_fill_it() -> None:
    room = Taken("01", (span("09:00", "09:30"),), (span("09:00", "09:10"), span("09:20", "09:30")))
    found = coverage(span("09:00", "09:30"), [room], least_gap=5 * SECOND)
    assert coverage_words(found) == "应录 09:00–09:30，已录 30分，无声音 09:10–09:20"
    assert not found.missing
    paper = Taken("02", (), (span("09:05", "09:25"),))
    assert coverage(span("09:00", "09:30"), [room, paper], least_gap=5 * SECOND).complete


def test_nothing_recorded_is_one_hole_and_short_ones_are_not_told() -> None:
    nothing = coverage(span("09:00", "09:01"), [], least_gap=5 * SECOND)
    assert coverage_words(nothing) == "应录 09:00–09:01，已录 0秒，缺 09:00–09:01"
    short = [both("01", span("09:00", "09:10")), both("02", span("09:10:04", "09:20"))]
    assert coverage(span("09:00", "09:20"), short, least_gap=5 * SECOND).complete
    many = coverage(span("09:00", "10:00"), [
        both("01", *(Stretch(at("09:00") + timedelta(minutes=2 * i), at("09:01") + timedelta(
            minutes=2 * i)) for i in range(30)))], least_gap=5 * SECOND)
    assert coverage_words(many).endswith("缺 09:05–09:06，另有27处")


def test_a_recording_that_begins_within_the_written_minute_is_in_time() -> None:
    late = [both("01", span("09:40:40", "10:19:30"))]
    owed = span("09:40", "10:20")
    minute = timedelta(minutes=1)
    assert coverage(owed, late, least_gap=5 * SECOND, edge=minute).complete
    assert len(coverage(owed, late, least_gap=5 * SECOND).holes) == 2
    assert not coverage(owed, [], least_gap=5 * SECOND, edge=minute).complete


_SECONDS = st.integers(0, 300)
_SPANS = st.lists(st.tuples(_SECONDS, _SECONDS), max_size=6)


def _spans(raw: list[tuple[int, int]]) -> tuple[Stretch, ...]:
    zero = at("09:00")
    return tuple(Stretch(zero + min(a, b) * SECOND, zero + max(a, b) * SECOND) for a, b in raw)


@given(_SPANS, _SPANS, st.tuples(_SECONDS, _SECONDS))
def test_every_second_is_in_a_hole_or_recorded(
        seen: list[tuple[int, int]], heard: list[tuple[int, int]], owed: tuple[int, int]) -> None:
    whole = _spans([owed])[0]
    taken = Taken("x", _spans(seen), _spans(heard))
    found = coverage(whole, [taken], least_gap=timedelta(0))
    for i in range(301):
        moment = at("09:00") + i * SECOND + SECOND / 2
        if not whole.began <= moment < whole.ended:
            continue
        picture = any(s.began <= moment < s.ended for s in taken.picture)
        sound = any(s.began <= moment < s.ended for s in taken.sound)
        here = [h for h in found.holes if h.stretch.began <= moment < h.stretch.ended]
        assert len(here) == (not (picture and sound))
        assert not here or (here[0].picture, here[0].sound) == (not picture, not sound)


@given(_SPANS, _SPANS)
def test_spans_without_their_gaps(whole: list[tuple[int, int]], gaps: list[tuple[int, int]]) -> None:
    left, out = less(_spans(whole), _spans(gaps)), _spans(gaps)
    for span_ in left:
        assert span_.began < span_.ended
        assert not any(g.began < span_.ended and span_.began < g.ended and g.seconds for g in out)


def test_a_records_own_times_come_first_and_the_last_signature_ends_it() -> None:
    times = StepTimes(step_begun=at("08:30"), step_ended=at("17:00"), record_start=at("09:40"),
                      record_end=at("10:20"), last_signature=at("10:35"))
    assert owed_stretch("亮证—签字完", times, at("18:00")) == span("09:40", "10:35")
    assert owed_stretch("抵达—离开", StepTimes(step_begun=at("09:00")), at("09:20")) == span(
        "09:00", "09:20")
    assert owed_stretch("全程", StepTimes(step_begun=at("09:00"), step_ended=at("09:10")),
                        at("12:00")) == span("09:00", "09:10")
    assert owed_stretch("全程", StepTimes(), at("12:00")) is None
    with pytest.raises(RulesBroken):
        owed_stretch("天亮—天黑", times, at("12:00"))


def test_every_span_of_every_procedure_is_known() -> None:
    spans = set()
    for path in (RESOURCES / "procedures").glob("*/*.toml"):
        for step in tomllib.loads(path.read_text("utf-8")).get("step", []):
            owed = [*step.get("recordings", []), *step.get("recording", [])]
            spans |= {item["span"] for item in owed if "span" in item}
    assert len(spans) >= 8
    times = StepTimes(step_begun=at("09:00"))
    assert all(owed_stretch(words, times, at("10:00")) for words in spans)
    assert span_rules().confidence == "I"
