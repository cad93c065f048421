"""The case index ``le-index/1``: what a package holds, told to its readers (FORMAT.md, section 5)."""

import hmac
import re
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import Any

from field_app.crypto.canonical import MalformedJson, canonical, parse
from field_app.domain.clock import Moment
from field_app.domain.people import Officer, Role
from field_app.packages import layout
from field_app.packages.statement import LogRef
from field_app.protocol.strict import (
    SHA256,
    Malformed,
    Members,
    checked_integer,
    checked_list,
    checked_text,
    require,
)

INDEX_FORMAT = "le-index/1"
MAX_OFFICERS = 50
_NAMES = ("format", "pkg", "rev", "key", "case", "officers", "objects", "log")
_CASE = ("id", "local_no", "hq_no", "cause", "agency", "party", "opened")
_OBJECT = ("id", "kind", "name", "mime", "size", "sha256", "sm3", "ct_sha256", "ct_size", "step",
           "captured", "event", "supersedes", "recovered")
_DECIMAL = re.compile(r"-?[0-9]{1,5}(\.[0-9]{1,9})?")


class ObjectKind(Enum):
    """What an object is; ``RECORD`` is the case's own data as JSON, ``SIGNED_SCAN`` a sheet signed
    in ink, ``SIGNATURE`` one written on the screen."""

    VIDEO = "video"
    PHOTO = "photo"
    AUDIO = "audio"
    DOCUMENT = "document"
    RECORD = "record"
    ATTACHMENT = "attachment"
    SIGNED_SCAN = "signed_scan"
    SIGNATURE = "signature"


@dataclass(frozen=True)
class CaseFacts:
    """What headquarters needs to file the case; ``hq_no`` is None until it gave a number."""

    id: str
    local_no: str
    cause: str
    agency: str
    party: str
    opened: datetime
    hq_no: str | None = None

    def to_json(self) -> dict[str, Any]:
        return {"id": self.id, "local_no": self.local_no, "hq_no": self.hq_no,
                "cause": self.cause, "agency": self.agency, "party": self.party,
                "opened": self.opened.isoformat()}


@dataclass(frozen=True)
class OfficerEntry:
    """An officer who acts in the case."""

    cert_no: str
    name: str
    role: Role
    cert_sha256: str

    @classmethod
    def of(cls, officer: Officer) -> "OfficerEntry":
        return cls(officer.cert_no, officer.name, officer.role, officer.cert_sha256)

    def to_json(self) -> dict[str, Any]:
        return {"cert_no": self.cert_no, "name": self.name, "role": self.role.value,
                "cert_sha256": self.cert_sha256}


@dataclass(frozen=True)
class Captured:
    """When and where an object was recorded.

    ``gps``: latitude, longitude (degrees), altitude (metres) as decimal strings;
    ``suspect``: whether the clock was in doubt.
    """

    moment: Moment
    gps: tuple[str, str, str] | None = None
    suspect: bool = False

    def to_json(self) -> dict[str, Any]:
        return {"wall": self.moment.iso(), "mono_ms": self.moment.mono_ms,
                "boot": self.moment.boot, "gps": list(self.gps) if self.gps else None,
                "clock": "suspect" if self.suspect else "ok"}


@dataclass(frozen=True)
class ObjectEntry:
    """One object: plaintext ``size`` and ``sha256``, ciphertext ``ct_size`` and ``ct_sha256``.

    ``event``: device and number of the event that tells of it.
    """

    id: str
    kind: ObjectKind
    name: str
    mime: str
    size: int
    sha256: str
    ct_sha256: str
    ct_size: int
    captured: Captured | None = None
    step: str | None = None
    event: tuple[str, int] | None = None
    supersedes: str | None = None
    recovered: bool = False
    sm3: str | None = None

    def to_json(self) -> dict[str, Any]:
        return {
            "id": self.id, "kind": self.kind.value, "name": self.name, "mime": self.mime,
            "size": self.size, "sha256": self.sha256, "sm3": self.sm3,
            "ct_sha256": self.ct_sha256, "ct_size": self.ct_size, "step": self.step,
            "captured": self.captured.to_json() if self.captured else None,
            "event": list(self.event) if self.event else None,
            "supersedes": self.supersedes, "recovered": self.recovered}


@dataclass(frozen=True)
class LogEntry:
    """A range of a device's log that the package holds."""

    device: str
    first: int
    last: int
    prev: str
    head: str

    @classmethod
    def of(cls, log: LogRef) -> "LogEntry":
        return cls(log.device, log.first, log.last, log.prev, log.head)

    def to_json(self) -> dict[str, Any]:
        return {"device": self.device, "from": self.first, "to": self.last,
                "prev": self.prev, "head": self.head}


