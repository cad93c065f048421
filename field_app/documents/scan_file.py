"""Opens a picture file or scanned PDF from outside, within bounds, as plain pictures."""

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from io import BytesIO
from typing import TYPE_CHECKING, Any

from field_app.errors import FieldAppError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Image = NDArray[np.uint8]

MAX_BYTES = 40 * 1000 * 1000
MAX_PIXELS = 50 * 1000 * 1000
MAX_PAGES = 50
MIN_SIDE = 200  # pixels
_PDF_SIDE = 3000  # pixels of a PDF page's long side
_PNG = b"\x89PNG\r\n\x1a\n"
# Start-of-frame markers of JPEG (ITU-T T.81, table B.1) without DHT, JPG and DAC.
_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}


class ScanFault(Enum):
    """Why a file cannot be used."""

    TOO_LARGE = "too large"
    TOO_MANY_PIXELS = "too many pixels"
    TOO_SMALL = "too few pixels"
    TOO_MANY_PAGES = "too many pages"
    UNKNOWN = "no JPEG, PNG or PDF"
    DAMAGED = "damaged"
    LOCKED = "needs a password"


class ScanRefused(FieldAppError):
    """A file from outside that is not opened; ``fault`` says why, ``page`` where in a PDF."""

    def __init__(self, fault: ScanFault, page: int = 0) -> None:
        super().__init__(f"scan refused: {fault.value}, page {page}")
        self.fault = fault
        self.page = page


@dataclass(frozen=True)
class Source:
    """``mime`` of the file and how many pictures it holds."""

    mime: str
    pictures: int


def look_at_file(data: bytes) -> Source:
    """What ``data`` is; raises :class:`ScanRefused`. Nothing is decoded yet."""
    if len(data) > MAX_BYTES:
        raise ScanRefused(ScanFault.TOO_LARGE)
    if data.startswith(b"\xff\xd8\xff"):
        _bounded(_jpeg_size(data))
        return Source("image/jpeg", 1)
    if data.startswith(_PNG):
        _bounded(_png_size(data))
        return Source("image/png", 1)
    if data.startswith(b"%PDF-"):
        with _Pdf(data) as pdf:
            return Source("application/pdf", pdf.pages)
    raise ScanRefused(ScanFault.UNKNOWN)


def pictures_of(data: bytes) -> "Iterator[Image]":
    """Each picture as height x width x 3, BGR, upright as its camera noted; one at a time.

    Raises :class:`ScanRefused`. PDF pages come 3000 pixels high or wide. PDFs are read by one
    thread at a time only.
    """
    source = look_at_file(data)
    if source.mime != "application/pdf":
        yield _decoded(data)
        return
    with _Pdf(data) as pdf:
        for number in range(source.pictures):
            yield pdf.picture(number)


def _bounded(size: tuple[int, int]) -> None:
    width, height = size
    if width * height > MAX_PIXELS:
        raise ScanRefused(ScanFault.TOO_MANY_PIXELS)
    if min(width, height) < MIN_SIDE:
        raise ScanRefused(ScanFault.TOO_SMALL)


def _png_size(data: bytes) -> tuple[int, int]:
    if len(data) < 33 or data[12:16] != b"IHDR":
        raise ScanRefused(ScanFault.DAMAGED)
    width, height = struct.unpack(">II", data[16:24])
    return width, height


def _jpeg_size(data: bytes) -> tuple[int, int]:
    """Width and height from the first frame header (ITU-T T.81, B.2.2)."""
    at = 2
    while at + 9 < len(data):
        if data[at] != 0xFF:
            raise ScanRefused(ScanFault.DAMAGED)
        marker = data[at + 1]
        if marker == 0xFF:
            at += 1
            continue
        if marker in _FRAMES:
            height, width = struct.unpack(">HH", data[at + 5:at + 9])
            return width, height
        if marker in (0xD9, 0xDA):
            break
        at += 2 if 0xD0 <= marker <= 0xD7 or marker == 0x01 else \
            2 + struct.unpack(">H", data[at + 2:at + 4])[0]
    raise ScanRefused(ScanFault.DAMAGED)


def _decoded(data: bytes) -> "Image":
    """Whole or not at all: a file cut short is refused, not filled up with grey."""
    import numpy as np
    from PIL import Image, ImageOps

    try:
        with Image.open(BytesIO(data), formats=("JPEG", "PNG", "MPO")) as opened:
            _bounded(opened.size)
            opened.load()
            upright = ImageOps.exif_transpose(opened)
            if upright.mode in ("RGBA", "LA", "PA") or "transparency" in upright.info:
                over = upright.convert("RGBA")
                upright = Image.new("RGBA", over.size, "white")
                upright.alpha_composite(over)
            rgb = np.asarray(upright.convert("RGB"))
    except ScanRefused:
        raise
    except (OSError, ValueError, SyntaxError, struct.error, KeyError, IndexError, TypeError,
            MemoryError, Image.DecompressionBombError) as error:
        # Pillow raises all of these on one broken file or another.
        raise ScanRefused(ScanFault.DAMAGED) from error
    return np.ascontiguousarray(rgb[:, :, ::-1])


class _Pdf:
    """An open PDF; pages and their inner pictures are counted before anything is drawn."""

    def __init__(self, data: bytes) -> None:
        import pypdfium2

        try:
            self._document: Any = pypdfium2.PdfDocument(data)
        except pypdfium2.PdfiumError as error:
            locked = "password" in str(error).lower()
            raise ScanRefused(ScanFault.LOCKED if locked else ScanFault.DAMAGED) from error
        self.pages = len(self._document)

    def __enter__(self) -> "_Pdf":
        if not 0 < self.pages <= MAX_PAGES:
            self._document.close()
            raise ScanRefused(ScanFault.TOO_MANY_PAGES if self.pages else ScanFault.DAMAGED)
        return self

    def __exit__(self, *_: object) -> None:
        self._document.close()

    def picture(self, number: int) -> "Image":
        """Page ``number`` from 0, drawn."""
        import numpy as np
        import pypdfium2
        from pypdfium2.raw import FPDF_PAGEOBJ_IMAGE

        try:
            page = self._document[number]
            for inner in page.get_objects(filter=[FPDF_PAGEOBJ_IMAGE], max_depth=8):
                width, height = inner.get_px_size()
                if width * height > MAX_PIXELS:
                    raise ScanRefused(ScanFault.TOO_MANY_PIXELS, number + 1)
            width, height = page.get_size()
            if min(width, height) < 36 or max(width, height) > 20 * min(width, height):
                raise ScanRefused(ScanFault.TOO_SMALL, number + 1)
            bitmap = page.render(scale=_PDF_SIDE / max(width, height))
            drawn = np.ascontiguousarray(bitmap.to_numpy()[:, :, :3]).copy()
            page.close()
        except pypdfium2.PdfiumError as error:
            raise ScanRefused(ScanFault.DAMAGED, number + 1) from error
        return drawn


def printed_pages(pdf: bytes, *, pixels_wide: int) -> "list[Image]":
    """The pages of a paper of our own, ``pixels_wide`` across, BGR."""
    import numpy as np
    import pypdfium2

    document = pypdfium2.PdfDocument(pdf)
    try:
        drawn = []
        for page in document:
            bitmap = page.render(scale=pixels_wide / page.get_width())
            drawn.append(np.ascontiguousarray(bitmap.to_numpy()[:, :, :3]).copy())
            page.close()
        return drawn
    finally:
        document.close()
