"""JSON from outside is bounded in depth, whatever its strings hold."""

import json
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from field_app.crypto.canonical import MAX_DEPTH, MAX_VALUES, MalformedJson, parse

_TEXTS = st.text(alphabet='[]{}"\\,:aé规', max_size=80)


def _nested(depth: int, inner: object, objects: bool) -> object:
    for _ in range(depth):
        inner = {"k[{": inner} if objects else [inner]
    return inner


@given(text=_TEXTS, depth=st.integers(0, 2 * MAX_DEPTH), objects=st.booleans())
def test_brackets_in_strings_are_no_depth(text: str, depth: int, objects: bool) -> None:
    value = _nested(depth, [text] * 3, objects)
    data = json.dumps(value, ensure_ascii=False).encode()
    if depth + 1 <= MAX_DEPTH:
        assert parse(data, must_be_canonical=False) == value
    else:
        with pytest.raises(MalformedJson):
            parse(data, must_be_canonical=False)


_AT_ONCE_S = 5.0  # processor time; reading each mark's rest again would take minutes


@pytest.mark.parametrize("text", [
    "[" * 100_000, '["' + "[" * 100_000, '{"a":' * 50_000, '"' + '\\"' * 100_000 + "[" * 40, "]" * 50 + "[" * 50,
    '"' + '\\"' * 100_000 + "[" * 40 + "\\", '["' + '"[' * 100_000, '"\\' * 100_000 + "[" * 40,
    '"' + "\\\\" * 100_000 + "[" * 40])
def test_what_never_ends_is_refused_at_once(text: str) -> None:
    began = time.process_time()
    with pytest.raises(MalformedJson):
        parse(text.encode(), must_be_canonical=False)
    assert time.process_time() - began < _AT_ONCE_S


def test_more_values_than_any_text_of_ours_has() -> None:
    with pytest.raises(MalformedJson, match="more than"):
        parse(b"[" + b"[]," * (MAX_VALUES // 2) + b"[]]")
    with pytest.raises(MalformedJson, match="more than"):
        parse(b"[1,2,3]", values=2)
    assert parse(b"[1,2,3]", values=3) == [1, 2, 3]
