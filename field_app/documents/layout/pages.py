"""Stacks slabs into pages and puts header and footer around them."""

from collections.abc import Sequence
from dataclasses import dataclass

from field_app.documents.layout.atoms import PageNumbers
from field_app.documents.layout.display import Op, shifted
from field_app.documents.layout.model import Block, Document, Paragraph
from field_app.documents.layout.slabs import Setting, Slab, paragraph_slabs
from field_app.documents.layout.tables import table_slabs
from field_app.documents.refusal import MAX_PAGES, PaperTooLong, TemplateRefused

_LEAST_ROOM = 72.0
_TALLEST_SHEET = 842.0  # points: A4 upright
_NEAR = 0.01


@dataclass(frozen=True)
class LaidDocument:
    """Every sheet's operations in points from its upper left corner; ``missing``: characters that
    no face has; ``clipped``: something was higher than a page, or than its row of exact height;
    ``room``: what a page has for the body, ``filled``: what the body's lines and rows take of all."""

    width: float
    height: float
    pages: tuple[tuple[Op, ...], ...]
    missing: frozenset[str]
    clipped: bool
    room: float
    filled: float


def lay_document(document: Document) -> LaidDocument:
    """Lay a whole document out; raises :class:`PaperTooLong`."""
    section, missing = document.section, set[str]()
    width = section.width - section.margins.left - section.margins.right
    trial = Setting(PageNumbers(1, 1), missing)
    top = max(section.margins.top, section.header + _height(document.header, width, trial))
    bottom = max(section.margins.bottom, section.footer + _height(document.footer, width, trial))
    if section.height - top - bottom < _LEAST_ROOM:
        raise TemplateRefused("", "页面设置", "页眉和页脚过高，正文没有位置")
    room = section.height - top - bottom
    stacker = _Stacker(room)
    slabs = slabs_of(document.body, width, Setting(None, missing))
    filled = sum(slab.height for slab in slabs)
    stacker.stack(slabs)
    pages = []
    for n, body in enumerate(stacker.pages):
        numbers = Setting(PageNumbers(n + 1, len(stacker.pages)), missing)
        left = section.margins.left
        head, _ = _stack_once(document.header, width, numbers)
        foot, foot_height = _stack_once(document.footer, width, numbers)
        pages.append(tuple(
            [shifted(op, left, section.header) for op in head]
            + [shifted(op, left, top) for op in body]
            + [shifted(op, left, section.height - section.footer - foot_height) for op in foot]))
    return LaidDocument(section.width, section.height, tuple(pages), frozenset(missing),
                        stacker.clipped, room, filled)


def slabs_of(blocks: Sequence[Block], width: float, setting: Setting) -> list[Slab]:
    """Blocks as slabs; a paragraph that ends the page makes the next slab start one.

    Raises :class:`PaperTooLong` as soon as what is laid cannot fit the pages of a paper.
    """
    slabs: list[Slab] = []
    break_next, height = False, 0.0
    for block in blocks:
        if isinstance(block, Paragraph):
            made = paragraph_slabs(block, width, setting)
            break_next |= block.ends_page
        else:
            made = table_slabs(block, width, setting)
        if made:
            made[0].new_page |= break_next
            break_next = False
        slabs += made
        height += sum(slab.height for slab in made)
        if height > MAX_PAGES * _TALLEST_SHEET:
            raise PaperTooLong(MAX_PAGES + 1, MAX_PAGES)
    return slabs


def _stack_once(blocks: Sequence[Block], width: float, setting: Setting) -> tuple[list[Op], float]:
    ops: list[Op] = []
    y = 0.0
    for slab in slabs_of(blocks, width, setting):
        y += slab.before
        ops += [shifted(op, 0, y) for op in slab.ops]
        y += slab.height
    return ops, y


def _height(blocks: Sequence[Block], width: float, setting: Setting) -> float:
    return _stack_once(blocks, width, setting)[1]


class _Stacker:
    """Fills pages of one height, slab by slab."""

    def __init__(self, height: float) -> None:
        self._room = height
        self._y = 0.0
        self._header_height = 0.0
        self.pages: list[list[Op]] = [[]]
        self.clipped = False

    def stack(self, slabs: list[Slab]) -> None:
        queue = list(reversed(slabs))
        while queue:
            slab = queue.pop()
            if slab.new_page and self._y > 0:
                self._next_page(slab)
            before = self._before(slab)
            fits = self._y + before + self._chain(slab, queue) <= self._room + _NEAR
            if fits and self._y + before + slab.height <= self._room + _NEAR:
                self._put(slab, before)
                continue
            alone = self._y == 0 or self._only_header()
            parts = slab.split(self._room - self._y - before, forced=alone) \
                if fits or alone else None
            if parts is not None:
                self._put(parts[0], before)
                queue.append(parts[1])
                self._next_page(parts[1])
            elif not alone:
                queue.append(slab)
                self._next_page(slab)
            else:
                self.clipped |= slab.height > self._room
                self._put(slab, before)

    def _only_header(self) -> bool:
        """The page holds nothing but repeated header rows."""
        return abs(self._y - self._header_height) < _NEAR

    def _before(self, slab: Slab) -> float:
        later_page_head = self._y == 0 and len(self.pages) > 1
        return 0.0 if later_page_head else slab.before

    def _chain(self, slab: Slab, queue: list[Slab]) -> float:
        """How much must fit for ``slab`` to start here: it and what it stays with.

        A chain that no page could hold does not bind.
        """
        total = 0.0
        here = slab
        for following in reversed(queue):
            if not here.keep_next:
                break
            total += here.height + following.before
            here = following
        total += here.least
        return total if total <= self._room else slab.least

    def _put(self, slab: Slab, before: float) -> None:
        self.clipped |= slab.overflows
        self._y += before
        self.pages[-1] += [shifted(op, 0, self._y) for op in slab.ops]
        self._y += slab.height

    def _next_page(self, opener: Slab) -> None:
        if len(self.pages) >= MAX_PAGES:
            raise PaperTooLong(len(self.pages) + 1, MAX_PAGES)
        self.pages.append([])
        self._y = self._header_height = 0.0
        for header in opener.repeated:
            self._put(header, 0.0)
        self._header_height = self._y
