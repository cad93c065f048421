"""Which integrity values (完整性校验值) the agency asks for beside SHA-256."""

from field_app.actions.context import Session
from field_app.domain.case import Segment

ALGORITHMS = ("sha256", "sm3")


def asks_sm3(session: Session) -> bool:
    """Whether the signed facts of the agency say ``integrity = ["sha256", "sm3"]``, or the district
    is one of the national suite."""
    if session.national:
        return True
    told = session.trust.agency.get("integrity")
    return isinstance(told, list) and "sm3" in told


def values_of(session: Session, segment: Segment) -> dict[str, str]:
    """Hash by the algorithm's printed name, SHA-256 first."""
    made = {"SHA-256": segment.sha256}
    if asks_sm3(session) and segment.sm3:
        made["SM3"] = segment.sm3
    return made
