"""Where the officers are on the desk, kept in the store so that a crash leads back to that very place."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from datetime import datetime, timedelta
from typing import Any

from field_app.actions.context import Session
from field_app.domain.ids import CaseId, DocumentId, StepId
from field_app.storage import kept

_KEY = "whereabouts"
# Beyond one working day nobody remembers what was in hand.
_FRESH = timedelta(hours=12)


@dataclass(frozen=True)
class Whereabouts:
    """``page``: its name; ``case``, ``step``, ``paper``: what is open on it, None for none;
    ``path``: of the field with the cursor, ``cursor``: its place in characters;
    ``typed``: what stands in a new case's fields, by their names."""

    page: str
    case: CaseId | None = None
    step: StepId | None = None
    paper: DocumentId | None = None
    path: str = ""
    cursor: int = 0
    typed: Mapping[str, str] = field(default_factory=dict)


def remember(session: Session, place: Whereabouts) -> None:
    """Keep where the desk stands now. No event: it says nothing of any case."""
    with session.begin() as tx:
        kept.put(tx, _KEY, {**asdict(place), "typed": dict(place.typed), "at": session.at.isoformat()})


def forget(session: Session) -> None:
    """The desk was closed as it should: the next login begins at 今日."""
    with session.begin() as tx:
        kept.drop(tx, _KEY)


def last_place(session: Session) -> Whereabouts | None:
    """Where a desk that ended without being closed stood, if that was within half a day."""
    with session.begin() as tx:
        found = kept.get(tx, _KEY)
    return _read(found, session) if isinstance(found, dict) else None


def _read(found: dict[str, Any], session: Session) -> Whereabouts | None:
    known = {f.name for f in fields(Whereabouts)}
    try:
        at = datetime.fromisoformat(str(found.get("at")))
        place = Whereabouts(**{k: v for k, v in found.items() if k in known})
    except (TypeError, ValueError):
        return None
    return place if timedelta(0) <= session.at - at <= _FRESH else None
