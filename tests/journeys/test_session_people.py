"""Within a shift: either unlocks again, someone assists and never signs, a partner hands over."""

from dataclasses import replace

import pytest

from field_app.actions.context import Session
from field_app.actions.log_in import log_in, log_out
from field_app.actions.pass_warning import pass_warnings, passed_warnings
from field_app.actions.session_people import change_partner, join, leave, note_lock, unlock_again
from field_app.cli.demo.world import World
from field_app.domain.case import Case
from field_app.domain.people import Role
from field_app.domain.reasons import Level, Reason
from field_app.errors import UserError
from field_app.storage import events
from tests.journeys.test_refusals import issue


def kinds(session: Session) -> list[str]:
    with session.begin() as tx:
        return [str(e.members()["typ"]) for e in events.since(tx, 0)]


def refused(call: object) -> str:
    with pytest.raises(UserError) as error:
        call()  # type: ignore[operator]
    assert error.value.what and error.value.remedy
    return error.value.code


def test_either_unlocks_and_nobody_else(world: World, session: Session) -> None:
    note_lock(session, "idle")
    for card in world.both():
        assert unlock_again(session, card).cert_no in session.actors
    other = issue(world, "戊（演练）", "A-005")
    assert refused(lambda: unlock_again(session, other)) == "login.other_pair"
    assert refused(lambda: unlock_again(session, replace(world.both()[0], pin="0"))) \
        == "login.wrong_pin"
    told = kinds(session)
    assert told.count("unlocked") == 2 and "locked" in told
    with session.begin() as tx:
        (first, _) = [e.members()["body"] for e in events.since(tx, 0)
                      if e.members()["typ"] == "unlocked"]
    assert '"purpose":"unlock"' in first["proof"]["statement"]


def test_an_auxiliary_assists_and_is_never_one_of_the_two(world: World) -> None:
    helper = issue(world, "丙（演练）", "F-003", role=Role.AUXILIARY)
    session = log_in(world.laptop, *world.both())
    joined = join(session, helper)
    assert [a.name for a in joined.assistants] == ["丙（演练）"]
    assert joined.actors == session.actors  # who answers for what is done stays the same
    assert refused(lambda: join(joined, helper)) == "assist.twice"
    assert refused(lambda: join(joined, world.both()[0])) == "login.same_person"
    assert refused(lambda: change_partner(joined, world.both()[0], helper)) == "login.auxiliary"
    assert refused(lambda: unlock_again(joined, helper)) == "login.auxiliary"
    assert leave(joined, "F-003").assistants == ()
    assert kinds(session)[-2:] == ["assistant_joined", "assistant_left"]
    log_out(session)


def test_a_partner_hands_over_within_the_shift(world: World, session: Session) -> None:
    newcomer = issue(world, "戊（演练）", "A-005")
    first, second = world.both()
    # Not yet enrolled on this laptop: the roster is followed at the next login of two known.
    assert refused(lambda: change_partner(session, first, newcomer)) in (
        "login.not_enrolled", "login.unknown_issuer")
    log_out(session)
    log_out(log_in(world.laptop, first, second))
    again = log_in(world.laptop, first, second)
    assert refused(lambda: change_partner(again, newcomer, second)) == "login.other_pair"
    assert refused(lambda: change_partner(again, first, first)) == "login.same_certificate"
    changed = change_partner(again, first, newcomer)
    assert {o.cert_no for o in changed.pair.both} == {"YL50015600101", "A-005"}
    with changed.begin() as tx:
        newest = events.since(tx, events.head(tx).seq - 1)[0].members()
    assert newest["body"]["left"] == ["YL50015600102"] and newest["actors"] == list(changed.actors)
    log_out(changed)


def test_what_the_new_pair_lets_pass_is_signed_by_the_new_pair(
        world: World, new_case: object) -> None:
    newcomer = issue(world, "戊（演练）", "A-005")
    first, second = world.both()
    log_out(log_in(world.laptop, first, second))
    session = log_in(world.laptop, first, second)
    case: Case = new_case(session)  # type: ignore[operator]
    changed = change_partner(session, first, newcomer)
    warning = Reason("RC-01", Level.WARN, "没有音像记录", "请补录")
    for acting in (session, changed):
        with acting.begin() as tx:
            pass_warnings(acting, tx, case.id, [warning], about="inspection", reason="设备损坏")
    # The first was signed with keys that no longer hold at that place of the log.
    assert [t.holds for t in passed_warnings(changed, case.id)] == [False, True]
    log_out(changed)
