"""Reads tables of text from CSV (UTF-8 or GB18030) and XLSX files from outside, bounded."""

import csv
import io
import lzma
import warnings
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

from openpyxl import load_workbook
from openpyxl.utils.exceptions import InvalidFileException

from field_app.actions.context import refuse
from field_app.errors import UserError

MAX_FILE = 8 << 20
MAX_UNPACKED = 64 << 20
MAX_PARTS = 300
MAX_LINES, MAX_COLUMNS, MAX_CELL, MAX_SHEETS = 5_000, 60, 2_000, 40
_BAD_ZIP = (zipfile.BadZipFile, zipfile.LargeZipFile, zlib.error, lzma.LZMAError, RuntimeError,
            NotImplementedError, EOFError, OSError)
_OLD_EXCEL = b"\xd0\xcf\x11\xe0"


@dataclass(frozen=True)
class Sheet:
    """One table as it stands in the file. ``rows``: line number in the file, and its cells.

    ``formulas``: places that hold a formula, whose result cannot be believed.
    """

    name: str
    rows: tuple[tuple[int, tuple[str, ...]], ...]
    formulas: tuple[str, ...]


def read_sheets(path: Path) -> list[Sheet]:
    """Every table of a file; ``UserError`` tells what is wrong with the file as a whole."""
    try:
        if path.stat().st_size > MAX_FILE:
            raise refuse(f"{path.name}超过{MAX_FILE >> 20}兆字节。", "请拆成几个文件再导入。",
                         code="sheet.large")
        data = path.read_bytes()
    except OSError as error:
        raise refuse(f"{path.name}读不出来。", "请核对路径和权限。", code="sheet.unreadable") from error
    if data.startswith(_OLD_EXCEL):
        raise refuse(f"{path.name}是旧版 Excel（.xls）文件，或者加了密码。",
                     "请在表格软件里另存为不加密的 .xlsx 或 .csv 后再导入。", code="sheet.old")
    if data.startswith(b"PK"):
        return _xlsx(path.name, data)
    return [_csv(path, data)]


def _csv(path: Path, data: bytes) -> Sheet:
    text = None
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            text = data.decode(encoding)
            break
        except UnicodeDecodeError:
            continue
    if text is None or "\0" in text:
        raise refuse(f"{path.name}的文字编码认不出来。", "请另存为 UTF-8 或 GB18030 编码的 CSV。",
                     code="sheet.encoding")
    rows = []
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        for cells in reader:
            rows.append((reader.line_num, tuple(cells)))
            _bound(path.name, len(rows), len(cells))
    except csv.Error as error:
        raise refuse(f"{path.name}第{reader.line_num}行的引号不成对，读不下去。", "请改正后再导入。",
                     code="sheet.csv") from error
    return _sheet(path.stem, rows, ())


def _bound(name: str, lines: int, columns: int) -> None:
    if lines > MAX_LINES or columns > MAX_COLUMNS:
        raise refuse(f"{name}超过{MAX_LINES}行或{MAX_COLUMNS}列。", "请删去多余的空行空列，或拆成几个文件。",
                     code="sheet.large")


def _sheet(name: str, rows: list[tuple[int, tuple[str, ...]]], formulas: tuple[str, ...]) -> Sheet:
    for line, cells in rows:
        for place, cell in enumerate(cells, 1):
            if len(cell) > MAX_CELL:
                raise refuse(f"“{name}”第{line}行第{place}列超过{MAX_CELL}字。", "请缩短后再导入。",
                             code="sheet.cell")
    found = [f"第{line}行第{place}列" for line, cells in rows
             for place, cell in enumerate(cells, 1) if cell.lstrip().startswith("=")]
    told = tuple((line, tuple(cell.strip() for cell in cells)) for line, cells in rows)
    return Sheet(name, tuple(r for r in told if any(r[1])), (*formulas, *found))


def _check_parts(name: str, data: bytes) -> None:
    """Bound what the archive unpacks to, and refuse XML that declares entities."""
    bad = refuse(f"{name}不是完好的 .xlsx 文件。", "请在表格软件里另存一份后再导入。", code="sheet.xlsx")
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            parts = archive.infolist()
            if len(parts) > MAX_PARTS or sum(p.file_size for p in parts) > MAX_UNPACKED:
                raise refuse(f"{name}展开后过大。", "请删去图片和多余的内容后再导入。",
                             code="sheet.large")
            for part in parts:
                text = archive.read(part)
                is_xml = part.filename.endswith((".xml", ".rels"))
                if b"<!DOCTYPE" in text or b"<!ENTITY" in text or (is_xml and b"\0" in text[:64]):
                    raise bad
    except (*_BAD_ZIP, ValueError) as error:
        raise bad from error


def _xlsx(name: str, data: bytes) -> list[Sheet]:
    _check_parts(name, data)
    try:
        with warnings.catch_warnings():
            # About styles and validations, which are not read.
            warnings.simplefilter("ignore")
            return _sheets(name, data)
    except UserError:
        raise
    except (*_BAD_ZIP, InvalidFileException, KeyError, ValueError, TypeError, AttributeError,
            IndexError, OverflowError, SyntaxError) as error:
        # openpyxl tells a malformed workbook by whatever its parts trip over.
        raise refuse(f"{name}不是完好的 .xlsx 文件。", "请在表格软件里另存一份后再导入。",
                     code="sheet.xlsx") from error


def _sheets(name: str, data: bytes) -> list[Sheet]:
    book = load_workbook(io.BytesIO(data), read_only=True, data_only=False, keep_links=False)
    if len(book.worksheets) > MAX_SHEETS:
        raise refuse(f"{name}的工作表超过{MAX_SHEETS}张。", "请删去多余的工作表。", code="sheet.large")
    return [_worksheet(name, sheet.title, sheet.iter_rows()) for sheet in book.worksheets]


def _worksheet(file: str, title: str, lines: Iterator[tuple[Any, ...]]) -> Sheet:
    rows, formulas = [], []
    for line, cells in enumerate(lines, 1):
        _bound(file, line, len(cells))
        for place, cell in enumerate(cells, 1):
            if cell.data_type == "f":
                formulas.append(f"第{line}行第{place}列")
        rows.append((line, tuple("" if c.data_type == "f" else _cell(c.value) for c in cells)))
    return _sheet(title.strip(), rows, tuple(formulas))


def _cell(value: Any) -> str:
    """A cell as it reads: days as ISO days, whole numbers without a point."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time() == datetime.min.time() else str(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    return str(value)
