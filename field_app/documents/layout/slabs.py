"""Slabs: what pages are stacked from. A slab is a line, a table row, or rows that belong together."""

from dataclasses import dataclass, field

from field_app.documents.layout.atoms import PageNumbers
from field_app.documents.layout.display import Op, RuleOp, shifted
from field_app.documents.layout.lines import lay_lines
from field_app.documents.layout.model import Border, Paragraph


@dataclass
class Slab:
    """A piece ``height`` points high that is drawn as ``ops`` from its own top.

    ``before``: space above, dropped at the head of a later page; ``keep_next``: stays with the
    slab after it; ``new_page``: starts one; ``repeated``: table header slabs drawn again above it
    when it opens a page; ``overflows``: holds more than its exact height shows.
    """

    height: float
    ops: list[Op]
    before: float = 0.0
    keep_next: bool = False
    new_page: bool = False
    repeated: "list[Slab]" = field(default_factory=list)
    overflows: bool = False

    @property
    def least(self) -> float:
        """The height that must fit for the slab to begin on a page."""
        return self.height

    def split(self, room: float, *, forced: bool = False) -> "tuple[Slab, Slab] | None":
        """The slab in two, the first at most ``room`` high; None when it does not break.

        ``forced``: not even an empty page can hold it whole.
        """
        return None


@dataclass(frozen=True)
class Setting:
    """What is the same all through a document being laid."""

    numbers: PageNumbers | None
    missing: set[str]


def paragraph_slabs(paragraph: Paragraph, width: float, setting: Setting) -> list[Slab]:
    """A paragraph's lines as slabs, with what must stay together."""
    style = paragraph.style
    if paragraph.ends_page:
        return []
    lines = lay_lines(paragraph, width, setting.numbers, setting.missing)
    slabs = [Slab(line.height, list(line.ops)) for line in lines]
    slabs[0].before, slabs[0].new_page = style.before, style.page_break_before
    count = len(slabs)
    for n, slab in enumerate(slabs[:-1]):
        together = style.keep_lines or (style.widow_control and (n == 0 or n == count - 2))
        slab.keep_next = together
    slabs[-1].keep_next = style.keep_next
    _add_borders(slabs, paragraph, width)
    slabs[-1].height += style.after
    return slabs


def _add_borders(slabs: list[Slab], paragraph: Paragraph, width: float) -> None:
    style = paragraph.style
    if style.border_top is not None:
        lift = style.border_top.space + style.border_top.width
        first = slabs[0]
        first.ops = [shifted(op, 0, lift) for op in first.ops]
        first.ops.append(_rule(style.border_top, style.left, width - style.right,
                               style.border_top.width / 2))
        first.height += lift
    if style.border_bottom is not None:
        last = slabs[-1]
        y = last.height + style.border_bottom.space + style.border_bottom.width / 2
        last.ops.append(_rule(style.border_bottom, style.left, width - style.right, y))
        last.height = y + style.border_bottom.width / 2


def _rule(border: Border, left: float, right: float, y: float) -> RuleOp:
    return RuleOp(left, y, right, y, border.width, border.color)
