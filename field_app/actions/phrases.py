"""Phrases by matter, read from data: outlines of inquiries, findings, demands, opinions, results."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from field_app.errors import FieldAppError
from field_app.forms import FormDefinition, Kind
from field_app.paths import RESOURCES

VERSION = 1
PLACES_FORMAT, MATTER_FORMAT = "le-phrase-places/1", "le-phrases/1"
OUTLINE, STANDARD = "outline", "standard"
GENERAL = "通用"
_PLACES = "places.toml"
_MEMBERS = frozenset({"format", "matter", "words", "confidence"})


class PhrasesBroken(FieldAppError):
    """A file of the library is not what resources/phrases/README.md allows."""


@dataclass(frozen=True)
class PhrasePlace:
    """A field that offers phrases. ``field``: path in the form; ``member``: of a table's row."""

    form: str
    field: str
    member: str
    kind: str


@dataclass(frozen=True)
class PhraseGroup:
    """Phrases of one matter; ``own``: it is the matter of the case in hand."""

    matter: str
    phrases: tuple[str, ...]
    own: bool = False


@dataclass(frozen=True)
class Offer:
    """What one field offers: the kind's Chinese word, the row's member, and groups in order."""

    kind: str
    word: str
    member: str
    groups: tuple[PhraseGroup, ...]


@dataclass(frozen=True)
class Matter:
    """One matter: ``words`` tell it, ``phrases`` by kind."""

    name: str
    words: tuple[str, ...]
    confidence: str
    phrases: Mapping[str, tuple[str, ...]]

    def told_in(self, about: str) -> bool:
        """Whether a case's matter and cause speak of this one."""
        return any(word in about for word in self.words)


@dataclass(frozen=True)
class Library:
    """One version of all phrases."""

    kinds: Mapping[str, str]
    places: tuple[PhrasePlace, ...]
    general: Mapping[str, tuple[str, ...]]
    matters: tuple[Matter, ...]

    def offer(self, form: str, field: str, *, about: str = "") -> Offer | None:
        """What ``field`` of ``form`` offers in a case about ``about``; None where nothing is.

        The case's own matters come first, then what fits every matter, then the others.
        """
        place = next((p for p in self.places if (p.form, p.field) == (form, field)), None)
        if place is None:
            return None
        return Offer(place.kind, self.kinds[place.kind], place.member,
                     self._groups(place.kind, about))

    def _groups(self, kind: str, about: str) -> tuple[PhraseGroup, ...]:
        told = [m for m in self.matters if kind in m.phrases]
        own = [PhraseGroup(m.name, m.phrases[kind], own=True) for m in told if m.told_in(about)]
        others = [PhraseGroup(m.name, m.phrases[kind]) for m in told if not m.told_in(about)]
        general = ([PhraseGroup(GENERAL, self.general[kind])] if kind in self.general else [])
        return (*own, *general, *others)


def _texts(value: Any) -> tuple[str, ...]:
    if not isinstance(value, list) or not value or not all(
            isinstance(text, str) and text.strip() for text in value):
        raise ValueError("phrases are a list of texts")
    return tuple(value)


def _matter(path: Path, kinds: Mapping[str, str]) -> Matter:
    raw = tomllib.loads(path.read_text("utf-8"))
    if raw["format"] != MATTER_FORMAT:
        raise ValueError("unknown format")
    found = {kind: _texts(raw[kind]) for kind in raw.keys() - _MEMBERS}
    if unknown := found.keys() - kinds.keys():
        raise ValueError(f"unknown kinds {sorted(unknown)}")
    return Matter(str(raw["matter"]), _texts(raw["words"]), str(raw["confidence"]), found)


def read_library(folder: Path) -> Library:
    """The library in one folder; :class:`PhrasesBroken` names the file and what is wrong."""
    path = folder / _PLACES
    try:
        raw = tomllib.loads(path.read_text("utf-8"))
        if raw["format"] != PLACES_FORMAT:
            raise ValueError("unknown format")
        kinds = {str(k): str(v) for k, v in raw["kinds"].items()}
        places = []
        for row in raw["place"]:
            field, _, member = str(row["field"]).partition("[].")
            places.append(PhrasePlace(str(row["form"]), field, member, str(row["kind"])))
        general = {str(k): _texts(v) for k, v in raw["general"].items()}
        if unknown := ({p.kind for p in places} | general.keys()) - kinds.keys():
            raise ValueError(f"unknown kinds {sorted(unknown)}")
        matters = []
        for name in _texts(raw["matters"]):
            path = folder / f"{name}.toml"
            matters.append(_matter(path, kinds))
    except (OSError, KeyError, ValueError, TypeError, AttributeError) as error:
        raise PhrasesBroken(f"{path.name}: {error}") from error
    return Library(kinds, tuple(places), general, tuple(matters))


@lru_cache(maxsize=1)
def phrase_library() -> Library:
    """The library that ships."""
    return read_library(RESOURCES / "phrases" / str(VERSION))


def offered(form: FormDefinition, path: str, *, about: str = "") -> Offer | None:
    """What a field offers: the library's phrases, else the ready sentence of its form; None for neither."""
    found, field = phrase_library().offer(form.form_id, path, about=about), form.field_at(path)
    if found is not None or field is None or not field.default or field.kind not in (Kind.TEXT, Kind.LONG):
        return found
    return Offer(STANDARD, field.label, "", (PhraseGroup(GENERAL, (field.default,)),))


def inquiry_outlines() -> dict[str, list[str]]:
    """Questions by matter, in the order to ask them."""
    return {m.name: list(m.phrases[OUTLINE]) for m in phrase_library().matters}
