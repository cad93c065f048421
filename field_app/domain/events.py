"""Events: what happened on one device, in an append-only chain of hashes.

The bytes that are hashed are the canonical JSON (RFC 8785) of the event's members; ``hash`` is
their SHA-256 and ``prev`` the hash of the same device's event before it.
"""

from dataclasses import dataclass, field
from typing import Any

from field_app.domain.clock import Moment
from field_app.domain.ids import DeviceId

EVENT_VERSION = 1
GENESIS = "0" * 64


@dataclass(frozen=True)
class Event:
    """One link. ``actors`` are certificate numbers; ``kind`` is a fixed English word."""

    device: DeviceId
    seq: int
    prev: str
    kind: str
    moment: Moment
    hlc: str
    case: str = ""
    actors: tuple[str, ...] = ()
    body: dict[str, Any] = field(default_factory=dict)

    def members(self) -> dict[str, Any]:
        """What is made canonical and hashed."""
        return {
            "v": EVENT_VERSION, "dev": self.device, "seq": self.seq, "prev": self.prev,
            "case": self.case, "hlc": self.hlc, "typ": self.kind, "body": self.body,
            "actors": list(self.actors),
            "at": {"wall": self.moment.iso(), "mono_ms": self.moment.mono_ms,
                   "boot": self.moment.boot}}
