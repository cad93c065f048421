"""The manual as it is read in the desk: one Markdown page for each place, pictures beside."""

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from field_app.languages import CHINESE
from field_app.paths import RESOURCES

FOLDER = RESOURCES / "manual"
_FIRST = "today"


@dataclass(frozen=True)
class ManualPage:
    """``id``: the place of the desk it tells of; ``text``: Markdown without the title."""

    id: str
    title: str
    text: str


def _read(path: Path) -> ManualPage:
    first, _, rest = path.read_text("utf-8").partition("\n")
    return ManualPage(path.stem.partition("-")[2], first.removeprefix("# ").strip(), rest.strip())


def folder_of(language: str = CHINESE) -> Path:
    """Where the pages of a language and their pictures lie; Chinese where there are none."""
    own = FOLDER / language
    return own if language != CHINESE and own.is_dir() else FOLDER


@lru_cache(maxsize=2)
def manual(language: str = CHINESE) -> tuple[ManualPage, ...]:
    """All pages, in the order of a day's work; files are named ``NN-PLACE.md``."""
    return tuple(_read(path) for path in sorted(folder_of(language).glob("[0-9][0-9]-*.md")))


def page_of(place: str, language: str = CHINESE) -> ManualPage:
    """The page that tells of ``place``, or the first one."""
    known = {page.id: page for page in manual(language)}
    return known.get(place, known[_FIRST])
