"""What people at headquarters ask to be sent down: noted by whoever asks, done by whoever signs.

The console holds no signing key, so it only notes a wish; the worker grants it within seconds. The
command line, which runs beside the keys, notes and grants at once.
"""

import uuid
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import Connection, func, insert, select, update

from field_app import logs
from field_app.headquarters.examine import Examiner
from field_app.headquarters.intake import ACCEPTED
from field_app.headquarters.orders import NotSent, send_order
from field_app.headquarters.sharing import assign_case
from field_app.headquarters.store import Claim
from field_app.headquarters.tables import statement, wish
from field_app.packages.open import PackageUnreadable
from field_app.protocol.orders import MAX_REASON, OrderKind, ReturnedCase
from field_app.protocol.strict import Malformed

RETURN, ASSIGN = "return", "assign"


@dataclass(frozen=True)
class Wish:
    """One wish; ``done``: when it was sent down, ``problem``: the code of why it was not yet."""

    id: str
    kind: str
    package: str
    revision: int
    device: str
    reason: str
    by: str
    at: datetime
    done: datetime | None
    problem: str


def _clean(text: str) -> str:
    return " ".join(text.split())[:MAX_REASON]


def newest_accepted(connection: Connection, package: str) -> tuple[int, str] | None:
    """The newest accepted revision of a package and its laptop, or None."""
    row = connection.execute(
        select(statement.c.revision, statement.c.device)
        .where(statement.c.package == package, statement.c.status == ACCEPTED)
        .order_by(statement.c.revision.desc()).limit(1)).first()
    return None if row is None else (row.revision, row.device)


def wish_return(connection: Connection, package: str, *, reason: str, by: str) -> str:
    """Ask that the newest accepted revision goes back with this reason; the wish's id.

    The same revision goes back only once. Raises :class:`NotSent` (``case``, ``reason``, ``twice``).
    """
    found, said = newest_accepted(connection, package), _clean(reason)
    if found is None:
        raise NotSent("case", package)
    if not said:
        raise NotSent("reason")
    revision, device = found
    before = connection.execute(
        select(func.count()).select_from(wish).where(
            wish.c.kind == RETURN, wish.c.package == package,
            wish.c.revision == revision)).scalar_one()
    if before:
        raise NotSent("twice", package)
    return _note(connection, RETURN, package, revision, device, said, by)


def wish_assign(connection: Connection, package: str, *, device: str, by: str) -> str:
    """Ask that the case is assigned to a second laptop too; the wish's id. :class:`NotSent`."""
    found = newest_accepted(connection, package)
    if found is None:
        raise NotSent("case", package)
    if found[1] == device:
        raise NotSent("same", device)
    return _note(connection, ASSIGN, package, found[0], device, "", by)


def _note(connection: Connection, kind: str, package: str, revision: int, device: str, reason: str,
          by: str) -> str:
    number = str(uuid.uuid4())
    connection.execute(insert(wish).values(
        id=number, kind=kind, package=package, revision=revision, device=device, reason=reason,
        by=by[:200], at=datetime.now(UTC).isoformat(), done=None, problem=""))
    return number


def wishes(connection: Connection, package: str = "", *, open_only: bool = False) -> list[Wish]:
    """Wishes, oldest first; of one package when it is given."""
    query = select(wish).order_by(wish.c.at, wish.c.id)
    if package:
        query = query.where(wish.c.package == package)
    if open_only:
        query = query.where(wish.c.done.is_(None))
    return [Wish(r.id, r.kind, r.package, r.revision, r.device, r.reason, r.by,
                 datetime.fromisoformat(r.at), datetime.fromisoformat(r.done) if r.done else None,
                 r.problem) for r in connection.execute(query)]


def _grant(examiner: Examiner, claim: Claim, asked: Wish) -> None:
    if asked.kind == ASSIGN:
        assign_case(examiner, asked.package, asked.device)
        with claim.write() as connection:
            _done(connection, asked)
        return
    with claim.write() as connection:
        send_order(examiner, connection, OrderKind.RETURNED, ReturnedCase(
            asked.package, asked.revision, asked.reason, asked.by), device=asked.device)
        _done(connection, asked)


def _done(connection: Connection, asked: Wish) -> None:
    connection.execute(update(wish).where(wish.c.id == asked.id).values(
        done=datetime.now(UTC).isoformat(), problem=""))


def grant_wishes(examiner: Examiner) -> int:
    """Send down what was asked for; what cannot be yet is tried again. How many were granted."""
    with examiner.store.read() as connection:
        waiting = wishes(connection, open_only=True)
    granted = 0
    for asked in waiting:
        mine = select(wish.c.id).where(wish.c.id == asked.id, wish.c.done.is_(None))
        with examiner.store.claim(mine, wish) as claim:
            if claim is not None:
                granted += _try(examiner, claim, asked)
    return granted


def _try(examiner: Examiner, claim: Claim, asked: Wish) -> bool:
    try:
        _grant(examiner, claim, asked)
    except (NotSent, PackageUnreadable, Malformed) as error:
        code = getattr(error, "code", "record")
        if code != asked.problem:
            logs.warn("a wish waits", code=code, package=asked.package, device=asked.device)
            with claim.write() as connection:
                connection.execute(update(wish).where(wish.c.id == asked.id).values(problem=code))
        return False
    return True
