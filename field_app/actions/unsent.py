"""How much headquarters has not signed for, written where it is read without any key.

Before a laptop's keys are wiped somebody must know what is lost: counts only, no names, kept at each
log-out.
"""

import json
from dataclasses import dataclass

from field_app.actions.context import AppContext, Session
from field_app.domain.case import SyncState
from field_app.storage import cases

_FORMAT = "le-unsent/1"


@dataclass(frozen=True)
class Unsent:
    """What headquarters has not signed for, as of the last log-out; counts only, no names."""

    cases: int
    since: str


def keep_unsent(session: Session) -> None:
    """Write down, readable without any key, how much a wipe would lose."""
    with session.begin() as tx:
        count = cases.count_not_in(tx, SyncState.RECEIVED)
    data = json.dumps({"format": _FORMAT, "cases": count,
                       "since": session.now().iso()}).encode()
    path = session.context.data.unsent
    beside = path.with_name(path.name + ".part")
    beside.write_bytes(data)
    beside.replace(path)


def unsent(context: AppContext) -> Unsent | None:
    """What was written down last; None when nothing is known."""
    try:
        raw = json.loads(context.data.unsent.read_bytes()[:4096])
        return Unsent(int(raw["cases"]), str(raw["since"])[:40])
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return None
