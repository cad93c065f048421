"""What headquarters sends down besides bundles and catalogues: ``le-order/1`` (PROTOCOL.md, section 8)."""

import base64
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from typing import Any

from field_app.protocol.limits import MAX_ORDER_BYTES
from field_app.protocol.receipt import MAX_REASONS, MAX_REVISION, ReceiptReason
from field_app.protocol.strict import Members, checked_text, require

ORDER_FORMAT = "le-order/1"
MAX_REASON = 1000
MAX_BLOCKS, MAX_BLOCK = 200, 100_000
MAX_LINES = 2000
MAX_TEMPLATE = 4 << 20
_FIRST_YEAR, _LAST_YEAR = 2000, 2199
_SEALED = MAX_ORDER_BYTES * 3 // 4 - 4096


class OrderKind(Enum):
    """``NUMBERS`` and ``TEMPLATE`` hold nothing about people and lie open; the others are sealed to
    the laptop's inbox key, but for a ``NOTICE`` that names no case."""

    NUMBERS = "numbers"
    TEMPLATE = "template"
    RETURNED = "returned"
    ASSIGNED = "assigned"
    EVENTS = "events"
    NOTICE = "notice"
    PLAN = "plan"

    @property
    def label(self) -> str:
        return {"numbers": "号段", "template": "文书模板", "returned": "退回案件", "assigned": "指派案件",
                "events": "同案其他电脑的记录", "notice": "通知",
                "plan": "检查计划"}[self.value]


@dataclass(frozen=True)
class Order:
    """One thing for one laptop (``device``), or for all when that is empty.

    Exactly one of ``body`` and ``sealed`` is there; ``sealed`` is a sealed file whose plaintext is
    the body as canonical JSON. ``at`` is headquarters' aware time.
    """

    id: str
    kind: OrderKind
    device: str
    unit: str
    at: datetime
    body: dict[str, Any] | None = None
    sealed: bytes | None = None

    def to_json(self) -> dict[str, Any]:
        return {"format": ORDER_FORMAT, "id": self.id, "kind": self.kind.value, "device": self.device,
                "unit": self.unit, "at": self.at.isoformat(), "body": self.body,
                "sealed": None if self.sealed is None else base64.b64encode(self.sealed).decode("ascii")}

    @classmethod
    def from_json(cls, value: object) -> "Order":
        """Strict reading; :class:`field_app.protocol.strict.Malformed` otherwise."""
        members = Members(value, "order", (
            "format", "id", "kind", "device", "unit", "at", "body", "sealed"))
        members.choice("format", (ORDER_FORMAT,))
        body = members.raw("body")
        require(members.is_null("body") != members.is_null("sealed"), "order.body", "and sealed")
        require(body is None or isinstance(body, dict), "order.body", "not an object")
        return cls(
            members.uuid("id"), OrderKind(members.choice("kind", [k.value for k in OrderKind])),
            members.text("device", limit=32, empty=True), members.text("unit", limit=200),
            members.time("at"), body,
            None if members.is_null("sealed") else members.data("sealed", limit=_SEALED))


@dataclass(frozen=True)
class NumberBlock:
    """Numbers ``first`` to ``last`` of a series in a year, for the order's laptop alone."""

    series: str
    year: int
    first: int
    last: int

    def to_json(self) -> dict[str, Any]:
        return {"series": self.series, "year": self.year, "first": self.first, "last": self.last}

    @classmethod
    def from_json(cls, value: object) -> "NumberBlock":
        members = Members(value, "block", ("series", "year", "first", "last"))
        made = cls(members.text("series", limit=100), members.integer("year", low=2000, high=2999),
                   members.integer("first", low=1), members.integer("last", low=1))
        require(0 <= made.last - made.first < MAX_BLOCK, "block.last", "range")
        return made


@dataclass(frozen=True)
class NumberBlocks:
    """Document numbers that a laptop may give."""

    blocks: tuple[NumberBlock, ...]

    def to_json(self) -> dict[str, Any]:
        return {"blocks": [b.to_json() for b in self.blocks]}

    @classmethod
    def from_json(cls, value: object) -> "NumberBlocks":
        members = Members(value, "numbers", ("blocks",))
        blocks = tuple(map(NumberBlock.from_json, members.items("blocks", limit=MAX_BLOCKS)))
        require(bool(blocks), "numbers.blocks", "empty")
        return cls(blocks)


