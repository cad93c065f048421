"""Tables of headquarters as a city fills them, with names as they are here; the same ones each time."""

import hashlib
import random
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import Any

from sqlalchemy import Connection, insert

from benchmarks.desk.many import _CAUSES, _NAMES, _PLACES, _TRADES, _WORDS
from field_app.headquarters.case_search import free_place, keep_words, words_of
from field_app.headquarters.store import HqStore
from field_app.headquarters.tables import (
    case_file,
    case_object,
    case_officer,
    console_event,
    device_alarm,
    device_contact,
    receipt,
    statement,
)
from field_app.packages.receipts import receipt_bytes
from field_app.packages.verdicts import finding
from field_app.protocol.receipt import Receipt, ReceiptReason, ReceivedFile, Verdict

A_TIME = 2500
PHOTOS = 2000
"""How many photos the newest case has."""
_OBJECTS = 3
_REFUSED_EACH = 50
_UNIT = "重庆市武隆区综合行政执法总部"
_REASONS = ("signature_invalid", "file_changed", "officers_missing", "log_gap")
_KINDS = (("document", "现场检查笔录.pdf", "application/pdf"), ("video", "音像01-01.mp4", "video/mp4"),
          ("photo", "现场照片01.jpg", "image/jpeg"))


@dataclass(frozen=True)
class Made:
    """A case and the words it is found by."""

    package: str
    texts: tuple[str, ...]


def _id(rng: random.Random) -> str:
    return str(uuid.UUID(int=rng.getrandbits(128), version=4))


def _sha(*parts: object) -> str:
    return hashlib.sha256("/".join(map(str, parts)).encode()).hexdigest()


def _person(rng: random.Random) -> str:
    return rng.choice(_NAMES) + "".join(rng.choices(_WORDS, k=rng.choice((1, 2))))


@dataclass(frozen=True)
class _Case:
    row: dict[str, Any]
    officers: list[dict[str, Any]]
    opened: datetime
    photos: int

    @property
    def texts(self) -> tuple[str, ...]:
        told = (self.row[each] for each in ("local_no", "hq_no", "party", "cause", "agency", "device"))
        return (*(text for text in told if text), *(each["name"] for each in self.officers))


def _cases(count: int, devices: int) -> Iterator[_Case]:
    """The oldest first; one in three has a number of headquarters too."""
    rng = random.Random(7)
    crew = [[(f"YL5001{number:04d}{n}", _person(rng)) for n in (1, 2)] for number in range(devices)]
    newest = datetime(2026, 11, 26, 9, tzinfo=UTC)
    for number in range(count):
        laptop = rng.randrange(devices)
        package, place, person = _id(rng), rng.choice(_PLACES), _person(rng)
        opened = newest - timedelta(minutes=count - number)
        yield _Case({
            "package": package, "case_id": _id(rng), "device": f"D{laptop:04d}", "revision": 1,
            "state": "submitted", "local_no": f"D{laptop:04d}-2026-{number:06d}",
            "hq_no": f"武综执〔2026〕{number}号" if number % 3 == 0 else None, "cause": rng.choice(_CAUSES),
            "agency": f"重庆市武隆区{place}人民政府",
            "party": rng.choice((person, f"武隆区{place}{person}{rng.choice(_TRADES)}")),
            "opened": opened.isoformat()},
            [{"package": package, "cert_no": cert, "name": name, "role": "qualified",
              "cert_sha256": _sha(cert)} for cert, name in crew[laptop]],
            opened, PHOTOS if number == count - 1 else 0)


def _objects(case: _Case) -> list[dict[str, Any]]:
    kinds = [*_KINDS[:_OBJECTS], *[_KINDS[2]] * case.photos]
    package = case.row["package"]
    return [{"package": package, "id": str(uuid.UUID(_sha(package, n)[:32], version=4)), "ordinal": n,
             "kind": kind, "name": f"{n:04d}-{name}", "mime": mime, "size": 100_000 + n,
             "sha256": _sha(package, n, "plain"), "ct_sha256": _sha(package, n, "sealed"),
             "ct_size": 100_200 + n, "captured": case.opened.isoformat()}
            for n, (kind, name, mime) in enumerate(kinds)]


def _judged(case: _Case, revision: int, objects: list[dict[str, Any]]) -> tuple[dict[str, Any], ...]:
    package, at = case.row["package"], case.opened + timedelta(hours=revision)
    refused = revision > 1
    wrong = finding(_REASONS[case.opened.minute % len(_REASONS)])
    told = Receipt(
        package, revision, _sha(package, revision), Verdict.REFUSED if refused else Verdict.ACCEPTED,
        () if refused else tuple(ReceivedFile(o["ct_sha256"], o["ct_size"]) for o in objects),
        (ReceiptReason(wrong.code, wrong.text, wrong.remedy, "data/index"),) if refused else (), _UNIT, at)
    return ({"package": package, "revision": revision, "verdict": told.verdict.value,
             "at": at.isoformat(), "data": receipt_bytes(told), "signature": b""},
            {"package": package, "revision": revision, "sha256": told.statement_sha256,
             "device": case.row["device"], "state": "submitted", "status": told.verdict.value,
             "data": b"", "signature": b"", "stamped": None})


def _write(connection: Connection, some: list[tuple[int, _Case]]) -> None:
    objects = {number: _objects(case) for number, case in some}
    for _, case in some:
        case.row.update(place=free_place(connection, case.row["package"], case.opened), words=words_of(case.texts))
    keep_words(connection, [(case.row["package"], case.row["place"], case.row["words"]) for _, case in some])
    settled = [_judged(case, revision, objects[number]) for number, case in some
               for revision in ((1, 2) if number % _REFUSED_EACH == 0 else (1,))]
    for table, rows in (
            (case_file, [case.row for _, case in some]),
            (case_officer, [row for _, case in some for row in case.officers]),
            (case_object, [row for each in objects.values() for row in each]),
            (receipt, [row for row, _ in settled]), (statement, [row for _, row in settled]),
            (console_event, [{
                "at": case.opened.isoformat(), "user": "chenjing", "what": what, "object": "",
                "package": case.row["package"], "detail": ""} for _, case in some
                for what in ("case", "download")])):
        connection.execute(insert(table), rows)


def fill(store: HqStore, count: int, devices: int) -> None:
    """Write ``count`` cases of ``devices`` laptops: three objects each (the newest has 2,000 photos
    more), two officers, a receipt, two looks; each fiftieth has a refused second revision too."""
    cases = enumerate(_cases(count, devices))
    while some := list(islice(cases, A_TIME)):
        with store.write(synced=False) as connection:
            _write(connection, some)
    now = datetime(2026, 11, 26, 9, tzinfo=UTC)
    with store.write() as connection:
        connection.execute(insert(device_contact), [
            {"device": f"D{number:04d}", "at": (now - timedelta(days=number % 400)).isoformat(),
             "road": "stick" if number % 3 else "network"} for number in range(devices)])
        connection.execute(insert(device_alarm), [
            {"device": f"D{number:04d}", "package": _sha(number)[:36], "revision": 1, "kind": "fork",
             "at": now.isoformat()} for number in range(0, devices, 200)])


def made(count: int, devices: int) -> list[Made]:
    """What was written, the newest first, as it is to be found."""
    return [Made(case.row["package"], case.texts) for case in _cases(count, devices)][::-1]
