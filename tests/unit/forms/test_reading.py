"""Form files are read strictly, and every refusal says which file and where in it."""

from pathlib import Path

import pytest

from field_app.forms import FormFileError, FormUnknown, check_forms, list_forms, load_form
from field_app.forms.definition import Kind, Need
from field_app.paths import FORMS

FORM = """
id = "G1-01"
version = 1
title = "试表"
group = 1
when = "试"
who = "试"
numbering = "series"
source = "试"

[[field]]
key = "a"
label = "甲"
type = "text"
required = "R"
"""


def put(folder: Path, text: str, *, name: str = "G1-01-试表", file: str = "1.toml") -> Path:
    path = folder / name / file
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def test_the_shipped_forms_are_sound() -> None:
    assert check_forms() == []
    ids = [summary.form_id for summary in list_forms()]
    assert ids == sorted(ids)
    assert {"G1-04", "G1-15", "G2-02", "G4-02"} <= set(ids)


def test_a_form_tells_its_fields_blocks_and_hash() -> None:
    form = load_form("G2-02")
    assert len(form.sha256) == 64
    assert [copy.holder for copy in form.copies] == ["入卷"]
    assert {use.name for use in form.blocks} == {"ENT", "OFFICER", "PERSON", "SIGNREC"}
    answer = form.field_at("qa[2].a")
    assert answer is not None and answer.kind is Kind.LONG and answer.need is Need.REQUIRED
    assert form.field_at("qa[2].b") is None
    assert form.field_at("nobody.name") is None
    officer = form.field_at("officers[0].cert_no")
    assert officer is not None and officer.label == "执法证号"


def test_the_newest_version_is_given_unless_another_is_asked_for(tmp_path: Path) -> None:
    put(tmp_path, FORM)
    put(tmp_path, FORM.replace("version = 1", "version = 2").replace("甲", "乙"), file="2.toml")
    assert load_form("G1-01", folder=tmp_path).version == 2
    assert load_form("G1-01", 1, folder=tmp_path).fields[0].label == "甲"
    with pytest.raises(FormUnknown) as unknown:
        load_form("G1-01", 3, folder=tmp_path)
    assert unknown.value.version == 3


@pytest.mark.parametrize("form_id", ["G9-99", "", "../G1-04", "G1-04/1"])
def test_a_form_that_is_not_there_is_unknown(form_id: str) -> None:
    with pytest.raises(FormUnknown):
        load_form(form_id)


@pytest.mark.parametrize(("old", "new", "place", "problem"), [
    ('label = "甲"', 'label = "甲"\nlable = "乙"', "field[0]", "unknown key lable"),
    ('type = "text"', 'type = "txt"', "field[0]", "no type named 'txt'"),
    ('required = "R"', 'required = "X"', "field[0]", "required must be one of"),
    ('required = "R"', 'required = "R"\nchecks = ["nosuch"]', "field[0]", "no check rule"),
    ('required = "R"', 'required = "C"\ncondition = "nosuch"', "field[0]", "no condition rule"),
    ('required = "R"', 'required = "R"\ncondition = "posted"', "field[0]", "belongs to"),
    ('type = "text"', 'type = "choice"\nchoices = ["一"]', "field[0]", "at least two"),
    ('type = "text"', 'type = "list"\nitem = "list"', "field[0]", "cannot hold items"),
    ('type = "text"', 'type = "text"\nopen_choice = true', "field[0]", "open_choice"),
    ('type = "text"', 'type = "text"\nmax_length = "9"', "field[0]", "must be a whole number"),
    ('type = "text"', 'type = "text"\nafter_printing = 1', "field[0]", "true or false"),
    ('type = "text"', 'type = "text"\nchecks = "phone"', "field[0]", "list of texts"),
    ('group = 1', 'group = 1\nrule = "x > 1"', "", "unknown key rule"),
    ('group = 1', '', "", "group must be a whole number"),
    ('who = "试"', '', "", "who is missing"),
    ('who = "试"', 'who = " "', "", "who must be text"),
    ('numbering = "series"', 'numbering = "free"', "", "numbering must be one of"),
    ('source = "试"', 'source = "试"\nconfidence = "Z"', "", "confidence must be one of"),
    ('id = "G1-01"', 'id = "G1-02"', "", "must say id"),
    ('title = "试表"', 'title = "别表"', "title", "folder must be named"),
    ('[[field]]', '[[statement]]\nkey = "k"\ntext = "t"\nsource = "s"\n[[field]]',
     "statement[0]", "phrases are missing"),
    ('[[field]]', '[[field', "", "Expected"),
    ('key = "a"', 'key = "a"\nkey = "b"', "", "Cannot overwrite"),
])
def test_a_defect_is_told_with_file_and_place(
        tmp_path: Path, old: str, new: str, place: str, problem: str) -> None:
    assert old in FORM
    path = put(tmp_path, FORM.replace(old, new, 1))
    with pytest.raises(FormFileError) as refused:
        load_form("G1-01", folder=tmp_path)
    assert refused.value.file == path
    assert refused.value.place == place
    assert problem in refused.value.problem
    assert [str(refused.value)] == check_forms(tmp_path)


def test_two_fields_of_one_name_are_refused(tmp_path: Path) -> None:
    field = FORM[FORM.index("[[field]]"):]
    put(tmp_path, FORM + field)
    with pytest.raises(FormFileError, match="field a stands twice"):
        load_form("G1-01", folder=tmp_path)


def test_a_block_must_be_pinned_and_present(tmp_path: Path) -> None:
    put(tmp_path, FORM + '\n[[field]]\nblock = "ENT"\nrequired = "R"\n[blocks]\nSEAL = 1\n')
    with pytest.raises(FormFileError, match=r"block ENT has no version under \[blocks\]"):
        load_form("G1-01", folder=tmp_path)


def test_a_file_that_is_no_text_or_too_large_is_refused(tmp_path: Path) -> None:
    path = put(tmp_path, FORM)
    path.write_bytes(b"\xff\xfe")
    with pytest.raises(FormFileError, match="utf-8"):
        load_form("G1-01", folder=tmp_path)
    other = tmp_path / "more"
    put(other, "#" * 300_000)
    with pytest.raises(FormFileError, match="too large"):
        load_form("G1-01", folder=other)


def test_a_folder_that_is_no_form_is_told(tmp_path: Path) -> None:
    (tmp_path / "随手放的").mkdir()
    assert "folder of a form is named" in check_forms(tmp_path)[0]


def test_every_shipped_field_has_a_label_and_every_statement_a_source() -> None:
    for summary in list_forms():
        form = load_form(summary.form_id)
        assert all(s.source and s.phrases for s in form.statements)
        for field in form.fields:
            assert field.label and field.group, f"{form.form_id}.{field.key}"
    for form_id in ("G1-04", "G1-15", "G2-02", "G4-02"):
        assert load_form(form_id).statements
    assert (FORMS / "README.md").is_file()
