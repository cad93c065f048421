"""The pictures of the manual and of README, made from the gallery: shrunk and of few colours, to weigh little."""

from pathlib import Path

import numpy as np
from PySide6.QtCore import Qt
from PySide6.QtGui import QImage

from field_app.errors import UserError

# What the manual calls a picture, and the gallery.
PICTURES = {
    "login": "01-双人登录", "today": "02-今日", "new": "04-新建案件", "desk": "05-办案台",
    "paper": "07-边录边填现场检查笔录", "sync": "08-同步", "import": "12-从记录仪导入", "media": "13-音像",
    "plan": "17-检查计划", "papers": "18-文书", "laws": "19-法规与事项", "statistics": "39-统计"}
WHOLE = {"readme-paper": "07-边录边填现场检查笔录"}  # README's own, as large as the window
LOOKS = {"1366x768": "", "english": "en"}  # of the gallery, and the manual's folder for it
_WIDTH = 700
_COLOURS = 256
_ALIKE = np.uint32(0xF8F8F8)  # the bits of a colour by which it is told from others
_MOST_BYTES = 150_000


def renew(gallery: Path, manual: Path) -> int:
    """Make the manual's pictures anew from those in ``gallery``; how many. ``UserError`` where one is not there."""
    made = 0
    for look, folder in LOOKS.items():
        for name, taken in PICTURES.items():
            _write(gallery / look / f"{taken}.png", manual / folder / f"{name}.png", width=_WIDTH)
            made += 1
    for name, taken in WHOLE.items():
        _write(gallery / next(iter(LOOKS)) / f"{taken}.png", manual / f"{name}.png", width=None)
        made += 1
    return made


def _write(taken: Path, place: Path, *, width: int | None) -> None:
    image = QImage(str(taken))
    if image.isNull():
        raise UserError(f"没有照片“{taken.name}”。", "请重新拍照。")
    if width is not None:
        image = image.scaledToWidth(width, Qt.TransformationMode.SmoothTransformation)
    few = of_few_colours(image)
    if not few.save(str(place), quality=0) or place.stat().st_size > _MOST_BYTES:  # packed as well as can be
        raise UserError(f"插图“{place.name}”写不下，或太大。", "请检查磁盘，或调整尺寸。")


def of_few_colours(image: QImage) -> QImage:
    """With 256 colours of those that are in it, all others as the nearest of these: a page has few, and words
    stay as sharp as they were. Of colours that look alike the most frequent one stands for all."""
    plain = image.convertToFormat(QImage.Format.Format_RGB32)
    pixels = np.frombuffer(plain.constBits(), np.uint32).reshape(plain.height(), plain.bytesPerLine() // 4)
    colours, counts = np.unique(pixels[:, :plain.width()], return_counts=True)
    order = np.argsort(-counts, kind="stable")
    _alike, first, which = np.unique(colours[order] & _ALIKE, return_index=True, return_inverse=True)
    most = np.argsort(-np.bincount(which, counts[order]), kind="stable")[:_COLOURS]
    return plain.convertToFormat(QImage.Format.Format_Indexed8, [int(c) for c in colours[order][first[most]]],
                                 Qt.ImageConversionFlag.AvoidDither | Qt.ImageConversionFlag.ThresholdDither)
