"""Frames and samples that come early, late, in bursts or not at all."""

from typing import Any

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from field_app.media.clip import SAMPLE_RATE
from field_app.media.microphone import SoundBlock, loudness_db
from field_app.media.timeline import FrameTimeline, PictureLine, SoundTimeline

MS = 1_000_000
FPS = 25
BLOCK = SAMPLE_RATE // 50


def _play(arrivals_ms: list[float]) -> tuple[list[int], int]:
    """Fill counts of admitted frames, and how many had no slot."""
    line = FrameTimeline(zero_ns=0, fps=FPS)
    fills = [line.admit(round(at * MS)) for at in arrivals_ms]
    kept = [fill for fill in fills if fill is not None]
    return kept, len(fills) - len(kept)


@given(st.lists(st.floats(-19, 19), min_size=2, max_size=200))
def test_jitter_below_half_a_slot_changes_nothing(jitter: list[float]) -> None:
    fills, dropped = _play([max(0.0, i * 40 + off) for i, off in enumerate(jitter)])
    assert fills == [0] * len(jitter) and dropped == 0


def test_fast_cameras_are_thinned_and_slow_ones_repeated() -> None:
    fills, dropped = _play([i * 20 for i in range(100)])
    assert sum(fills) == 0 and abs(len(fills) - 50) <= 1 and abs(dropped - 50) <= 1
    fills, dropped = _play([i * 100 for i in range(20)])
    assert dropped == 0 and abs(sum(fills) + len(fills) - 48) <= 1


@given(st.lists(st.floats(0, 300), min_size=1, max_size=100))
def test_slots_never_run_away_from_the_clock(pauses: list[float]) -> None:
    line, at, slots = FrameTimeline(zero_ns=0, fps=FPS), 0.0, 0
    for pause in pauses:
        at += pause
        slots += line.overdue(round(at * MS))
        fill = line.admit(round(at * MS))
        slots += 0 if fill is None else fill + 1
        assert slots == line.next_slot
        assert -1.01 <= slots - at / 40 <= 2.01


def test_silence_of_the_camera_is_filled_once_patience_ends() -> None:
    line = FrameTimeline(zero_ns=0, fps=FPS)
    line.admit(0)
    assert line.overdue(300 * MS) == 0
    assert line.overdue(1000 * MS) == 24
    assert line.overdue(1010 * MS) == 0
    assert line.admit(1005 * MS) == 0


def _block(at_s: float, value: int, count: int = BLOCK) -> SoundBlock:
    return SoundBlock(round(at_s * 1e9), np.full(count, value, np.int16))


def test_first_sound_is_put_where_it_belongs() -> None:
    early, late = SoundTimeline(zero_ns=0), SoundTimeline(zero_ns=0)
    early.admit(_block(-0.5, 7))
    early.admit(_block(-0.01, 7))
    assert early.end == BLOCK // 2
    late.admit(_block(0.1, 7))
    assert late.end == SAMPLE_RATE // 10 + BLOCK
    samples = late.take(late.end)
    assert not samples[:4800].any() and (samples[4800:] == 7).all()


def test_samples_pass_through_unbroken() -> None:
    line = SoundTimeline(zero_ns=0)
    wave = (np.arange(48000) % 3000).astype(np.int16)
    rng = np.random.default_rng(1)
    for i in range(50):
        late_s = rng.uniform(0, 0.05)
        line.admit(SoundBlock(round((i * 0.02 + (late_s if i else 0)) * 1e9),
                              wave[i * BLOCK:(i + 1) * BLOCK]))
    taken = np.concatenate([line.take(until) for until in (1920, 1921, 30000, 48000)])
    assert (taken == wave).all()
    assert line.silence_inserted == line.samples_dropped == 0


def test_a_clock_that_runs_off_is_brought_back() -> None:
    # One part in 500 slow and fast: a minute would be 120 ms off.
    for rate, inserted in ((1.002, True), (0.998, False)):
        line = SoundTimeline(zero_ns=0)
        for i in range(3000):
            line.admit(_block(i * 0.02 * rate, 1))
            off = i * 0.02 * rate - line.end / SAMPLE_RATE
            assert abs(off) < 0.1
        assert (line.silence_inserted > 0) is inserted
        assert (line.samples_dropped > 0) is not inserted


def test_a_microphone_that_says_nothing_is_filled_with_silence() -> None:
    line = SoundTimeline(zero_ns=0)
    line.admit(_block(0.0, 5))
    assert line.overdue(700 * MS) == 0
    assert line.overdue(1000 * MS) == round(0.73 * SAMPLE_RATE)
    line.admit(_block(2.0, 5))
    samples = line.take(line.end)
    assert line.end == 2 * SAMPLE_RATE + BLOCK
    assert np.count_nonzero(samples) == 2 * BLOCK and samples[-1] == 5


def test_loudness_of_known_signals() -> None:
    t = np.arange(4800) / SAMPLE_RATE
    sine = (np.sin(2 * np.pi * 1000 * t) * 32767).astype(np.int16)
    assert abs(loudness_db([sine]) + 3.01) < 0.02
    assert abs(loudness_db([(sine // 10).astype(np.int16)]) + 23.01) < 0.1
    assert loudness_db([np.zeros(960, np.int16)]) == -120.0
    assert loudness_db([]) == -120.0


def _line(arrivals_ms: list[int], *, encoded_behind_ms: int) -> tuple[PictureLine, list[int]]:
    """Pictures numbered as they come, laid on a line whose slots are taken out with a delay."""
    line = PictureLine(FrameTimeline(zero_ns=0, fps=FPS))
    out: list[Any] = []
    last: int | None = None
    for number, at in enumerate(arrivals_ms):
        while len(line) and (len(out) + 1) * 40 + encoded_behind_ms <= at:
            out.append(line.take())
        fill = line.admit(at * MS)
        if fill is None:
            continue
        if last is not None:
            line.repeat(last, fill)  # type: ignore[arg-type]
        last = number
        line.add(number)  # type: ignore[arg-type]
    while len(line):
        out.append(line.take())
    return line, out


def test_pictures_handed_on_in_a_bunch_still_find_their_places() -> None:
    on_time = [i * 40 for i in range(50)]
    held_up = [max(at, 1240) if 840 <= at < 1240 else at for at in on_time]
    line, out = _line(held_up, encoded_behind_ms=500)
    assert out == list(range(50))
    assert (line.written, line.duplicated, line.dropped) == (50, 0, 0)


def test_one_picture_that_is_late_by_a_slot_moves_nothing_for_good() -> None:
    # Without correction the repeat would stay and a picture be dropped for it much later.
    late_once = [i * 40 + (60 if i == 20 else 0) - (3 if i > 60 else 0) for i in range(200)]
    line, out = _line(late_once, encoded_behind_ms=500)
    assert out == list(range(200))
    assert (line.written, line.duplicated, line.dropped) == (200, 0, 0)


def test_what_was_encoded_meanwhile_is_not_changed() -> None:
    held_up = [max(at, 1640) if 840 <= at < 1640 else at for at in (i * 40 for i in range(60))]
    line, out = _line(held_up, encoded_behind_ms=500)
    assert out == sorted(out) and len(out) == 60
    assert line.dropped == line.duplicated == 60 - len(set(out)) > 0


def test_dark_slots_are_never_given_away() -> None:
    line = PictureLine(FrameTimeline(zero_ns=0, fps=FPS))
    line.times.next_slot = 20
    line.darken("black", 20)  # type: ignore[arg-type]
    assert line.admit(400 * MS) is None
    assert (line.blank, line.dropped, len(line)) == (20, 1, 20)
