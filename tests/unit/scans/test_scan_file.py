"""Files from outside are opened within bounds, whole, or refused with the reason."""

import struct
import zlib
from io import BytesIO
from typing import Any

import numpy as np
import pypdfium2
import pytest
from PIL import Image

from field_app.documents.scan_file import ScanFault, ScanRefused, look_at_file, pictures_of


def saved(kind: str, size: tuple[int, int] = (640, 480), **how: Any) -> bytes:
    """A picture with a gradient, so that cutting it short is seen."""
    x, y = np.meshgrid(np.linspace(0, 255, size[0]), np.linspace(0, 255, size[1]))
    picture = Image.fromarray(np.dstack([x, y, 255 - x]).astype(np.uint8))
    buffer = BytesIO()
    picture.save(buffer, kind, **how)
    return buffer.getvalue()


def png_that_claims(width: int, height: int) -> bytes:
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    chunk = b"IHDR" + head
    return (b"\x89PNG\r\n\x1a\n" + struct.pack(">I", 13) + chunk
            + struct.pack(">I", zlib.crc32(chunk)) + bytes(64))


def pdf_of(pages: int, size: tuple[float, float] = (595, 842)) -> bytes:
    document = pypdfium2.PdfDocument.new()
    for _ in range(pages):
        document.new_page(*size)
    buffer = BytesIO()
    document.save(buffer)
    document.close()
    return buffer.getvalue()


def fault(data: bytes) -> ScanFault:
    with pytest.raises(ScanRefused) as refused:
        list(pictures_of(data))
    return refused.value.fault


def test_pictures_come_upright_and_in_bgr() -> None:
    (plain,) = pictures_of(saved("PNG"))
    assert plain.shape == (480, 640, 3) and plain[0, 0, 0] == 255 and plain[0, -1, 2] == 255
    exif = Image.Exif()
    exif[0x0112] = 6  # Taken with the camera on its side.
    (turned,) = pictures_of(saved("JPEG", exif=exif.tobytes()))
    assert turned.shape == (640, 480, 3)
    clear = BytesIO()
    Image.new("RGBA", (300, 300), (0, 0, 0, 0)).save(clear, "PNG")
    (white,) = pictures_of(clear.getvalue())
    assert white.min() == 255


@pytest.mark.parametrize("keep", [40, 200, 0.4, 0.9])
def test_a_file_cut_short_is_refused(keep: float) -> None:
    whole = saved("JPEG", (1200, 900))
    assert fault(whole[:int(keep if keep > 1 else keep * len(whole))]) is ScanFault.DAMAGED


def test_bombs_and_strangers_are_refused() -> None:
    assert fault(png_that_claims(60_000, 60_000)) is ScanFault.TOO_MANY_PIXELS
    assert fault(png_that_claims(400, 400)) is ScanFault.DAMAGED
    assert fault(saved("JPEG", (90, 90))) is ScanFault.TOO_SMALL
    assert fault(b"GIF89a" + bytes(100)) is ScanFault.UNKNOWN
    assert fault(b"") is ScanFault.UNKNOWN
    assert fault(b"\xff\xd8\xff" + bytes(40_000_000)) is ScanFault.TOO_LARGE
    frame = b"\xff\xc0" + struct.pack(">HBHHB", 17, 8, 60_000, 60_000, 3)
    assert fault(b"\xff\xd8\xff\xe0\x00\x04ab" + frame + bytes(50)) is ScanFault.TOO_MANY_PIXELS


def test_every_byte_that_is_changed_gives_a_picture_or_a_refusal() -> None:
    whole = bytearray(saved("JPEG", (320, 240), quality=40))
    random = np.random.default_rng(11)
    for _ in range(60):
        broken = bytearray(whole)
        for at in random.integers(0, len(whole), 4):
            broken[at] = int(random.integers(0, 256))
        try:
            (picture,) = pictures_of(bytes(broken))
            assert picture.ndim == 3
        except ScanRefused:
            continue


def test_pdfs_are_bounded() -> None:
    assert look_at_file(pdf_of(3)).pictures == 3
    pages = list(pictures_of(pdf_of(2)))
    assert [p.shape for p in pages] == [(3000, 2120, 3)] * 2
    assert fault(pdf_of(51)) is ScanFault.TOO_MANY_PAGES
    assert fault(pdf_of(1, (4000, 40))) is ScanFault.TOO_SMALL
    assert fault(b"%PDF-1.7\n" + bytes(100)) is ScanFault.DAMAGED
