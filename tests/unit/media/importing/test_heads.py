"""Heads of real files: kind, length, tracks and time, as independent tools made them; bad ones."""

import os
import random
import subprocess
from datetime import datetime, timedelta
from io import BytesIO
from pathlib import Path

import pytest

from field_app.cli.demo import card
from field_app.domain.clock import CHINA
from field_app.domain.imports import MediaKind, TimeSource, Trouble
from field_app.media.containers import probe
from field_app.media.importing.head import Head, read_head

AT = datetime(2026, 5, 14, 9, 12, 3, tzinfo=CHINA)
TOLD = datetime(2026, 5, 14, 9, 12, 3)  # noqa: DTZ001 - as a device writes it


def look(path: Path) -> Head:
    with path.open("rb") as file:
        return read_head(file, path.stat().st_size)


def ffmpeg(path: Path, *options: str) -> Path:
    subprocess.run(
        ["ffmpeg", "-v", "error", "-y", "-f", "lavfi", "-i", "testsrc=s=160x90:r=10:d=3", "-f",
         "lavfi", "-i", "sine=440:d=3", *options, path], check=True)
    return path


@pytest.mark.parametrize(("name", "options", "mime", "video"), [
    ("a.mp4", ["-c:v", "libx264", "-c:a", "aac"], "video/mp4", True),
    ("fast.mp4", ["-c:v", "libx264", "-c:a", "aac", "-movflags", "faststart"], "video/mp4", True),
    ("fragments.mp4", ["-c:v", "libx264", "-g", "10", "-bf", "0", "-c:a", "aac", "-movflags",
                       "frag_keyframe+empty_moov+default_base_moof"], "video/mp4", True),
    ("a.mov", ["-c:v", "libx264", "-c:a", "aac"], "video/quicktime", True),
    ("h265.mp4", ["-c:v", "libx265", "-x265-params", "log-level=none", "-c:a", "aac"],
     "video/mp4", True),
    ("a.avi", ["-c:v", "mpeg4", "-c:a", "mp3"], "video/x-msvideo", True),
    ("a.wav", ["-map", "1:a"], "audio/wav", False),
    ("a.mp3", ["-map", "1:a"], "audio/mpeg", False),
    ("a.aac", ["-map", "1:a"], "audio/aac", False),
    ("a.m4a", ["-map", "1:a"], "audio/mp4", False),
])
def test_kind_and_length_are_those_of_the_maker(tmp_path: Path, name: str, options: list[str],
                                                mime: str, video: bool) -> None:
    head = look(ffmpeg(tmp_path / name, *options))
    assert (head.mime, head.has_video, head.has_audio) == (mime, video, True)
    assert head.trouble is None and head.note == ""
    assert head.duration_s == pytest.approx(3.0, abs=0.35)


def test_films_tell_their_codec(tmp_path: Path) -> None:
    assert look(ffmpeg(tmp_path / "a.mp4", "-c:v", "libx264")).codec == "avc1"
    assert look(ffmpeg(tmp_path / "b.mp4", "-c:v", "libx265", "-tag:v", "hvc1", "-x265-params",
                       "log-level=none")).codec == "hvc1"


def test_times_inside_files(tmp_path: Path) -> None:
    later = AT + timedelta(hours=3)
    made = {
        "mp4": card.film(tmp_path / "a.mp4", seconds=1, created=AT, changed=later),
        "bext": card.voice(tmp_path / "a.wav", seconds=1, began=AT, changed=later),
        "ICRD": ffmpeg(tmp_path / "icrd.wav", "-map", "1:a", "-metadata",
                       "date=2026-05-14 09:12:03"),
        "TDRC": ffmpeg(tmp_path / "a.mp3", "-map", "1:a", "-metadata", "date=2026-05-14T09:12:03"),
        "exif": card.photo(tmp_path / "a.jpg", taken=AT, changed=later)}
    heads = {name: look(path) for name, path in made.items()}
    assert {name: head.created for name, head in heads.items()} == dict.fromkeys(made, TOLD)
    assert heads["exif"].created_by is TimeSource.EXIF
    assert [name for name, head in heads.items() if head.utc] == ["mp4"]


def test_avi_tells_its_time(tmp_path: Path) -> None:
    path = ffmpeg(tmp_path / "a.avi", "-c:v", "mpeg4")
    data = path.read_bytes()
    strl = data.index(b"strl") - 8
    idit = b"IDIT\x1a\0\0\0" + b"Thu May 14 09:12:03 2026\n\0"
    grown = bytearray(data[:strl] + idit + data[strl:])
    hdrl = int.from_bytes(data[16:20], "little") + len(idit)
    grown[16:20] = hdrl.to_bytes(4, "little")
    grown[4:8] = (len(grown) - 8).to_bytes(4, "little")
    path.write_bytes(grown)
    assert look(path).created == TOLD


def test_a_day_alone_is_no_time(tmp_path: Path) -> None:
    assert look(ffmpeg(tmp_path / "a.mp3", "-map", "1:a", "-metadata", "date=2026-05-14")).created is None


