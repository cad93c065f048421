"""Checks templates before they are released: subset, names, mandatory statements, characters."""

import re
from functools import lru_cache
from pathlib import Path

from field_app.crypto.hashing import sha256_file
from field_app.documents.fonts import missing_characters
from field_app.documents.layout.pages import lay_document
from field_app.documents.layout.reader import read_document
from field_app.documents.layout.styles import parse_xml
from field_app.documents.names import check_names
from field_app.documents.official_layout import layout_problems
from field_app.documents.refusal import TemplateRefused
from field_app.documents.templates import PaperTemplate, load_template, meta_files, read_meta
from field_app.forms.catalogue import load_form
from field_app.forms.definition import FormDefinition, FormFileError, FormUnknown
from field_app.paths import TEMPLATES

_TAGS = re.compile(r"\{%.*?%\}|\{\{.*?\}\}|\{#.*?#\}", re.DOTALL)
_SPACE = re.compile(r"\s+")


def check_templates(folder: Path = TEMPLATES) -> list[str]:
    """Every defect of every template as one line of text; empty when all are well."""
    problems: list[str] = []
    for place in sorted(p for p in folder.iterdir() if p.is_dir()):
        files = meta_files(place)
        if not files:
            problems.append(f"{place.name}：没有登记文件（.toml）")
        for path in files:
            try:
                template = load_template(path)
                for version in range(template.meta.form_version_from,
                                     template.meta.form_version_to + 1):
                    form = load_form(template.meta.form_id, version)
                    problems += check_template(template, form)
            except (TemplateRefused, FormUnknown, FormFileError) as error:
                problems.append(str(error))
    return problems


@lru_cache(maxsize=1)
def damaged_templates() -> tuple[str, ...]:
    """Names of shipped templates that are not the files that were released; quick, once a run."""
    damaged = []
    for place in sorted(p for p in TEMPLATES.iterdir() if p.is_dir()):
        for path in meta_files(place):
            try:
                told = read_meta(path).docx_sha256
                if sha256_file(path.with_suffix(".docx")) != told:
                    damaged.append(place.name)
            except (OSError, TemplateRefused):
                damaged.append(place.name)
    return tuple(damaged)


def check_template(template: PaperTemplate, form: FormDefinition) -> list[str]:
    """What stands against printing ``form`` with ``template``."""
    problems = check_names(template, form)
    bare = dict(template.parts)
    for part, source in template.sources.items():
        bare[part] = _TAGS.sub("", source).encode("utf-8")
    # Without its tags the template holds every branch at once, so nothing escapes the check.
    try:
        document = read_document(bare)
        laid = lay_document(document)
    except TemplateRefused as error:
        return [*problems, f"{template.name}：{error}"]
    problems += [f"{template.name}：{each}" for each in layout_problems(document, form.title)]
    if laid.clipped:
        problems.append(f"{template.name}：有一行比整页还高，或固定的行高装不下一行字")
    text = _SPACE.sub("", "".join(_text(bare[part], part) for part in template.sources))
    missing = missing_characters(text)
    if missing:
        problems.append(f"{template.name}：没有可打印的字形 {'、'.join(missing)}")
    for statement in form.statements:
        problems += [f"{template.name}：缺少法定内容“{phrase}”（{statement.text}）"
                     for phrase in statement.phrases if phrase not in text]
    return problems


def _text(xml: bytes, part: str) -> str:
    root = parse_xml(xml, part)
    return "".join(str(t.text or "") for t in root.iter(
        "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}t"))
