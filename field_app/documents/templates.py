"""The templates that ship: found for a form, read once, their placeholders compiled in a sandbox."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from io import BytesIO
from pathlib import Path

from jinja2 import StrictUndefined, Template, TemplateSyntaxError, nodes
from jinja2.sandbox import ImmutableSandboxedEnvironment

from field_app.crypto.hashing import sha256_hex
from field_app.documents.package import MAX_FILE, read_package
from field_app.documents.refusal import TemplateRefused
from field_app.forms.definition import FormDefinition, FormFileError
from field_app.forms.toml_table import TomlTable, read_toml
from field_app.paths import TEMPLATES

_KEYS = frozenset({"form", "form_version_from", "form_version_to", "version", "released",
                   "docx_sha256", "paper", "qr_part", "layout"})
_LAYOUT_KEYS = frozenset({"what", "value", "source", "confidence"})
_FILLED = re.compile(r"word/(document|header[0-9]*|footer[0-9]*)\.xml")
_FILE = re.compile(r"([1-9][0-9]*)\.toml")
_MAX_SOURCE = 2 * 1024 * 1024
_JINJA_WORDS = ("self", "super", "caller", "varargs", "kwargs")
_ALLOWED_NODES = (
    nodes.Template, nodes.Output, nodes.TemplateData, nodes.Name, nodes.Getattr, nodes.Getitem,
    nodes.Const, nodes.For, nodes.If, nodes.And, nodes.Or, nodes.Not, nodes.Compare, nodes.Operand)


@dataclass(frozen=True)
class Meta:
    """What a template's .toml says; the layout notes are for people."""

    form_id: str
    form_version_from: int
    form_version_to: int
    version: int
    released: date
    docx_sha256: str
    qr_part: str


@dataclass(frozen=True)
class PaperTemplate:
    """A template ready to be filled: ``sources`` are the parts with placeholders, ``compiled`` the
    same parts ready to render; all other ``parts`` go through unchanged."""

    name: str
    meta: Meta
    parts: dict[str, bytes]
    sources: dict[str, str]
    compiled: dict[str, Template]


def environment() -> ImmutableSandboxedEnvironment:
    """Jinja with nothing in it: no globals, no filters, no tests; a missing name is an error."""
    made = ImmutableSandboxedEnvironment(autoescape=True, undefined=StrictUndefined)
    made.globals.clear()
    made.filters.clear()
    made.tests.clear()
    return made


def template_for(form: FormDefinition, *, folder: Path = TEMPLATES) -> PaperTemplate:
    """The newest template that prints this version of the form; raises :class:`TemplateRefused`."""
    return _template_for(form.form_id, form.version, form.title, folder)


@lru_cache(maxsize=128)
def _template_for(form_id: str, version: int, title: str, folder: Path) -> PaperTemplate:
    place = folder / f"{form_id}-{title}"
    for path in reversed(meta_files(place)):
        meta = read_meta(path)
        if meta.form_version_from <= version <= meta.form_version_to:
            return load_template(path)
    raise TemplateRefused(place.name, "", f"没有{title}（第{version}版）的文书格式")


def meta_files(place: Path) -> list[Path]:
    """The .toml files of a form's folder, oldest first."""
    if not place.is_dir():
        return []
    found = [(int(m[1]), p) for p in place.iterdir() if (m := _FILE.fullmatch(p.name))]
    return [path for _, path in sorted(found)]


def read_meta(path: Path) -> Meta:
    """Read a template's .toml strictly; raises :class:`TemplateRefused`."""
    try:
        table, _ = read_toml(path)
        return _meta(table, int(path.stem))
    except FormFileError as error:
        raise TemplateRefused(path.name, error.place, error.problem) from error


