"""What stands against releasing a catalogue: overlapping periods, holes, tiers, missing references."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise
from typing import Any

from field_app.rules.catalogue import Catalogue, Row
from field_app.rules.catalogue_tables import TABLES
from field_app.rules.laws import doubtful_citations

TIERS = range(3, 6)  # three to five (武隆府办发〔2021〕53号三(三), DC-11)
_OPEN = "9999-12-31"


@dataclass(frozen=True)
class Finding:
    """One finding. ``stops``: the catalogue cannot be released with it."""

    stops: bool
    place: str
    text: str

    def __str__(self) -> str:
        return f"{self.place}：{self.text}"


def _until(row: Row) -> str:
    return str(row.get("valid_to") or _OPEN)


def _name(kind: str, row: Row) -> str:
    identity = "、".join(str(row[key]) for key in TABLES[kind].identity)
    return f"{TABLES[kind].label}“{identity}”"


def _periods(catalogue: Catalogue) -> Iterator[Finding]:
    for kind, table in TABLES.items():
        groups: dict[tuple[Any, ...], list[Row]] = defaultdict(list)
        for row in catalogue.rows(kind):
            if _until(row) < row["valid_from"]:
                yield Finding(True, _name(kind, row), "失效日期早于生效日期")
            groups[tuple(row[key] for key in table.identity)].append(row)
        for rows in groups.values():
            rows.sort(key=lambda r: str(r["valid_from"]))
            for before, after in pairwise(rows):
                yield from _between(kind, before, after)


def _between(kind: str, before: Row, after: Row) -> Iterator[Finding]:
    if after["valid_from"] <= _until(before):
        yield Finding(True, _name(kind, after),
                      f"{after['valid_from']}起的一行与{before['valid_from']}起的一行时间重叠")
        return
    first = date.fromisoformat(_until(before)) + timedelta(days=1)
    last = date.fromisoformat(after["valid_from"]) - timedelta(days=1)
    if first <= last:
        yield Finding(False, _name(kind, after), f"{first}至{last}之间没有有效的行")


# column that points elsewhere: (table, column) -> the table it points to
_POINTS = {
    ("body", "agency"): "agency", ("matter", "agency"): "agency",
    ("matter", "entrustment"): "entrustment", ("basis", "matter"): "matter",
    ("tier", "matter"): "matter", ("entrustment", "from_agency"): "agency",
    ("entrustment", "to_agency"): "agency", ("entrustment", "matters"): "matter",
    ("officer", "agency"): "agency", ("training", "cert_no"): "officer",
    ("auxiliary", "agency"): "agency", ("major", "agency"): "agency",
    ("frequency", "agency"): "agency"}


def _references(catalogue: Catalogue) -> Iterator[Finding]:
    known = {kind: {str(r[TABLES[kind].identity[0]]) for r in catalogue.rows(kind)}
             for kind in set(_POINTS.values())}
    for (kind, column), wanted in _POINTS.items():
        for row in catalogue.rows(kind):
            value = row.get(column, "")
            for code in value if isinstance(value, list) else [value] if value else []:
                if code not in known[wanted]:
                    yield Finding(True, _name(kind, row),
                                  f"“{TABLES[kind].column(column).label}”写的{code}在"
                                  f"“{TABLES[wanted].label}”里没有")


def _matters(catalogue: Catalogue) -> Iterator[Finding]:
    based = {r["matter"] for r in catalogue.rows("basis")}
    letters = {r["code"]: r for r in catalogue.rows("entrustment")}
    for row in catalogue.rows("matter"):
        place = _name("matter", row)
        if row["code"] not in based:
            yield Finding(True, place, "没有执法依据（AU-01）")
        given = letters.get(row.get("entrustment", ""))
        if row["capacity"] != "委托":
            if row.get("entrustment"):
                yield Finding(True, place, f"执法身份是{row['capacity']}，不应写委托书")
        elif given is None:
            yield Finding(True, place, "执法身份是委托，没有写委托书（AU-03）")
        else:
            yield from _entrusted(place, row, given)


def _entrusted(place: str, row: Row, given: Row) -> Iterator[Finding]:
    if row["code"] not in given["matters"]:
        yield Finding(True, place, f"委托书{given['code']}没有写明这个事项（AU-03）")
    if row["agency"] != given["from_agency"]:
        yield Finding(True, place, "作出机关应当是委托机关（AU-04）")
    if row["type"] == "行政强制":
        yield Finding(True, place, "行政强制措施权不得委托（AU-05）")
    if row["valid_from"] < given["valid_from"] or _until(row) > _until(given):
        yield Finding(False, place, "事项的有效期超出委托书的期限，超出的日子不能使用")
    if not given.get("published") or not given.get("filed"):
        yield Finding(False, place, "委托书没有公布或者没有备案，补齐前不能使用（AU-03）")


def _tiers(catalogue: Catalogue) -> Iterator[Finding]:
    groups: dict[tuple[str, str, str], list[Row]] = defaultdict(list)
    for row in catalogue.rows("tier"):
        groups[row["matter"], row["party"], row["valid_from"]].append(row)
    parties: dict[tuple[str, str], set[str]] = defaultdict(set)
    for matter, party, since in groups:
        parties[matter, since].add(party)
    for (matter, since), found in parties.items():
        if "不限" in found and len(found) > 1:
            yield Finding(True, f"裁量档次“{matter}”（{since}起）", "“不限”不能与“公民”或“单位”并用")
    for (matter, party, since), rows in groups.items():
        place = f"裁量档次“{matter}、{party}”（{since}起）"
        rows.sort(key=lambda r: int(r["order"]))
        if len(rows) not in TIERS:
            yield Finding(True, place, f"有{len(rows)}档，应当为三至五档（DC-11）")
        if len({(r["law_least"], r["law_most"]) for r in rows}) != 1:
            yield Finding(True, place, "各档写的法定幅度不一致")
        yield from _ladder(place, rows)


def _ladder(place: str, rows: list[Row]) -> Iterator[Finding]:
    for row in rows:
        if row["least"] > row["most"]:
            yield Finding(True, place, f"第{row['order']}档下限大于上限")
        if row["least"] < row["law_least"] or row["most"] > row["law_most"]:
            yield Finding(True, place, f"第{row['order']}档超出法定幅度")
    for before, after in pairwise(rows):
        if after["least"] < before["most"]:
            yield Finding(True, place, f"第{after['order']}档与前一档的金额重叠")
        elif after["least"] > before["most"]:
            yield Finding(False, place, f"第{after['order']}档与前一档之间有空档")
    if (rows[0]["least"], rows[-1]["most"]) != (rows[0]["law_least"], rows[-1]["law_most"]):
        yield Finding(False, place, "各档合起来没有覆盖法定幅度")


def _doubts(catalogue: Catalogue) -> Iterator[Finding]:
    for row in catalogue.rows("basis"):
        for doubt in doubtful_citations(f"《{row['law']}》{row['article']}"):
            yield Finding(False, _name("basis", row), doubt)
    for kind, table in TABLES.items():
        count = sum(r["confidence"] in ("M", "I") for r in catalogue.rows(kind))
        if count:
            yield Finding(False, table.label, f"有{count}行未经核对（可信度 M 或 I），使用前请核对原文")


def findings(catalogue: Catalogue) -> list[Finding]:
    """Everything found, what stops first."""
    found = [*_periods(catalogue), *_references(catalogue), *_matters(catalogue),
             *_tiers(catalogue), *_doubts(catalogue)]
    return sorted(found, key=lambda f: not f.stops)
