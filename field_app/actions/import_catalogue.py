"""Brings a district's own tables (CSV, XLSX) into a catalogue: every error by its row, or all rows."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from field_app.actions.context import refuse
from field_app.actions.spreadsheets import Sheet, read_sheets
from field_app.rules.catalogue import Catalogue, Row, read_row
from field_app.rules.catalogue_tables import Column, Table, ValueRefused, table_named

MAX_TOLD = 200


@dataclass(frozen=True)
class RowProblem:
    """What is wrong in one row of a file."""

    file: str
    line: int
    column: str
    text: str

    def __str__(self) -> str:
        column = f"“{self.column}”" if self.column else ""
        return f"{self.file}第{self.line}行{column}：{self.text}"


@dataclass(frozen=True)
class Change:
    """How one table changes: identities with the day their row begins."""

    label: str
    added: tuple[str, ...]
    changed: tuple[str, ...]
    removed: tuple[str, ...]
    same: int

    def __str__(self) -> str:
        return (f"{self.label}：新增{len(self.added)}行，改动{len(self.changed)}行，"
                f"删除{len(self.removed)}行，不变{self.same}行")


@dataclass(frozen=True)
class Preview:
    """What an import would do. ``catalogue`` is the result, usable only without ``problems``."""

    catalogue: Catalogue
    changes: tuple[Change, ...]
    problems: tuple[RowProblem, ...]
    skipped: tuple[str, ...]


def preview_import(catalogue: Catalogue, files: Sequence[Path], *, table: Table | None = None,
                   whole: bool = False) -> Preview:
    """Read files against ``catalogue``; nothing is written.

    ``table``: what a CSV holds, unless its name tells; ``whole``: rows that the file does not
    have are removed. A worksheet whose name is no table's is skipped and told.
    """
    problems: list[RowProblem] = []
    changes, skipped, tables = [], [], dict(catalogue.tables)
    for path in files:
        for sheet in read_sheets(path):
            found = table_named(sheet.name) or table
            place = f"{path.name}·{sheet.name}" if sheet.name != path.stem else path.name
            if found is None:
                skipped.append(place)
                continue
            rows, wrong = _rows(place, sheet, found)
            problems += wrong
            made, change = _merged(found, tables.get(found.kind, ()), rows, whole=whole)
            tables[found.kind] = made
            changes.append(change)
    if not changes:
        raise refuse("文件里没有认得出的表格。",
                     "请让工作表或文件以表格的名称命名（例如“执法事项”），或用 --kind 说明。",
                     code="catalogue.no_table")
    made_catalogue = replace(catalogue, number=0, issued="", tables=tables)
    return Preview(made_catalogue, tuple(changes), tuple(problems[:MAX_TOLD]), tuple(skipped))


def _rows(file: str, sheet: Sheet, table: Table) -> tuple[list[dict[str, Any]], list[RowProblem]]:
    problems = [RowProblem(file, _line_of(place), "", f"{place}是公式，结果不可靠，请改成数值或文字")
                for place in sheet.formulas]
    if not sheet.rows:
        return [], [*problems, RowProblem(file, 1, "", "没有内容")]
    line, heading = sheet.rows[0]
    columns, wrong = _heading(file, line, heading, table)
    problems += wrong
    if wrong:
        return [], problems
    made: list[dict[str, Any]] = []
    seen: dict[tuple[Any, ...], int] = {}
    for line, cells in sheet.rows[1:]:
        row, wrong = _row(file, line, cells, columns, table)
        problems += wrong
        if row is None:
            continue
        if (first := seen.setdefault(_key(table, row), line)) != line:
            problems.append(RowProblem(file, line, "", f"与第{first}行是同一项、同一生效日期"))
        made.append(row)
    return made, problems


def _line_of(place: str) -> int:
    return int(place[1:place.index("行")])


def _heading(file: str, line: int, cells: Sequence[str],
             table: Table) -> tuple[list[Column | None], list[RowProblem]]:
    """The column of each cell. An unknown heading is a problem: it may be a misspelt one."""
    by_name = {name: c for c in table.columns for name in (c.label, c.key)}
    columns, problems = [], []
    for cell in cells:
        column = by_name.get(cell)
        if column is None and cell:
            problems.append(RowProblem(file, line, cell, f"“{table.label}”没有这一列"))
        elif column is not None and column in columns:
            problems.append(RowProblem(file, line, cell, "这一列出现了两次"))
        columns.append(column)
    missing = [c.label for c in table.columns if c.needed and c not in columns]
    if missing:
        problems.append(RowProblem(file, line, "", f"表头缺少：{'、'.join(missing)}"))
    return columns, problems


def _row(file: str, line: int, cells: Sequence[str], columns: Sequence[Column | None],
         table: Table) -> tuple[dict[str, Any] | None, list[RowProblem]]:
    row: dict[str, Any] = {}
    problems = []
    for place, cell in enumerate(cells):
        column = columns[place] if place < len(columns) else None
        if column is None:
            if cell:
                problems.append(RowProblem(file, line, "", f"第{place + 1}列没有表头"))
            continue
        try:
            if cell:
                row[column.key] = column.read(cell)
            elif column.needed:
                raise ValueRefused("没有填写")
            if cell and column.choices and cell not in column.choices:
                raise ValueRefused(f"只能是{'、'.join(column.choices)}")
        except ValueRefused as error:
            problems.append(RowProblem(file, line, column.label, str(error)))
    if problems:
        return None, problems
    try:
        return read_row(table, row), []
    except ValueRefused as error:
        return None, [RowProblem(file, line, "", str(error))]


def _key(table: Table, row: Row) -> tuple[Any, ...]:
    return (*(row[key] for key in table.identity), row["valid_from"])


def _told(table: Table, row: Row) -> str:
    return "、".join(str(part) for part in _key(table, row))


def _merged(table: Table, before: Sequence[Row], rows: Sequence[Row], *,
            whole: bool) -> tuple[tuple[Row, ...], Change]:
    old = {_key(table, r): r for r in before}
    new = {_key(table, r): r for r in rows}
    removed = [old[k] for k in old if k not in new] if whole else []
    kept = [] if whole else [r for k, r in old.items() if k not in new]
    change = Change(
        table.label, tuple(_told(table, r) for k, r in new.items() if k not in old),
        tuple(_told(table, r) for k, r in new.items() if k in old and dict(old[k]) != dict(r)),
        tuple(_told(table, r) for r in removed),
        sum(k in old and dict(old[k]) == dict(r) for k, r in new.items()) + len(kept))
    order = {k: i for i, k in enumerate([*old, *(k for k in new if k not in old)])}
    return tuple(sorted([*kept, *new.values()], key=lambda r: order[_key(table, r)])), change
