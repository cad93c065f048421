"""Lays tables: rows as slabs that break over pages, merged cells, borders, repeated headers."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import accumulate

from field_app.documents.layout.display import FillOp, Op, RuleOp, shifted
from field_app.documents.layout.model import Border, Cell, Row, Table
from field_app.documents.layout.slabs import Setting, Slab, paragraph_slabs

_NEAR = 0.01


@dataclass
class _Box:
    """A cell laid: its place in the row and the slabs inside it."""

    cell: Cell
    x: float
    width: float
    slabs: list[Slab]

    @property
    def content(self) -> float:
        return sum(s.height + (s.before if n else 0.0) for n, s in enumerate(self.slabs))

    @property
    def needed(self) -> float:
        return self.cell.margins.top + self.content + self.cell.margins.bottom

    def ops(self, height: float) -> list[Op]:
        """Fill, text and borders in a box of that height."""
        made: list[Op] = []
        if self.cell.fill:
            made.append(FillOp(self.x, 0.0, self.width, height, self.cell.fill))
        spare = max(height - self.needed, 0.0)
        y = self.cell.margins.top + {"top": 0.0, "center": spare / 2,
                                     "bottom": spare}[self.cell.valign]
        for n, slab in enumerate(self.slabs):
            y += slab.before if n else 0.0
            made += [shifted(op, self.x + self.cell.margins.left, y) for op in slab.ops]
            y += slab.height
        return made + self._edges(height)

    def _edges(self, height: float) -> list[Op]:
        left, right, edges = self.x, self.x + self.width, self.cell.edges
        lines: list[tuple[Border | None, float, float, float, float]] = [
            (edges.top, left, 0.0, right, 0.0), (edges.bottom, left, height, right, height),
            (edges.left, left, 0.0, left, height), (edges.right, right, 0.0, right, height)]
        return [RuleOp(x, y, x2, y2, b.width, b.color) for b, x, y, x2, y2 in lines
                if b is not None]


class RowSlab(Slab):
    """A table row; breaks between lines of its cells unless it may not."""

    def __init__(self, boxes: list[_Box], row: Row, *, least_height: float) -> None:
        self._boxes, self._row = boxes, row
        height = row.height if row.exact else max(
            [least_height, *(box.needed for box in boxes)])
        super().__init__(height, [op for box in boxes for op in box.ops(height)])
        self.keep_next = any(s.keep_next for s in boxes[0].slabs) if boxes else False
        self.overflows = row.exact and any(b.needed > height + _NEAR for b in boxes)

    @property
    def least(self) -> float:
        if self._row.cant_split or self._row.exact:
            return self.height
        firsts = [b.cell.margins.top + b.slabs[0].height + b.cell.margins.bottom
                  for b in self._boxes if b.slabs]
        return min(max(firsts, default=self.height), self.height)

    def split(self, room: float, *, forced: bool = False) -> "tuple[Slab, Slab] | None":
        if self._row.exact or (self._row.cant_split and not forced):
            return None
        heads, tails = [], []
        for box in self._boxes:
            kept = _fitting(box, room)
            heads.append(_Box(box.cell, box.x, box.width, box.slabs[:kept]))
            tails.append(_Box(box.cell, box.x, box.width, box.slabs[kept:]))
        if not any(b.slabs for b in tails) or not any(b.slabs for b in heads):
            return None
        head = RowSlab(heads, self._row, least_height=0.0)
        tail = RowSlab(tails, self._row, least_height=0.0)
        head.before, tail.repeated, tail.keep_next = self.before, self.repeated, self.keep_next
        return head, tail


def _fitting(box: _Box, room: float) -> int:
    """How many of the box's slabs fit in a row part of that height."""
    y = box.cell.margins.top + box.cell.margins.bottom
    for n, slab in enumerate(box.slabs):
        y += slab.height + (slab.before if n else 0.0)
        if y > room + _NEAR:
            return n
    return len(box.slabs)


