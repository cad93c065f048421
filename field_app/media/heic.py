"""Photos as phones write them (HEIC, ISO/IEC 23008-12), made into what a screen can show.

The original stays sealed as it came; what is made here lives in memory only. A hostile photo costs
bounded room: its size is read from the head before anything is unpacked, and the library's own limits
stay on. Apple's wide colours are shown as they are stored, a little paler than on the phone.
"""

from io import BytesIO

from field_app.errors import FieldAppError

MAX_BYTES = 64 << 20
MAX_PIXELS = 64_000_000
_BRANDS = frozenset({b"heic", b"heix", b"heim", b"heis", b"mif1", b"msf1", b"hevc"})
_WITHIN = (3840, 2160)
_QUALITY = 92
_THREADS = 2


class PhotoTooLarge(FieldAppError):
    """More bytes or pixels than are unpacked for a look."""


class PhotoUnreadable(FieldAppError):
    """Damaged, cut short, or of a kind that is not read."""


def is_heic(data: bytes) -> bool:
    """Whether the file's head says HEIC."""
    return data[4:8] == b"ftyp" and data[8:12] in _BRANDS


def heic_as_jpeg(data: bytes) -> bytes:
    """The photo upright, within 3840 x 2160, as JPEG without any of its tags.

    Raises :class:`PhotoTooLarge` or :class:`PhotoUnreadable`.
    """
    if len(data) > MAX_BYTES:
        raise PhotoTooLarge(f"{len(data)} bytes")
    import pillow_heif

    options = pillow_heif.options
    options.THUMBNAILS = options.DEPTH_IMAGES = options.AUX_IMAGES = False
    options.DECODE_THREADS = _THREADS
    try:
        image = pillow_heif.open_heif(BytesIO(data))
        width, height = image.size
        if width * height > MAX_PIXELS:
            raise PhotoTooLarge(f"{width} x {height}")
        # The container's own turns are done by the decoder; EXIF's are not done a second time.
        shown = image.to_pillow().convert("RGB")
        shown.thumbnail(_WITHIN)
        made = BytesIO()
        shown.save(made, "JPEG", quality=_QUALITY)
    except (ValueError, EOFError, SyntaxError, RuntimeError, OSError, MemoryError, IndexError) as error:
        raise PhotoUnreadable(type(error).__name__) from error
    return made.getvalue()