@pytest.mark.parametrize(("name", "keep", "trouble"), [
    ("a.mp4", 0.5, Trouble.HALF_WRITTEN), ("a.avi", 0.02, Trouble.HALF_WRITTEN),
    ("a.jpg", 0.5, Trouble.HALF_WRITTEN), ("a.wav", 0.0013, Trouble.HALF_WRITTEN),
])
def test_half_written_files_are_told(tmp_path: Path, name: str, keep: float,
                                     trouble: Trouble) -> None:
    path = tmp_path / name
    if path.suffix == ".jpg":
        card.photo(path, taken=AT, changed=AT)
    elif path.suffix == ".wav":
        card.voice(path, seconds=1, began=None, changed=AT)
    else:
        card.film(path, seconds=2, changed=AT)
    with path.open("r+b") as file:
        file.truncate(round(path.stat().st_size * keep))
    assert look(path).trouble is trouble


def test_a_film_cut_behind_its_contents_is_kept_with_a_note(tmp_path: Path) -> None:
    path = ffmpeg(tmp_path / "a.mp4", "-c:v", "libx264", "-movflags", "faststart")
    with path.open("r+b") as file:
        file.truncate(path.stat().st_size - 2000)
    head = look(path)
    assert head.trouble is None and "不完整" in head.note


@pytest.mark.parametrize("data", [
    b"", b"\0" * 4096, b"MZ" + os.urandom(500), b"hello world, this is text", b"RIFF\0\0\0\0AVI ",
    b"RIFF\xff\xff\xff\xffWAVEfmt \xff\xff\xff\xff", b"\0\0\0\x08ftyp", b"\xff\xd8\xff\xe1\xff\xff",
    b"\0\0\0\x01moov" + b"\xff" * 8, b"ID3\x04\0\0\x7f\x7f\x7f\x7f", b"\xff\xfb\x90\0" + b"\0" * 50,
    b"#!AMR\n", b"\xff\xf1" + b"\0" * 20,
])
def test_nonsense_is_no_recording(data: bytes) -> None:
    head = read_head(BytesIO(data), len(data))
    assert head.trouble is not None


def test_no_damage_reads_far_or_raises(tmp_path: Path) -> None:
    """Bytes changed at random: the answer may be anything, but it comes, after little reading."""
    class Counting(BytesIO):
        count = 0

        def read(self, size: int | None = -1) -> bytes:
            data = super().read(size)
            Counting.count += len(data)
            return data

    samples = [
        card.film(tmp_path / "a.mp4", seconds=1, created=AT, changed=AT),
        ffmpeg(tmp_path / "f.mp4", "-c:v", "libx264", "-g", "5", "-movflags",
               "frag_keyframe+empty_moov"), ffmpeg(tmp_path / "a.avi", "-c:v", "mpeg4"),
        card.voice(tmp_path / "a.wav", seconds=1, began=AT, changed=AT),
        card.photo(tmp_path / "a.jpg", taken=AT, changed=AT),
        ffmpeg(tmp_path / "a.mp3", "-map", "1:a"), ffmpeg(tmp_path / "a.aac", "-map", "1:a")]
    chance = random.Random(7)
    for path in samples:
        whole = path.read_bytes()
        for _ in range(150):
            data = bytearray(whole)
            for _ in range(chance.randrange(1, 12)):
                data[chance.randrange(min(len(data), 4000))] = chance.randrange(256)
            if chance.random() < 0.3:
                del data[chance.randrange(len(data)):]
            Counting.count = 0
            head = read_head(Counting(bytes(data)), len(data))
            assert isinstance(head.kind, MediaKind | None)
            assert Counting.count <= (1 << 20) + 4096


def test_films_above_four_gigabytes_are_seen(tmp_path: Path) -> None:
    """A sparse file: 64-bit ``mdat``, its contents behind 17 GiB."""
    film = card.film(tmp_path / "a.mp4", seconds=1, created=AT, changed=AT)
    data = film.read_bytes()
    moov = data.index(b"moov") - 4
    size = 17 << 30
    path = tmp_path / "big.mp4"
    with path.open("wb") as file:
        file.write(data[:data.index(b"mdat") - 4])
        file.write((1).to_bytes(4, "big") + b"mdat" + size.to_bytes(8, "big"))
        file.seek(size - 16, os.SEEK_CUR)
        file.write(data[moov:])
    head = look(path)
    assert (head.trouble, head.created, head.has_video) == (None, TOLD, True)


def test_a_title_in_gbk_does_not_hide_the_film(tmp_path: Path) -> None:
    """Recorders write their titles in the machine's own code page."""
    film = ffmpeg(tmp_path / "a.avi", "-c:v", "mpeg4", "-c:a", "mp3", "-metadata", "title=XXXXXXXX")
    film.write_bytes(film.read_bytes().replace(b"XXXXXXXX", "执法记录".encode("gb18030")))
    with film.open("rb") as file:
        assert probe(file).video_codec == "mpeg4"
