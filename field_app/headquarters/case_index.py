"""Writes what an accepted package says into the tables people search."""

from collections.abc import Iterable, Iterator
from itertools import groupby, islice
from typing import Any

from sqlalchemy import Connection, delete, insert, select

from field_app.headquarters.case_search import forget_words, free_place, keep_words, words_of
from field_app.headquarters.store import upsert
from field_app.headquarters.tables import case_file, case_object, case_officer, event
from field_app.packages.events import LoggedEvent
from field_app.packages.index import CaseIndex, ObjectEntry
from field_app.packages.statement import Statement

_BATCH = 500


class LogFork(Exception):
    """Another event is known under this device and number; ``where`` says which."""

    def __init__(self, device: str, seq: int) -> None:
        super().__init__(f"{device} {seq}")
        self.where = f"{device} {seq}"


def _object_row(package: str, ordinal: int, entry: ObjectEntry) -> dict[str, Any]:
    return {
        "package": package, "id": entry.id, "ordinal": ordinal, "kind": entry.kind.value,
        "name": entry.name, "mime": entry.mime, "size": entry.size, "sha256": entry.sha256,
        "ct_sha256": entry.ct_sha256, "ct_size": entry.ct_size,
        "captured": entry.captured.moment.iso() if entry.captured else None}


def index_case(connection: Connection, told: Statement, index: CaseIndex) -> None:
    """Replace the rows of one package by what its newest accepted revision tells."""
    package = told.package
    forget_words(connection, package)
    for table in (case_file, case_officer, case_object):
        connection.execute(delete(table).where(table.c.package == package))
    case = index.case
    officers = {officer.cert_no: officer for officer in index.officers}
    place = free_place(connection, package, case.opened)
    words = words_of((case.local_no, case.hq_no, case.party, case.cause, case.agency, told.device,
                      *(officer.name for officer in officers.values())))
    connection.execute(insert(case_file).values(
        package=package, case_id=case.id, device=told.device, revision=told.revision,
        state=told.state.value, local_no=case.local_no, hq_no=case.hq_no, cause=case.cause,
        agency=case.agency, party=case.party, opened=case.opened.isoformat(),
        place=place, words=words))
    keep_words(connection, [(package, place, words)])
    for officer in officers.values():
        connection.execute(insert(case_officer).values(
            package=package, cert_no=officer.cert_no, name=officer.name,
            role=officer.role.value, cert_sha256=officer.cert_sha256))
    if index.objects:
        connection.execute(insert(case_object), [
            _object_row(package, ordinal, entry) for ordinal, entry in enumerate(index.objects)])


def _known_links(connection: Connection, device: str, first: int,
                 last: int) -> dict[int, tuple[str, str]]:
    rows = connection.execute(
        select(event.c.seq, event.c.hash, event.c.prev)
        .where(event.c.device == device, event.c.seq.between(first, last)))
    return {row.seq: (row.hash, row.prev) for row in rows}


def _check_links(connection: Connection, device: str, events: list[LoggedEvent]) -> None:
    first, last = events[0].seq - 1, events[-1].seq + 1
    known = _known_links(connection, device, first, last)
    for each in events:
        if each.seq in known and known[each.seq][0] != each.hash:
            raise LogFork(device, each.seq)
        if each.seq - 1 in known and known[each.seq - 1][0] != each.prev:
            raise LogFork(device, each.seq - 1)
        if each.seq + 1 in known and known[each.seq + 1][1] != each.hash:
            raise LogFork(device, each.seq + 1)


def _batches(events: Iterable[LoggedEvent]) -> Iterator[tuple[str, list[LoggedEvent]]]:
    for device, of_device in groupby(events, key=lambda each: each.device):
        while batch := list(islice(of_device, _BATCH)):
            yield device, batch


def check_events(connection: Connection, events: Iterable[LoggedEvent]) -> None:
    """Raise :class:`LogFork` when ``events`` contradict what is known."""
    for device, batch in _batches(events):
        _check_links(connection, device, batch)


def index_events(connection: Connection, events: Iterable[LoggedEvent]) -> None:
    """Add events to those known; raises :class:`LogFork` when two do not agree.

    The union of what all packages bring is the device's log, in whatever order they arrive.
    """
    for device, batch in _batches(events):
        _check_links(connection, device, batch)
        connection.execute(upsert(connection, event).on_conflict_do_nothing(), [
            {"device": device, "seq": each.seq, "hash": each.hash, "prev": each.prev,
             "case_id": each.case, "kind": each.kind, "data": each.line} for each in batch])
