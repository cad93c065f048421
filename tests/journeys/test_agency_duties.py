"""What an agency owes by the year stands on the first page, with its law."""

from collections.abc import Callable, Iterator
from datetime import datetime

import pytest

from field_app.actions.agency_duties import agency_duties
from field_app.actions.context import AppContext, Session
from field_app.actions.log_in import log_in, log_out
from field_app.actions.overview import today
from field_app.cli.demo.world import World
from field_app.domain.clock import CHINA, Moment, SystemClock


class On:
    """A clock that shows one day."""

    def __init__(self, day: str) -> None:
        self._wall = datetime.fromisoformat(day).replace(hour=9, tzinfo=CHINA)

    def now(self) -> Moment:
        real = SystemClock().now()
        return Moment(max(self._wall, real.wall), real.mono_ms, real.boot)


@pytest.fixture
def on(world: World) -> Iterator[Callable[[str], Session]]:
    opened: list[Session] = []

    def start(day: str) -> Session:
        opened.append(log_in(AppContext(On(day), world.laptop.data), *world.both()))
        return opened[-1]

    yield start
    for session in opened:
        log_out(session)


def rules_of(session: Session) -> set[str]:
    return {r.rule for r in agency_duties(session)}


def test_reports_are_told_in_their_season(on: Callable[[str], Session]) -> None:
    assert {"RP-01", "RP-02"} <= rules_of(on("2026-12-02"))
    january = on("2027-01-20")
    assert "RP-02" not in rules_of(january) and "SU-03" in rules_of(january)
    assert not {"RP-01", "RP-02", "SU-03"} & rules_of(on("2027-04-01"))


def test_too_few_reviewers_are_told_on_the_first_page(on: Callable[[str], Session]) -> None:
    session = on("2026-12-02")
    (few,) = [r for r in agency_duties(session) if r.rule == "PE-08"]
    assert "应有法制审核人员1名，现有0名" in few.text
    told = [n for n in today(session).notices if "法制审核人员" in n.text]
    assert told and "武隆府办发〔2021〕53号" in told[0].text and not told[0].serious
