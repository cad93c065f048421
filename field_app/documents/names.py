"""Whether every name in a template exists in its form, so that a slip shows before release."""

from collections.abc import Mapping

from jinja2 import nodes

from field_app.documents.templates import PaperTemplate, environment
from field_app.forms.definition import Field, FormDefinition, Kind

_PAPER = frozenset({"doc_no", "case_no", "short_code", "log16", "draft", "agency", "party", "title",
                    "copies"})
_LOOP = frozenset({"index", "first", "last"})
_PARTS = {Kind.LONG: {"lines"}, Kind.TEXT: {"lines"}, Kind.MOMENT: {"day", "clock"},
          Kind.DATE: {"age"}, Kind.MONEY: {"words"}, Kind.CHOICE: {"options"},
          Kind.CHOICE_TEXT: {"options", "text"}, Kind.LIST: {"joined"}}
_OPTION = frozenset({"box", "label"})
# What a name stands for: a field, the parts that may follow, or None for a plain value.
Meaning = Field | frozenset[str] | None
Scope = Mapping[str, Meaning]


class _Unknown(Exception):
    pass


def check_names(template: PaperTemplate, form: FormDefinition) -> list[str]:
    """One line of text for every name that the form does not have."""
    scope: dict[str, Meaning] = {field.key: field for field in form.fields}
    scope |= {"paper": _PAPER, "case_no": scope.get("case_no")}
    problems: list[str] = []
    for part, source in template.sources.items():
        _check(environment().parse(source), scope, problems, f"{template.name} {part}")
    return problems


def _check(node: nodes.Node, scope: Scope, problems: list[str], place: str) -> None:
    if isinstance(node, nodes.Name | nodes.Getattr | nodes.Getitem):
        try:
            _meaning(node, scope)
        except _Unknown as unknown:
            problems.append(f"{place}：没有名为“{unknown}”的栏目")
        return
    if isinstance(node, nodes.For) and isinstance(node.target, nodes.Name):
        _check(node.iter, scope, problems, place)
        inner = {**scope, node.target.name: _item(node.iter, scope), "loop": _LOOP}
        for child in (*node.body, *node.else_):
            _check(child, inner, problems, place)
        return
    for child in node.iter_child_nodes():
        _check(child, scope, problems, place)


def _item(iterated: nodes.Node, scope: Scope) -> Meaning:
    """What a loop's variable stands for."""
    try:
        meaning = _meaning(iterated, scope)
    except _Unknown:
        return None
    if isinstance(iterated, nodes.Getattr) and iterated.attr == "options":
        return _OPTION
    return meaning.item if isinstance(meaning, Field) else None


def _meaning(node: nodes.Node, scope: Scope) -> Meaning:
    if isinstance(node, nodes.Name):
        if node.name not in scope:
            raise _Unknown(node.name)
        return scope[node.name]
    if isinstance(node, nodes.Getitem):
        held = _meaning(node.node, scope)
        return held.item if isinstance(held, Field) else None
    if isinstance(node, nodes.Getattr):
        return _part(_meaning(node.node, scope), node.attr)
    raise _Unknown(type(node).__name__)


def _part(owner: Meaning, name: str) -> Meaning:
    if isinstance(owner, frozenset) and name in owner:
        return None
    if isinstance(owner, Field):
        child = owner.child(name)
        if child is not None:
            return child
        if name in _PARTS.get(owner.kind, ()):
            return None
    raise _Unknown(name)
