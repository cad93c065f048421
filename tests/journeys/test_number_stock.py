"""Reserved numbers: how many are left is told in time, and a used-up block is refused in words."""

from collections.abc import Callable
from typing import Any

import pytest

from field_app.actions import administer, take_bundle
from field_app.actions.case_desk import case_desk
from field_app.actions.context import Session
from field_app.actions.fill_document import issue_paper, save_draft, start_paper
from field_app.actions.log_in import log_in, log_out
from field_app.actions.number_document import Stock, numbers_left, void_numbers, void_paper
from field_app.actions.overview import today
from field_app.cli.demo.day import sample_answers
from field_app.cli.demo.world import AGENCY, CA_WORDS, HQ_UNIT, World
from field_app.domain.case import Case
from field_app.domain.clock import SystemClock
from field_app.errors import UserError

_SERIES = "演应急责改"


def _reserve(world: World, *blocks: tuple[str, int, int, int, str]) -> Session:
    """Headquarters gives blocks; the laptop takes the bundle and both log in."""
    authority = administer.open_ca(world.root / "ca", CA_WORDS)
    recipient = administer.headquarters_recipient(world.headquarters, HQ_UNIT)
    rows = [{"series": s, "year": y, "first": a, "last": b, "device": d}
            for s, y, a, b, d in blocks]
    administer.make_bundle(
        world.laptop, authority, world.headquarters, world.root / "bundle",
        recipients=[recipient],
        agency={"name": AGENCY, "training": True, "area": "演", "word": "应急", "number_blocks": rows})
    take_bundle.import_bundle(world.laptop, world.root / "bundle")
    return log_in(world.laptop, *world.both())


def _issue(session: Session, case: Case) -> Any:
    step = case_desk(session, case.id).step("rectification").step
    draft = start_paper(session, case.id, step.id, "G1-15")
    save_draft(session, draft.id, {**draft.answers, **sample_answers("G1-15"),
                                   "officers": draft.answers["officers"], "check_ref": "D001-1"})
    return issue_paper(session, draft.id)


def test_what_is_left_is_told_before_it_is_used_up(
        world: World, new_case: Callable[[Session], Case]) -> None:
    year = SystemClock().now().wall.year
    session = _reserve(world, (_SERIES, year, 31, 32, "D001"), (_SERIES, year, 90, 99, "D002"),
                       ("演应急罚", year, 1, 20, "D001"), ("演应急告", year - 1, 1, 50, "D001"))
    assert numbers_left(session) == [
        Stock("演应急告", year, 0, 0), Stock(_SERIES, year, 2, 2), Stock("演应急罚", year, 20, 20)]
    said = {n.text: n.serious for n in today(session).notices if "文号" in n.text}
    assert said == {f"“演应急告〔{year}〕”的文号已经用完": True,
                    f"“{_SERIES}〔{year}〕”的文号只剩2个": False}
    case = new_case(session)
    first = _issue(session, case)
    void_paper(session, first.id, "当事人名称写错")
    second = _issue(session, case)
    assert (first.number[-4:], second.number[-4:]) == ("〕31号", "〕32号")
    (void,) = void_numbers(session)
    assert (void.number, void.reason) == (first.number, "当事人名称写错")
    # The void number does not come back: the block is used up.
    assert Stock(_SERIES, year, 0, 2) in numbers_left(session)
    with pytest.raises(UserError, match="号段已经用完") as refused:
        _issue(session, case)
    assert "草稿" in refused.value.remedy
    log_out(session)


def test_nothing_is_told_where_nothing_is_reserved(session: Session) -> None:
    assert numbers_left(session) == []
    assert not [n for n in today(session).notices if "文号" in n.text]
