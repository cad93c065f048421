"""Headquarters' signed time ``le-time/1`` (PROTOCOL.md, section 4)."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from field_app.protocol.strict import SHA256, Members

TIME_FORMAT = "le-time/1"
NONCE_BYTES = 32
MAX_TIME_BYTES = 4096


@dataclass(frozen=True)
class TimeRequest:
    """What a laptop asks with: 32 random bytes as hex."""

    nonce: str

    def to_json(self) -> dict[str, Any]:
        return {"nonce": self.nonce}

    @classmethod
    def from_json(cls, value: object) -> "TimeRequest":
        """Strict reading; :class:`field_app.protocol.strict.Malformed` otherwise."""
        return cls(Members(value, "time", ("nonce",)).text("nonce", limit=64, pattern=SHA256))


@dataclass(frozen=True)
class SignedTime:
    """What headquarters signs; ``at`` is its aware time."""

    nonce: str
    device: str
    unit: str
    at: datetime

    def to_json(self) -> dict[str, Any]:
        return {"format": TIME_FORMAT, "nonce": self.nonce, "device": self.device,
                "unit": self.unit, "at": self.at.isoformat(timespec="microseconds")}

    @classmethod
    def from_json(cls, value: object) -> "SignedTime":
        """Strict reading; :class:`field_app.protocol.strict.Malformed` otherwise."""
        members = Members(value, "time", ("format", "nonce", "device", "unit", "at"))
        members.choice("format", (TIME_FORMAT,))
        return cls(members.text("nonce", limit=64, pattern=SHA256), members.text("device", limit=32),
                   members.text("unit", limit=200), members.time("at"))
