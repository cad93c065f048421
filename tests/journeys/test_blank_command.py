"""``render ID --blank``: an empty paper for handwriting, from a script."""

import json
from pathlib import Path

import pypdfium2
import pytest

from field_app.cli import main


def test_a_blank_paper_is_written(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["render", "G2-02", "--blank", "--out", str(tmp_path), "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    (file,) = tmp_path.iterdir()
    assert (file.name, str(file)) == ("G2-02-空白.pdf", told["pdf"])
    with pypdfium2.PdfDocument(file) as document:
        assert len(document) == told["pages"]
        assert "询问笔录" in document[0].get_textpage().get_text_range()


@pytest.mark.parametrize("words", [
    ["render", "--blank"], ["render", "G9-99", "--blank"],
    ["render", "G2-02", "--blank", "--name", "../x"]])
def test_what_cannot_be_made_is_told(
        words: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*words, "--out", str(tmp_path / "out")]) == 1
    assert "怎么办" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()
