"""Photographs of real papers come out straight, upright, told apart, with their colours."""

import time
from typing import Any

import cv2
import numpy as np
import pytest

from field_app.documents.scan import jpeg_of, sheets_in, straighten
from field_app.documents.scan_file import pictures_of, printed_pages
from field_app.documents.scan_match import PrintedPage, likeness, prepared
from field_app.documents.scan_sheets import find_sheets
from field_app.documents.scan_straighten import HEIGHT, WIDTH, evened

TEXT = "LE1 7K3MQ9TXW 渝武演执责改〔2026〕12号"
_LONG = pytest.mark.soak
DESKS = [(7, 0.25, "wood"), (90, 0.1, "dark"), (-13, 0.25, "light"),
         *(pytest.param(turn, tilt, on, marks=_LONG) for on in ("wood", "grey", "dark", "cloth", "light")
           for turn in (0, 7, 90, 180, -13) for tilt in (0.0, 0.25))]


@pytest.fixture(scope="module")
def printed(studio: Any) -> list[PrintedPage]:
    return [prepared(p) for p in printed_pages(studio.pdf("G1-15"), pixels_wide=827)]


def slant(matrix: Any, corners: Any) -> float:
    """The largest angle, in degrees, by which an edge of the sheet is off after straightening."""
    moved = cv2.perspectiveTransform(corners[None].astype(np.float64), matrix)[0]
    off = []
    for n, level in enumerate((0, 90, 180, -90)):
        dx, dy = moved[(n + 1) % 4] - moved[n]
        off.append(abs((np.degrees(np.arctan2(dy, dx)) - level + 180) % 360 - 180))
    return float(max(off))


