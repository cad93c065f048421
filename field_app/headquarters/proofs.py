"""The job that gets proofs of time from outside: signed papers raised, statements and heads stamped."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from field_app import logs
from field_app.headquarters.examine import Examiner
from field_app.headquarters.raising import find_papers, raise_papers, signed_papers
from field_app.headquarters.stamping import stamp_heads, stamp_statements
from field_app.headquarters.timestamps import TimestampAway, TimestampInvalid, load_authority

_FIRST_WAIT, _LONGEST_WAIT = 60.0, 3600.0
_TELL_AGAIN = timedelta(days=1)


@dataclass(frozen=True)
class Proved:
    """What one round did. ``authority``: whether one is configured; ``away``: it gave no answer."""

    found: int
    raised: int = 0
    statements: int = 0
    heads: int = 0
    authority: bool = True
    away: bool = False

    @property
    def nothing(self) -> bool:
        return not (self.found or self.raised or self.statements or self.heads)


def prove_once(examiner: Examiner, *, now: datetime) -> Proved:
    """One round of bounded size. Raises :class:`HeadquartersIncomplete`, ``OSError``."""
    found = find_papers(examiner)
    authority = load_authority(examiner.folder)
    if authority is None:
        return Proved(found, authority=False)
    raised = raise_papers(examiner, authority, now=now)
    try:
        statements = stamp_statements(examiner, authority)
        heads = stamp_heads(examiner, authority)
    except (TimestampAway, TimestampInvalid) as error:
        logs.warn("no time-stamp came", exception=type(error).__name__)
        return Proved(found, raised, away=True)
    return Proved(found, raised, statements, heads)


class ProofJob:
    """Rounds in a thread of its own, so that a slow authority delays no receipt."""

    def __init__(self, make: Callable[[], Examiner], *, look_every: float) -> None:
        self._make = make
        self._look_every = look_every
        self._wait, self._not_before = 0.0, 0.0
        self._told: datetime | None = None

    def run(self, stop: threading.Event) -> None:
        """Until ``stop``; cut off anywhere it is done again."""
        while not stop.is_set():
            busy = False
            try:
                busy = self._round()
            except Exception as error:
                logs.defect(error)  # Ended, this thread would get no proof of anything any more.
            if not busy:
                stop.wait(self._look_every)

    def _round(self) -> bool:
        if time.monotonic() < self._not_before:
            return False
        examiner = self._make()
        now = datetime.now(UTC)
        done = prove_once(examiner, now=now)
        self._warn(examiner, now)
        if done.away:
            self._wait = min(max(self._wait * 2, _FIRST_WAIT), _LONGEST_WAIT)
            self._not_before = time.monotonic() + self._wait
            return False
        self._wait = 0.0
        return not done.nothing

    def _warn(self, examiner: Examiner, now: datetime) -> None:
        if self._told is not None and now - self._told < _TELL_AGAIN:
            return
        with examiner.store.read() as connection:
            overdue = sum(paper.overdue(now) for paper in signed_papers(connection))
        if overdue:
            logs.warn("signed papers not raised in time", count=overdue)
            self._told = now
