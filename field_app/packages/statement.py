"""The signed statement ``le-statement/1``: what a revision consists of (FORMAT.md, section 4)."""

from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import Any

from field_app.crypto.canonical import MalformedJson, canonical, parse
from field_app.crypto.hashing import sha256_hex
from field_app.crypto.suites import INTL, SUITES
from field_app.domain.events import GENESIS
from field_app.packages import layout
from field_app.protocol.strict import SHA256, Malformed, Members, checked_text, require

STATEMENT_FORMAT = "le-statement/1"
MAX_OFFICERS = 7
MAX_CRLS = 32
_MAX_VALUES = 3 * layout.MAX_OBJECTS + 9 * layout.MAX_LOGS + 1000
_NAMES = ("format", "suite", "pkg", "rev", "prev", "device", "device_cert", "state", "made",
          "nonce", "index", "objects", "logs", "part_size", "officers", "crl")
_LOG_NAMES = ("path", "ct_sha256", "ct_size", "device", "seq_from", "seq_to", "prev", "head")


class NewerFormat(Malformed):
    """The statement is of a format this program does not know yet."""


class State(Enum):
    """How far the case is; ``SUBMITTED`` and ``CLOSED`` need two officers' signatures."""

    DRAFT = "draft"
    SUBMITTED = "submitted"
    CLOSED = "closed"

    @property
    def needs_officers(self) -> bool:
        return self is not State.DRAFT


@dataclass(frozen=True)
class NamedFile:
    """A sealed file: its place in the package, hash and size of the ciphertext."""

    path: str
    sha256: str
    size: int


@dataclass(frozen=True)
class IndexRef:
    """The sealed index and the keyed hash that binds its plaintext."""

    path: str
    ct_sha256: str
    ct_size: int
    plain_hmac: str


@dataclass(frozen=True)
class ObjectRef:
    """A sealed object by hash and size of its ciphertext."""

    ct_sha256: str
    size: int


@dataclass(frozen=True)
class LogRef:
    """A sealed range of a device's log, events ``first`` to ``last``."""

    path: str
    ct_sha256: str
    ct_size: int
    device: str
    first: int
    last: int
    prev: str
    head: str

    def to_json(self) -> dict[str, Any]:
        return {"path": self.path, "ct_sha256": self.ct_sha256, "ct_size": self.ct_size,
                "device": self.device, "seq_from": self.first, "seq_to": self.last,
                "prev": self.prev, "head": self.head}


@dataclass(frozen=True)
class CrlRef:
    """A CRL known when signing: its CRLNumber and the hash of its DER."""

    number: int
    sha256: str


@dataclass(frozen=True)
class Statement:
    """One revision. ``prev`` is None for the first; ``nonce`` is 64 hex digits.

    ``suite``: of everything sealed and signed in the package, ``intl-1`` or ``gm-1``.
    """

    package: str
    revision: int
    prev: str | None
    device: str
    device_cert: str
    state: State
    made: datetime
    nonce: str
    index: IndexRef
    objects: tuple[ObjectRef, ...]
    logs: tuple[LogRef, ...]
    officers: tuple[str, ...]
    crls: tuple[CrlRef, ...]
    suite: str = INTL

    def files(self) -> list[NamedFile]:
        """Every sealed file named, in the order of sending: index, log, objects."""
        named = [NamedFile(self.index.path, self.index.ct_sha256, self.index.ct_size)]
        named += [NamedFile(log.path, log.ct_sha256, log.ct_size) for log in self.logs]
        named += [NamedFile(layout.object_name(o.ct_sha256), o.ct_sha256, o.size)
                  for o in self.objects]
        return named

    def to_bytes(self) -> bytes:
        """The canonical bytes that are signed."""
        return canonical({
            "format": STATEMENT_FORMAT, "suite": self.suite, "pkg": self.package,
            "rev": self.revision, "prev": self.prev, "device": self.device,
            "device_cert": self.device_cert, "state": self.state.value,
            "made": self.made.isoformat(), "nonce": self.nonce,
            "index": {"path": self.index.path, "ct_sha256": self.index.ct_sha256,
                      "ct_size": self.index.ct_size, "plain_hmac": self.index.plain_hmac},
            "objects": [{"ct_sha256": o.ct_sha256, "size": o.size} for o in self.objects],
            "logs": [log.to_json() for log in self.logs],
            "part_size": layout.PART_SIZE, "officers": list(self.officers),
            "crl": [{"number": c.number, "sha256": c.sha256} for c in self.crls]})


