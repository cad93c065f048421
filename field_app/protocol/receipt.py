"""The receipt ``le-receipt/1``: what headquarters signs when it has, or refuses, a revision."""

from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import Any

from field_app.protocol.limits import MAX_FILES
from field_app.protocol.strict import Members, require

RECEIPT_FORMAT = "le-receipt/1"
MAX_REASONS = 1000
MAX_REVISION = 9999
_NAMES = ("format", "pkg", "rev", "statement_sha256", "verdict", "files", "reasons", "unit", "at")


class Verdict(Enum):
    """What headquarters decided on a revision."""

    ACCEPTED = "accepted"
    REFUSED = "refused"


@dataclass(frozen=True)
class ReceivedFile:
    """A sealed file that headquarters holds; ``size`` in bytes."""

    sha256: str
    size: int


@dataclass(frozen=True)
class ReceiptReason:
    """Why a revision was refused, or a remark on an accepted one."""

    code: str
    text: str
    remedy: str
    where: str = ""

    def to_json(self) -> dict[str, Any]:
        return {"code": self.code, "text": self.text, "remedy": self.remedy, "where": self.where}

    @classmethod
    def from_json(cls, value: object) -> "ReceiptReason":
        members = Members(value, "receipt.reasons", ("code", "text", "remedy", "where"))
        return cls(members.text("code", limit=60), members.text("text"), members.text("remedy"),
                   members.text("where", empty=True))


@dataclass(frozen=True)
class Receipt:
    """``files`` is empty when refused; ``at`` is headquarters' aware time."""

    package: str
    revision: int
    statement_sha256: str
    verdict: Verdict
    files: tuple[ReceivedFile, ...]
    reasons: tuple[ReceiptReason, ...]
    unit: str
    at: datetime

    def to_json(self) -> dict[str, Any]:
        return {
            "format": RECEIPT_FORMAT, "pkg": self.package, "rev": self.revision,
            "statement_sha256": self.statement_sha256, "verdict": self.verdict.value,
            "files": [{"sha256": f.sha256, "size": f.size} for f in self.files],
            "reasons": [reason.to_json() for reason in self.reasons],
            "unit": self.unit, "at": self.at.isoformat()}

    @classmethod
    def from_json(cls, value: object) -> "Receipt":
        """Strict reading; :class:`field_app.protocol.strict.Malformed` otherwise."""
        members = Members(value, "receipt", _NAMES)
        members.choice("format", (RECEIPT_FORMAT,))
        verdict = Verdict(members.choice("verdict", [v.value for v in Verdict]))
        files = []
        for item in members.items("files", limit=MAX_FILES):
            file = Members(item, "receipt.files", ("sha256", "size"))
            files.append(ReceivedFile(file.sha256("sha256"), file.integer("size")))
        require(bool(files) == (verdict is Verdict.ACCEPTED), "receipt.files", "and verdict")
        reasons = tuple(ReceiptReason.from_json(item)
                        for item in members.items("reasons", limit=MAX_REASONS))
        require(bool(reasons) or verdict is Verdict.ACCEPTED, "receipt.reasons", "and verdict")
        return cls(
            package=members.uuid("pkg"),
            revision=members.integer("rev", low=1, high=MAX_REVISION),
            statement_sha256=members.sha256("statement_sha256"), verdict=verdict,
            files=tuple(files), reasons=reasons, unit=members.text("unit", limit=200),
            at=members.time("at"))
