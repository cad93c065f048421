"""The desk's second language: Chinese sentences are the source, translations lie in ``resources/languages``."""

from typing import Any


def tr(text: str, /, **values: Any) -> str:
    """``text`` in the chosen language, its named holes filled with ``values``."""
    return text.format(**values) if values else text


def tr_later(text: str, /) -> str:
    """Marks a sentence that is made once and shown later: ``tr`` is called where it is shown."""
    return text