def _index(members: Members, revision: int) -> IndexRef:
    index = Members(members.raw("index"), "statement.index",
                    ("path", "ct_sha256", "ct_size", "plain_hmac"))
    path = index.text("path", limit=80)
    require(path == layout.index_name(revision), "statement.index.path", "not its revision's")
    return IndexRef(path, index.sha256("ct_sha256"), index.integer("ct_size", low=1, high=layout.MAX_SEALED),
                    index.sha256("plain_hmac"))


def _object(value: object) -> ObjectRef:
    item = Members(value, "statement.objects", ("ct_sha256", "size"))
    return ObjectRef(item.sha256("ct_sha256"), item.integer("size", low=1, high=layout.MAX_SEALED))


def _log(value: object) -> LogRef:
    item = Members(value, "statement.logs", _LOG_NAMES)
    log = LogRef(
        path=item.text("path", limit=80), ct_sha256=item.sha256("ct_sha256"),
        ct_size=item.integer("ct_size", low=1, high=layout.MAX_SEALED),
        device=item.text("device", limit=32, pattern=layout.DEVICE),
        first=item.integer("seq_from", low=1, high=layout.MAX_SEQ),
        last=item.integer("seq_to", low=1, high=layout.MAX_SEQ),
        prev=item.sha256("prev"), head=item.sha256("head"))
    require(log.first <= log.last, "statement.logs", "range runs backwards")
    require((log.first == 1) == (log.prev == GENESIS), "statement.logs.prev", "and seq_from")
    require(layout.is_device(log.device), "statement.logs.device", "form")
    require(log.path == layout.log_name(log.device, log.first, log.last),
            "statement.logs.path", "not its range's")
    return log


def _logs(members: Members) -> tuple[LogRef, ...]:
    logs = tuple(_log(item) for item in members.items("logs", limit=layout.MAX_LOGS))
    last: dict[str, LogRef] = {}
    for log in logs:
        before = last.get(log.device)
        require(before is None or (log.first == before.last + 1 and log.prev == before.head),
                "statement.logs", "ranges do not join")
        last[log.device] = log
    return logs


def _read(value: object) -> Statement:
    if isinstance(value, dict) and value.get("format") != STATEMENT_FORMAT:
        stated = checked_text(value.get("format"), "statement.format", limit=40)
        kind = NewerFormat if stated.startswith("le-statement/") else Malformed
        raise kind("statement.format", stated)
    members = Members(value, "statement", _NAMES)
    suite = members.choice("suite", SUITES)
    members.integer("part_size", low=layout.PART_SIZE, high=layout.PART_SIZE)
    revision = members.integer("rev", low=1, high=layout.MAX_REVISION)
    prev = members.sha256_or_none("prev")
    require((prev is None) == (revision == 1), "statement.prev", "and rev")
    device = members.text("device", limit=32, pattern=layout.DEVICE)
    require(layout.is_device(device), "statement.device", "form")
    objects = tuple(_object(o) for o in members.items("objects", limit=layout.MAX_OBJECTS))
    require(len({o.ct_sha256 for o in objects}) == len(objects), "statement.objects", "repeated")
    officers = members.hashes("officers", limit=MAX_OFFICERS)
    require(list(officers) == sorted(set(officers)), "statement.officers", "order")
    state = State(members.choice("state", [s.value for s in State]))
    require(bool(officers) == state.needs_officers, "statement.officers", "and state")
    crls = []
    for item in members.items("crl", limit=MAX_CRLS):
        crl = Members(item, "statement.crl", ("number", "sha256"))
        crls.append(CrlRef(crl.integer("number"), crl.sha256("sha256")))
    return Statement(
        package=members.uuid("pkg"), revision=revision, prev=prev, device=device,
        device_cert=members.sha256("device_cert"), state=state, made=members.time("made"),
        nonce=members.text("nonce", limit=64, pattern=SHA256), index=_index(members, revision),
        objects=objects, logs=_logs(members), officers=officers, crls=tuple(crls), suite=suite)


def parse_statement(data: bytes) -> Statement:
    """Read a statement strictly; :class:`Malformed`, or :class:`NewerFormat` for a later one."""
    try:
        value = parse(data, limit=layout.MAX_STATEMENT_BYTES, values=_MAX_VALUES)
    except MalformedJson as error:
        raise Malformed("statement", str(error)) from error
    return _read(value)


def statement_hash(data: bytes) -> str:
    """What the next statement and the receipt call this one."""
    return sha256_hex(data)
