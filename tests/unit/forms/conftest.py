"""Answers that pass every check, to be spoiled one by one."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from field_app.paths import RESOURCES


@pytest.fixture
def good() -> Callable[[str], dict[str, Any]]:
    """A fresh copy of a form's training answers."""
    def load(form_id: str) -> dict[str, Any]:
        text = (RESOURCES / "training" / "answers" / f"{form_id}.json").read_text("utf-8")
        answers: dict[str, Any] = json.loads(text)
        return answers
    return load
