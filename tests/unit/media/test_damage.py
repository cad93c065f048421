"""Damaged, cut and missing segments: play goes on, and the loss is told to the second and byte."""

from pathlib import Path

import numpy as np
import pytest

from field_app.crypto.age_keys import Identity
from field_app.crypto.stream import CHUNK, SEALED_CHUNK
from field_app.media.fragment_walk import walk
from field_app.media.losses import find_losses
from field_app.media.playback import ClipPlayback, open_clip
from tests.unit.media import films

SECONDS = 6


@pytest.fixture(scope="module")
def identity() -> Identity:
    return Identity.generate()


@pytest.fixture(scope="module")
def originals(tmp_path_factory: pytest.TempPathFactory, identity: Identity) -> list[bytes]:
    folder = tmp_path_factory.mktemp("films")
    made = [films.film(folder, identity, f"{n}.age", seconds=SECONDS, first=n * SECONDS * 25)
            for n in range(3)]
    return [one.path.read_bytes() for one in made]


@pytest.fixture
def three(tmp_path: Path, originals: list[bytes]) -> list[Path]:
    paths = [tmp_path / f"{n}.age" for n in range(3)]
    for path, data in zip(paths, originals, strict=True):
        path.write_bytes(data)
    return paths


def plain_size(sealed: bytes) -> int:
    start = sealed.index(b"\n--- ")
    body = len(sealed) - (sealed.index(b"\n", start + 1) + 1) - 16
    return body - -(-body // SEALED_CHUNK) * 16


def playback(paths: list[Path], identity: Identity, sizes: list[int]) -> ClipPlayback:
    return open_clip([(p, float(SECONDS)) for p in paths], [identity], sizes=sizes)


def shown(clip: ClipPlayback, t: float) -> int | None:
    got = clip.frame_at(t)
    if got is None:
        return None
    width, height, rgb = got
    return int(films.number_of(np.frombuffer(rgb, np.uint8).reshape(height, width, 3)))


@pytest.fixture
def sizes(originals: list[bytes]) -> list[int]:
    return [plain_size(one) for one in originals]


def test_segments_follow_each_other_to_the_frame(
        three: list[Path], identity: Identity, sizes: list[int]) -> None:
    clip = playback(three, identity, sizes)
    for number in range(0, 3 * SECONDS * 25, 7):
        assert shown(clip, number / 25) == number
    assert shown(clip, 6.0) == 150 and shown(clip, 5.96) == 149  # Both sides of a seam.
    assert clip.losses == ()
    clip.close()


def test_a_hole_in_the_middle_is_told_and_play_goes_on(
        three: list[Path], identity: Identity, sizes: list[int]) -> None:
    size = three[1].stat().st_size
    films.spoil(three[1], size // 2)
    losses = find_losses(three[1], [identity], size=sizes[1], duration_s=SECONDS)
    assert len(losses) == 1
    (loss,) = losses
    assert 0 < loss.from_s < loss.to_s < SECONDS and loss.to_s - loss.from_s <= 2.01
    assert loss.to_byte - loss.from_byte == CHUNK
    clip = playback(three, identity, sizes)
    assert shown(clip, 6.0 + loss.from_s - 0.04) == round((6.0 + loss.from_s - 0.04) * 25)
    middle = 6.0 + (loss.from_s + loss.to_s) / 2
    assert shown(clip, middle) is None
    assert clip.lost_at(middle) == pytest.approx(
        (6.0 + loss.from_s, 6.0 + loss.to_s))
    for second in (6.0 + loss.to_s, 11.52, 12.0, 17.92):
        assert shown(clip, second) == round(second * 25)
        assert clip.lost_at(second) is None
    # Every second that is not told lost really plays.
    for number in range(150, 300):
        lost = clip.lost_at(number / 25) is not None
        assert shown(clip, number / 25) == (None if lost else number)
    clip.close()


def test_sound_is_silent_in_the_hole_and_stays_in_time(
        three: list[Path], identity: Identity, sizes: list[int]) -> None:
    films.spoil(three[1], three[1].stat().st_size // 2)
    (loss,) = find_losses(three[1], [identity], size=sizes[1], duration_s=SECONDS)
    clip = playback(three, identity, sizes)
    heard = films.pieces(clip.sound_from(0.0)).astype(float)
    assert abs(len(heard) / 48_000 - 3 * SECONDS) < 0.1

    def loud(second: float) -> float:
        part = heard[round(second * 48_000):round((second + 0.05) * 48_000)]
        return float(np.sqrt(np.mean(part ** 2)))

    assert loud(6 + (loss.from_s + loss.to_s) / 2) == 0.0
    assert loud(3.0) > 3000 and loud(6 + loss.to_s + 0.3) > 3000 and loud(14.0) > 3000
    clip.close()


@pytest.mark.parametrize("kept", [0.0, 0.002, 0.4, 0.9])
def test_a_cut_file_plays_up_to_the_cut(
        three: list[Path], identity: Identity, sizes: list[int], kept: float) -> None:
    whole = three[2].read_bytes()
    three[2].write_bytes(whole[:round(len(whole) * kept)])
    (loss,) = find_losses(three[2], [identity], size=sizes[2], duration_s=SECONDS)
    assert loss.to_s == SECONDS and loss.to_byte == sizes[2]
    assert loss.from_s == pytest.approx(int(kept * SECONDS), abs=1.01)
    clip = playback(three, identity, sizes)
    for number in range(300, 450, 5):
        here = number / 25 - 12
        assert shown(clip, number / 25) == (None if here >= loss.from_s - 1e-6 else number)
    assert shown(clip, 3.0) == 75
    clip.close()


def test_a_missing_segment_is_lost_whole_and_the_others_play(
        three: list[Path], identity: Identity, sizes: list[int]) -> None:
    three[0].unlink()
    clip = playback(three, identity, sizes)
    assert shown(clip, 2.0) is None and clip.lost_at(2.0) == (0.0, 6.0)
    assert clip.frame_s == pytest.approx(0.04)
    assert shown(clip, 7.0) == 175
    heard = films.pieces(clip.sound_from(0.0))
    assert abs(len(heard) / 48_000 - 18) < 0.1 and not heard[:48_000 * 5].any()
    clip.close()


def test_a_lost_index_at_the_end_costs_no_second(
        three: list[Path], identity: Identity, sizes: list[int]) -> None:
    from field_app.crypto.salvage import SalvageReader

    with three[0].open("rb") as file:
        places = walk(SalvageReader(file, [identity], size=sizes[0]))
    assert places is not None
    assert [f.start_s for f in places.found] == [0, 1, 2, 3, 4, 5]
    last = places.found[-1]
    assert last.offset + last.length < sizes[0]  # Behind it only the index.


def test_faster_and_slower_sound_keeps_its_pitch(
        three: list[Path], identity: Identity, sizes: list[int]) -> None:
    clip = playback(three[:1], identity, sizes[:1])
    for speed in (0.5, 1.5, 2.0, 4.0):
        heard = films.pieces(clip.sound_from(0.0, speed)).astype(float)
        assert len(heard) / 48_000 == pytest.approx(SECONDS / speed, abs=0.12)
        middle = heard[len(heard) // 4:3 * len(heard) // 4]
        spectrum = np.abs(np.fft.rfft(middle * np.hanning(len(middle))))
        assert np.argmax(spectrum) * 48_000 / len(middle) == pytest.approx(440, abs=4)
    clip.close()
