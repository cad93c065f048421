"""``field-app procedure``: what is listed, shown and explained is what the desk goes by."""

import json

import pytest

from field_app.cli import main


def test_list_show_and_explain(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["procedure", "list", "--json"]) == 0
    listed = {p["id"]: p for p in json.loads(capsys.readouterr().out)}
    assert listed["ordinary"]["standalone"] and not listed["hearing"]["standalone"]
    assert main(["procedure", "show", "ordinary", "--json"]) == 0
    shown = {s["kind"]: s for s in json.loads(capsys.readouterr().out)["steps"]}
    (penalty,) = [o for o in shown["approval"]["outcomes"] if o["key"] == "penalty"]
    assert penalty["leads_to"] == ["decision"]
    assert main(["procedure", "explain", "ordinary", "legal_review"]) == 0
    told = capsys.readouterr().out
    for words in ("法制审核人员", "重大执法决定法制审核意见书", "第五十八条", "人员分开", "审核通过 →"):
        assert words in told


@pytest.mark.parametrize(("words", "told"), [
    (["show", "nothing"], "没有程序“nothing”"),
    (["explain", "ordinary", "nothing"], "没有环节“nothing”")])
def test_what_is_not_there_is_told(
        words: list[str], told: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["procedure", *words]) == 1
    error = capsys.readouterr().err
    assert told in error and "怎么办：" in error
