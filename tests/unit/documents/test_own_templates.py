"""An agency's own templates: drafted for every form, linted, signed, taken, refused."""

import shutil
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from typing import Any

import docx
import pytest

from field_app.documents.drafting import draft_template
from field_app.documents.own_templates import (
    lint,
    load_release,
    own_template,
    read_own,
    release,
)
from field_app.documents.refusal import TemplateRefused
from field_app.documents.release import check_template
from field_app.documents.render import PaperFacts, render
from field_app.documents.templates import PaperTemplate
from field_app.forms import list_forms, load_form

AT = datetime.now(UTC)
USUAL = ("G1-04", "G2-02", "G3-01", "G4-05", "G5-02")
FORMS = [pytest.param(f.form_id, marks=() if f.form_id in USUAL else pytest.mark.soak)
         for f in list_forms()]


def drafted(form_id: str, folder: Path) -> PaperTemplate:
    form = load_form(form_id)
    path = folder / f"{form_id}.docx"
    path.write_bytes(draft_template(form))
    return read_own(path, form, version=1001, at=AT)


@pytest.mark.parametrize("form_id", FORMS)
def test_a_draft_prints_what_was_answered(
        form_id: str, tmp_path: Path, sample: Callable[[str], dict[str, Any]],
        finished: Callable[[str], PaperFacts], squeezed: Callable[[str], str],
        docx_text: Callable[[bytes], str]) -> None:
    form, template = load_form(form_id), drafted(form_id, tmp_path)
    assert check_template(template, form) == []
    assert draft_template(form) == draft_template(form)
    answers = sample(form_id)
    made = render(form, answers, finished(form_id), template=template)
    assert made.warnings == ()
    text = squeezed(docx_text(made.docx))
    for field in form.fields:
        value = answers.get(field.key)
        if isinstance(value, str) and field.kind.value in ("text", "long") and not field.block:
            assert squeezed(value) in text, field.key


@pytest.fixture
def edited(tmp_path: Path) -> Callable[[Callable[[Any], None]], PaperTemplate]:
    """A draft of G1-14 changed with python-docx, as an office would in Word."""
    def make(change: Callable[[Any], None]) -> PaperTemplate:
        document = docx.Document(BytesIO(draft_template(load_form("G1-14"))))
        change(document)
        path = tmp_path / "edited.docx"
        document.save(str(path))
        return read_own(path, load_form("G1-14"), version=1001, at=AT)

    return make


@pytest.mark.parametrize("form_id", ["G1-14", "G2-02", "G4-04"])
def test_longest_answers_fit_a_draft(form_id: str, tmp_path: Path) -> None:
    assert lint(drafted(form_id, tmp_path), load_form(form_id)) == []


def test_lint_tells_each_fault_with_its_place(edited: Any) -> None:
    form = load_form("G1-14")

    def unknown(document: Any) -> None:
        document.add_paragraph("{{ nobody }}")

    (problem,) = lint(edited(unknown), form)
    assert "edited.docx" in problem and "nobody" in problem

    def dropped(document: Any) -> None:
        for paragraph in document.paragraphs:
            if "violation_fact" in paragraph.text or "{{ line }}" in paragraph.text \
                    or "endfor" in paragraph.text:
                paragraph._p.getparent().remove(paragraph._p)

    assert any("违法" in p or "没有印出" in p or "占位符" in p for p in _problems(edited, dropped))

    def statement(document: Any) -> None:
        for paragraph in document.paragraphs:
            for run in paragraph.runs:
                for phrase in (p for s in form.statements for p in s.phrases):
                    run.text = run.text.replace(phrase, "（略）")

    assert any("缺少法定内容" in p for p in lint(edited(statement), form))

    def italic(document: Any) -> None:
        document.paragraphs[0].runs[0].italic = True

    assert _problems(edited, italic)


def _problems(edited: Any, change: Callable[[Any], None]) -> list[str]:
    try:
        return lint(edited(change), load_form("G1-14"))
    except TemplateRefused as refused:
        return [str(refused)]


def test_a_cell_too_small_for_the_longest_words_is_told(edited: Any) -> None:
    def squeeze(document: Any) -> None:
        from docx.enum.table import WD_ROW_HEIGHT_RULE
        from docx.shared import Mm

        table = document.add_table(rows=1, cols=1)
        table.rows[0].height_rule = WD_ROW_HEIGHT_RULE.EXACTLY
        table.rows[0].height = Mm(12)
        table.cell(0, 0).text = "{{ violation_fact }}"

    (problem,) = _problems(edited, squeeze)
    assert "超出" in problem


@pytest.fixture
def released(tmp_path: Path, district: Any) -> Path:
    folder = tmp_path / "released"
    form = load_form("G1-14")
    template = drafted("G1-14", tmp_path)
    return release(template, (tmp_path / "G1-14.docx").read_bytes(),
                   folder / f"G1-14-{form.title}", signer=district.signer, at=AT)


def test_a_release_is_used_and_its_tampering_refused(released: Path, district: Any,
                                                     tmp_path: Path) -> None:
    form, folder = load_form("G1-14"), released.parent.parent
    own = own_template(folder, form, district.trust)
    assert own is not None and own.meta.version == 1001
    assert own_template(folder, load_form("G1-15"), district.trust) is None
    assert load_release(released, district.trust).meta == own.meta
    for suffix in (".docx", ".toml", ".p7s"):
        spoiled = tmp_path / suffix / released.parent.name
        shutil.copytree(released.parent, spoiled)
        victim = (spoiled / released.name).with_suffix(suffix)
        data = bytearray(victim.read_bytes())
        data[len(data) // 2] ^= 1
        victim.write_bytes(bytes(data))
        with pytest.raises(TemplateRefused):
            own_template(spoiled.parent, form, district.trust)
        victim.unlink()
        if suffix != ".toml":
            with pytest.raises(TemplateRefused):
                own_template(spoiled.parent, form, district.trust)


def test_a_signature_of_another_purpose_is_refused(tmp_path: Path, district: Any) -> None:
    form = load_form("G1-14")
    template = drafted("G1-14", tmp_path)
    path = release(template, (tmp_path / "G1-14.docx").read_bytes(),
                   tmp_path / "r" / f"G1-14-{form.title}", signer=district.device, at=AT)
    with pytest.raises(TemplateRefused, match="签名"):
        load_release(path, district.trust)
    foreign = replace(district.trust, root=district.device.certificate)
    with pytest.raises(TemplateRefused, match="签名"):
        load_release(path, foreign)