@pytest.mark.parametrize(("turn", "tilt", "on"), DESKS)
def test_photographed_sheets_are_read_straight_and_upright(
        studio: Any, printed: list[PrintedPage], turn: float, tilt: float, on: str) -> None:
    page = studio.signed(studio.page("G1-15", 1, dpi=250))
    shot = studio.photograph(page, turn=turn, tilt=tilt, on=on, size=(3200, 2400))
    (picture,) = pictures_of(shot.jpeg(60))
    (sheet,) = sheets_in(picture)
    assert sheet.code == TEXT and sheet.upright and sheet.edges
    assert slant(sheet.matrix, shot.corners) < 0.5
    made = straighten(picture, sheet, printed)
    assert made.page == 1 and made.image.shape == (HEIGHT, WIDTH, 3)
    original = cv2.cvtColor(studio.page("G1-15", 1), cv2.COLOR_BGR2GRAY)
    ours = cv2.cvtColor(made.image, cv2.COLOR_BGR2GRAY)
    halves: list[Any] = [cv2.resize(p, (WIDTH // 2, HEIGHT // 2), interpolation=cv2.INTER_AREA)
                         for p in (ours, original)]
    assert likeness(halves[0], halves[1]) > 0.6
    # Paper is white everywhere, the seal red, the ink blue.
    for at in ((0.1, 0.5), (0.9, 0.5), (0.5, 0.95), (0.95, 0.08)):
        patch = made.image[round(at[1] * HEIGHT) - 9:, round(at[0] * WIDTH) - 9:][:18, :18]
        assert np.median(patch, axis=(0, 1)).min() > 225
    seal = made.image[round(0.62 * HEIGHT) - 12:, round(0.72 * WIDTH) - 12:][:24, :24]
    blue, green, red = np.median(seal, axis=(0, 1))
    assert red > 150 and blue < 90 and green < 90
    ink = made.image[round(0.68 * HEIGHT):round(0.72 * HEIGHT), round(0.30 * WIDTH):round(0.5 * WIDTH)]
    assert (ink[:, :, 0].astype(int) - ink[:, :, 2] > 60).sum() > 100


def test_a_scan_that_fills_the_picture_is_laid_on_its_print(
        studio: Any, printed: list[PrintedPage]) -> None:
    page = studio.page("G1-15", 0)
    askew: Any = cv2.warpAffine(page, cv2.getRotationMatrix2D((800, 1100), 1.4, 0.99), (WIDTH, HEIGHT),
                           borderValue=(255, 255, 255))
    (sheet,) = sheets_in(askew)
    assert not sheet.edges and sheet.code == TEXT
    made = straighten(askew, sheet, printed)
    assert made.page == 0 and made.likeness > 0.9


def test_lying_and_upside_down_scans_are_turned(studio: Any, printed: list[PrintedPage]) -> None:
    page = studio.page("G1-15", 1)
    for turned in (page[::-1, ::-1], np.rot90(page), np.rot90(page, 3)):
        (sheet,) = sheets_in(np.ascontiguousarray(turned))
        made = straighten(np.ascontiguousarray(turned), sheet, printed)
        assert made.page == 1 and made.likeness > 0.9


def test_two_sheets_in_one_picture_are_both_found(studio: Any, printed: list[PrintedPage]) -> None:
    first = studio.photograph(studio.page("G1-15", 0, dpi=250), turn=4, fill=0.72, at=(0.26, 0.5),
                              on="grey", quality=90, blur=0.5, size=(3400, 2550))
    both = studio.photograph(studio.page("G1-15", 1, dpi=250), turn=-5, fill=0.72, at=(0.74, 0.5),
                             over=first, quality=90, blur=0.5, size=(3400, 2550))
    found = sheets_in(both.picture)
    assert len(found) == 2 and all(f.edges for f in found)
    assert {straighten(both.picture, f, printed).page for f in found} == {0, 1}
    assert TEXT in {f.code for f in found}


def test_a_desk_without_a_sheet_is_kept_as_it_is_and_told(
        studio: Any, printed: list[PrintedPage]) -> None:
    empty = studio.desk("wood", 900, 1200)
    (sheet,) = sheets_in(empty)
    assert not sheet.edges and sheet.code == ""
    assert straighten(empty, sheet, printed).page is None


def test_another_paper_is_not_taken_for_this_one(studio: Any, printed: list[PrintedPage]) -> None:
    other = studio.page("G1-04", 0)
    (sheet,) = sheets_in(other)
    made = straighten(other, sheet, printed)
    assert made.page is None and made.likeness < 0.4


def test_a_frame_printed_on_the_sheet_is_not_the_sheet(studio: Any) -> None:
    form = np.full((HEIGHT, WIDTH, 3), 252, np.uint8)
    cv2.rectangle(form, (180, 260), (WIDTH - 180, HEIGHT - 260), (0, 0, 0), 3)
    assert find_sheets(form) == []


def test_evening_keeps_a_printed_photograph_dark() -> None:
    sheet = np.full((HEIGHT, WIDTH, 3), 235, np.uint8)
    sheet[400:1300, 250:1400] = (60, 70, 80)
    lamp = np.linspace(1.0, 0.6, WIDTH, dtype=np.float32)[None, :, None]
    made = evened((sheet * lamp).astype(np.uint8))
    assert made[1800, 100].mean() > 235 and made[1800, 1550].mean() > 235
    assert abs(float(made[800, 300].mean()) - float(made[800, 1350].mean())) < 12
    assert made[800, 800].mean() < 90


@pytest.mark.alone
def test_a_photograph_of_12_megapixels_takes_no_longer_than_its_budget(
        studio: Any, printed: list[PrintedPage]) -> None:
    shot = studio.photograph(studio.signed(studio.page("G1-15", 1, dpi=300)), turn=-13, tilt=0.25)
    data, took = shot.jpeg(60), []
    for _ in range(3):
        started = time.perf_counter()
        (picture,) = pictures_of(data)
        (sheet,) = sheets_in(picture)
        jpeg_of(straighten(picture, sheet, printed).image)
        took.append(time.perf_counter() - started)
    assert min(took) < 1.5
