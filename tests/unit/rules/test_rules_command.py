"""The rules on the command line, and the generated table that is kept true."""

import json
from datetime import date
from pathlib import Path

import pytest

import field_app.rules
from field_app.cli import main
from field_app.rules.overview import described, markdown, told
from field_app.rules.table import rules, rules_at


def test_the_generated_table_is_true() -> None:
    kept = Path(field_app.rules.__file__).with_name("RULES.md").read_text("utf-8")
    assert kept == markdown(), "run: python -m field_app rules table --out field_app/rules/RULES.md"
    assert all(f"\n| {rule} | " in kept for rule in rules())


def test_table_is_written_or_printed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["rules", "table", "--out", str(tmp_path / "R.md")]) == 0
    assert (tmp_path / "R.md").read_text("utf-8") == markdown()
    capsys.readouterr()
    assert main(["rules", "table"]) == 0
    assert capsys.readouterr().out == markdown()
    assert main(["rules", "table", "--out", str(tmp_path / "no" / "R.md")]) == 1
    assert "怎么办" in capsys.readouterr().err


def test_list_and_show(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["rules", "list", "--json", "--day", "2026-05-14"]) == 0
    assert json.loads(capsys.readouterr().out) == [
        told(rule) for rule in rules_at(date(2026, 5, 14)).values()]
    assert main(["rules", "list", "--day", "2026-05-14"]) == 0
    assert len(capsys.readouterr().out.splitlines()) == len(rules()) + 1
    assert main(["rules", "show", "hr-02"]) == 0
    shown = capsys.readouterr().out
    assert shown.splitlines() == described(rules()["HR-02"])
    assert "2023-03-01 至 现行" in shown
    assert main(["rules", "show", "EV-08", "--json"]) == 0
    made = json.loads(capsys.readouterr().out)
    assert made["law"] == rules()["EV-08"].law and made["asks"]["legal"] == "法制审核"


@pytest.mark.parametrize("words", [
    ["show", "ZZ-99"], ["show", "HR-02", "--day", "2022-01-01"], ["list", "--day", "2026-02-30"]])
def test_what_cannot_be_shown_is_told(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["rules", *words]) == 1
    assert "怎么办" in capsys.readouterr().err