def table_slabs(table: Table, width: float, setting: Setting) -> list[Slab]:
    """The table's rows as slabs; header rows are repeated above every page's first row."""
    total = sum(table.columns)
    left = (width - total) / 2 if table.centered else table.indent
    rows = [_boxes(row, table, left, setting) for row in table.rows]
    groups = _groups(table)
    slabs: list[Slab] = []
    for start, end in groups:
        if end - start == 1:
            row = table.rows[start]
            slabs.append(RowSlab(rows[start], row, least_height=row.height))
        else:
            slabs.append(MergedRows(table.rows[start:end], rows[start:end]))
    header_count = 0
    for (_, end), _slab in zip(groups, slabs, strict=True):
        if not all(row.header for row in table.rows[:end]):
            break
        header_count += 1
    header = slabs[:header_count]
    for slab in header:
        slab.keep_next = True
    for slab in slabs[header_count:]:
        slab.repeated = header
    return slabs


def _boxes(row: Row, table: Table, left: float, setting: Setting) -> list[_Box]:
    edges = [0.0, *accumulate(table.columns)]
    boxes, column = [], 0
    for cell in row.cells:
        x, end = left + edges[column], left + edges[column + cell.span]
        inner = end - x - cell.margins.left - cell.margins.right
        slabs = [] if cell.merge == "continue" else [
            s for p in cell.paragraphs for s in paragraph_slabs(p, inner, setting)]
        boxes.append(_Box(cell, x, end - x, slabs))
        column += cell.span
    return boxes


def _groups(table: Table) -> list[tuple[int, int]]:
    """Runs of rows that vertical merging holds together, as (start, end)."""
    groups: list[tuple[int, int]] = []
    for n, row in enumerate(table.rows):
        if groups and any(cell.merge == "continue" for cell in row.cells):
            groups[-1] = (groups[-1][0], n + 1)
        else:
            groups.append((n, n + 1))
    return groups


class MergedRows(Slab):
    """Rows joined by merged cells; breaks between rows, the merged text staying with the first."""

    def __init__(self, rows: Sequence[Row], boxes: Sequence[list[_Box]]) -> None:
        self._rows, self._boxes = rows, boxes
        heights = [row.height if row.exact else max(
            [row.height, *(b.needed for b in line if b.cell.merge == "")])
            for row, line in zip(rows, boxes, strict=True)]
        spans = _spans(boxes)
        for box, first, last in spans:
            heights[last] += max(box.needed - sum(heights[first:last + 1]), 0.0)
        self._tops = [0.0, *accumulate(heights)]
        # Cell by cell as they stand in the file, which is the order in which text is extracted.
        ends = {id(box): last for box, _, last in spans}
        ops: list[Op] = []
        for n, line in enumerate(boxes):
            for box in line:
                if box.cell.merge != "continue":
                    tall = self._tops[ends.get(id(box), n) + 1] - self._tops[n]
                    ops += [shifted(op, 0, self._tops[n]) for op in box.ops(tall)]
        super().__init__(self._tops[-1], ops)
        self.keep_next = any(s.keep_next for s in boxes[-1][0].slabs)
        self.overflows = any(
            box.needed > height + _NEAR
            for row, line, height in zip(rows, boxes, heights, strict=True) if row.exact
            for box in line if box.cell.merge == "")

    @property
    def least(self) -> float:
        return self._tops[min(2, len(self._rows))]

    def split(self, room: float, *, forced: bool = False) -> "tuple[Slab, Slab] | None":
        count = sum(top <= room + _NEAR for top in self._tops[1:])
        if not 0 < count < len(self._rows):
            return None
        first = [_reopened(box) for box in self._boxes[count]]
        head = MergedRows(self._rows[:count], self._boxes[:count])
        tail = MergedRows(self._rows[count:], [first, *self._boxes[count + 1:]])
        head.before, head.keep_next = self.before, False
        tail.repeated, tail.keep_next = self.repeated, self.keep_next
        return head, tail


def _reopened(box: _Box) -> _Box:
    """A merged cell as it begins again, empty, on the next page."""
    if box.cell.merge != "continue":
        return box
    return _Box(replace(box.cell, merge="restart"), box.x, box.width, [])


def _spans(boxes: Sequence[list[_Box]]) -> list[tuple[_Box, int, int]]:
    """Every merged cell with its first and last row in the group."""
    spans: list[tuple[_Box, int, int]] = []
    for n, line in enumerate(boxes):
        for box in line:
            if box.cell.merge == "restart":
                spans.append((box, n, n))
            elif box.cell.merge == "continue":
                for i, (above, first, last) in enumerate(spans):
                    if abs(above.x - box.x) < _NEAR and last == n - 1:
                        spans[i] = (above, first, n)
    return spans
