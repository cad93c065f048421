"""The forms that ship: which there are, and each in the version a case was made with."""

import re
from functools import lru_cache
from pathlib import Path

from field_app.forms.definition import FormDefinition, FormFileError, FormSummary, FormUnknown
from field_app.forms.reading import BlockShelf, read_form
from field_app.paths import FORMS

_FOLDER = re.compile(r"(G[1-5]-[0-9]{2})-(.+)")
_FILE = re.compile(r"([1-9][0-9]*)\.toml")


def list_forms(folder: Path = FORMS) -> list[FormSummary]:
    """Every form in its newest version, by id; raises :class:`FormFileError`."""
    return [_load(folder, form_id, max(versions)).summary
            for form_id, versions in sorted(_versions(folder).items())]


def load_form(form_id: str, version: int | None = None, *, folder: Path = FORMS) -> FormDefinition:
    """One form, in its newest version unless another is asked for.

    Raises :class:`FormUnknown`, :class:`FormFileError`.
    """
    versions = _versions(folder).get(form_id, {})
    wanted = version if version is not None else max(versions, default=0)
    if wanted not in versions:
        raise FormUnknown(form_id, version)
    return _load(folder, form_id, wanted)


def check_forms(folder: Path = FORMS) -> list[str]:
    """Every defect of every form file, as ``file: place: problem``; empty when all are well."""
    problems = []
    for form_id, versions in sorted(_versions(folder).items()):
        for version in sorted(versions):
            try:
                _load(folder, form_id, version)
            except FormFileError as error:
                problems.append(str(error))
    strays = [p for p in sorted(folder.iterdir())
              if p.is_dir() and p.name != "blocks" and not _FOLDER.fullmatch(p.name)]
    return problems + [f"{p}: the folder of a form is named <ID>-<中文名>" for p in strays]


@lru_cache(maxsize=8)
def _versions(folder: Path) -> dict[str, dict[int, Path]]:
    found: dict[str, dict[int, Path]] = {}
    for place in folder.iterdir():
        name = _FOLDER.fullmatch(place.name)
        if name is None or not place.is_dir():
            continue
        for file in place.iterdir():
            number = _FILE.fullmatch(file.name)
            if number is not None:
                found.setdefault(name[1], {})[int(number[1])] = file
    return found


@lru_cache(maxsize=8)
def _shelf(folder: Path) -> BlockShelf:
    return BlockShelf(folder / "blocks")


@lru_cache(maxsize=512)
def _load(folder: Path, form_id: str, version: int) -> FormDefinition:
    path = _versions(folder)[form_id][version]
    form = read_form(path, shelf=_shelf(folder))
    if (form.form_id, form.version) != (form_id, version):
        raise FormFileError(path, "", f"must say id = {form_id!r} and version = {version}")
    if path.parent.name != f"{form_id}-{form.title}":
        raise FormFileError(path, "title", f"the folder must be named {form_id}-{form.title}")
    return form
