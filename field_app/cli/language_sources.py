"""Collects every sentence that officers may read: from the screens, from the core, from the data."""

import ast
import keyword
import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from field_app.languages import CORE, DATA, UI

_CHINESE = re.compile(r"[\u3000-\u303f\u3400-\u9fff\uff00-\uffef]")
_WORD = re.compile(r"[\u3400-\u9fff]")
# Whole parts that never speak to officers at the desk: the command line, headquarters and its
# console, what is printed on papers, the layout of templates, tables for spreadsheets.
_SILENT = (
    "field_app/ui/", "field_app/cli/", "field_app/headquarters/", "field_app/documents/layout/",
    "field_app/documents/blank.py", "field_app/documents/context.py", "field_app/documents/drafting.py",
    "field_app/documents/fonts.py", "field_app/documents/values.py", "field_app/documents/list_pdf.py",
    "field_app/documents/names.py", "field_app/documents/numbering.py", "field_app/documents/steps_pdf.py",
    "field_app/documents/signing_places.py", "field_app/documents/release.py",
    "field_app/documents/official_layout.py", "field_app/actions/ceremony.py",
    "field_app/actions/media_registers.py", "field_app/actions/print_test_page.py",
    "field_app/actions/spreadsheets.py", "field_app/domain/chinese.py", "field_app/forms/longest.py",
    "field_app/forms/conditions.py", "field_app/rules/masking.py", "field_app/rules/catalogue_tables.py",
    "field_app/packages/readme.py", "field_app/media/captions.py", "field_app/documents/wordml.py",
    "field_app/rules/overview.py", "field_app/rules/laws.py", "field_app/languages.py")
# Titles and numbers of laws: names, which the desk renders by itself.
_NAMES = re.compile(r"《[^《》]*》|[\u4e00-\u9fff]+〔\d{4}〕\d+号|第（?[零一二三四五六七八九十百]+）?[条款项]")
# Calls whose arguments are looked for or matched, not shown.
_MATCHED = frozenset({"get", "startswith", "endswith", "compile", "search", "fullmatch", "match", "split", "replace",
                      "removesuffix", "removeprefix", "strip", "rstrip", "lstrip", "join", "index", "find",
                      "partition", "rpartition", "count", "translate", "maketrans", "sub"})
_MARKS = ("tr", "tr_later")
_DATA_KEYS = ("title", "hint", "text", "remedy", "question", "about", "meaning", "duty", "event", "item", "ask",
              "label", "words", "name", "span", "edition")
_CITED_KEYS = ("law", "basis", "source", "origin")


@dataclass(frozen=True)
class Source:
    """A sentence in Chinese; ``{name}`` in it stands for what is filled in. ``place``: the file."""

    context: str
    text: str
    place: str


def sources(root: Path) -> list[Source]:
    """Every sentence below ``root``, each once a context, in the order of files.

    Raises ``OSError`` when the sources are not there (an installed desk has none to read).
    """
    found: dict[tuple[str, str], Source] = {}
    for one in (*_screens(root), *_core(root), *_data(root)):
        found.setdefault((one.context, one.text), one)
    return list(found.values())


def _screens(root: Path) -> Iterator[Source]:
    for path in sorted((root / "field_app/ui").glob("*.py")):
        place = path.relative_to(root).as_posix()
        calls = [n for n in ast.walk(ast.parse(path.read_text("utf-8"))) if isinstance(n, ast.Call)]
        for call in sorted(calls, key=lambda n: (n.lineno, n.col_offset)):
            if isinstance(call.func, ast.Name) and call.func.id in _MARKS and isinstance(call.args[0], ast.Constant):
                yield Source(UI, str(call.args[0].value), place)


def _core(root: Path) -> Iterator[Source]:
    for path in sorted((root / "field_app").rglob("*.py")):
        place = path.relative_to(root).as_posix()
        text = "" if place.startswith(_SILENT) else path.read_text("utf-8")
        if _WORD.search(text):
            words = _Words()
            words.visit(ast.parse(text))
            yield from (Source(CORE, text, place) for text in words.found)