def _meta(table: TomlTable, version: int) -> Meta:
    table.only(_KEYS)
    table.one_of("paper", ("A4",))
    if table.whole("version") != version:
        raise table.refuse(f"version must be {version}, as the file is named")
    for note in table.tables("layout"):
        note.only(_LAYOUT_KEYS)
        note.text("what"), note.text("value"), note.text("source"), note.confidence()
    return Meta(table.text("form"), table.whole("form_version_from"),
                table.whole("form_version_to"), version, table.day("released"),
                table.text("docx_sha256"), table.text("qr_part", ""))


def load_template(path: Path) -> PaperTemplate:
    """Read one template, given its .toml; raises :class:`TemplateRefused`."""
    meta = read_meta(path)
    docx = path.with_suffix(".docx")
    name = f"{path.parent.name}/{docx.name}"
    try:
        data = docx.read_bytes() if docx.stat().st_size <= MAX_FILE else b""
    except OSError as error:
        raise TemplateRefused(name, "", "文件无法读取") from error
    if sha256_hex(data) != meta.docx_sha256:
        raise TemplateRefused(name, "", "文件与登记的校验值不一致，可能被改动；请放回原文件")
    return compile_template(data, name, meta)


def compile_template(data: bytes, name: str, meta: Meta) -> PaperTemplate:
    """Check a .docx and compile its placeholders; raises :class:`TemplateRefused`."""
    parts = read_package(data, name)
    sources = {part: _patched(parts[part], part, name) for part in parts if _FILLED.fullmatch(part)}
    if meta.qr_part and meta.qr_part not in parts:
        raise TemplateRefused(name, meta.qr_part, "没有二维码图片")
    jinja = environment()
    compiled = {}
    for part, source in sources.items():
        try:
            tree = jinja.parse(source)
            check_nodes(tree, f"{name} {part}")
            compiled[part] = jinja.from_string(tree)
        except TemplateSyntaxError as error:
            raise TemplateRefused(name, part, f"占位符写法有误：{error.message}") from error
    return PaperTemplate(name, meta, parts, sources, compiled)


def _patched(xml: bytes, part: str, name: str) -> str:
    """The part with Word's tags taken out of its placeholders (docxtpl)."""
    from docxtpl import DocxTemplate

    source = xml.decode("utf-8")
    if len(source) > _MAX_SOURCE:
        raise TemplateRefused(name, part, "内容过多")
    return str(DocxTemplate(BytesIO()).patch_xml(source))


def check_nodes(tree: nodes.Template, name: str) -> None:
    """Refuse every placeholder that FORMAT.md does not name."""
    for node in _walk(tree):
        place = f"占位符（第{node.lineno}行）"
        if not isinstance(node, _ALLOWED_NODES):
            raise TemplateRefused(name, place, f"不允许的写法（{type(node).__name__}）")
        if isinstance(node, nodes.Name | nodes.Getattr):
            word = node.name if isinstance(node, nodes.Name) else node.attr
            if word.startswith("_") or word in _JINJA_WORDS:
                raise TemplateRefused(name, place, f"不允许的名称{word}")
        if isinstance(node, nodes.Getattr | nodes.Getitem) and isinstance(node.node, nodes.Const):
            raise TemplateRefused(name, place, "不允许从文字或数字取值")
        if isinstance(node, nodes.Const) and not isinstance(node.value, str | int):
            raise TemplateRefused(name, place, "不允许的常量")
        if isinstance(node, nodes.Getitem) and not (
                isinstance(node.arg, nodes.Const) and type(node.arg.value) is int):
            raise TemplateRefused(name, place, "方括号内只能是序号")
        if isinstance(node, nodes.Compare) and any(op.op not in ("eq", "ne") for op in node.ops):
            raise TemplateRefused(name, place, "只能用 == 或 != 比较")
        if isinstance(node, nodes.For) and (node.recursive or node.test is not None
                                            or not isinstance(node.target, nodes.Name)):
            raise TemplateRefused(name, place, "不允许的循环写法")


def _walk(node: nodes.Node) -> Iterator[nodes.Node]:
    yield node
    for child in node.iter_child_nodes():
        yield from _walk(child)
