"""Cloned or restored disks as they came to light here; kept until somebody looked into them."""

from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import Connection, select

from field_app.headquarters.store import upsert
from field_app.headquarters.tables import device_alarm

FORK, LOG_FORK = "fork", "log_fork"


@dataclass(frozen=True)
class Alarm:
    """``kind``: ``fork`` (two contents of one revision) or ``log_fork`` (two events of one number)."""

    device: str
    package: str
    revision: int
    kind: str
    at: datetime

    @property
    def words(self) -> str:
        what = "同一案件包同一版有两份内容" if self.kind == FORK else "同一序号有两条不同的日志"
        return f"{what}，磁盘可能被复制或还原过"


def note_alarm(connection: Connection, device: str, package: str, revision: int, kind: str) -> None:
    """Keep an alarm; the first time it rang counts."""
    connection.execute(upsert(connection, device_alarm).values(
        device=device, package=package, revision=revision, kind=kind,
        at=datetime.now(UTC).isoformat(timespec="seconds")).on_conflict_do_nothing())


def alarms(connection: Connection) -> list[Alarm]:
    """Every alarm, newest first."""
    rows = connection.execute(select(device_alarm).order_by(device_alarm.c.at.desc()))
    return [Alarm(r.device, r.package, r.revision, r.kind, datetime.fromisoformat(r.at)) for r in rows]
