"""Real films laid out as our segments are, each frame telling its number, made by the encoder."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from field_app.crypto.age_keys import Identity
from field_app.crypto.suites import seal_file
from field_app.domain.clock import SystemClock
from field_app.domain.ids import ClipId
from field_app.media.clip import SAMPLE_RATE, RecordingPlan
from field_app.media.encoder import SegmentEncoder
from field_app.media.pictures import picture

WIDTH, HEIGHT, FPS = 320, 180, 25
BITS = 12
_CELL = 24


@dataclass(frozen=True)
class Film:
    """A sealed segment: where it lies, how long it is, what it holds."""

    path: Path
    seconds: float
    size: int
    sha256: str
    ct_sha256: str


def draw(number: int) -> NDArray[np.uint8]:
    """Frame ``number`` with its number in black and white blocks, and noise that takes bytes."""
    noise = np.random.default_rng(number).integers(60, 200, (HEIGHT, WIDTH, 3), dtype=np.uint8)
    noise[:40] = 128
    for bit in range(BITS):
        noise[8:32, 8 + bit * _CELL:8 + bit * _CELL + 20] = 255 if number >> bit & 1 else 0
    return noise


def number_of(rgb: NDArray[np.uint8]) -> int:
    """The number drawn into a picture."""
    found = 0
    for bit in range(BITS):
        cell = rgb[14:26, 12 + bit * _CELL:8 + bit * _CELL + 16]
        found |= int(cell.mean() > 128) << bit
    return found


def _plan(*, sound_only: bool) -> RecordingPlan:
    return RecordingPlan(
        clip_id=ClipId("film"), folder=Path(), recipients=(Identity.generate().recipient,),
        clock=SystemClock(), camera=None if sound_only else 0, microphone="", width=WIDTH,
        height=HEIGHT, fps=FPS)


@lru_cache(maxsize=16)
def plain_film(*, seconds: int, first: int = 0, sound_only: bool = False) -> bytes:
    """``seconds`` of pictures from frame ``first`` on, with a tone of 440 Hz."""
    plan, clock = _plan(sound_only=sound_only), SystemClock()
    held = bytearray()
    encoder = SegmentEncoder(plan, number=1, started=clock.now(), sink=held.extend,
                             fragment_done=lambda: None)
    slot = SAMPLE_RATE // FPS
    for index in range(seconds * FPS):
        at = np.arange(index * slot, (index + 1) * slot) + first * slot
        tone = (8000 * np.sin(2 * np.pi * 440 * at / SAMPLE_RATE)).astype(np.int16)
        frame = None if sound_only else picture(draw(first + index), width=WIDTH, height=HEIGHT)
        encoder.add_slot(frame, tone)
    encoder.close()
    return bytes(held)


def film(folder: Path, identity: Identity, name: str, *, seconds: int, first: int = 0,
         sound_only: bool = False) -> Film:
    """The same, sealed as ``name``."""
    data = plain_film(seconds=seconds, first=first, sound_only=sound_only)
    done = seal_file(folder / name, [data], [identity.recipient])
    return Film(folder / name, seconds, done.size, done.sha256, done.ct_sha256)


def spoil(path: Path, *places: int) -> None:
    """Turn a byte over at each place of a file."""
    data = bytearray(path.read_bytes())
    for at in places:
        data[at] ^= 0xFF
    path.write_bytes(data)


def pieces(sound: Iterator[bytes]) -> NDArray[np.int16]:
    """All samples of a sound."""
    return np.frombuffer(b"".join(sound), "<i2")
