"""A filled document as the layout sees it: blocks of text with every property resolved, in points."""

from collections.abc import Mapping
from dataclasses import dataclass

from field_app.documents.fonts import Face


@dataclass(frozen=True, slots=True)
class RunStyle:
    """How characters look; ``tracking`` is added to every advance, ``rise`` lifts the baseline."""

    ascii_face: Face
    east_face: Face
    ascii_bold: bool
    east_bold: bool
    size: float
    underline: bool
    strike: bool
    color: str
    tracking: float
    rise: float


@dataclass(frozen=True, slots=True)
class Text:
    """Characters of one style; ``mark`` numbers the answer they come from, -1 for none."""

    text: str
    style: RunStyle
    mark: int = -1


@dataclass(frozen=True, slots=True)
class Tab:
    """A jump to the next tab stop."""

    style: RunStyle


@dataclass(frozen=True, slots=True)
class LineBreak:
    """A forced end of line."""


@dataclass(frozen=True, slots=True)
class Picture:
    """An inline picture, by the name of its part in the package."""

    part: str
    width: float
    height: float


@dataclass(frozen=True, slots=True)
class PageField:
    """The number of this page, or of all pages when ``total``."""

    style: RunStyle
    total: bool


Inline = Text | Tab | LineBreak | Picture | PageField


@dataclass(frozen=True, slots=True)
class Border:
    """A rule along an edge; ``space`` lies between a paragraph and its rule."""

    width: float
    color: str
    space: float = 0.0


@dataclass(frozen=True, slots=True)
class TabStop:
    """A tab stop, measured from the text margin; ``align`` is left, center or right."""

    position: float
    align: str


@dataclass(frozen=True, slots=True)
class ParagraphStyle:
    """How a paragraph lies; ``first`` is added to ``left`` on the first line, may be negative."""

    align: str
    left: float
    right: float
    first: float
    before: float
    after: float
    line: float
    line_rule: str  # auto (line is a factor), exact or atLeast (points)
    keep_next: bool
    keep_lines: bool
    page_break_before: bool
    widow_control: bool
    auto_space: bool
    tabs: tuple[TabStop, ...]
    border_top: Border | None
    border_bottom: Border | None
    size: float  # of the paragraph's own style: the height of an empty line


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A paragraph; ``ends_page`` when it holds nothing but a page break."""

    style: ParagraphStyle
    inlines: tuple[Inline, ...]
    ends_page: bool = False


@dataclass(frozen=True, slots=True)
class Edges:
    """Four borders of a cell; None draws nothing."""

    top: Border | None
    left: Border | None
    bottom: Border | None
    right: Border | None


@dataclass(frozen=True, slots=True)
class Margins:
    """Four distances in points."""

    top: float
    left: float
    bottom: float
    right: float


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell over ``span`` columns; ``merge`` is empty, restart or continue (vertical merging)."""

    span: int
    merge: str
    edges: Edges
    margins: Margins
    fill: str
    valign: str
    paragraphs: tuple[Paragraph, ...]


@dataclass(frozen=True, slots=True)
class Row:
    """A row; ``height`` is a minimum, or the height itself when ``exact``."""

    cells: tuple[Cell, ...]
    height: float
    exact: bool
    cant_split: bool
    header: bool


@dataclass(frozen=True, slots=True)
class Table:
    """A table of fixed columns; ``indent`` shifts it from the text margin."""

    columns: tuple[float, ...]
    indent: float
    centered: bool
    rows: tuple[Row, ...]


Block = Paragraph | Table


@dataclass(frozen=True, slots=True)
class Section:
    """The sheet: size, margins, distances of header and footer from its edges."""

    width: float
    height: float
    margins: Margins
    header: float
    footer: float


@dataclass(frozen=True, slots=True)
class Document:
    """A whole document; ``pictures`` by part name."""

    section: Section
    body: tuple[Block, ...]
    header: tuple[Block, ...]
    footer: tuple[Block, ...]
    pictures: Mapping[str, bytes]
