"""Makes a training card: small real films, photos and sounds as recorders leave them."""

import os
import struct
from datetime import datetime, timedelta
from io import BytesIO
from pathlib import Path

from field_app.domain.clock import CHINA

_SIZE = (320, 180)
_FPS = 10
_SOUND_RATE = 16_000
_ORIGINAL, _EXIF, _SUBSECOND = 0x9003, 0x8769, 0x9291


def _stamp(path: Path, at: datetime) -> None:
    os.utime(path, (at.timestamp(), at.timestamp()))


def film(path: Path, *, seconds: float, created: datetime | None = None, changed: datetime,
         shade: int = 0, sound: bool = True) -> Path:
    """An H.264 film with a tone; the suffix says the container. ``created`` goes into its head as
    it stands, whatever its zone; ``changed`` is the file's own time; ``shade`` makes it differ."""
    import av
    import numpy as np

    path.parent.mkdir(parents=True, exist_ok=True)
    with av.open(str(path), "w") as container:
        if created is not None:
            container.metadata["creation_time"] = created.strftime("%Y-%m-%dT%H:%M:%S.000000Z")
        avi = path.suffix.lower() == ".avi"
        video = container.add_stream("mpeg4" if avi else "libx264", rate=_FPS)
        video.width, video.height = _SIZE
        video.pix_fmt = "yuv420p"
        tone = container.add_stream("mp3" if avi else "aac", rate=_SOUND_RATE) if sound else None
        for number in range(round(seconds * _FPS)):
            image = np.full((_SIZE[1], _SIZE[0], 3), (shade * 7 % 200, 90, 60), np.uint8)
            image[40:140, number * 5 % 300:number * 5 % 300 + 20] = 240
            container.mux(video.encode(av.VideoFrame.from_ndarray(image, format="rgb24")))
        container.mux(video.encode(None))
        if tone is not None:
            wave = np.sin(np.arange(round(seconds * _SOUND_RATE)) * 440 * 2 * np.pi / _SOUND_RATE)
            frame = av.AudioFrame.from_ndarray(
                (wave * 8000).astype(np.int16)[None, :], format="s16", layout="mono")
            frame.rate = _SOUND_RATE
            container.mux(tone.encode(frame))
            container.mux(tone.encode(None))
    _stamp(path, changed)
    return path


def photo(path: Path, *, taken: datetime | None, changed: datetime, shade: int = 0,
          png: bytes | None = None) -> Path:
    """A JPEG; ``taken`` goes into its EXIF as the device's own time; ``png`` is what it shows."""
    from PIL import Image

    path.parent.mkdir(parents=True, exist_ok=True)
    picture = Image.open(BytesIO(png)).convert("RGB") if png else Image.new(
        "RGB", (640, 480), (shade * 5 % 256, 120, 80))
    exif = Image.Exif()
    if taken is not None:
        inner = exif.get_ifd(_EXIF)
        inner[_ORIGINAL] = taken.strftime("%Y:%m:%d %H:%M:%S")
        inner[_SUBSECOND] = f"{taken.microsecond // 1000:03d}"
    picture.save(path, "JPEG", quality=90, exif=exif)
    _stamp(path, changed)
    return path


def voice(path: Path, *, seconds: float, began: datetime | None, changed: datetime,
          shade: int = 0) -> Path:
    """A WAV with a broadcast chunk (``bext``) that tells when it began."""
    import numpy as np

    path.parent.mkdir(parents=True, exist_ok=True)
    wave = np.sin(np.arange(round(seconds * _SOUND_RATE)) * (300 + shade) * 2 * np.pi / _SOUND_RATE)
    data = (wave * 6000).astype("<i2").tobytes()
    chunks = b""
    if began is not None:
        told = began.strftime("%Y-%m-%d%H:%M:%S").encode()
        chunks += _chunk(b"bext", bytes(320) + told + bytes(602 - 320 - len(told)))
    chunks += _chunk(b"fmt ", struct.pack("<HHIIHH", 1, 1, _SOUND_RATE, _SOUND_RATE * 2, 2, 16))
    chunks += _chunk(b"data", data)
    path.write_bytes(b"RIFF" + struct.pack("<I", 4 + len(chunks)) + b"WAVE" + chunks)
    _stamp(path, changed)
    return path


def _chunk(name: bytes, data: bytes) -> bytes:
    return name + struct.pack("<I", len(data)) + data + b"\0" * (len(data) % 2)


def body_worn_name(at: datetime, number: int, *, serial: str = "DSJ0700123",
                   officer: str = "000088", suffix: str = ".mp4") -> str:
    """A file name as numbered body-worn recorders make it."""
    return f"{serial}_{officer}{at.astimezone(CHINA):%Y%m%d%H%M%S}_000_{number:04d}{suffix}"


def body_worn(root: Path, *, began: datetime, ahead: timedelta = timedelta(0), pieces: int = 2,
              seconds: float = 2.0) -> list[Path]:
    """A recorder's card: ``pieces`` films that follow each other and a photo, its clock ahead."""
    made = []
    for number in range(pieces):
        at = began + ahead + timedelta(seconds=seconds * number)
        made.append(film(
            root / "FILE" / "100RECOR" / body_worn_name(at, number + 1), seconds=seconds,
            created=at.astimezone(CHINA), changed=at + timedelta(seconds=seconds), shade=number))
    at = began + ahead + timedelta(seconds=seconds / 2)
    made.append(photo(
        root / "FILE" / "100RECOR" / body_worn_name(at, pieces + 1, suffix=".jpg"),
        taken=at.astimezone(CHINA), changed=at))
    return made
