"""A warning that two officers let pass: which rule, about what, why, and both signatures."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from field_app.domain.ids import CaseId
from field_app.domain.reasons import Reason

RECORD_FORMAT = "le-passed/1"


@dataclass(frozen=True)
class PassedWarning:
    """``about``: the step's kind or the paper's id; ``record``: what was signed, as canonical JSON
    members; ``signatures``: of the session keys of both officers, in the order of their slots."""

    id: str
    case: CaseId
    about: str
    record: dict[str, Any]
    sha256: str
    signatures: tuple[str, str]
    at: datetime

    @property
    def rule(self) -> str:
        return str(self.record.get("rule", ""))

    @property
    def text(self) -> str:
        """What the rule warned of."""
        return str(self.record.get("text", ""))

    @property
    def reason(self) -> str:
        """Why the officers went on."""
        return str(self.record.get("reason", ""))


def record_of(warning: Reason, *, case: CaseId, about: str, reason: str, at: str, device: str,
              log_head: str, actors: tuple[str, ...]) -> dict[str, Any]:
    """The members that both officers sign; ``log_head`` ties it to its place in the log."""
    return {"format": RECORD_FORMAT, "case": case, "about": about, "rule": warning.rule,
            "text": warning.text, "law": warning.basis, "confidence": warning.confidence,
            "reason": reason, "at": at, "device": device, "log_head": log_head,
            "actors": list(actors)}
