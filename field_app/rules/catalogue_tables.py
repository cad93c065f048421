"""What a catalogue holds: its tables, their columns, and how a value of each column is written."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from field_app.errors import FieldAppError

MAX_TEXT = 600
MAX_FEN = 10_000_000_000  # one hundred million yuan
_DAY = re.compile(r"(\d{4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*日?")
_YES, _NO = frozenset({"是", "true", "True", "1"}), frozenset({"否", "false", "False", "0"})
_MARKS = re.compile(r"[、,，;；\s]+")


class ValueRefused(FieldAppError):
    """A value does not fit its column; the text says why, in Chinese."""


@dataclass(frozen=True)
class Column:
    """One column. ``label``: its heading; ``read``: text from a file to the stored value.

    Stored are texts, whole numbers, truth values, lists of texts, ISO days and fen.
    """

    key: str
    label: str
    read: Callable[[str], Any]
    needed: bool = True
    choices: tuple[str, ...] = ()


@dataclass(frozen=True)
class Table:
    """One table. ``identity``: columns that name a thing through all its periods."""

    kind: str
    label: str
    identity: tuple[str, ...]
    columns: tuple[Column, ...]

    def column(self, key: str) -> Column:
        return next(c for c in self.columns if c.key == key)


def read_text(text: str) -> str:
    if len(text) > MAX_TEXT:
        raise ValueRefused(f"超过{MAX_TEXT}字")
    return text


def read_day(text: str) -> str:
    found = _DAY.fullmatch(text)
    try:
        if found is None:
            raise ValueError(text)
        return date(*(int(part) for part in found.groups())).isoformat()
    except ValueError as error:
        raise ValueRefused(f"“{text[:20]}”不是日期，应写成 2025-07-01") from error


def read_yuan(text: str) -> int:
    """Yuan with at most two decimals, to fen."""
    try:
        fen = Decimal(text.replace(",", "").removesuffix("元")) * 100
    except InvalidOperation as error:
        raise ValueRefused(f"“{text[:20]}”不是金额，应写成 500 或 500.00（元）") from error
    if not fen.is_finite() or fen != fen.to_integral_value() or not 0 <= fen <= MAX_FEN:
        raise ValueRefused(f"金额“{text[:20]}”应在0到1亿元之间，最多两位小数")
    return int(fen)


def read_count(text: str) -> int:
    if not text.isascii() or not text.isdecimal() or len(text) > 6:
        raise ValueRefused(f"“{text[:20]}”不是整数")
    return int(text)


def read_truth(text: str) -> bool:
    if text not in _YES | _NO:
        raise ValueRefused(f"“{text[:20]}”应写“是”或“否”")
    return text in _YES


def read_list(text: str) -> list[str]:
    return [part for part in _MARKS.split(read_text(text)) if part]


def _text(key: str, label: str, *, needed: bool = True, choices: tuple[str, ...] = ()) -> Column:
    return Column(key, label, read_text, needed, choices)


def _day(key: str, label: str, *, needed: bool = True) -> Column:
    return Column(key, label, read_day, needed)


_PERIOD = (
    _day("valid_from", "生效日期"), _day("valid_to", "失效日期", needed=False),
    _text("source", "来源"), _text("confidence", "可信度", choices=("V", "P", "M", "I")))

_TABLES = (
    Table("agency", "机关", ("code",), (
        _text("code", "机关编号"), _text("name", "机关全称"),
        _text("kind", "机关类别", choices=("乡镇人民政府", "街道办事处", "区级部门", "受委托组织")),
        _text("area", "地区简称", needed=False), _text("word", "机关代字", needed=False),
        _text("seal", "印章编号", needed=False), _text("contact", "联系人", needed=False),
        _text("phone", "联系电话", needed=False), _text("addr", "地址", needed=False),
        _text("postcode", "邮政编码", needed=False), *_PERIOD)),
    Table("body", "救济机关", ("agency", "role"), (
        _text("agency", "作出机关编号"), _text("role", "类别", choices=("复议机关", "管辖法院")),
        _text("name", "名称"), *_PERIOD)),
    Table("matter", "执法事项", ("code",), (
        _text("code", "事项编号"), _text("name", "事项名称"), _text("field", "领域"),
        _text("type", "事项类型", choices=("行政检查", "行政处罚", "行政强制")),
        _text("capacity", "执法身份", choices=("法定", "赋权", "委托")),
        _text("agency", "作出机关编号"), _text("department", "原行使部门", needed=False),
        _text("scope", "行使范围", needed=False),
        _text("entrustment", "委托书编号", needed=False), *_PERIOD)),
    Table("basis", "执法依据", ("matter", "law", "article", "use"), (
        _text("matter", "事项编号"), _text("law", "法律法规全称"), _text("edition", "版本", needed=False),
        _text("article", "条款项"), _text("use", "用途", choices=("职权", "违反", "处罚", "责令", "检查")),
        *_PERIOD)),
    Table("tier", "裁量档次", ("matter", "party", "order"), (
        _text("matter", "事项编号"),
        _text("party", "适用对象", choices=("公民", "单位", "不限")),
        Column("order", "档次序号", read_count), _text("name", "档次名称"),
        _text("circumstance", "适用情形"),
        Column("least", "下限（元）", read_yuan), Column("most", "上限（元）", read_yuan),
        Column("law_least", "法定下限（元）", read_yuan),
        Column("law_most", "法定上限（元）", read_yuan), *_PERIOD)),
    Table("entrustment", "委托书", ("code",), (
        _text("code", "委托书编号"), _text("from_agency", "委托机关编号"),
        _text("to_agency", "受委托组织编号"), Column("matters", "委托事项编号", read_list),
        Column("powers", "委托权限", read_list), _day("signed", "签订日期"),
        _text("published", "公布网址", needed=False), _day("filed", "备案日期", needed=False),
        *_PERIOD)),
    Table("officer", "执法人员", ("cert_no",), (
        _text("cert_no", "执法证号"), _text("name", "姓名"), _text("agency", "所属机关编号"),
        Column("on_duty", "在编在岗", read_truth), _day("cert_to", "证件有效期至"),
        Column("reviewer", "法制审核人员", read_truth, needed=False),
        _day("review_since", "开始从事法制审核", needed=False),
        _text("qualification", "法律职业资格证号", needed=False), *_PERIOD)),
    Table("training", "培训学时", ("cert_no", "year", "course"), (
        _text("cert_no", "执法证号"), Column("year", "年度", read_count), _text("course", "培训名称"),
        Column("hours", "学时", read_count), Column("general", "通用法律知识", read_truth),
        *_PERIOD)),
    Table("auxiliary", "辅助人员", ("number",), (
        _text("number", "编号"), _text("name", "姓名"), _text("agency", "所属机关编号"),
        _text("duty", "辅助事项"), *_PERIOD)),
    Table("recording", "音像记录事项", ("item",), (
        _text("item", "环节"), _text("place", "场所"), _text("span", "起止"),
        _text("need", "强制度", choices=("必须", "应当", "文字即可")),
        _text("basis", "依据", needed=False), *_PERIOD)),
    Table("major", "重大执法决定目录", ("agency", "use", "party", "kind"), (
        _text("agency", "机关编号"), _text("use", "用途", choices=("法制审核", "集体讨论")),
        _text("party", "适用对象", choices=("公民", "单位", "不限")), _text("kind", "处罚种类"),
        Column("least", "起点金额（元）", read_yuan, needed=False), *_PERIOD)),
    Table("frequency", "年度检查频次上限", ("agency", "field"), (
        _text("agency", "机关编号"), _text("field", "领域"),
        Column("yearly", "每年次数", read_count), *_PERIOD)),
    Table("holiday", "放假安排", ("day",), (
        _day("day", "日期"), _text("state", "安排", choices=("放假", "上班")), *_PERIOD)),
)

TABLES: Mapping[str, Table] = {table.kind: table for table in _TABLES}


def table_named(word: str) -> Table | None:
    """The table of a kind or of its Chinese name."""
    return next((t for t in _TABLES if word in (t.kind, t.label)), None)
