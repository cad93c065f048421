"""Blanks left in a text: a phrase's ＿＿ must be filled before the paper goes out."""

from collections.abc import Iterator
from typing import Any

from field_app.domain.reasons import Level, Reason

BLANK = "＿＿"
_NEAR = 8  # characters shown on either side


def _texts(value: Any, path: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, str):
        yield path, value
    elif isinstance(value, dict):
        for key, inner in value.items():
            yield from _texts(inner, f"{path}.{key}" if path else str(key))
    elif isinstance(value, list):
        for place, inner in enumerate(value):
            yield from _texts(inner, f"{path}[{place}]")


def blank_reasons(answers: dict[str, Any]) -> list[Reason]:
    """One blocking reason for each text in which a blank is left."""
    found = []
    for path, text in _texts(answers, ""):
        place = text.find(BLANK)
        if place >= 0:
            near = text[max(0, place - _NEAR):place + len(BLANK) + _NEAR].replace("\n", " ")
            found.append(Reason("TX-01", Level.BLOCK, f"常用语的空白处没有填写：“{near}”",
                                "请填写实际情况，或者删去空白", confidence="I", where=path))
    return found
