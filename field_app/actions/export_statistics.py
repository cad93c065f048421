"""Statistics as a table for other programs: CSV that Excel and WPS read, or a workbook of sheets."""

import csv
import io
from pathlib import Path

from field_app.actions.context import Session, refuse
from field_app.actions.statistics import RECORDED, Statistics, Table, share
from field_app.actions.write_files import write_together
from field_app.domain.clock import CHINA

KINDS = (".xlsx", ".csv")
_WIDEST = 60


def table_rows(table: Table) -> list[list[str | int]]:
    """A table with its heads and its sum, as it is written."""
    more = ["覆盖率"] if table.title == RECORDED else []
    rows: list[list[str | int]] = [["项目", *table.heads, *more]]
    for line in table.lines:
        rows.append([_safe(line.name), *line.counts, *([share(line)] if more else [])])
    if table.lines:
        rows.append(["合计", *table.total])
    return rows


def _safe(text: str) -> str:
    """A name that a spreadsheet cannot take for a formula."""
    return f"'{text}" if text[:1] in ("=", "+", "-", "@", "\t", "\r") else text


def _head(session: Session, found: Statistics) -> list[str]:
    agency = str(session.trust.agency.get("name", ""))
    return [f"{agency}　执法统计（本机{session.header.device}）",
            f"统计月份：{found.period.first} 至 {found.period.last}",
            f"统计时间：{found.at.astimezone(CHINA):%Y-%m-%d %H:%M}"]


def _csv(session: Session, found: Statistics) -> bytes:
    text = io.StringIO()
    writer = csv.writer(text)
    for line in _head(session, found):
        writer.writerow([line])
    for table in found.tables:
        writer.writerow([])
        writer.writerow([table.title])
        writer.writerows(table_rows(table))
        if table.note:
            writer.writerow([table.note])
    return text.getvalue().encode("utf-8-sig")  # Excel takes it for GBK without the mark.


def _xlsx(session: Session, found: Statistics) -> bytes:
    # Half a second and 30 MiB, which the desk does not spend before somebody exports.
    from openpyxl import Workbook
    from openpyxl.styles import Font
    from openpyxl.utils import get_column_letter

    book = Workbook()
    book.remove(book.worksheets[0])
    bold = Font(bold=True)
    for table in found.tables:
        sheet = book.create_sheet(table.title)
        head = _head(session, found)
        for line in head:
            sheet.append([line])
        rows = table_rows(table)
        for row in rows:
            sheet.append(row)
        for place in (1, len(head) + 1):
            for cell in sheet[place]:
                cell.font = bold
        if table.note:
            sheet.append([table.note])
        widest = max(len(str(row[0])) for row in rows)
        sheet.column_dimensions["A"].width = min(_WIDEST, 4 + 2 * widest)
        for place in range(2, len(rows[0]) + 1):
            sheet.column_dimensions[get_column_letter(place)].width = 18
        sheet.freeze_panes = f"B{len(head) + 2}"
    data = io.BytesIO()
    book.save(data)
    return data.getvalue()


def export_statistics(session: Session, found: Statistics, path: Path) -> Path:
    """Write the counts to ``path``, its ending tells as what; an event either way."""
    kind = path.suffix.lower()
    if kind not in KINDS:
        raise refuse("只能导出为 .xlsx 或 .csv 文件。", "请在文件名后写 .xlsx 或 .csv。", code="statistics.kind")
    data = _xlsx(session, found) if kind == ".xlsx" else _csv(session, found)
    write_together({path: data})
    with session.begin() as tx:
        session.note(tx, "statistics_exported", body={
            "from_month": found.period.first, "to_month": found.period.last, "kind": kind[1:]})
    return path
