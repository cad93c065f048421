"""The manual's pictures: each that is shown is made by the command, small, and as sharp as it was."""

import re
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtGui import QColor, QImage

from field_app.cli.demo.manual_pictures import LOOKS, PICTURES, WHOLE, of_few_colours, renew
from field_app.errors import UserError
from field_app.paths import RESOURCES

_MANUAL = RESOURCES / "manual"


def test_every_picture_is_made_by_the_command() -> None:
    for folder in LOOKS.values():
        pages = list((_MANUAL / folder).glob("*.md"))
        shown = {name for page in pages for name in re.findall(r"\]\(([\w-]+)\.png\)", page.read_text("utf-8"))}
        there = {file.stem for file in (_MANUAL / folder).glob("*.png")} - WHOLE.keys()
        assert pages and shown == there == PICTURES.keys()


def _busy() -> QImage:
    """A page with a band of very many colours, and a bar."""
    pixels = np.full((728, 1366), 0xFFF4F7FB, np.uint32)
    pixels[:20] = 0xFF000000 + np.arange(20 * 1366, dtype=np.uint32).reshape(20, 1366) * 613 % (1 << 24)
    pixels[300:310, 300:900] = 0xFF1F4E9E
    return QImage(pixels.tobytes(), 1366, 728, 4 * 1366, QImage.Format.Format_RGB32).copy()


def test_few_colours_and_those_of_the_page_are_kept() -> None:
    few = of_few_colours(_busy())
    assert few.colorCount() <= 256 and (few.width(), few.height()) == (1366, 728)
    assert few.pixelColor(600, 305) == QColor("#1F4E9E") and few.pixelColor(10, 500) == QColor("#F4F7FB")
    assert few.pixelColor(600, 299) == QColor("#F4F7FB")  # an edge stays an edge


def test_the_pictures_are_made_anew(tmp_path: Path) -> None:
    taken_once = tmp_path / "page.png"
    assert _busy().save(str(taken_once))
    for look, folder in LOOKS.items():
        (tmp_path / "gallery" / look).mkdir(parents=True)
        (tmp_path / "manual" / folder).mkdir(parents=True, exist_ok=True)
        for taken in {*PICTURES.values(), *WHOLE.values()}:
            (tmp_path / "gallery" / look / f"{taken}.png").symlink_to(taken_once)
    assert renew(tmp_path / "gallery", tmp_path / "manual") == len(LOOKS) * len(PICTURES) + len(WHOLE)
    assert QImage(str(tmp_path / "manual" / "en" / "desk.png")).width() == 700
    assert QImage(str(tmp_path / "manual" / "readme-paper.png")).width() == 1366
    (tmp_path / "gallery" / "english" / f"{PICTURES['desk']}.png").unlink()
    with pytest.raises(UserError, match="没有照片"):
        renew(tmp_path / "gallery", tmp_path / "manual")
