"""What damage took from a sealed segment: which bytes, and which seconds they were."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from field_app.crypto.salvage import SalvageReader
from field_app.crypto.stanzas import AgeError
from field_app.crypto.suites import AnyIdentity
from field_app.media.containers import open_container
from field_app.media.errors import Unplayable
from field_app.media.fragment_walk import Fragments, walk
from field_app.media.zeroed import ZeroedFile


@dataclass(frozen=True)
class Loss:
    """Seconds of a segment that cannot be played and the plaintext bytes that are gone.

    Equal seconds mean that bytes are gone but every second still plays.
    """

    from_s: float
    to_s: float
    from_byte: int
    to_byte: int


def _spans(places: Fragments, gone: Sequence[tuple[int, int]],
           duration_s: float) -> list[tuple[float, float]]:
    """Seconds that no whole fragment covers."""
    whole = []
    for index, one in enumerate(places.found):
        end = places.found[index + 1].start_s if index + 1 < len(places.found) else duration_s
        if index + 1 < len(places.found) and (
                one.offset + one.length != places.found[index + 1].offset):
            # Something between the two is lost: this one plays for a second, as all do.
            end = min(end, one.start_s + _usual(places))
        if not any(a < one.offset + one.length and b > one.offset for a, b in gone):
            whole.append((one.start_s, end))
    return _between(whole, duration_s)


def _usual(places: Fragments) -> float:
    steps = [b.start_s - a.start_s for a, b in zip(places.found, places.found[1:], strict=False)
             if a.offset + a.length == b.offset]
    return sorted(steps)[len(steps) // 2] if steps else 1.0


def _between(whole: Sequence[tuple[float, float]], duration_s: float) -> list[tuple[float, float]]:
    """What ``whole`` (in order) leaves uncovered of ``0..duration_s``."""
    left, at = [], 0.0
    for begin, end in whole:
        if begin - at > 1e-3:
            left.append((at, begin))
        at = max(at, end)
    if duration_s - at > 1e-3:
        left.append((at, duration_s))
    return left


def _of_packets(reader: SalvageReader, gone: Sequence[tuple[int, int]],
                duration_s: float) -> list[tuple[float, float]]:
    """Seconds of an ordinary file (one index for all) whose samples are gone."""
    hit: list[tuple[float, float]] = []
    try:
        with open_container(ZeroedFile(reader)) as container:
            track: Any = next(iter(container.streams.video), None) or next(
                iter(container.streams.audio), None)
            for packet in container.demux(track):
                if packet.pts is None or packet.pos is None or packet.time_base is None:
                    continue
                if any(a < packet.pos + packet.size and b > packet.pos for a, b in gone):
                    at = float(packet.pts * packet.time_base)
                    hit.append((at, at + float((packet.duration or 0) * packet.time_base)))
    except (Unplayable, OSError, ValueError):
        return [(0.0, duration_s)]
    if track is None:
        return [(0.0, duration_s)]
    return _joined(sorted(hit))


def _joined(spans: Sequence[tuple[float, float]]) -> list[tuple[float, float]]:
    made: list[tuple[float, float]] = []
    for begin, end in spans:
        if made and begin - made[-1][1] < 0.1:
            made[-1] = (made[-1][0], max(end, made[-1][1]))
        else:
            made.append((begin, end))
    return made


def losses_of(reader: SalvageReader, *, duration_s: float) -> tuple[Loss, ...]:
    """What is gone of a segment that can at least be opened; empty when all is there."""
    gone = list(reader.lost())
    if not gone:
        return ()
    places = walk(reader)
    spans = (_spans(places, gone, duration_s) if places is not None
             else _of_packets(reader, gone, duration_s))
    if not spans:
        return tuple(Loss(duration_s, duration_s, a, b) for a, b in gone)
    first, last = gone[0][0], gone[-1][1]
    if len(spans) == 1 or places is None:
        return tuple(Loss(a, b, first, last) for a, b in spans)
    return tuple(_with_bytes(span, places, gone, reader.size) for span in spans)


def _with_bytes(span: tuple[float, float], places: Fragments, gone: Sequence[tuple[int, int]],
                size: int) -> Loss:
    """The lost bytes that lie between the whole fragments around ``span``."""
    before = [f for f in places.found if f.start_s < span[0] - 1e-3]
    after = [f for f in places.found if f.start_s >= span[1] - 1e-3]
    low = before[-1].offset + before[-1].length if before else 0
    high = after[0].offset if after else size
    inside = [(max(a, low), min(b, high)) for a, b in gone if a < high and b > low]
    if not inside:
        return Loss(*span, low, high)
    return Loss(*span, inside[0][0], inside[-1][1])


def find_losses(path: Path, identities: Sequence[AnyIdentity], *, size: int,
                duration_s: float) -> tuple[Loss, ...]:
    """What is gone of the sealed segment at ``path``, which had ``size`` plaintext bytes.

    A missing file, or one whose head is unreadable, has lost everything.
    """
    try:
        with path.open("rb") as file:
            return losses_of(SalvageReader(file, identities, size=size), duration_s=duration_s)
    except (OSError, AgeError):
        return (Loss(0.0, duration_s, 0, size),)
