"""Reads headquarters' plan of inspections from a spreadsheet, so that it can be sent down."""

from datetime import date
from pathlib import Path

from field_app.actions.context import refuse
from field_app.actions.plan import PARTY_TYPES, kinds
from field_app.actions.spreadsheets import Sheet, read_sheets
from field_app.errors import UserError
from field_app.protocol.plan_order import MAX_MATTERS, MAX_PLANNED, InspectionPlan, PlannedLine
from field_app.protocol.strict import Malformed
from field_app.rules.catalogue_tables import ValueRefused, read_day, read_list

HEADS = {"计划编号": "code", "检查对象": "name", "对象类型": "party_type", "统一社会信用代码": "uscc",
         "检查地点": "place", "检查事项": "matters", "检查类型": "kind", "开始日期": "first", "截止日期": "last"}
_MAY_LACK = frozenset({"uscc", "place"})


def read_plan(path: Path, *, title: str = "") -> InspectionPlan:
    """The plan in the first table of a CSV or XLSX file; ``UserError`` names line and reason.

    ``title``: shown to officers, the file's name where it is empty.
    """
    sheet = read_sheets(path)[0]
    columns = _columns(path, sheet)
    lines = tuple(_line(number, columns, cells) for number, cells in sheet.rows[1:])
    if not lines or len(lines) > MAX_PLANNED:
        raise refuse(f"{path.name}里没有检查计划，或者超过{MAX_PLANNED}项。", "第一行写列名，下面每行一项。",
                     code="plan.file")
    made = InspectionPlan(title.strip() or path.stem, lines)
    try:
        return InspectionPlan.from_json(made.to_json())
    except Malformed as error:
        raise refuse(f"检查计划的内容不合要求：{error.where}（{error.why}）。",
                     "请核对计划编号有没有重复、文字是否过长。",
                     code="plan.file") from error


def _columns(path: Path, sheet: Sheet) -> dict[str, int]:
    heads = sheet.rows[0][1] if sheet.rows else ()
    found = {HEADS[head]: place for place, head in enumerate(heads) if head in HEADS}
    missing = [head for head, key in HEADS.items() if key not in found and key not in _MAY_LACK]
    if missing:
        raise refuse(f"{path.name}第一行缺少列：{'、'.join(missing)}。", f"列名依次是：{'、'.join(HEADS)}。",
                     code="plan.heads")
    return found


def _line(number: int, columns: dict[str, int], cells: tuple[str, ...]) -> PlannedLine:
    told = {key: cells[place].strip() if place < len(cells) else "" for key, place in columns.items()}
    try:
        return _read(told)
    except ValueRefused as error:
        raise _wrong(number, str(error)) from error


def _wrong(number: int, why: str) -> UserError:
    return refuse(f"第{number}行：{why}，没有读取。", "请改正表格后再试。", code="plan.line")


def _read(told: dict[str, str]) -> PlannedLine:
    for head, key in HEADS.items():
        if key not in _MAY_LACK and not told[key]:
            raise ValueRefused(f"“{head}”没有填写")
    for key, choices in (("party_type", PARTY_TYPES), ("kind", kinds())):
        if told[key] not in choices:
            raise ValueRefused(f"“{told[key]}”不对，只能写{'、'.join(choices)}")
    matters = tuple(read_list(told["matters"]))
    if len(matters) > MAX_MATTERS:
        raise ValueRefused(f"检查事项超过{MAX_MATTERS}项")
    first, last = (date.fromisoformat(read_day(told[key])) for key in ("first", "last"))
    if last < first:
        raise ValueRefused("截止日期早于开始日期")
    return PlannedLine(told["code"], told["name"], told["party_type"], told.get("uscc", ""),
                       told.get("place", ""), matters, told["kind"], first, last)
