"""A long event log as a laptop writes it, made fast; and what one more event costs."""

import hashlib
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta

from sqlalchemy import insert

from field_app.crypto.canonical import canonical
from field_app.domain.clock import Moment, SystemClock
from field_app.domain.events import GENESIS, Event
from field_app.domain.ids import DeviceId
from field_app.storage import events
from field_app.storage.store import Store
from field_app.storage.tables import event

DEVICE = DeviceId("D001")
ACTORS = ("YL50015600101", "YL50015600102")
_BLOCK, _CASES = 20_000, 400
_APPENDS, _BATCH = 4000, 200
# What a day's log mostly holds, with bodies as long as theirs.
KINDS = ("paper_viewed", "print_started", "print_ended", "recording_viewed", "photo_taken", "step_begun")
_BODY = {"paper": "8f14e45f-ceea-467f-a9f3-0d1c7a2b6f10", "why": "viewed", "number": "武演乡执〔2026〕3",
         "pdf_sha256": "9f3a5c01" * 8}


@dataclass(frozen=True)
class Line:
    """An event with what the table tells beside its bytes."""

    seq: int
    kind: str
    case: str
    wall: str
    hash: str
    data: bytes


def _case(number: int) -> str:
    return f"00000000-0000-4000-8000-{number % _CASES:012d}"


def lines(count: int) -> Iterator[Line]:
    """A chain that holds, one event a second."""
    prev, start = GENESIS, SystemClock().now()
    for seq in range(1, count + 1):
        wall = start.wall + timedelta(seconds=seq)
        moment = Moment(wall, start.mono_ms + seq * 1000, start.boot)
        made = Event(DEVICE, seq, prev, KINDS[seq % len(KINDS)], moment,
                     f"{int(wall.timestamp() * 1000):015d}-0000", _case(seq), ACTORS, _BODY)
        data = canonical(made.members())
        prev = hashlib.sha256(data).hexdigest()
        yield Line(seq, made.kind, made.case, moment.iso(), prev, data)


def log_lines(count: int) -> Iterator[list[bytes]]:
    """The same as an export holds them, in blocks."""
    block: list[bytes] = []
    for line in lines(count):
        block.append(line.data)
        if len(block) == _BLOCK:
            yield block
            block = []
    yield block


def fill(store: Store, count: int) -> None:
    """Put a long log into an empty store."""
    rows: list[dict[str, object]] = []
    for line in lines(count):
        rows.append({"seq": line.seq, "hash": line.hash, "kind": line.kind, "case_id": line.case,
                     "wall": line.wall, "data": line.data})
        if len(rows) == _BLOCK or line.seq == count:
            with store.begin() as tx:
                tx.connection.execute(insert(event), rows)
            rows = []


def append_times(store: Store) -> list[float]:
    """CPU milliseconds of each append, many in a transaction as an action notes them; the commit
    (one write to the disk for all of them) is not in it."""
    took: list[float] = []
    with store.begin() as tx:
        last = events.head(tx)
    now = SystemClock().now()
    moment = replace(now, wall=now.wall + timedelta(seconds=last.seq))
    for _ in range(_APPENDS // _BATCH):
        with store.begin() as tx:
            for number in range(_BATCH):
                started = time.thread_time()
                events.append(tx, KINDS[0], device=DEVICE, moment=moment, case=_case(number),
                              actors=ACTORS, body=_BODY)
                took.append((time.thread_time() - started) * 1000)
    return took
