"""Signed papers at headquarters: found in accepted cases, raised to B-LTA, watched until they are.

A job of its own beside the settling of cases; it may be cut off anywhere and done again. What it knows
stands in ``signed_paper``; what it made lies sealed in ``data/raised`` with a signed record, from which
the table is made again.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import PurePosixPath
from typing import Any

from sqlalchemy import Connection, Row, and_, exists, func, select, update

from field_app import logs
from field_app.credentials.cms import CmsRefused, sign_detached, verify_detached
from field_app.credentials.profile import Purpose
from field_app.credentials.trust import (
    REFUSE_NEW_CASES_AFTER,
    CertificateRefused,
    Trust,
    check_certificate,
)
from field_app.crypto.canonical import MalformedJson, canonical, parse
from field_app.crypto.hashing import sha256_hex
from field_app.crypto.stanzas import AgeError
from field_app.crypto.suites import AnyIdentity, SealedReader, seal_file
from field_app.errors import FieldAppError
from field_app.headquarters.away import StoreAway
from field_app.headquarters.depot import RAISED as RAISED_PLACE
from field_app.headquarters.depot import Depot, raised_key
from field_app.headquarters.examine import Examiner
from field_app.headquarters.pdf_judge import PdfJudge, PdfUnread
from field_app.headquarters.raise_pdf import LEVEL, NotRaised, raise_pdf, verify_raised
from field_app.headquarters.store import Claim, upsert
from field_app.headquarters.tables import case_object, signed_paper
from field_app.headquarters.timestamps import TimeAuthority, TimestampAway
from field_app.packages.durable import hash_stream
from field_app.packages.index import ObjectKind
from field_app.packages.layout import MAX_SIGNATURE_BYTES
from field_app.packages.open import PackageUnreadable, open_package
from field_app.protocol.strict import Malformed, Members

FORMAT = "le-raised/1"
UNSIGNED, WAITING, RAISED, BROKEN = "unsigned", "waiting", "raised", "broken"
AWAY = "tsa_away"
OVERDUE_AFTER = REFUSE_NEW_CASES_AFTER  # the period of the CRLs that a laptop works with
_FIRST_WAIT, _LONGEST_WAIT = timedelta(minutes=1), timedelta(hours=6)
_BATCH = 20
_MAX_PDF = 128 << 20
_MAX_RECORD = 64 << 10
_PDF = "application/pdf"


class RaisedInvalid(FieldAppError):
    """A raised paper or its record is missing, changed, or not of its original."""


@dataclass(frozen=True)
class RaisedRecord:
    """What headquarters signs of a raised paper (FORMAT.md, section 11)."""

    package: str
    object_id: str
    sha256: str
    size: int
    raised_sha256: str
    raised_size: int
    ct_sha256: str
    signed: datetime | None
    stamped: datetime
    at: datetime
    unit: str

    def data(self) -> bytes:
        return canonical({
            "format": FORMAT, "pkg": self.package, "object": self.object_id, "sha256": self.sha256,
            "size": self.size, "raised_sha256": self.raised_sha256,
            "raised_size": self.raised_size, "ct_sha256": self.ct_sha256, "level": LEVEL,
            "signed": _text(self.signed), "stamped": self.stamped.isoformat(),
            "at": self.at.isoformat(), "unit": self.unit})

    @classmethod
    def read(cls, data: bytes) -> "RaisedRecord":
        """Strict reading; ``Malformed`` or ``MalformedJson``."""
        members = Members(parse(data, limit=_MAX_RECORD), "raised", (
            "format", "pkg", "object", "sha256", "size", "raised_sha256", "raised_size",
            "ct_sha256", "level", "signed", "stamped", "at", "unit"))
        members.choice("format", (FORMAT,))
        members.choice("level", (LEVEL,))
        return cls(members.uuid("pkg"), members.uuid("object"), members.sha256("sha256"),
                   members.integer("size"), members.sha256("raised_sha256"),
                   members.integer("raised_size"), members.sha256("ct_sha256"),
                   None if members.is_null("signed") else members.time("signed"),
                   members.time("stamped"), members.time("at"), members.text("unit", limit=200))


@dataclass(frozen=True)
class SignedPaper:
    """One PDF of a case; ``problem`` is the code of the last try, empty when there was none."""

    package: str
    object_id: str
    name: str
    status: str
    signed_at: datetime | None
    raised_at: datetime | None
    tries: int
    problem: str

    def overdue(self, now: datetime) -> bool:
        """Signed longer ago than a laptop's CRLs may be old, and still not raised."""
        return (self.status == WAITING and self.signed_at is not None
                and now - self.signed_at > OVERDUE_AFTER)


def _text(at: datetime | None) -> str | None:
    return at.isoformat() if at is not None else None


