"""A case under inspection, a card, and the day before."""

from datetime import datetime, timedelta
from pathlib import Path

import pytest

from field_app.actions.case_desk import begin_step
from field_app.actions.context import Session
from field_app.domain.case import Case
from field_app.domain.clock import CHINA
from tests.journeys.cards.ways import MakeCase, step_of


@pytest.fixture
def case(session: Session, new_case: MakeCase) -> Case:
    made = new_case(session)
    begin_step(session, made.id, step_of(session, made))
    return made


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path / "card"


@pytest.fixture
def yesterday(session: Session) -> datetime:
    return (session.at - timedelta(days=1)).astimezone(CHINA).replace(
        hour=9, minute=0, second=0, microsecond=0)
