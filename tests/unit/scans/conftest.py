"""Real papers, photographed on made-up desks whose geometry and light are known."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import cv2
import numpy as np
import pypdfium2
import pytest

from field_app.cli.demo.day import sample_answers
from field_app.documents.render import PaperFacts, render
from field_app.forms import load_form

NUMBER = "渝武演执责改〔2026〕12号"
TEXT = f"LE1 7K3MQ9TXW {NUMBER}"


@lru_cache(maxsize=4)
def pdf_of(form: str, code: str = "7K3MQ9TXW") -> bytes:
    """A real paper, numbered and with its QR code."""
    return render(load_form(form), sample_answers(form), PaperFacts(
        doc_no=NUMBER, case_no="D012-2026-0031", short_code=code,
        verify_text=f"LE1 {code} {NUMBER}", log_head="ab" * 32)).pdf


@lru_cache(maxsize=16)
def page_of(form: str, page: int = 0, code: str = "7K3MQ9TXW", dpi: int = 200) -> Any:
    """A page as printed, BGR."""
    document = pypdfium2.PdfDocument(pdf_of(form, code))
    try:
        return document[page].render(scale=dpi / 72).to_numpy()[:, :, :3].copy()
    finally:
        document.close()


def with_seal_and_ink(page: Any) -> Any:
    """A red seal ring and star over the print, and a blue ink signature, as on signed paper."""
    made = page.copy()
    rows, columns = made.shape[:2]
    centre = (int(columns * 0.72), int(rows * 0.62))
    cv2.circle(made, centre, columns // 11, (38, 32, 205), columns // 140, cv2.LINE_AA)
    cv2.circle(made, centre, columns // 40, (38, 32, 205), -1, cv2.LINE_AA)
    points = np.array([[0.30 + 0.2 * t, 0.70 + 0.012 * np.sin(t * 26)] for t in np.linspace(0, 1, 60)])
    cv2.polylines(made, [np.round(points * (columns, rows)).astype(np.int32)], False,
                  (150, 62, 28), columns // 400, cv2.LINE_AA)
    return made


def desk(kind: str, rows: int, columns: int) -> Any:
    """A desk without a sheet: ``wood``, ``grey``, ``dark``, ``cloth``, ``light``."""
    random = np.random.default_rng(len(kind) * 7919)
    y, x = np.mgrid[0:rows, 0:columns].astype(np.float32)
    base = {"wood": (70, 112, 160), "grey": (128, 130, 126), "dark": (48, 44, 42),
            "cloth": (120, 80, 60), "light": (176, 190, 196)}[kind]
    grain = {"wood": 26 * np.sin(y / 19 + 5 * np.sin(x / 610) + 3 * np.sin(y / 211)),
             "cloth": 16 * np.sin(x / 3.1) * np.sin(y / 3.1)}.get(kind, 0 * x)
    coarse = cv2.resize(random.normal(0, 9, (rows // 24, columns // 24)).astype(np.float32),
                        (columns, rows), interpolation=cv2.INTER_CUBIC)
    noise = random.normal(0, 3, (rows, columns)).astype(np.float32)
    tone = (grain + coarse + noise)[:, :, None]
    return np.clip(np.array(base, np.float32) + tone, 0, 255).astype(np.uint8)


@dataclass(frozen=True)
class Shot:
    """A photograph; ``corners``: where the sheet's corners truly lie, clockwise from its top left."""

    picture: Any
    corners: Any

    def jpeg(self, quality: int = 60) -> bytes:
        return bytes(cv2.imencode(".jpg", self.picture, [cv2.IMWRITE_JPEG_QUALITY, quality])[1])


def photograph(page: Any, *, turn: float = 0.0, tilt: float = 0.0, on: str = "wood",
               fill: float = 0.86, uneven: float = 0.35, blur: float = 0.8, quality: int = 60,
               size: tuple[int, int] = (4000, 3000), at: tuple[float, float] = (0.5, 0.5),
               over: Shot | None = None) -> Shot:
    """Lay ``page`` on a desk, turned by ``turn`` degrees, ``tilt`` from straight above (0 to 0.3),
    under light that falls off by ``uneven`` across the picture; 12 megapixels."""
    columns, rows = size
    high, wide = page.shape[:2]
    angle = np.deg2rad(turn)
    spin = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    box = np.array([[-wide, -high], [wide, -high], [wide, high], [-wide, high]]) / 2 @ spin.T
    reach = np.ptp(box, axis=0)
    scale = fill * min(columns / reach[0], rows / reach[1])
    flat = box * scale
    depth = 1 + tilt * (flat[:, 1] / rows - 0.4 * flat[:, 0] / columns)
    corners = (flat / depth[:, None] + np.array(at) * (columns, rows)).astype(np.float32)
    sheet = np.array([[0, 0], [wide - 1, 0], [wide - 1, high - 1], [0, high - 1]], np.float32)
    way = cv2.getPerspectiveTransform(sheet, corners)
    ground = desk(on, rows, columns) if over is None else over.picture.copy()
    paper = cv2.warpPerspective(page, way, size, flags=cv2.INTER_AREA)
    mask = cv2.warpPerspective(np.full((high, wide), 255, np.uint8), way, size)
    shadow = cv2.GaussianBlur(np.roll(mask, (9, 7), (0, 1)), (0, 0), 12).astype(np.float32) / 255
    lit = ground.astype(np.float32) * (1 - 0.35 * shadow[:, :, None])
    cover = (mask.astype(np.float32) / 255)[:, :, None]
    both = lit * (1 - cover) + paper.astype(np.float32) * 0.95 * cover
    if over is None:
        y, x = np.mgrid[0:1:rows * 1j, 0:1:columns * 1j].astype(np.float32)
        lamp = 1 - uneven * (0.7 * x + 0.5 * y ** 2)
        both = both * lamp[:, :, None] * np.array([0.86, 0.95, 1.0], np.float32)
    made = np.clip(both, 0, 255).astype(np.uint8)
    if blur:
        made = cv2.GaussianBlur(made, (0, 0), blur)
    made = cv2.imdecode(cv2.imencode(".jpg", made, [cv2.IMWRITE_JPEG_QUALITY, quality])[1],
                        cv2.IMREAD_COLOR)
    return Shot(made, corners)


@dataclass(frozen=True)
class Studio:
    """What tests of scans are made with."""

    pdf: Callable[..., bytes] = pdf_of
    page: Callable[..., Any] = page_of
    signed: Callable[[Any], Any] = with_seal_and_ink
    desk: Callable[..., Any] = desk
    photograph: Callable[..., Shot] = photograph


@pytest.fixture(scope="session")
def studio() -> Studio:
    return Studio()
