"""Reads how large a PNG or JPEG picture is from its head alone, without unpacking it."""

import struct

MAX_PIXELS = 16_000_000  # an A4 sheet at 300 dots an inch has half of that
_PNG = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR"
# Start-of-frame markers of JPEG (ITU-T T.81, table B.1), without DHT, JPG and DAC among them.
_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_START_OF_SCAN = 0xDA


def pixels(data: bytes) -> int | None:
    """How many pixels the picture has when unpacked; None when it is neither PNG nor JPEG."""
    if data.startswith(_PNG) and len(data) >= 24:
        width, height = struct.unpack(">II", data[16:24])
        return int(width * height)
    if data.startswith(b"\xff\xd8"):
        return _jpeg_pixels(data)
    return None


def _jpeg_pixels(data: bytes) -> int | None:
    at = 2
    while at + 9 <= len(data) and data[at] == 0xFF and data[at + 1] != _START_OF_SCAN:
        if data[at + 1] in _FRAMES:
            height, width = struct.unpack(">HH", data[at + 5:at + 9])
            return int(width * height)
        at += 2 + int.from_bytes(data[at + 2:at + 4], "big")
    return None
