"""Reads the event log's lines and holds them to their chain (FORMAT.md, section 6)."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from field_app.crypto.canonical import MalformedJson, parse
from field_app.crypto.hashing import sha256_hex
from field_app.domain.events import GENESIS
from field_app.packages import layout
from field_app.protocol.strict import SHA256, Malformed, checked_integer, checked_text, require

RANGE_BYTES = 32 << 20
_NEEDED = ("v", "dev", "seq", "prev", "case", "hlc", "typ", "body", "actors", "at")


class ChainBroken(Malformed):
    """An event does not follow the one before it."""


@dataclass(frozen=True)
class LoggedEvent:
    """One event as its device wrote it; ``line`` is what was hashed, ``hash`` its hash."""

    device: str
    seq: int
    prev: str
    hash: str
    case: str
    kind: str
    line: bytes
    members: dict[str, Any]


@dataclass(frozen=True)
class LogRange:
    """Events ``first`` to ``last`` of a device as lines, with the hashes at both ends."""

    device: str
    first: int
    last: int
    prev: str
    head: str
    data: bytes


def read_event(line: bytes) -> LoggedEvent:
    """One line without LF; :class:`Malformed` when it is no canonical event."""
    try:
        members = parse(line, limit=layout.MAX_EVENT_BYTES)
    except MalformedJson as error:
        raise Malformed("event", str(error)) from error
    require(isinstance(members, dict) and all(name in members for name in _NEEDED),
            "event", "members")
    return LoggedEvent(
        device=checked_text(members["dev"], "event.dev", limit=32, pattern=layout.DEVICE),
        seq=checked_integer(members["seq"], "event.seq", low=1, high=layout.MAX_SEQ),
        prev=checked_text(members["prev"], "event.prev", limit=64, pattern=SHA256),
        hash=sha256_hex(line), case=checked_text(members["case"], "event.case", limit=36, empty=True),
        kind=checked_text(members["typ"], "event.typ", limit=80), line=line, members=members)


def read_lines(data: bytes) -> Iterator[LoggedEvent]:
    """The events of JSONL bytes, each line ended by LF; the chain is not judged."""
    require(data.endswith(b"\n"), "log", "empty or cut")
    start = 0
    while start < len(data):
        end = data.index(b"\n", start)
        yield read_event(data[start:end])
        start = end + 1


def read_chain(data: bytes, *, device: str, first: int, prev: str) -> Iterator[LoggedEvent]:
    """As :func:`read_lines`, and each event must follow the last; :class:`ChainBroken`."""
    expected, before = first, prev
    for event in read_lines(data):
        if (event.device, event.seq, event.prev) != (device, expected, before):
            raise ChainBroken(f"event {expected}", "does not follow")
        yield event
        expected, before = event.seq + 1, event.hash


def split_ranges(lines: Iterable[bytes]) -> list[LogRange]:
    """Event lines (JSONL bytes, one device's events after the other) as bounded ranges.

    A new range starts when the device changes or the range is full. Raises :class:`Malformed`
    or :class:`ChainBroken`.
    """
    ranges: list[LogRange] = []
    held: list[LoggedEvent] = []
    size = 0

    def flush() -> None:
        if held:
            ranges.append(LogRange(
                held[0].device, held[0].seq, held[-1].seq, held[0].prev, held[-1].hash,
                b"".join(event.line + b"\n" for event in held)))
        held.clear()

    for data in lines:
        for event in read_lines(data):
            require((event.seq == 1) == (event.prev == GENESIS), "event.prev", "and seq")
            if held and event.device == held[-1].device and (
                    (event.seq, event.prev) != (held[-1].seq + 1, held[-1].hash)):
                raise ChainBroken(f"event {event.seq}", "does not follow")
            if held and (event.device != held[-1].device or size > RANGE_BYTES):
                flush()
                size = 0
            held.append(event)
            size += len(event.line) + 1
    flush()
    return ranges
