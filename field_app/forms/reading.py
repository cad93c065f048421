"""Reads form and block files strictly: an unknown key, kind or rule name is refused with its place.

The file format is told in forms/README.md.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from field_app.forms.checks import CHECKS
from field_app.forms.conditions import CONDITIONS
from field_app.forms.definition import (
    BlockUse,
    Copy,
    Field,
    FormDefinition,
    Kind,
    Need,
    Statement,
)
from field_app.forms.toml_table import TomlTable, read_toml

_FIELD_KEYS = frozenset({
    "key", "label", "type", "item", "required", "condition", "checks", "choices", "open_choice",
    "min_length", "max_length", "min_items", "max_items", "minimum", "maximum", "field",
    "ref_form", "after_printing", "when_empty", "default", "help", "group", "source", "confidence",
    "block",
})
_FORM_KEYS = frozenset({
    "id", "version", "title", "group", "when", "who", "number_word", "numbering", "copies",
    "entrusted", "internal", "av_required", "statement", "field", "blocks", "source", "confidence",
})
_BLOCK_KEYS = frozenset({"block", "version", "title", "source", "confidence", "field"})
_STATEMENT_KEYS = frozenset({"key", "text", "phrases", "applies", "source", "confidence"})
_DEFAULT_LENGTH = {Kind.TEXT: 200, Kind.LONG: 20_000, Kind.REF: 120, Kind.SIGN: 60,
                   Kind.CHOICE: 40, Kind.CHOICE_TEXT: 2_000, Kind.AUTO: 200}
_DEFAULT_ITEMS = 200
_KINDS = {kind.value: kind for kind in Kind}
_ITEM_BLOCKS = {"officer": "OFFICER", "person": "PERSON", "party": "PARTY"}


@dataclass(frozen=True)
class Block:
    """A shared block: its fields, and which file gave them."""

    name: str
    version: int
    title: str
    sha256: str
    fields: tuple[Field, ...]


class BlockShelf:
    """The shared blocks of one folder, each read once."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._read: dict[tuple[str, int], Block] = {}

    def block(self, name: str, version: int) -> Block:
        """That block in that version; raises :class:`FormFileError`."""
        if (name, version) not in self._read:
            self._read[name, version] = self._read_block(name, version)
        return self._read[name, version]

    def _read_block(self, name: str, version: int) -> Block:
        table, digest = read_toml(self._folder / name / f"{version}.toml")
        table.only(_BLOCK_KEYS)
        if table.text("block") != name or table.whole("version") != version:
            raise table.refuse(f"must say block = {name!r} and version = {version}")
        fields = _fields(table, self, pins={})
        return Block(name, version, table.text("title"), digest, fields)


def read_form(path: Path, *, shelf: BlockShelf) -> FormDefinition:
    """Read one form's file; raises :class:`FormFileError` with file and place."""
    table, digest = read_toml(path)
    table.only(_FORM_KEYS)
    pins = {name: table.table("blocks").whole(name) for name in table.table("blocks").data}
    copies = table.tables("copies")
    return FormDefinition(
        form_id=table.text("id"), version=table.whole("version"), sha256=digest,
        title=table.text("title"), group=table.whole("group"), when=table.text("when"),
        who=table.text("who"), number_word=table.text("number_word", ""),
        numbering=table.one_of("numbering", ("series", "case")),
        copies=tuple(Copy(c.text("holder"), c.whole("count")) for c in copies),
        entrusted=table.text("entrusted", ""), internal=table.flag("internal"),
        av_required=table.flag("av_required"),
        statements=tuple(_statement(t) for t in table.tables("statement")),
        fields=_fields(table, shelf, pins=pins),
        blocks=tuple(BlockUse(name, version, shelf.block(name, version).sha256)
                     for name, version in sorted(pins.items())),
        source=table.text("source"), confidence=table.confidence())


def _statement(table: TomlTable) -> Statement:
    table.only(_STATEMENT_KEYS)
    phrases = table.texts("phrases")
    if not phrases:
        raise table.refuse("phrases are missing: nothing would be printed")
    applies = table.text("applies", "")
    if applies:
        _known(table, (applies,), CONDITIONS, "condition")
    return Statement(table.text("key"), table.text("text"), phrases, applies,
                     table.text("source"), table.confidence())


def _fields(table: TomlTable, shelf: BlockShelf, *, pins: Mapping[str, int]) -> tuple[Field, ...]:
    fields = tuple(_field(t, shelf, pins) for t in table.tables("field"))
    if not fields:
        raise table.refuse("there is no field")
    keys = [field.key for field in fields]
    twice = {key for key in keys if keys.count(key) > 1}
    if twice:
        raise table.refuse(f"field {', '.join(sorted(twice))} stands twice")
    return fields


