"""Cuts and masked copies, judged by ffprobe and by their own pictures."""

import json
import resource
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO, cast

import numpy as np
import pytest

from field_app.crypto.age_keys import Identity
from field_app.crypto.suites import open_file
from field_app.domain.clock import SystemClock
from field_app.domain.ids import ClipId
from field_app.errors import Cancelled
from field_app.media.errors import ClipDamaged
from field_app.media.export import CopyResult, CopyWriter, remove_unfinished
from field_app.media.export_cut import NothingInSpan, SourcePart, cut
from field_app.media.export_mask import mask
from field_app.media.masks import Area, Masks
from field_app.media.playback import SealedClipFile, open_clip
from tests.unit.media import films

COPY = ClipId("c0ffee")


def source(path: Path, seconds: float, identity: Identity) -> SourcePart:
    return SourcePart(
        path.name, lambda: cast(BinaryIO, SealedClipFile.open(path, [identity])), seconds)


@pytest.fixture(scope="module")
def identity() -> Identity:
    return Identity.generate()


@pytest.fixture(scope="module")
def two(tmp_path_factory: pytest.TempPathFactory, identity: Identity) -> list[Any]:
    folder = tmp_path_factory.mktemp("films")
    return [films.film(folder, identity, f"{n}.age", seconds=6, first=n * 150) for n in range(2)]


@pytest.fixture
def parts(two: list[Any], identity: Identity) -> list[SourcePart]:
    return [source(one.path, one.seconds, identity) for one in two]


@pytest.fixture
def writer(tmp_path: Path, identity: Identity) -> Iterator[CopyWriter]:
    made = CopyWriter(tmp_path, COPY, (identity.recipient,))
    yield made
    made.discard()


def opened(result: CopyResult, identity: Identity, tmp_path: Path) -> list[Path]:
    """Each segment decrypted, for public tools."""
    made = []
    for segment in result.segments:
        path = tmp_path / f"{segment.number}.mp4"
        path.write_bytes(open_file(segment.path, [identity], limit=1 << 30))
        made.append(path)
    return made


def ffprobe(path: Path) -> dict[str, Any]:
    told = subprocess.run(
        ["ffprobe", "-v", "error", "-count_frames", "-show_streams", "-show_format", "-of", "json",
         path], check=True, capture_output=True)
    found: dict[str, Any] = json.loads(told.stdout)
    return {s["codec_type"]: s for s in found["streams"]} | {"format": found["format"]}


def numbers(path: Path) -> list[int]:
    raw = subprocess.run(
        ["ffmpeg", "-v", "error", "-i", path, "-fps_mode", "passthrough", "-f", "rawvideo", "-pix_fmt", "rgb24", "-"],
        check=True, capture_output=True).stdout
    frames = np.frombuffer(raw, np.uint8).reshape(-1, films.HEIGHT, films.WIDTH, 3)
    return [films.number_of(frame) for frame in frames]


def sound(path: Path) -> Any:
    raw = subprocess.run(
        ["ffmpeg", "-v", "error", "-i", path, "-af", "aresample=async=1:first_pts=0", "-f", "s16le",
         "-ac", "1", "-ar", "48000", "-"],
        check=True, capture_output=True).stdout
    return np.frombuffer(raw, "<i2").astype(float)


def packets(path: Path) -> list[str]:
    """MD5 of each video packet."""
    told = subprocess.run(
        ["ffmpeg", "-v", "error", "-i", path, "-map", "0:v", "-c", "copy", "-f", "framemd5", "-"],
        check=True, capture_output=True, text=True).stdout
    return [line.split(",")[-1].strip() for line in told.splitlines() if not line.startswith("#")]


def test_a_cut_is_whole_fragments_of_the_very_bytes(
        parts: list[SourcePart], writer: CopyWriter, identity: Identity, tmp_path: Path,
        two: list[Any]) -> None:
    result = cut(parts, writer, from_s=1.4, to_s=3.2)
    writer.commit()
    assert (result.from_s, result.to_s) == (1.0, 4.0)
    (path,) = opened(result, identity, tmp_path)
    told = ffprobe(path)
    assert int(told["video"]["nb_read_frames"]) == 75 == result.segments[0].frames
    assert numbers(path) == list(range(25, 100))
    assert float(told["video"]["start_time"]) == 0.0
    assert float(told["format"]["duration"]) == pytest.approx(3.0, abs=0.03)
    assert len(sound(path)) / 48_000 == pytest.approx(3.0, abs=0.045)
    whole = tmp_path / "whole.mp4"
    whole.write_bytes(open_file(two[0].path, [identity], limit=1 << 30))
    assert packets(path) == packets(whole)[25:100]  # Not encoded again.
    assert [p.name for p in tmp_path.glob("*.part")] == []


def test_sound_of_a_cut_stands_where_it_stood(
        parts: list[SourcePart], writer: CopyWriter, identity: Identity, tmp_path: Path) -> None:
    result = cut(parts, writer, from_s=2.0, to_s=5.0)
    writer.commit()
    (path,) = opened(result, identity, tmp_path)
    heard = sound(path)
    at = np.arange(len(heard)) + 2 * 48_000
    for begin in (4800, 48_000, 100_000):
        span = slice(begin, begin + 4800)
        # In phase with the original's tone: shifted by less than a twentieth of its period.
        angle = np.angle(np.sum(heard[span] * np.exp(-2j * np.pi * 440 * at[span] / 48_000)))
        assert angle == pytest.approx(-np.pi / 2, abs=0.3)


