"""Lines for machines are JSON, and hold nothing that is not on the list."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from field_app import logs


@pytest.fixture(autouse=True)
def _quiet_again() -> Iterator[None]:
    yield
    logs.start(None)


def test_json_lines(tmp_path: Path) -> None:
    logs.start(tmp_path, as_json=True)
    logs.note("started")
    logs.note("request", verb="part", http=201, seconds=0.5, device=None, name="张伟")
    logs.warn("store away", state='"} quoted')
    lines = [json.loads(line) for line in (tmp_path / "desk.log").read_text().splitlines()]
    assert [line.pop("at")[-6:] for line in lines] == ["+00:00"] * 3
    assert lines == [
        {"level": "INFO", "event": "started"},
        {"level": "INFO", "event": "request", "verb": "part", "http": 201, "seconds": 0.5,
         "device": None, "name": "<str>"},
        {"level": "WARNING", "event": "store away", "state": '"} quoted'}]
