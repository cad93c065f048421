"""The bodies of ``le-sync/1`` as values, each with its strict reader (PROTOCOL.md, section 2)."""

import base64
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import Any

from field_app.protocol.limits import (
    MAX_FILE_PARTS,
    MAX_INBOX_ITEMS,
    MAX_MISSING_LIST,
    PART_SIZE,
    PROTOCOL,
)
from field_app.protocol.strict import Members, require

MAX_DOCUMENT_BYTES = 8 << 20
MAX_SIGNATURE_BYTES = 256 << 10


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")


@dataclass(frozen=True)
class SignedDocument:
    """Exact bytes that were signed, and the detached CMS over them."""

    document: bytes
    signature: bytes

    def to_json(self) -> dict[str, Any]:
        return {"document": _base64(self.document), "signature": _base64(self.signature)}

    @classmethod
    def from_json(cls, value: object) -> "SignedDocument":
        members = Members(value, "signed", ("document", "signature"))
        return cls(members.data("document", limit=MAX_DOCUMENT_BYTES),
                   members.data("signature", limit=MAX_SIGNATURE_BYTES))


@dataclass(frozen=True)
class Hello:
    """Headquarters' greeting; ``bundle`` is the number of its newest trust bundle."""

    server_time: datetime
    bundle: int
    max_part: int = PART_SIZE

    def to_json(self) -> dict[str, Any]:
        return {"protocol": PROTOCOL, "server_time": self.server_time.isoformat(),
                "bundle": self.bundle, "max_part": self.max_part}

    @classmethod
    def from_json(cls, value: object) -> "Hello":
        members = Members(value, "hello", ("protocol", "server_time", "bundle", "max_part"))
        members.choice("protocol", (PROTOCOL,))
        return cls(members.time("server_time"), members.integer("bundle"),
                   members.integer("max_part", low=1))


@dataclass(frozen=True)
class PartList:
    """Part hashes that are asked about, or that make up one file in order."""

    parts: tuple[str, ...]

    def to_json(self) -> dict[str, Any]:
        return {"parts": list(self.parts)}

    @classmethod
    def from_json(cls, value: object, *, limit: int = MAX_MISSING_LIST) -> "PartList":
        members = Members(value, "parts", ("parts",))
        parts = members.hashes("parts", limit=limit)
        require(bool(parts), "parts.parts", "empty")
        return cls(parts)


@dataclass(frozen=True)
class Missing:
    """The parts headquarters still wants, in the order asked."""

    missing: tuple[str, ...]

    def to_json(self) -> dict[str, Any]:
        return {"missing": list(self.missing)}

    @classmethod
    def from_json(cls, value: object) -> "Missing":
        members = Members(value, "missing", ("missing",))
        return cls(members.hashes("missing", limit=max(MAX_FILE_PARTS, MAX_MISSING_LIST)))


@dataclass(frozen=True)
class PartHeld:
    """How much of a part that comes in pieces headquarters has; ``whole``: it needs no more of it."""

    held: int
    whole: bool

    def to_json(self) -> dict[str, Any]:
        return {"state": "held" if self.whole else "partial", "held": self.held}

    @classmethod
    def from_json(cls, value: object) -> "PartHeld":
        members = Members(value, "piece", ("state", "held"))
        return cls(members.integer("held", high=PART_SIZE),
                   members.choice("state", ("held", "partial")) == "held")


@dataclass(frozen=True)
class Waiting:
    """No receipt yet; how much of the revision headquarters holds."""

    files_missing: int
    bytes_held: int
    bytes_total: int

    def to_json(self) -> dict[str, Any]:
        return {"state": "waiting", "files_missing": self.files_missing,
                "bytes_held": self.bytes_held, "bytes_total": self.bytes_total}

    @classmethod
    def from_json(cls, value: object) -> "Waiting":
        members = Members(value, "waiting", ("state", "files_missing", "bytes_held", "bytes_total"))
        members.choice("state", ("waiting",))
        return cls(members.integer("files_missing"), members.integer("bytes_held"),
                   members.integer("bytes_total"))


class InboxKind(Enum):
    """What headquarters sends down: trust bundles, catalogues, and orders of ``le-order/1``."""

    BUNDLE = "bundle"
    CATALOGUE = "catalogue"
    ORDER = "order"


@dataclass(frozen=True)
class InboxItem:
    """One signed thing for this device."""

    cursor: int
    kind: InboxKind
    signed: SignedDocument

    def to_json(self) -> dict[str, Any]:
        return {"cursor": self.cursor, "kind": self.kind.value, **self.signed.to_json()}

    @classmethod
    def from_json(cls, value: object) -> "InboxItem":
        members = Members(value, "inbox", ("cursor", "kind", "document", "signature"))
        signed = SignedDocument(members.data("document", limit=MAX_DOCUMENT_BYTES),
                                members.data("signature", limit=MAX_SIGNATURE_BYTES))
        kind = InboxKind(members.choice("kind", [kind.value for kind in InboxKind]))
        return cls(members.integer("cursor"), kind, signed)


@dataclass(frozen=True)
class Inbox:
    """A page of the inbox; ask with ``next`` for what follows."""

    items: tuple[InboxItem, ...]
    next: int

    def to_json(self) -> dict[str, Any]:
        return {"items": [item.to_json() for item in self.items], "next": self.next}

    @classmethod
    def from_json(cls, value: object) -> "Inbox":
        members = Members(value, "inbox", ("items", "next"))
        return cls(tuple(InboxItem.from_json(item)
                         for item in members.items("items", limit=MAX_INBOX_ITEMS)),
                   members.integer("next"))
