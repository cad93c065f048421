"""Outline questions for inquiries, read from data."""

import tomllib
from functools import lru_cache

from field_app.paths import RESOURCES


@lru_cache(maxsize=1)
def inquiry_outlines() -> dict[str, list[str]]:
    """Questions by matter, in the order to ask them."""
    raw = tomllib.loads((RESOURCES / "phrases" / "inquiry-1.toml").read_text("utf-8"))
    return {matter: list(questions) for matter, questions in raw["outlines"].items()}
