"""Spreadsheets into a catalogue: read as offices save them, every error by its row, or nothing."""

import csv
import io
import random
import zipfile
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from pathlib import Path

import pytest
from openpyxl import Workbook

from field_app.actions.catalogues import empty_catalogue, read_draft, write_draft
from field_app.actions.import_catalogue import Preview, preview_import
from field_app.actions.spreadsheets import MAX_COLUMNS, MAX_LINES, read_sheets
from field_app.errors import UserError
from field_app.paths import RESOURCES
from field_app.rules.catalogue_tables import TABLES

HEAD = ["执法证号", "姓名", "所属机关编号", "在编在岗", "证件有效期至", "生效日期", "失效日期", "来源", "可信度"]
ZHANG = ["YL01", "张演练", "演练乡", "是", "2028/12/31", "2025年7月1日", "", "自拟", "I"]
LONG = ["YL02", "龙小䶮", "演练乡", "否", "2027-03-31", "2025-07-01", "2027-01-01", "自拟", "I"]
OFFICERS = TABLES["officer"]
Lines = list[list[str]]


def text_of(lines: Lines) -> str:
    out = io.StringIO()
    csv.writer(out).writerows(lines)
    return out.getvalue()


def as_csv(folder: Path, lines: Lines, *, encoding: str = "utf-8", name: str = "执法人员") -> Path:
    path = folder / f"{name}.csv"
    path.write_bytes(text_of(lines).encode(encoding))
    return path


def as_xlsx(folder: Path, sheets: Mapping[str, Sequence[Sequence[object]]]) -> Path:
    book = Workbook()
    book.remove(book.worksheets[0])
    for name, lines in sheets.items():
        sheet = book.create_sheet(name)
        for line in lines:
            sheet.append(list(line))
    path = folder / "表格.xlsx"
    book.save(path)
    return path


def taken(*paths: Path, whole: bool = False) -> Preview:
    return preview_import(empty_catalogue("试"), paths, whole=whole)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_csv_is_read_in_the_encodings_offices_use(encoding: str, tmp_path: Path) -> None:
    made = taken(as_csv(tmp_path, [HEAD, ZHANG, LONG], encoding=encoding))
    assert made.problems == ()
    rows = made.catalogue.rows("officer")
    assert [r["name"] for r in rows] == ["张演练", "龙小䶮"]
    assert rows[0]["cert_to"] == "2028-12-31" and rows[0]["on_duty"] is True
    assert "valid_to" not in rows[0] and rows[1]["valid_to"] == "2027-01-01"


def test_a_workbook_brings_several_tables_and_tells_what_it_skips(tmp_path: Path) -> None:
    tier: list[list[object]] = [
        [c.label for c in TABLES["tier"].columns],
        ["甲", "公民", 1, "较轻", "初次", 50, 150.5, 50, 500, date(2025, 7, 1), None, "自拟", "I"]]
    sheets: dict[str, Sequence[Sequence[object]]] = {
        "执法人员": [HEAD, ZHANG], "裁量档次": tier, "说明": [["随便"]]}
    made = taken(as_xlsx(tmp_path, sheets))
    assert made.problems == () and made.skipped == ("表格.xlsx·说明",)
    tier_row = made.catalogue.rows("tier")[0]
    assert (tier_row["least"], tier_row["most"], tier_row["order"]) == (5000, 15050, 1)
    assert tier_row["valid_from"] == "2025-07-01"


def test_every_error_is_told_by_row_and_column_and_nothing_is_taken(tmp_path: Path) -> None:
    bad = [[*ZHANG[:4], "2028-13-31", *ZHANG[5:]], ["", *LONG[1:]], [*LONG[:3], "也许", *LONG[4:]],
           [*LONG[:8], "A"], LONG, LONG]
    made = taken(as_csv(tmp_path, [HEAD, *bad]))
    assert [(p.line, p.column) for p in made.problems] == [
        (2, "证件有效期至"), (3, "执法证号"), (4, "在编在岗"), (5, "可信度"), (7, "")]
    assert str(made.problems[0]) == (
        "执法人员.csv第2行“证件有效期至”：“2028-13-31”不是日期，应写成 2025-07-01")
    assert "第6行" in made.problems[-1].text


def test_headings_are_not_guessed(tmp_path: Path) -> None:
    made = taken(as_csv(tmp_path, [["证号", *HEAD[1:], "姓名"], ["YL01", *ZHANG[1:], ""]]))
    words = [str(p) for p in made.problems]
    assert any("没有这一列" in w for w in words) and any("出现了两次" in w for w in words)
    assert any("缺少：执法证号" in w for w in words)
    with pytest.raises(UserError, match="没有认得出的表格"):
        taken(as_csv(tmp_path, [HEAD, ZHANG], name="名单"))
    known = preview_import(empty_catalogue("试"), [tmp_path / "名单.csv"], table=OFFICERS)
    assert known.problems == () and len(known.catalogue.rows("officer")) == 1