def test_a_cut_over_a_seam_has_a_file_for_each_segment(
        parts: list[SourcePart], writer: CopyWriter, identity: Identity, tmp_path: Path) -> None:
    result = cut(parts, writer, from_s=4.5, to_s=7.5)
    writer.commit()
    assert (result.from_s, result.to_s) == (4.0, 8.0)
    first, second = opened(result, identity, tmp_path)
    assert numbers(first) == list(range(100, 150)) and numbers(second) == list(range(150, 200))
    clip = open_clip([(s.path, s.to_s - s.from_s) for s in result.segments], [identity])
    assert clip.duration_s == 4.0
    clip.close()


def test_a_cut_to_the_very_end(
        parts: list[SourcePart], writer: CopyWriter, identity: Identity, tmp_path: Path) -> None:
    result = cut(parts, writer, from_s=11.3, to_s=11.5)
    writer.commit()
    assert (result.from_s, result.to_s) == (11.0, 12.0)
    assert numbers(*opened(result, identity, tmp_path)) == list(range(275, 300))


def test_sound_alone_is_cut(tmp_path: Path, identity: Identity, writer: CopyWriter) -> None:
    made = films.film(tmp_path, identity, "sound.age", seconds=5, sound_only=True)
    result = cut([source(made.path, 5.0, identity)], writer, from_s=1.5, to_s=3.5)
    writer.commit()
    assert not result.has_video and result.has_audio
    heard = sound(*opened(result, identity, tmp_path))
    assert len(heard) / 48_000 == pytest.approx(2.0, abs=0.05)


def test_a_damaged_original_is_told_and_nothing_stays(
        two: list[Any], tmp_path: Path, identity: Identity, writer: CopyWriter) -> None:
    bad = tmp_path / "bad.age"
    bad.write_bytes(two[0].path.read_bytes())
    films.spoil(bad, bad.stat().st_size // 2)
    with pytest.raises(ClipDamaged):
        cut([source(bad, 6.0, identity)], writer, from_s=0, to_s=6)
    writer.discard()
    assert [p.name for p in tmp_path.iterdir()] == ["bad.age"]


def test_an_empty_span_is_refused(
        parts: list[SourcePart], writer: CopyWriter, identity: Identity) -> None:
    with pytest.raises(NothingInSpan):
        cut(parts, writer, from_s=99, to_s=100)


def test_cancel_leaves_nothing(
        parts: list[SourcePart], writer: CopyWriter, identity: Identity, tmp_path: Path) -> None:
    seen: list[float] = []
    with pytest.raises(Cancelled):
        cut(parts, writer, from_s=0, to_s=12,
            progress=lambda done, _all: seen.append(done), cancelled=lambda: len(seen) > 100)
    assert list(tmp_path.glob("*.part"))
    writer.discard()
    assert list(tmp_path.iterdir()) == []


def test_a_killed_export_is_swept_away(tmp_path: Path, identity: Identity) -> None:
    left = CopyWriter(tmp_path, COPY, (identity.recipient,))
    left.open()
    left.write(b"x" * 200_000)
    remove_unfinished(tmp_path)
    assert list(tmp_path.iterdir()) == []
    left.discard()


def test_a_full_disk_is_told_and_nothing_stays(
        parts: list[SourcePart], writer: CopyWriter, identity: Identity, tmp_path: Path) -> None:
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    import signal

    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (128 << 10, before[1]))
    try:
        with pytest.raises(OSError):
            cut(parts, writer, from_s=0, to_s=12)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    writer.discard()
    assert list(tmp_path.iterdir()) == []


def test_a_masked_copy_hides_what_was_drawn_and_mutes(
        two: list[Any], writer: CopyWriter, identity: Identity, tmp_path: Path) -> None:
    clip = open_clip([(one.path, one.seconds) for one in two], [identity])
    masks = Masks(
        areas=(Area(200, 100, 80, 60, 5.0, 7.0), Area(300, 150, 500, 500, 4.0, 8.0),
               Area(-50, -50, 10, 10, 0.0, 12.0)),
        muted=((5.0, 6.0),), line=lambda t: f"2026-11-23 09:12:{int(t):02d}　演练乡　张三、李四　现场检查")
    result = mask(clip, writer, masks, copy_id=COPY, from_s=4.0, to_s=8.0,
                  recipients=(identity.recipient,), clock=SystemClock())
    writer.commit()
    plain = [clip.frame_at(t) for t in (4.5, 6.0, 7.5)]
    (path,) = opened(result, identity, tmp_path)
    assert numbers(path) == list(range(100, 200))
    raw = subprocess.run(
        ["ffmpeg", "-v", "error", "-i", path, "-fps_mode", "passthrough", "-f", "rawvideo", "-pix_fmt", "rgb24", "-"],
        check=True, capture_output=True).stdout
    frames = np.frombuffer(raw, np.uint8).reshape(-1, films.HEIGHT, films.WIDTH, 3).astype(float)

    def rough(image: Any) -> float:
        return float(image[100:160, 200:280].std())

    for index, got in zip((12, 50, 87), plain, strict=True):
        assert got is not None
        before = np.frombuffer(got[2], np.uint8).reshape(got[1], got[0], 3).astype(float)
        if index == 50:
            assert rough(frames[index]) < rough(before) / 4
        else:
            assert rough(frames[index]) > rough(before) / 2
        assert frames[index][152:158, 304:].std() < 20  # Clipped to the picture, hidden all along.
    heard = sound(path)
    assert np.abs(heard[round(1.05 * 48_000):round(1.95 * 48_000)]).max() < 40
    assert np.abs(heard[round(0.2 * 48_000):round(0.8 * 48_000)]).max() > 5000
    assert np.abs(heard[round(2.2 * 48_000):round(3.8 * 48_000)]).max() > 5000
    clip.close()