class _Words(ast.NodeVisitor):
    """The Chinese literals of a module that are said, not matched."""

    def __init__(self) -> None:
        self.found: list[str] = []

    def visit_Constant(self, node: ast.Constant) -> None:
        if isinstance(node.value, str) and node.value.startswith("《"):
            self.found.extend(re.findall("《([^《》]+)》", node.value))
        if isinstance(node.value, str) and _WORD.search(_NAMES.sub("", node.value)):
            self.found.append(node.value)

    def visit_JoinedStr(self, node: ast.JoinedStr) -> None:
        text = template(node)
        if _WORD.search(re.sub(r"\{\w+\}", "", text)):
            self.found.append(text)
        for value in node.values:
            if isinstance(value, ast.FormattedValue):
                self.visit(value.value)

    def visit_Expr(self, node: ast.Expr) -> None:
        if not isinstance(node.value, ast.Constant):
            self.generic_visit(node)

    def visit_Compare(self, node: ast.Compare) -> None:
        """What is compared is matched."""

    def visit_Subscript(self, node: ast.Subscript) -> None:
        self.visit(node.value)

    def visit_Call(self, node: ast.Call) -> None:
        self.visit(node.func)
        name = node.func.attr if isinstance(node.func, ast.Attribute) else ""
        for one in (*node.args, *(k.value for k in node.keywords)):
            if not (name in _MATCHED and isinstance(one, ast.Constant)):
                self.visit(one)


def template(node: ast.JoinedStr) -> str:
    """An f-string with its holes named after what fills them; a hole keeps its name when it comes again."""
    text, names = "", dict[str, str]()
    for value in node.values:
        if isinstance(value, ast.Constant):
            text += str(value.value).replace("{", "{{").replace("}", "}}")
        elif isinstance(value, ast.FormattedValue):
            filled = ast.dump(value)
            if filled not in names:
                names[filled] = _free(hole_name(value.value) or "it", set(names.values()))
            text += "{" + names[filled] + "}"
    return text


def _free(name: str, taken: set[str]) -> str:
    name = name + "_" if keyword.iskeyword(name) else name
    number, made = 2, name
    while made in taken:
        made, number = f"{name}_{number}", number + 1
    return made


def hole_name(node: ast.AST) -> str:
    """A plain name for what fills a hole; empty where it has none."""
    inside: list[ast.AST] = []
    match node:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name.lstrip("_").lower()
        case ast.Call(func=ast.Attribute(attr="join"), args=[first, *_]):
            inside = [first]
        case ast.Call(func=func, args=args):
            inside = [*args, func]
        case ast.Subscript(value=inner) | ast.BinOp(left=inner) | ast.IfExp(body=inner) | ast.GeneratorExp(elt=inner):
            inside = [inner]
        case ast.BoolOp(values=[first, *_]):
            inside = [first]
        case ast.JoinedStr(values=values):
            inside = [v.value for v in values if isinstance(v, ast.FormattedValue)]
    return next((found for found in map(hole_name, inside) if found), "")


def _data(root: Path) -> Iterator[Source]:
    """Titles of forms; what procedures, rules, terms and retention say in lists; names of recorders."""
    for path in sorted((root / "forms").glob("*/*.toml")):
        form, place = tomllib.loads(path.read_text("utf-8")), path.relative_to(root).as_posix()
        said = [form.get("title", ""), *(copy.get("holder", "") for copy in form.get("copies", ()))]
        yield from (Source(DATA, text, place) for text in said if _WORD.search(text))
    for folder in ("procedures", "rules", "terms", "retention", "recorders", "recordings", "laws", "audit"):
        for path in sorted((root / "resources" / folder).rglob("*.toml")):
            place = path.relative_to(root).as_posix()
            for text in _said(tomllib.loads(path.read_text("utf-8"))):
                yield Source(DATA, text, place)


def _said(value: object, key: str = "") -> Iterator[str]:
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from _said(inner, "ask" if key in ("asks", "values") else name)
    elif isinstance(value, list):
        for inner in value:
            yield from _said(inner, key)
    elif isinstance(value, str) and key in _CITED_KEYS:
        yield from re.findall("《([^《》]+)》", value)
    elif isinstance(value, str) and key in _DATA_KEYS and _WORD.search(value):
        yield value.replace("{", "{{").replace("}", "}}")