def test_formulas_are_refused_in_both_kinds_of_file(tmp_path: Path) -> None:
    sum_ = [*ZHANG[:1], '=A1&"甲"', *ZHANG[2:]]
    for path in (as_xlsx(tmp_path, {"执法人员": [HEAD, list(sum_)]}), as_csv(tmp_path, [HEAD, sum_])):
        made = taken(path)
        assert any("是公式" in p.text and p.line == 2 for p in made.problems), path


def test_lines_with_breaks_keep_the_files_own_numbers(tmp_path: Path) -> None:
    broken = [*ZHANG[:7], "第一行\n第二行", "I"]
    made = taken(as_csv(tmp_path, [HEAD, broken, ["", *LONG[1:]]]))
    assert [p.line for p in made.problems] == [4]


def test_a_preview_tells_what_changes(tmp_path: Path) -> None:
    first = taken(as_csv(tmp_path, [HEAD, ZHANG, LONG])).catalogue
    changed = [[*ZHANG[:1], "张三演练", *ZHANG[2:]], ["YL03", *LONG[1:]]]
    path = as_csv(tmp_path, [HEAD, *changed])
    merged = preview_import(first, [path])
    assert str(merged.changes[0]) == "执法人员：新增1行，改动1行，删除0行，不变1行"
    assert [r["cert_no"] for r in merged.catalogue.rows("officer")] == ["YL01", "YL02", "YL03"]
    whole = preview_import(first, [path], whole=True)
    assert whole.changes[0].removed == ("YL02、2025-07-01",)
    assert [r["cert_no"] for r in whole.catalogue.rows("officer")] == ["YL01", "YL03"]


def test_the_training_set_goes_through_spreadsheets_unchanged(tmp_path: Path) -> None:
    """What is written out as offices would write it comes back the same, table by table."""
    set_ = read_draft(RESOURCES / "training" / "catalogue.toml")
    sheets: dict[str, list[list[object]]] = {}
    for kind, table in TABLES.items():
        lines: list[list[object]] = [[c.label for c in table.columns]]
        for row in set_.rows(kind):
            lines.append([_cell(c.key, row.get(c.key)) for c in table.columns])
        sheets[table.label] = lines
    made = taken(as_xlsx(tmp_path, sheets))
    assert made.problems == ()
    assert {k: [dict(r) for r in rows] for k, rows in made.catalogue.tables.items()} == {
        k: [dict(r) for r in rows] for k, rows in set_.tables.items()}
    write_draft(made.catalogue, tmp_path / "set.json")
    assert read_draft(tmp_path / "set.json").tables == made.catalogue.tables


def _cell(key: str, value: object) -> object:
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, list):
        return "、".join(value)
    if isinstance(value, int) and key in ("least", "most", "law_least", "law_most"):
        return value / 100
    return value


def _many(archive: zipfile.ZipFile) -> None:
    for place in range(301):
        archive.writestr(f"{place}.bin", "")


def _zip(change: Callable[[zipfile.ZipFile], object]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        change(archive)
    return out.getvalue()


BAD_FILES = {
    "old.xls": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(100),
    "empty.xlsx": b"PK\x03\x04",
    "other.xlsx": _zip(lambda z: z.writestr("a.txt", "x")),
    "bomb.xlsx": _zip(lambda z: z.writestr("xl/workbook.xml", b" " * (65 << 20))),
    "many.xlsx": _zip(_many),
    "entity.xlsx": _zip(lambda z: z.writestr(
        "xl/workbook.xml", "<!DOCTYPE x [<!ENTITY a 'b'>]><x>&a;</x>")),
    "wide.csv": (",".join("x" * (MAX_COLUMNS + 1)) + "\n").encode(),
    "tall.csv": b"a\n" * (MAX_LINES + 1),
    "cell.csv": b"a" * 2001,
    "binary.csv": bytes(range(256)),
    "quote.csv": b'a,"b\n',
    "utf16.csv": "执法证号,姓名\n".encode("utf-16"),
}


@pytest.mark.parametrize("name", BAD_FILES)
def test_a_bad_file_is_told_in_words(name: str, tmp_path: Path) -> None:
    (tmp_path / name).write_bytes(BAD_FILES[name])
    with pytest.raises(UserError) as told:
        read_sheets(tmp_path / name)
    assert told.value.remedy and told.value.code.startswith("sheet.")


def test_damaged_workbooks_never_escape(tmp_path: Path) -> None:
    """Bytes changed anywhere: read, or refused in words; no other error comes out."""
    data = as_xlsx(tmp_path, {"执法人员": [HEAD, ZHANG, LONG]}).read_bytes()
    chance = random.Random(20261124)
    path = tmp_path / "执法人员.xlsx"
    for _ in range(150):
        bytes_ = bytearray(data)
        for _ in range(chance.choice((1, 4, 40))):
            bytes_[chance.randrange(len(bytes_))] = chance.randrange(256)
        path.write_bytes(bytes_[:chance.randrange(1, len(bytes_))] if chance.random() < 0.2
                         else bytes_)
        try:
            preview_import(empty_catalogue("试"), [path], table=OFFICERS)
        except UserError as error:
            assert error.what and error.remedy
