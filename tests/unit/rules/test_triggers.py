"""What facts set off is certain, or told as undecided; never guessed."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from field_app.rules.checks.decision import LeniencyFacts
from field_app.rules.checks.hearing import HearingFacts
from field_app.rules.checks.review import ReviewFacts
from field_app.rules.checks.transfer import CrimeFacts
from field_app.rules.triggers import TRIGGERS, TriggerFacts, judged, triggers, undecided

DAY = date(2026, 5, 14)
PLAIN_REVIEW = ReviewFacts(False, False, False, False, False)


def facts(**change: object) -> TriggerFacts:
    made: dict[str, object] = {
        "day": DAY, "hearing": HearingFacts("公民", 10000, kinds=("罚款",)), "review": PLAIN_REVIEW,
        "crime": CrimeFacts(0, 100, False), "complicated": False, "grave": False,
        "facts_clear": True,
        "leniency": LeniencyFacts(first_offence=False, slight=False, corrected=False)}
    return TriggerFacts(**(made | change))  # type: ignore[arg-type]


def test_a_small_plain_case_may_be_decided_on_the_spot() -> None:
    assert triggers(facts()) == {"on_the_spot_possible"}
    assert undecided(facts()) == frozenset()


@pytest.mark.parametrize(("change", "name"), [
    ({"hearing": HearingFacts("公民", 500_000, kinds=("罚款",))}, "hearing_due"),
    ({"hearing": HearingFacts("法人", 5_000_000, kinds=("罚款",))}, "hearing_due"),
    ({"hearing": HearingFacts("法人", 0, 5_000_000, kinds=())}, "hearing_due"),
    ({"hearing": HearingFacts("公民", 0, kinds=("责令停产停业",))}, "hearing_due"),
    ({"hearing": HearingFacts("公民", 0, kinds=("责令停产停业",))}, "collective_due"),
    ({"review": ReviewFacts(True, False, False, False, False)}, "legal_review_due"),
    ({"review": ReviewFacts(False, True, True, False, False)}, "legal_review_due"),
    ({"review_fen": 10_000}, "legal_review_due"),
    ({"discussion_fen": 10_000}, "collective_due"),
    ({"complicated": True}, "collective_due"),
    ({"issued": frozenset({"G2-21"})}, "coercive_taken"),
    ({"issued": frozenset({"G2-12"})}, "evidence_preserved"),
    ({"issued": frozenset({"G3-15"})}, "publication_due"),
    ({"crime": CrimeFacts(100, 100)}, "crime_suspected"),
    ({"crime": CrimeFacts(other_signs=True)}, "crime_suspected"),
    ({"leniency": LeniencyFacts(first_offence=True, slight=True, corrected=True)},
     "first_offence_waiver_possible")])
def test_each_trigger(change: dict[str, object], name: str) -> None:
    assert name in TRIGGERS
    assert name in triggers(facts(**change))
    assert name not in triggers(facts())


def test_what_is_not_known_is_undecided() -> None:
    nothing = TriggerFacts(DAY)
    assert triggers(nothing) == frozenset()
    assert undecided(nothing) == {
        "hearing_due", "legal_review_due", "collective_due", "crime_suspected",
        "on_the_spot_possible", "first_offence_waiver_possible"}
    between = facts(hearing=HearingFacts(None, 600_000, kinds=("罚款",)))
    assert "hearing_due" in undecided(between)
    assert "hearing_due" in triggers(facts(hearing=HearingFacts(None, 5_000_000, kinds=("罚款",))))
    assert "publication_due" not in triggers(
        facts(issued=frozenset({"G3-15"}), social_effect=False))


def test_before_the_threshold_was_in_force_it_is_undecided() -> None:
    old = facts(day=date(2023, 2, 28), hearing=HearingFacts("公民", 10_000_000, kinds=("罚款",)))
    assert judged(old)["hearing_due"] is None


@given(st.integers(0, 10**9), st.sampled_from(["公民", "个体工商户", "法人", "其他组织"]))
def test_hearing_and_summary_never_meet(fine: int, party: str) -> None:
    names = triggers(facts(hearing=HearingFacts(party, fine, kinds=("罚款",))))
    single = party in ("公民", "个体工商户")
    assert ("hearing_due" in names) == (fine >= (500_000 if single else 5_000_000))
    assert ("on_the_spot_possible" in names) == (fine <= (20_000 if single else 300_000))
