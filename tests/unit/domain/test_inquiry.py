"""The dialogue of an inquiry: inserted, moved, asked by outline, stored as answers."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from field_app.domain.inquiry import MAX_PAIRS, Dialogue, Pair

ABC = Dialogue(tuple(Pair(q, q.lower()) for q in "ABC"))


def order(dialogue: Dialogue) -> str:
    return "".join(p.question for p in dialogue.pairs)


def test_insert_remove_change_move() -> None:
    assert order(ABC.insert(1, Pair("X", "x"))) == "AXBC"
    assert order(ABC.insert(3, Pair("X", "x"))) == "ABCX"
    assert order(ABC.remove(1)) == "AC"
    assert ABC.change(1, answer="新").pairs[1] == Pair("B", "新")
    assert order(ABC.move(0, 2)) == "BCA"
    assert order(ABC.move(2, 0)) == "CAB"
    assert order(ABC) == "ABC"  # The old one stays: undo is keeping it.
    with pytest.raises(IndexError):
        ABC.insert(4)
    with pytest.raises(IndexError):
        ABC.remove(3)
    with pytest.raises(IndexError):
        ABC.move(0, 3)
    with pytest.raises(IndexError):
        ABC.change(9, answer="")


def test_outline_is_not_asked_twice() -> None:
    asked = ABC.insert(3).ask(["B", " D ", "", "D"])
    assert order(asked) == "ABCD"
    assert asked.unanswered() == [3]
    assert Dialogue().ask(["甲"]).to_answers() == [{"q": "甲", "a": ""}]


def test_bounds_and_shapes() -> None:
    full = Dialogue((Pair("q", "a"),) * MAX_PAIRS)
    with pytest.raises(ValueError, match="500"):
        full.insert(0)
    assert Dialogue.from_answers(None) == Dialogue()
    assert Dialogue.from_answers(["x", {"q": "甲"}]).pairs == (Pair("甲", ""),)


@given(st.lists(st.tuples(st.text(max_size=5), st.text(max_size=5)), max_size=8), st.data())
def test_moving_loses_nothing(pairs: list[tuple[str, str]], data: st.DataObject) -> None:
    dialogue = Dialogue(tuple(Pair(q, a) for q, a in pairs))
    if pairs:
        place = data.draw(st.integers(0, len(pairs) - 1))
        to = data.draw(st.integers(0, len(pairs) - 1))
        moved = dialogue.move(place, to)
        assert sorted(map(repr, moved.pairs)) == sorted(map(repr, dialogue.pairs))
        assert moved.pairs[to] == dialogue.pairs[place]
        assert moved.move(to, place) == dialogue
    stored = dialogue.to_answers()
    assert Dialogue.from_answers(stored).to_answers() == stored