def _time(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def signed_papers(connection: Connection) -> list[SignedPaper]:
    """Every signed PDF that headquarters knows of, oldest first."""
    rows = connection.execute(
        select(signed_paper, case_object.c.name)
        .join(case_object, and_(case_object.c.package == signed_paper.c.package,
                                case_object.c.id == signed_paper.c.object))
        .where(signed_paper.c.status != UNSIGNED)
        .order_by(signed_paper.c.signed_at, signed_paper.c.package, signed_paper.c.object))
    return [SignedPaper(r.package, r.object, r.name, r.status, _time(r.signed_at),
                        _time(r.raised_at), r.tries, r.problem) for r in rows]


def _read_object(examiner: Examiner, package: str, object_id: str) -> bytes:
    with examiner.store.read() as connection:
        sealed = connection.execute(select(case_object.c.ct_sha256).where(
            case_object.c.package == package, case_object.c.id == object_id)).scalars().all()
    with examiner.depot.shelf.borrow(package, objects=sealed) as place:
        opened = open_package(place, [examiner.identity])
        for entry in opened.index.objects:
            if entry.id == object_id:
                return opened.read(entry, limit=_MAX_PDF)
    raise PackageUnreadable("object_unreadable", object_id)


def _unknown(connection: Connection) -> list[Row[Any, Any, Any]]:
    known = exists().where(signed_paper.c.package == case_object.c.package,
                           signed_paper.c.object == case_object.c.id)
    return list(connection.execute(
        select(case_object.c.package, case_object.c.id, case_object.c.sha256)
        .where(case_object.c.kind == ObjectKind.DOCUMENT.value, case_object.c.mime == _PDF, ~known)
        .order_by(case_object.c.package, case_object.c.ordinal).limit(_BATCH)))


def find_papers(examiner: Examiner) -> int:
    """Look at PDFs not yet looked at; how many. Each is opened once."""
    with examiner.store.read() as connection:
        rows = _unknown(connection)
    with PdfJudge(examiner.trust.root, examiner.trust.intermediates) as judge:
        for row in rows:
            values = _judged(examiner, judge, row)
            with examiner.store.write() as connection:
                connection.execute(upsert(connection, signed_paper).values(
                    package=row.package, object=row.id, sha256=row.sha256, **values)
                    .on_conflict_do_nothing())
    return len(rows)


def _judged(examiner: Examiner, judge: PdfJudge, row: Row[Any, Any, Any]) -> dict[str, str | None]:
    try:
        times = judge.signed_at(_read_object(examiner, row.package, row.id))
    except (PdfUnread, PackageUnreadable) as error:
        logs.warn("signed paper does not hold", exception=type(error).__name__, package=row.package)
        return {"status": BROKEN, "signed_at": None}
    if not times:
        return {"status": UNSIGNED, "signed_at": None}
    return {"status": WAITING, "signed_at": _text(max((at for at in times if at is not None), default=None))}


def _due(connection: Connection, now: datetime) -> list[Row[Any, Any, Any]]:
    # While the authority is away nobody else is tried in its stead.
    away = connection.execute(select(func.max(signed_paper.c.again_at)).where(
        signed_paper.c.problem == AWAY, signed_paper.c.status == WAITING)).scalar()
    if away is not None and datetime.fromisoformat(away) > now:
        return []
    rows = connection.execute(
        select(signed_paper).where(signed_paper.c.status == WAITING)
        .order_by(signed_paper.c.again_at, signed_paper.c.signed_at))
    return [row for row in rows
            if row.again_at is None or datetime.fromisoformat(row.again_at) <= now][:_BATCH]


def _again(tries: int) -> timedelta:
    return min(_FIRST_WAIT * (1 << min(tries, 16)), _LONGEST_WAIT)


def _note(claim: Claim, row: Row[Any, Any, Any], **values: Any) -> None:
    with claim.write() as connection:
        connection.execute(update(signed_paper).where(
            signed_paper.c.package == row.package, signed_paper.c.object == row.object)
            .values(**values))


def raise_papers(examiner: Examiner, authority: TimeAuthority, *, now: datetime) -> int:
    """Raise what is due, a few at a time; how many were. Failures are tried again later."""
    with examiner.store.read() as connection:
        rows = _due(connection, now)
    done = 0
    for row in rows:
        mine = select(signed_paper).where(
            signed_paper.c.package == row.package, signed_paper.c.object == row.object,
            signed_paper.c.status == WAITING)
        with examiner.store.claim(mine, signed_paper) as claim:
            if claim is None:
                continue
            try:
                done += _try_one(examiner, authority, claim, now)
            except TimestampAway:
                _note(claim, claim.row, tries=claim.row.tries + 1, problem=AWAY,
                      again_at=(now + _again(claim.row.tries)).isoformat())
                logs.warn("time-stamping authority is away")
                break
    return done


def _try_one(examiner: Examiner, authority: TimeAuthority, claim: Claim, now: datetime) -> bool:
    row = claim.row
    try:
        made = _raise_one(examiner, authority, row, now)
    except (NotRaised, PackageUnreadable) as error:
        _note(claim, row, tries=row.tries + 1, problem=error.code,
              again_at=(now + _again(row.tries)).isoformat())
        logs.warn("signed paper not raised", code=error.code, package=row.package)
        return False
    _note(claim, row, status=RAISED, problem="", again_at=None, tries=row.tries + 1,
          raised_at=made.stamped.isoformat())
    return True


def _raise_one(examiner: Examiner, authority: TimeAuthority, row: Row[Any, Any, Any],
               now: datetime) -> RaisedRecord:
    original = _read_object(examiner, row.package, row.object)
    made = raise_pdf(original, examiner.trust, authority, at=now)
    if not made.pdf.startswith(original):
        raise NotRaised("file", "the original is not its beginning")
    # Named as what the service writes: whoever begins to settle clears away everything else.
    staged = examiner.depot.fresh("part")
    try:
        seal_file(staged, [made.pdf], [r.recipient for r in examiner.trust.hq_recipients])
        record = RaisedRecord(
            row.package, row.object, row.sha256, len(original), sha256_hex(made.pdf), len(made.pdf),
            sha256_hex(staged.read_bytes()), _time(row.signed_at), made.stamped, now, examiner.unit)
        examiner.depot.bytes.take(raised_key(row.package, row.object), staged)
    finally:
        staged.unlink(missing_ok=True)
    data = record.data()
    # The record comes last: whoever finds it finds its file and signature too.
    examiner.depot.bytes.put(raised_key(row.package, row.object, "p7s"), sign_detached(
        data, [examiner.signer], at=now, extra_certs=examiner.trust.intermediates))
    examiner.depot.bytes.put(raised_key(row.package, row.object, "json"), data)
    return record


def read_record(depot: Depot, package: str, object_id: str, trust: Trust) -> RaisedRecord:
    """The signed record of a raised paper; :class:`RaisedInvalid`."""
    try:
        data = depot.bytes.get(raised_key(package, object_id, "json"), _MAX_RECORD)
        record = RaisedRecord.read(data)
        signature = depot.bytes.get(raised_key(package, object_id, "p7s"), MAX_SIGNATURE_BYTES)
        for signer in verify_detached(data, signature):
            check_certificate(signer.certificate, trust, at=signer.signing_time,
                              purpose=Purpose.HEADQUARTERS)
    except StoreAway:
        raise
    except (OSError, Malformed, MalformedJson, CmsRefused, CertificateRefused) as error:
        raise RaisedInvalid(type(error).__name__) from error
    if (record.package, record.object_id) != (package, object_id):
        raise RaisedInvalid("of another paper")
    return record


def open_raised(depot: Depot, record: RaisedRecord, identity: AnyIdentity) -> bytes:
    """The raised PDF, held to its record and to its original's hash; :class:`RaisedInvalid`."""
    try:
        with depot.bytes.open(raised_key(record.package, record.object_id)) as file:
            if hash_stream(file)[0] != record.ct_sha256:
                raise RaisedInvalid("changed")
            pdf = b"".join(SealedReader(file, [identity]).stream())
    except StoreAway:
        raise
    except (OSError, AgeError) as error:
        raise RaisedInvalid(type(error).__name__) from error
    if (sha256_hex(pdf) != record.raised_sha256
            or sha256_hex(pdf[:record.size]) != record.sha256):
        raise RaisedInvalid("not of its original")
    return pdf


def check_raised(depot: Depot, connection: Connection, trust: Trust, identity: AnyIdentity,
                 authority: TimeAuthority | None) -> Iterator[str]:
    """Where raised papers are not what the tables say; without an authority their time-stamps are
    not judged."""
    rows = connection.execute(select(signed_paper).where(signed_paper.c.status == RAISED)).all()
    for row in rows:
        try:
            record = read_record(depot, row.package, row.object, trust)
            if record.sha256 != row.sha256:
                raise RaisedInvalid("of another paper")
            pdf = open_raised(depot, record, identity)
            if authority is not None:
                verify_raised(pdf, trust, authority)
        except (RaisedInvalid, NotRaised):
            yield f"{row.package}/{row.object}"


def restore_raised(depot: Depot, connection: Connection, trust: Trust) -> None:
    """Fill the table again from the signed records; the rest is found and looked at anew."""
    for key in depot.bytes.keys(RAISED_PLACE):
        place = PurePosixPath(key)
        if place.suffix != ".json" or len(place.parts) != 3:
            continue
        try:
            record = read_record(depot, place.parent.name, place.stem, trust)
        except RaisedInvalid:
            logs.warn("record of a raised paper does not hold", package=place.parent.name[:36])
            continue
        connection.execute(upsert(connection, signed_paper).values(
            package=record.package, object=record.object_id, sha256=record.sha256, status=RAISED,
            signed_at=_text(record.signed), raised_at=record.stamped.isoformat())
            .on_conflict_do_nothing())