@dataclass(frozen=True)
class CaseIndex:
    """All a package says of its case at one revision; ``key`` is 64 hex digits."""

    package: str
    revision: int
    key: str
    case: CaseFacts
    officers: tuple[OfficerEntry, ...]
    objects: tuple[ObjectEntry, ...]
    log: tuple[LogEntry, ...]

    def to_bytes(self) -> bytes:
        """The canonical bytes that are sealed."""
        return canonical({
            "format": INDEX_FORMAT, "pkg": self.package, "rev": self.revision, "key": self.key,
            "case": self.case.to_json(), "officers": [o.to_json() for o in self.officers],
            "objects": [o.to_json() for o in self.objects],
            "log": [entry.to_json() for entry in self.log]})


def index_hmac(key: str, data: bytes) -> str:
    """The statement's ``plain_hmac`` of the index bytes ``data``."""
    return hmac.new(bytes.fromhex(key), data, "sha256").hexdigest()


def _case(value: object) -> CaseFacts:
    case = Members(value, "index.case", _CASE)
    return CaseFacts(
        id=case.uuid("id"), local_no=case.text("local_no", limit=80), cause=case.text("cause"),
        agency=case.text("agency", limit=200), party=case.text("party", empty=True),
        opened=case.time("opened"), hq_no=case.text_or_none("hq_no"))


def _officer(value: object) -> OfficerEntry:
    officer = Members(value, "index.officers", ("cert_no", "name", "role", "cert_sha256"))
    role = Role(officer.choice("role", [role.value for role in Role]))
    return OfficerEntry(officer.text("cert_no", limit=64), officer.text("name", limit=100), role,
                        officer.sha256("cert_sha256"))


def _gps(value: object) -> tuple[str, str, str] | None:
    if value is None:
        return None
    items = checked_list(value, "index.objects.captured.gps", limit=3)
    read = [checked_text(item, "index.objects.captured.gps", limit=16, pattern=_DECIMAL)
            for item in items]
    require(len(read) == 3, "index.objects.captured.gps", "three strings")
    return read[0], read[1], read[2]


def _captured(value: object) -> Captured | None:
    if value is None:
        return None
    at = Members(value, "index.objects.captured", ("wall", "mono_ms", "boot", "gps", "clock"))
    moment = Moment(wall=at.time("wall"), mono_ms=at.integer("mono_ms"),
                    boot=at.text("boot", limit=64, empty=True))
    return Captured(moment, _gps(at.raw("gps")), at.choice("clock", ("ok", "suspect")) != "ok")


def _event(value: object) -> tuple[str, int] | None:
    if value is None:
        return None
    items = checked_list(value, "index.objects.event", limit=2)
    require(len(items) == 2, "index.objects.event", "device and number")
    return (checked_text(items[0], "index.objects.event", limit=32, pattern=layout.DEVICE),
            checked_integer(items[1], "index.objects.event", low=1, high=layout.MAX_SEQ))


def _object(value: object) -> ObjectEntry:
    item = Members(value, "index.objects", _OBJECT)
    return ObjectEntry(
        id=item.uuid("id"), kind=ObjectKind(item.choice("kind", [k.value for k in ObjectKind])),
        name=item.text("name", limit=255), mime=item.text("mime", limit=120),
        size=item.integer("size", high=layout.MAX_OBJECT_PLAIN), sha256=item.sha256("sha256"),
        sm3=item.sha256_or_none("sm3"), ct_sha256=item.sha256("ct_sha256"),
        ct_size=item.integer("ct_size", low=1), step=item.text_or_none("step"),
        captured=_captured(item.raw("captured")), event=_event(item.raw("event")),
        supersedes=item.text_or_none("supersedes"), recovered=item.flag("recovered"))


def _log(value: object) -> LogEntry:
    item = Members(value, "index.log", ("device", "from", "to", "prev", "head"))
    return LogEntry(
        item.text("device", limit=32, pattern=layout.DEVICE),
        item.integer("from", low=1, high=layout.MAX_SEQ),
        item.integer("to", low=1, high=layout.MAX_SEQ), item.sha256("prev"), item.sha256("head"))


def parse_index(data: bytes) -> CaseIndex:
    """Read an index strictly; :class:`Malformed` otherwise."""
    try:
        value = parse(data, limit=layout.MAX_INDEX_BYTES)
    except MalformedJson as error:
        raise Malformed("index", str(error)) from error
    members = Members(value, "index", _NAMES)
    members.choice("format", (INDEX_FORMAT,))
    objects = tuple(_object(o) for o in members.items("objects", limit=layout.MAX_OBJECTS))
    require(len({o.id for o in objects}) == len(objects), "index.objects", "repeated id")
    return CaseIndex(
        package=members.uuid("pkg"),
        revision=members.integer("rev", low=1, high=layout.MAX_REVISION),
        key=members.text("key", limit=64, pattern=SHA256), case=_case(members.raw("case")),
        officers=tuple(_officer(o) for o in members.items("officers", limit=MAX_OFFICERS)),
        objects=objects,
        log=tuple(_log(entry) for entry in members.items("log", limit=layout.MAX_LOGS)))
