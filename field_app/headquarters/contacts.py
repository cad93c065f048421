"""When each device last spoke to headquarters."""

import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime

from sqlalchemy import Connection, select

from field_app.headquarters.store import HqStore, upsert
from field_app.headquarters.tables import device_contact

NETWORK, STICK = "network", "stick"
_NOTE_EVERY_S = 60.0


def note_contact(connection: Connection, device: str, road: str, at: datetime) -> None:
    """``device`` was heard of by ``road`` at ``at`` (aware)."""
    row = {"at": at.astimezone(UTC).isoformat(timespec="seconds"), "road": road}
    connection.execute(upsert(connection, device_contact).values(device=device, **row)
                       .on_conflict_do_update(index_elements=["device"], set_=row))


def contacts(connection: Connection) -> dict[str, tuple[datetime, str]]:
    """Last contact of every device: when, and by which road."""
    rows = connection.execute(select(device_contact))
    return {row.device: (datetime.fromisoformat(row.at), row.road) for row in rows}


class Contacts:
    """Notes calls of the upload service, once a minute for each device at most."""

    def __init__(self, store: HqStore, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._store = store
        self._clock = clock
        self._lock = threading.Lock()
        self._noted: dict[str, float] = {}

    def is_due(self, device: str) -> bool:
        """Whether :meth:`heard` would write; never waits."""
        return self._clock() - self._noted.get(device, float("-inf")) >= _NOTE_EVERY_S

    def heard(self, device: str) -> None:
        """``device`` called just now."""
        with self._lock:
            now = self._clock()
            if now - self._noted.get(device, float("-inf")) < _NOTE_EVERY_S:
                return
            self._noted[device] = now
        with self._store.write() as connection:
            note_contact(connection, device, NETWORK, datetime.now(UTC))
