"""What the pages show: received cases, one case, what was refused, devices and their silence."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Generic, TypeVar

from sqlalchemy import Connection, Row, and_, func, select, tuple_

from field_app.crypto.canonical import parse
from field_app.headquarters.advice import CaseFinding, findings_of
from field_app.headquarters.alarms import alarms
from field_app.headquarters.case_search import find_cases
from field_app.headquarters.contacts import NETWORK, STICK, contacts
from field_app.headquarters.intake import ACCEPTED, REFUSED, WAITING
from field_app.headquarters.raising import UNSIGNED
from field_app.headquarters.tables import (
    case_file,
    case_object,
    case_officer,
    receipt,
    signed_paper,
    statement,
)
from field_app.headquarters.wishes import RETURN, Wish, wishes
from field_app.packages.index import ObjectKind
from field_app.protocol.receipt import Receipt, ReceiptReason

PAGE, PHOTOS, DEVICES = 50, 60, 200
Line = TypeVar("Line")
# A laptop that was silent for so long is shown as silent; it says so itself after three days.
SILENT_AFTER = timedelta(days=3)
_STATES = {"draft": "草稿", "submitted": "已提交", "closed": "已结案"}
_ROADS = {NETWORK: "网络", STICK: "存储介质"}
_ROLES = {"qualified": "执法人员", "auxiliary": "辅助人员"}


@dataclass(frozen=True)
class CaseLine:
    """One received case in the list; ``received``: its newest receipt."""

    package: str
    number: str
    party: str
    cause: str
    agency: str
    state: str
    device: str
    officers: str
    opened: datetime
    received: datetime | None


@dataclass(frozen=True)
class Paged(Generic[Line]):
    """One page of a list; ``total`` lines in all, ``each`` of them on a page."""

    lines: tuple[Line, ...]
    total: int
    page: int
    each: int = PAGE

    @property
    def pages(self) -> int:
        return max(1, -(-self.total // self.each))


@dataclass(frozen=True)
class Shown:
    """One object of a case; ``size`` in bytes of the original."""

    id: str
    kind: ObjectKind
    name: str
    mime: str
    size: int
    sha256: str
    ct_sha256: str
    captured: datetime | None


@dataclass(frozen=True)
class Settled:
    """One revision as it was judged, with what the receipt says; ``number`` and ``party`` of its case,
    empty where no revision of the package was accepted yet."""

    package: str
    revision: int
    accepted: bool
    at: datetime
    unit: str
    reasons: tuple[ReceiptReason, ...]
    device: str = ""
    files: int = 0
    number: str = ""
    party: str = ""


@dataclass(frozen=True)
class CaseView:
    """One case with all that it holds; ``stamped``: signed papers by object id, and when they got
    their time-stamp (None: still to come); ``findings``: what the rules say of it; ``wishes``: what
    people here sent down; ``beside``: packages of the same case by other laptops."""

    line: CaseLine
    hq_no: str
    officers: tuple[tuple[str, str, str], ...]
    objects: tuple[Shown, ...]
    receipts: tuple[Settled, ...]
    waiting: int
    stamped: dict[str, datetime | None]
    findings: tuple[CaseFinding, ...] = ()
    wishes: tuple[Wish, ...] = ()
    beside: tuple[tuple[str, str], ...] = ()

    @property
    def may_return(self) -> bool:
        """Whether the newest accepted revision was not given back yet."""
        newest = max((r.revision for r in self.receipts if r.accepted), default=0)
        return newest > 0 and all(w.kind != RETURN or w.revision < newest for w in self.wishes)

    def of_kind(self, *kinds: str) -> list[Shown]:
        return [o for o in self.objects if o.kind.value in kinds]


@dataclass(frozen=True)
class DeviceLine:
    """A device: when it last spoke (``days`` ago), by which road, and what it sent."""

    number: str
    last: datetime | None
    road: str
    days: int | None
    cases: int
    waiting: int
    refused: int
    silent: bool
    alarms: tuple[str, ...] = ()


def _officers(connection: Connection, packages: Sequence[str]) -> dict[str, list[Row[Any, Any, Any]]]:
    found: dict[str, list[Row[Any, Any, Any]]] = {}
    for row in connection.execute(select(case_officer).where(case_officer.c.package.in_(packages))
                                  .order_by(case_officer.c.cert_no)):
        found.setdefault(row.package, []).append(row)
    return found


def _received(connection: Connection, packages: Sequence[str]) -> dict[str, datetime]:
    # The verdict is looked at here: asked for it, SQLite goes through all receipts that say so.
    rows = connection.execute(select(receipt.c.package, receipt.c.at, receipt.c.verdict).where(
        receipt.c.package.in_(packages)).order_by(receipt.c.package, receipt.c.revision))
    return {package: datetime.fromisoformat(at) for package, at, verdict in rows if verdict == ACCEPTED}


def _line(row: Row[Any, Any, Any], officers: Sequence[Row[Any, Any, Any]],
          received: datetime | None) -> CaseLine:
    return CaseLine(
        package=row.package, number=row.hq_no or row.local_no, party=row.party, cause=row.cause,
        agency=row.agency, state=_STATES.get(row.state, row.state), device=row.device,
        officers="、".join(o.name for o in officers),
        opened=datetime.fromisoformat(row.opened), received=received)


def list_cases(connection: Connection, query: str = "", *, page: int = 1) -> Paged[CaseLine]:
    """Received cases, newest first, in which every word of ``query`` stands."""
    found = find_cases(connection, query, limit=PAGE, offset=PAGE * (max(1, page) - 1))
    rows = {row.package: row for row in connection.execute(
        select(case_file).where(case_file.c.package.in_(found.packages)))}
    officers, received = _officers(connection, found.packages), _received(connection, found.packages)
    lines = tuple(_line(rows[package], officers.get(package, ()), received.get(package))
                  for package in found.packages)
    return Paged(lines, found.total, max(1, min(page, -(-found.total // PAGE))))


def _settled(row: Any, told: Receipt) -> Settled:
    return Settled(row.package, row.revision, told.verdict.value == ACCEPTED, told.at, told.unit,
                   told.reasons, device=row.device, files=len(told.files),
                   number=row.hq_no or row.local_no or "", party=row.party or "")


def _receipts(connection: Connection, *conditions: Any, limit: int, offset: int = 0) -> tuple[Settled, ...]:
    newest = (receipt.c.at.desc(), receipt.c.package.desc(), receipt.c.revision.desc())
    # Which ones, by an index alone; what they say is read of those only.
    keys = connection.execute(
        select(receipt.c.package, receipt.c.revision).where(*conditions).order_by(*newest)
        .limit(limit).offset(offset)).all()
    rows = connection.execute(
        select(receipt.c.package, receipt.c.revision, receipt.c.data, statement.c.device,
               case_file.c.hq_no, case_file.c.local_no, case_file.c.party)
        .join(statement, and_(statement.c.package == receipt.c.package,
                              statement.c.revision == receipt.c.revision))
        .outerjoin(case_file, case_file.c.package == receipt.c.package)
        .where(tuple_(receipt.c.package, receipt.c.revision).in_([tuple(key) for key in keys]))
        .order_by(*newest))
    # Written and signed here: that its bytes are canonical was seen to then.
    return tuple(_settled(row, Receipt.from_json(parse(row.data, must_be_canonical=False))) for row in rows)


def shown_objects(connection: Connection, package: str, object_id: str = "") -> tuple[Shown, ...]:
    """What a package holds, in its order; only one when its id is given."""
    asked = select(case_object).where(case_object.c.package == package)
    if object_id:
        asked = asked.where(case_object.c.id == object_id)
    return tuple(
        Shown(r.id, ObjectKind(r.kind), r.name, r.mime, r.size, r.sha256, r.ct_sha256,
              datetime.fromisoformat(r.captured) if r.captured else None)
        for r in connection.execute(asked.order_by(case_object.c.ordinal)))


def _stamped(connection: Connection, package: str) -> dict[str, datetime | None]:
    rows = connection.execute(
        select(signed_paper.c.object, signed_paper.c.raised_at)
        .where(signed_paper.c.package == package, signed_paper.c.status != UNSIGNED))
    return {object_id: datetime.fromisoformat(at) if at else None for object_id, at in rows}


def read_case(connection: Connection, package: str) -> CaseView | None:
    """One case, or None."""
    row = connection.execute(select(case_file).where(case_file.c.package == package)).first()
    if row is None:
        return None
    officers = _officers(connection, [package]).get(package, [])
    waiting = connection.execute(select(func.count()).select_from(statement).where(
        statement.c.package == package, statement.c.status == WAITING)).scalar_one()
    return CaseView(
        line=_line(row, officers, _received(connection, [package]).get(package)),
        hq_no=row.hq_no or "",
        officers=tuple((o.name, o.cert_no, _ROLES.get(o.role, o.role)) for o in officers),
        objects=shown_objects(connection, package),
        receipts=_receipts(connection, receipt.c.package == package, limit=200), waiting=waiting,
        stamped=_stamped(connection, package),
        findings=tuple(findings_of(connection, package)),
        wishes=tuple(wishes(connection, package)), beside=_beside(connection, package, row.case_id))


def _beside(connection: Connection, package: str, case_id: str) -> tuple[tuple[str, str], ...]:
    rows = connection.execute(
        select(case_file.c.package, case_file.c.device)
        .where(case_file.c.case_id == case_id, case_file.c.package != package)
        .order_by(case_file.c.device))
    return tuple((row.package, row.device) for row in rows)


def list_receipts(connection: Connection, *, refused_only: bool = False, page: int = 1) -> Paged[Settled]:
    """Receipts of all packages, the newest first."""
    only = [receipt.c.verdict == REFUSED] if refused_only else []
    total = connection.execute(select(func.count()).select_from(receipt).where(*only)).scalar_one()
    page = max(1, min(page, -(-total // PAGE)))
    return Paged(_receipts(connection, *only, limit=PAGE, offset=PAGE * (page - 1)), total, page)


def some_photos(case: CaseView, page: int) -> Paged[Shown]:
    """One page of a case's photos: a browser that shows thousands at once shows none."""
    photos = case.of_kind(ObjectKind.PHOTO.value)
    page = max(1, min(page, -(-len(photos) // PHOTOS)))
    return Paged(tuple(photos[PHOTOS * (page - 1):PHOTOS * page]), len(photos), page, PHOTOS)


def list_devices(connection: Connection, now: datetime, query: str = "", *, page: int = 1) -> Paged[DeviceLine]:
    """Devices that ever spoke or sent and whose number holds ``query``; alarms and longest silence first."""
    heard = contacts(connection)
    by_status: dict[str, Counter[str]] = {}
    for device, status, count in connection.execute(
            select(statement.c.device, statement.c.status, func.count())
            .group_by(statement.c.device, statement.c.status)):
        by_status.setdefault(device, Counter())[status] = count
    cases = Counter[str]()
    for device, count in connection.execute(
            select(case_file.c.device, func.count()).group_by(case_file.c.device)):
        cases[device] = count
    rung: dict[str, list[str]] = {}
    for alarm in alarms(connection):
        rung.setdefault(alarm.device, []).append(
            f"{alarm.words}（案件包{alarm.package[:8]}…第{alarm.revision}版，{alarm.at:%Y-%m-%d}）")
    lines = []
    asked = query.strip().lower()
    for number in sorted(each for each in {*heard, *by_status, *rung} if asked in each.lower()):
        last, road = heard.get(number, (None, ""))
        counts = by_status.get(number, Counter())
        lines.append(DeviceLine(
            number, last, _ROADS.get(road, "不明"),
            None if last is None else max(0, (now - last).days), cases[number],
            waiting=counts[WAITING], refused=counts[REFUSED],
            silent=last is None or now - last > SILENT_AFTER, alarms=tuple(rung.get(number, ()))))
    lines.sort(key=lambda d: (not d.alarms, d.last is not None, d.last or now))
    page = max(1, min(page, -(-len(lines) // DEVICES)))
    return Paged(tuple(lines[DEVICES * (page - 1):DEVICES * page]), len(lines), page, DEVICES)