@dataclass(frozen=True)
class TemplateRelease:
    """An agency's own template as released: the three files of one version of a form's template."""

    form: str
    version: int
    toml: bytes
    signature: bytes
    docx: bytes

    def to_json(self) -> dict[str, Any]:
        return {"form": self.form, "version": self.version,
                **{name: base64.b64encode(data).decode("ascii") for name, data in (
                    ("toml", self.toml), ("signature", self.signature), ("docx", self.docx))}}

    @classmethod
    def from_json(cls, value: object) -> "TemplateRelease":
        members = Members(value, "template", ("form", "version", "toml", "signature", "docx"))
        return cls(members.text("form", limit=40), members.integer("version", low=1, high=999_999),
                   members.data("toml", limit=64 << 10), members.data("signature", limit=64 << 10),
                   members.data("docx", limit=MAX_TEMPLATE))


@dataclass(frozen=True)
class ReturnedCase:
    """A revision that headquarters accepted and gives back, with the reason and who decided."""

    package: str
    revision: int
    reason: str
    by: str

    def to_json(self) -> dict[str, Any]:
        return {"pkg": self.package, "rev": self.revision, "reason": self.reason, "by": self.by}

    @classmethod
    def from_json(cls, value: object) -> "ReturnedCase":
        members = Members(value, "returned", ("pkg", "rev", "reason", "by"))
        return cls(members.uuid("pkg"), members.integer("rev", low=1, high=MAX_REVISION),
                   members.text("reason", limit=MAX_REASON), members.text("by", limit=200))


@dataclass(frozen=True)
class AssignedCase:
    """A case that another laptop opened, given to this one too: what is needed to go on with it.

    ``facts``: strings by name (``procedure``, ``cause``, ``matter``, ``place``, ``opened``);
    ``party``: the PARTY block; ``officers``: certificate numbers; ``device``: who opened it.
    """

    case: str
    device: str
    local_no: str
    procedure: str
    procedure_version: int
    cause: str
    matter: str
    place: str
    opened: datetime
    officers: tuple[str, ...]
    party: Mapping[str, Any] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        return {"case": self.case, "device": self.device, "local_no": self.local_no,
                "procedure": self.procedure, "procedure_version": self.procedure_version,
                "cause": self.cause, "matter": self.matter, "place": self.place,
                "opened": self.opened.isoformat(), "officers": list(self.officers),
                "party": dict(self.party)}

    @classmethod
    def from_json(cls, value: object) -> "AssignedCase":
        members = Members(value, "assigned", (
            "case", "device", "local_no", "procedure", "procedure_version", "cause", "matter", "place",
            "opened", "officers", "party"))
        party = members.raw("party")
        require(isinstance(party, dict) and all(isinstance(value, str | int | None) for value in party.values()),
                "assigned.party", "not an object of texts")
        opened = members.time("opened")
        require(_FIRST_YEAR <= opened.year <= _LAST_YEAR, "assigned.opened", "no time of a case")
        return cls(
            members.uuid("case"), members.text("device", limit=32), members.text("local_no", limit=80),
            members.text("procedure", limit=80), members.integer("procedure_version", low=1),
            members.text("cause"), members.text("matter", empty=True), members.text("place"),
            opened,
            tuple(checked_text(each, "assigned.officers", limit=64)
                  for each in members.items("officers", limit=20)), party)


@dataclass(frozen=True)
class OtherEvents:
    """Events of a case that another laptop recorded: the very lines, in that laptop's order."""

    case: str
    lines: tuple[str, ...]

    def to_json(self) -> dict[str, Any]:
        return {"case": self.case, "lines": list(self.lines)}

    @classmethod
    def from_json(cls, value: object) -> "OtherEvents":
        members = Members(value, "events", ("case", "lines"))
        lines = members.items("lines", limit=MAX_LINES)
        require(bool(lines) and all(isinstance(line, str) for line in lines), "events.lines", "form")
        return cls(members.uuid("case"), tuple(lines))


@dataclass(frozen=True)
class Notice:
    """What headquarters tells: advice after looking at a revision, or a word to the laptop.

    ``package`` is empty and ``revision`` 0 when it speaks of no case.
    """

    title: str
    lines: tuple[ReceiptReason, ...]
    package: str = ""
    revision: int = 0

    def to_json(self) -> dict[str, Any]:
        return {"title": self.title, "pkg": self.package or None, "rev": self.revision,
                "lines": [line.to_json() for line in self.lines]}

    @classmethod
    def from_json(cls, value: object) -> "Notice":
        members = Members(value, "notice", ("title", "pkg", "rev", "lines"))
        lines = tuple(map(ReceiptReason.from_json, members.items("lines", limit=MAX_REASONS)))
        return cls(members.text("title", limit=200), lines,
                   "" if members.is_null("pkg") else members.uuid("pkg"),
                   members.integer("rev", high=MAX_REVISION))
