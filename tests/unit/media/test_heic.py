"""HEIC photos, really encoded here: shown as they were, and nothing hostile is unpacked."""

from io import BytesIO
from pathlib import Path

import pillow_heif
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from field_app.actions.case_photos import as_shown
from field_app.media import heic
from field_app.media.heic import PhotoTooLarge, PhotoUnreadable, heic_as_jpeg, is_heic


def quarters(size: tuple[int, int] = (640, 480)) -> Image.Image:
    """Red, green, blue and white, so that turns are seen."""
    made = Image.new("RGB", size, "white")
    wide, high = size[0] // 2, size[1] // 2
    for place, colour in (((0, 0), "red"), ((wide, 0), "green"), ((0, high), "blue")):
        made.paste(colour, (*place, place[0] + wide, place[1] + high))
    return made


def encoded(picture: Image.Image, **options: object) -> bytes:
    """As a phone would write it."""
    buffer = BytesIO()
    pillow_heif.from_pillow(picture).save(buffer, quality=80, **options)
    return buffer.getvalue()


@pytest.fixture(scope="module")
def photo() -> bytes:
    return encoded(quarters())


def corners(jpeg: bytes) -> list[tuple[int, int, int]]:
    shown = Image.open(BytesIO(jpeg)).convert("RGB")
    wide, high = shown.size
    found = [shown.getpixel((x, y)) for y in (high // 4, high * 3 // 4) for x in (wide // 4, wide * 3 // 4)]
    return [(c[0], c[1], c[2]) for c in found if isinstance(c, tuple)]


def close(one: tuple[int, int, int], two: tuple[int, int, int]) -> bool:
    return all(abs(a - b) < 24 for a, b in zip(one, two, strict=True))


def test_it_shows_what_was_photographed(photo: bytes) -> None:
    assert is_heic(photo)
    made, words = as_shown(photo)
    assert words == "" and made.startswith(b"\xff\xd8\xff")
    assert Image.open(BytesIO(made)).size == (640, 480)
    wanted = ((255, 0, 0), (0, 128, 0), (0, 0, 255), (255, 255, 255))
    assert all(close(got, want) for got, want in zip(corners(made), wanted, strict=True))


def test_tags_of_place_and_phone_are_not_handed_on() -> None:
    exif = Image.Exif()
    exif[0x010F] = "a phone's maker"
    made = heic_as_jpeg(encoded(quarters(), exif=exif.tobytes()))
    assert b"maker" not in made and not Image.open(BytesIO(made)).getexif()


def test_a_turn_is_made_once() -> None:
    """Encoded with EXIF's orientation 6, which the writer turns into the container's own rotation."""
    exif = Image.Exif()
    exif[0x0112] = 6
    buffer = BytesIO()
    pillow_heif.register_heif_opener()
    quarters((640, 320)).save(buffer, "HEIF", exif=exif.tobytes())
    made = heic_as_jpeg(buffer.getvalue())
    assert Image.open(BytesIO(made)).size == (320, 640)
    # A quarter to the right: blue comes to the upper left, red to the upper right.
    assert close(corners(made)[0], (0, 0, 255)) and close(corners(made)[1], (255, 0, 0))


def test_large_ones_are_made_smaller_and_too_large_ones_refused(
        photo: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    made = heic_as_jpeg(encoded(quarters((4096, 1024))))
    assert Image.open(BytesIO(made)).size == (3840, 960)
    monkeypatch.setattr(heic, "MAX_PIXELS", 640 * 480 - 1)
    with pytest.raises(PhotoTooLarge):
        heic_as_jpeg(photo)
    assert as_shown(photo) == (b"", "这张照片过大，不在这里显示；原件已封存完好")
    monkeypatch.setattr(heic, "MAX_BYTES", len(photo) - 1)
    with pytest.raises(PhotoTooLarge):
        heic_as_jpeg(photo)


def test_a_head_that_lies_about_its_size_is_not_unpacked(photo: bytes) -> None:
    at = photo.index(b"ispe") + 8
    claimed = (100_000).to_bytes(4, "big")
    with pytest.raises((PhotoTooLarge, PhotoUnreadable)):
        heic_as_jpeg(photo[:at] + claimed * 2 + photo[at + 8:])


def test_damage_is_told(photo: bytes, tmp_path: Path) -> None:
    for broken in (photo[:40], photo[:len(photo) // 2], photo[:12] + bytes(200)):
        with pytest.raises(PhotoUnreadable):
            heic_as_jpeg(broken)
        assert as_shown(broken)[0] == b"" and "原样封存" in as_shown(broken)[1]
    assert as_shown(b"\xff\xd8\xff other kinds pass") == (b"\xff\xd8\xff other kinds pass", "")
    assert not list(tmp_path.iterdir())


@settings(max_examples=60, deadline=None)
@given(at=st.integers(0, 2000), value=st.integers(0, 255))
def test_any_byte_changed_shows_or_refuses(photo: bytes, at: int, value: int) -> None:
    at %= len(photo)
    try:
        made = heic_as_jpeg(photo[:at] + bytes([value]) + photo[at + 1:])
    except (PhotoUnreadable, PhotoTooLarge):
        return
    assert made.startswith(b"\xff\xd8\xff")
