"""Counts agree with a plain look at each case, whatever offset the times were told with."""

import random
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

from field_app.domain.case import Clip, ClipState, StepState
from field_app.domain.clock import CHINA
from field_app.domain.ids import ClipId
from field_app.storage import cases, clips, counting
from field_app.storage.store import Store
from tests.unit.storage.test_cases import make_case

_ZONES = (CHINA, UTC, timezone(timedelta(hours=-5)), timezone(timedelta(hours=9, minutes=30)))
_ENDS = ("2026-02-28T15:59:59.999+00:00", "2026-02-28T16:00:00.000+00:00", "2026-01-27T16:00:00.000+00:00",
         "2025-12-31T23:59:59.999+08:00", "2026-01-01T00:00:00.000+08:00", "2025-12-31T11:00:00.000-05:00")


def _month(moment: datetime) -> str:
    return f"{moment.astimezone(CHINA):%Y-%m}"


def test_months_are_those_of_china(store: Store) -> None:
    rng, begin = random.Random(5), datetime(2025, 11, 1, tzinfo=UTC)
    opened = [datetime.fromisoformat(text) for text in _ENDS]
    opened += [(begin + timedelta(minutes=rng.randrange(200_000))).astimezone(rng.choice(_ZONES)) for _ in range(80)]
    with store.begin() as tx:
        assert counting.first_month(tx) == ""
        for number, at in enumerate(opened):
            case, steps = make_case(number)
            cases.add(tx, replace(case, opened=at), steps)
        found = Counter[str]()
        for one in counting.cases_by_month(tx):
            found[one.month] += one.count
        assert found == Counter(map(_month, opened))
        assert counting.first_month(tx) == min(map(_month, opened))


def test_the_first_month_is_reckoned_not_read(store: Store) -> None:
    """By their text the one in UTC comes first, by time the other."""
    with store.begin() as tx:
        for number, text in enumerate(("2026-02-28T17:30:00.000+00:00", "2026-02-28T20:00:00.000+08:00")):
            case, steps = make_case(number)
            cases.add(tx, replace(case, opened=datetime.fromisoformat(text)), steps)
        assert counting.first_month(tx) == "2026-02"


def test_a_step_is_recorded_when_a_recording_of_its_case_ran_meanwhile(store: Store) -> None:
    rng, noon = random.Random(9), datetime(2026, 5, 14, 12, tzinfo=CHINA)
    plain, now = Counter[bool](), noon + timedelta(hours=9)

    def some(hours: int) -> datetime:
        return (noon + timedelta(minutes=rng.randrange(hours * 60))).astimezone(rng.choice(_ZONES))

    with store.begin() as tx:
        for number in range(60):
            case, (step,) = make_case(number)
            began = some(6)
            finished = None if number % 7 == 0 else (began + timedelta(minutes=rng.randrange(90))).astimezone(UTC)
            cases.add(tx, case, [replace(step, state=StepState.NOW if finished is None else StepState.DONE,
                                         outcome="rectify", started=began, finished=finished)])
            ran = False
            for nth in range(rng.randrange(3)):
                at = some(8)
                ended = None if rng.random() < 0.1 else at + timedelta(minutes=rng.randrange(60))
                clips.add(tx, Clip(ClipId(f"v{number}-{nth}"), case.id, step.id, f"V{number}-{nth}",
                                   ClipState.RECORDING if ended is None else ClipState.WHOLE, at, ended, 1, True, True))
                ran |= at <= (finished or now) and (ended or now) >= began
            plain[ran] += 1
        (found,) = counting.steps_recorded(tx, "2026-05", "2026-05", now=now)
        assert (found.begun, found.recorded) == (60, plain[True]) and 0 < plain[True] < 60
        assert (found.kind, found.outcome, found.opened) == ("inspection", "rectify", make_case(1)[0].opened)
        assert counting.steps_recorded(tx, "2026-06", "2026-07", now=now) == []
