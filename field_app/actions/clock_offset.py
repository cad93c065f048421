"""How far this laptop's clock lies from headquarters': asked at each sync, on record, never applied.

The event ``clock_offset`` records what to add to local times; recorded times stay as they are, and
reports show the corrected time beside (PROTOCOL.md, section 4).
"""

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from field_app.actions.context import Session
from field_app.actions.unlock_card import machine
from field_app.credentials.seen_time import TOLERANCE, keep_told
from field_app.domain.clock import CHINA
from field_app.storage import events
from field_app.storage.store import Tx
from field_app.sync.client import HeadquartersClient
from field_app.sync.clock import Measured, measure
from field_app.sync.errors import FalseTime, SyncFailed

KIND = "clock_offset"
NETWORK, RECEIPT = "network", "receipt"
_MS = timedelta(milliseconds=1)
CLOCK_REMEDY = "请在系统设置里校准日期和时间；已记录的时间不改动，报告里另列校正时间"
# Wall and monotonic time between two moments of one boot agree to this; a suspended laptop's do not.
_AGREES = timedelta(seconds=2)


@dataclass(frozen=True)
class Offset:
    """What to add to local times, exact to ``uncertainty``; ``seq``: the event that records it."""

    seq: int
    source: str
    offset: timedelta
    uncertainty: timedelta
    wall: datetime
    mono_ms: int
    boot: str

    def excludes(self, offset: timedelta, uncertainty: timedelta) -> bool:
        """Whether the two cannot both be true of one clock."""
        return abs(self.offset - offset) > self.uncertainty + uncertainty


def _read(event: events.StoredEvent) -> Offset:
    members = event.members()
    body, at = members["body"], members["at"]
    return Offset(event.seq, str(body["source"]), int(body["offset_ms"]) * _MS,
                  int(body["uncertainty_ms"]) * _MS, datetime.fromisoformat(at["wall"]),
                  int(at["mono_ms"]), str(at["boot"]))


def known_offset(tx: Tx) -> Offset | None:
    """The newest on record, or None."""
    found = events.last_of_kind(tx, KIND)
    return _read(found) if found is not None else None


def _note(session: Session, tx: Tx, source: str, offset: timedelta, uncertainty: timedelta,
          told: datetime, local: datetime) -> None:
    session.note(tx, KIND, body={
        "source": source, "offset_ms": round(offset / _MS), "uncertainty_ms": -(-uncertainty // _MS),
        "told": told.astimezone(CHINA).isoformat(timespec="milliseconds"),
        "local": local.isoformat(timespec="milliseconds")})


def ask_headquarters(session: Session, client: HeadquartersClient) -> Measured | None:
    """Measure at a sync and put it on record when it is new; never hinders the sync.

    None when headquarters signs no time, cannot be reached, or told a time that proves nothing (that
    is on record too).
    """
    try:
        found = measure(client, session.trust, device=session.header.device,
                        clock=session.context.clock)
    except FalseTime as error:
        with session.begin() as tx:
            session.note(tx, "false_time", body={"code": error.detail})
        return None
    except SyncFailed:
        return None  # Sending comes next and tells what is the matter.
    if found is None:
        return None
    offset, uncertainty = found.offset_ms * _MS, found.uncertainty_ms * _MS
    with session.begin() as tx:
        before = known_offset(tx)
        new = before is None or before.source != NETWORK or before.boot != found.local.boot
        if new or (before is not None and before.excludes(offset, uncertainty)):
            _note(session, tx, NETWORK, offset, uncertainty, found.told, found.local.wall)
    keep_told(session.context.data.clock, machine(session.context), found.told)
    return found


def note_receipt(session: Session, tx: Tx, *, made: datetime, signed: datetime,
                 kept: datetime) -> None:
    """What a receipt proves of the clock: headquarters signed between two local moments.

    On record only when it excludes what was believed until now: the offset known, or none.
    """
    low, high = signed - kept, signed - made
    if high < low:  # The clock was set back between the two: nothing is proved.
        return
    offset, uncertainty = (low + high) / 2, (high - low) / 2
    before = known_offset(tx)
    believed = (before.offset, before.uncertainty) if before is not None else (timedelta(), TOLERANCE)
    if abs(offset - believed[0]) > uncertainty + believed[1]:
        _note(session, tx, RECEIPT, offset, uncertainty, signed, kept)


def true_present(session: Session, tx: Tx) -> datetime:
    """The present, set right where the clock is known to run ahead: never later than it can be."""
    known = known_offset(tx)
    return session.at + min(known.offset + known.uncertainty, timedelta()) if known else session.at


def _span(length: timedelta) -> str:
    minutes = round(abs(length) / timedelta(minutes=1))
    days, rest = divmod(minutes, 24 * 60)
    hours, minutes = divmod(rest, 60)
    parts = ((days, "天"), (hours, "小时"), (minutes, "分钟"))
    return "".join(f"{n}{unit}" for n, unit in parts if n) or "不到1分钟"


def clock_words(session: Session) -> str:
    """That the clock is wrong by more than two minutes, in plain words; empty when it is not."""
    with session.begin() as tx:
        known = known_offset(tx)
    if known is None or abs(known.offset) - known.uncertainty <= TOLERANCE:
        return ""
    pace = "慢" if known.offset > timedelta() else "快"
    return f"电脑时钟{pace}{_span(known.offset)}"


class Corrections:
    """Corrected times of events, by the offsets on record."""

    def __init__(self, tx: Tx) -> None:
        self._known: Sequence[Offset] = [_read(e) for e in events.all_of_kind(tx, KIND)]
        self._seqs = [each.seq for each in self._known]

    def __bool__(self) -> bool:
        return bool(self._known)

    def newest(self) -> Offset | None:
        return self._known[-1] if self._known else None

    def of(self, seq: int, at: dict[str, Any]) -> tuple[datetime, bool] | None:
        """The corrected time of event ``seq`` recorded ``at``, and whether that is sure.

        By the next measurement after it, else by the last one before; None when there is none. It is
        sure within the boot of the measurement while wall and monotonic clock agree; across boots
        somebody may have set the clock, so it is told as about.
        """
        if not self._known:
            return None
        place = min(bisect_left(self._seqs, seq), len(self._known) - 1)
        used = self._known[place]
        wall = datetime.fromisoformat(str(at["wall"]))
        if str(at["boot"]) == used.boot:
            ticked = (used.mono_ms - int(at["mono_ms"])) * _MS
            walked = used.wall - wall
            if abs(walked - ticked) <= _AGREES:
                return wall + used.offset, used.source == NETWORK
            if walked < ticked:  # The clock was set back meanwhile; the monotonic one was not.
                return used.wall - ticked + used.offset, used.source == NETWORK
        return wall + used.offset, False
