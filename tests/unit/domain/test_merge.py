"""Fields of a shared case: the same whatever order logs arrive in; two writers at once are seen."""

import random

from hypothesis import given
from hypothesis import strategies as st

from field_app.domain.merge import Write, fold


def write(device: str, seq: int, value: str, *replaces: tuple[str, int], hlc: int = 0) -> Write:
    return Write(f"{hlc or seq:015d}-0000", device, seq, "place", value, tuple(replaces))


def test_the_same_base_written_twice_is_a_conflict_and_the_choice_settles_it() -> None:
    base = write("D1", 1, "一号车间")
    left, right = write("D1", 2, "二号车间", ("D1", 1)), write("D2", 9, "三号仓库", ("D1", 1))
    assert not fold([base, left])["place"].conflict
    both = fold([base, left, right])["place"]
    assert both.conflict and [w.value for w in both.heads] == ["二号车间", "三号仓库"]
    assert both.value == "三号仓库"
    chosen = write("D1", 10, "二号车间", *both.replaced_by_next)
    settled = fold([base, left, right, chosen])["place"]
    assert not settled.conflict and settled.value == "二号车间"
    # The same word twice is no quarrel.
    assert not fold([base, left, write("D2", 9, "二号车间", ("D1", 1))])["place"].conflict


def test_a_circle_of_writes_still_has_a_value() -> None:
    field = fold([write("D1", 1, "甲", ("D2", 1)), write("D2", 1, "乙", ("D1", 1), hlc=5)])["place"]
    assert (field.value, field.conflict) == ("乙", False)


@st.composite
def histories(draw: st.DrawFn) -> list[Write]:
    """Two to three laptops that write, and hear of some of the others' writes in between."""
    devices = ["D1", "D2", "D3"][:draw(st.integers(2, 3))]
    seen: dict[str, list[Write]] = {d: [] for d in devices}
    made: list[Write] = []
    for step in range(draw(st.integers(1, 12))):
        device = draw(st.sampled_from(devices))
        if draw(st.booleans()):
            seen[device] = list({w.key: w for w in (*seen[device], *seen[draw(
                st.sampled_from(devices))])}.values())
        known = fold(seen[device]).get("place")
        one = Write(f"{draw(st.integers(0, 3)):015d}-0000", device, step + 1, "place",
                    draw(st.sampled_from("甲乙丙")), known.replaced_by_next if known else ())
        seen[device].append(one)
        made.append(one)
    return made


@given(histories(), st.randoms(use_true_random=False))
def test_every_order_of_arrival_says_the_same(made: list[Write], chance: random.Random) -> None:
    field = fold(made)["place"]
    for _ in range(3):
        mixed = [*made, *chance.choices(made, k=len(made))]  # Some arrive twice.
        chance.shuffle(mixed)
        assert fold(mixed)["place"] == field
    # No write is lost: each is a head, or somebody who saw it wrote after it.
    heads = {w.key for w in field.heads}
    replaced = {key for w in made for key in w.replaces}
    assert all(w.key in heads or w.key in replaced for w in made)
    # Whoever writes after having seen everything ends every quarrel.
    last = Write("9" * 15 + "-0000", "D9", 1, "place", "丁", field.replaced_by_next)
    assert fold([*made, last])["place"].heads == (last,)