def _block_field(table: TomlTable, name: str, shelf: BlockShelf, pins: Mapping[str, int]) -> Block:
    if pins and name not in pins:
        raise table.refuse(f"block {name} has no version under [blocks]")
    return shelf.block(name, pins.get(name, 1))


def _field(table: TomlTable, shelf: BlockShelf, pins: Mapping[str, int]) -> Field:
    table.only(_FIELD_KEYS)
    if "block" in table.data:
        block = _block_field(table, table.text("block"), shelf, pins)
        shape = Field(table.text("key", block.name), table.text("label", block.title), Kind.STRUCT,
                      Need.REQUIRED, block=block.name, fields=block.fields)
    else:
        shape = _plain_field(table, shelf, pins)
    checks, condition = table.texts("checks"), table.text("condition", "")
    _known(table, checks, CHECKS, "check")
    if condition:
        _known(table, (condition,), CONDITIONS, "condition")
    need = Need(table.one_of("required", ("R", "C", "O")))
    if condition and need is not Need.CONDITIONAL:
        raise table.refuse("a condition belongs to required = \"C\" only")
    return replace(
        shape, need=need, condition=condition, checks=checks,
        after_printing=table.flag("after_printing") or shape.kind in (Kind.SIGN, Kind.AUTO),
        help=table.text("help", ""), group=table.text("group", ""),
        source=table.text("source", ""), confidence=table.confidence())


def _plain_field(table: TomlTable, shelf: BlockShelf, pins: Mapping[str, int]) -> Field:
    kind_name = table.text("type")
    if kind_name in _ITEM_BLOCKS:
        block = _block_field(table, _ITEM_BLOCKS[kind_name], shelf, pins)
        return Field(table.text("key"), table.text("label"), Kind.STRUCT, Need.REQUIRED,
                     block=block.name, fields=block.fields)
    if kind_name not in _KINDS:
        raise table.refuse(f"no type named {kind_name!r}")
    kind = _KINDS[kind_name]
    fields = _fields(table, shelf, pins=pins) if kind is Kind.STRUCT else ()
    choices = table.texts("choices")
    if kind in (Kind.CHOICE, Kind.CHOICE_TEXT) and len(choices) < 2:
        raise table.refuse("a choice needs at least two choices")
    if table.flag("open_choice") and kind is not Kind.CHOICE:
        raise table.refuse("open_choice belongs to type = \"choice\" only")
    return Field(
        table.text("key"), table.text("label"), kind, Need.REQUIRED, choices=choices,
        open_choice=table.flag("open_choice"), fields=fields,
        item=_item(table, shelf, pins) if kind is Kind.LIST else None,
        min_length=table.whole("min_length", 0),
        max_length=table.whole("max_length", _DEFAULT_LENGTH.get(kind, 0)),
        min_items=table.whole("min_items", 0), max_items=table.whole("max_items", _DEFAULT_ITEMS),
        minimum=table.whole("minimum") if "minimum" in table.data else None,
        maximum=table.whole("maximum") if "maximum" in table.data else None,
        ref_form=table.text("ref_form", ""),
        when_empty=table.text("when_empty", ""), default=table.text("default", ""))


def _item(table: TomlTable, shelf: BlockShelf, pins: Mapping[str, int]) -> Field:
    name = table.text("item")
    label = table.text("label")
    if name in _ITEM_BLOCKS:
        block = _block_field(table, _ITEM_BLOCKS[name], shelf, pins)
        return Field("", label, Kind.STRUCT, Need.REQUIRED, block=block.name, fields=block.fields)
    if name == "struct":
        return Field("", label, Kind.STRUCT, Need.REQUIRED,
                     fields=_fields(table, shelf, pins=pins))
    kind = _KINDS.get(name)
    if kind is None or kind in (Kind.LIST, Kind.CHOICE, Kind.CHOICE_TEXT):
        raise table.refuse(f"a list cannot hold items of type {name!r}")
    return Field("", label, kind, Need.REQUIRED,
                 max_length=table.whole("max_length", _DEFAULT_LENGTH.get(kind, 0)))


def _known(table: TomlTable, names: tuple[str, ...], known: Mapping[str, object],
           what: str) -> None:
    for name in names:
        if name not in known:
            raise table.refuse(f"no {what} rule named {name!r}")
