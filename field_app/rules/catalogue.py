"""The catalogue at a day: which matters an agency has, in what capacity, on what bases, how much.

A catalogue is a set of tables whose rows hold from ``valid_from`` to ``valid_to`` (both days
counted). What is asked of it is asked for a day, so that a case goes by the rows of its own day.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType
from typing import Any

from field_app.domain.workdays import Calendar
from field_app.errors import FieldAppError
from field_app.rules.catalogue_tables import TABLES, Table, ValueRefused

FORMAT = "le-catalogue/1"
MAX_ROWS = 20_000
_HEAD = frozenset({"format", "number", "title", "training", "issued", "tables"})
Row = Mapping[str, Any]


class CatalogueBroken(FieldAppError):
    """A catalogue is not what resources/catalogues/README.md allows; the text names the place."""


@dataclass(frozen=True)
class Basis:
    """Law and article. ``use``: 职权, 违反, 处罚, 责令 or 检查."""

    law: str
    article: str
    use: str
    confidence: str

    @property
    def citation(self) -> str:
        return f"《{self.law}》{self.article}"


@dataclass(frozen=True)
class Tier:
    """One tier of discretion; amounts in fen, both ends included."""

    order: int
    name: str
    circumstance: str
    party: str
    least: int
    most: int
    law_least: int
    law_most: int

    def holds(self, fen: int) -> bool:
        return self.least <= fen <= self.most


@dataclass(frozen=True)
class Agency:
    """A body in whose name papers go out; remedies are empty where the catalogue tells none."""

    code: str
    name: str
    kind: str
    area: str
    word: str
    seal: str
    reconsideration: str
    court: str


@dataclass(frozen=True)
class Entrustment:
    """Written entrustment. ``published``, ``filed``: empty when not yet done."""

    code: str
    from_agency: str
    to_agency: str
    matters: tuple[str, ...]
    powers: tuple[str, ...]
    published: str
    filed: str
    valid_to: str


@dataclass(frozen=True)
class CatalogueMatter:
    """A matter as it stands on one day."""

    code: str
    name: str
    field: str
    type: str
    capacity: str
    agency: Agency
    department: str
    scope: str
    entrustment: Entrustment | None
    bases: tuple[Basis, ...]
    source: str
    confidence: str


@dataclass(frozen=True)
class Catalogue:
    """One version. ``number`` 0: a draft not yet released; ``training``: invented for practice."""

    number: int
    title: str
    training: bool
    issued: str
    tables: Mapping[str, tuple[Row, ...]]

    def rows(self, kind: str) -> tuple[Row, ...]:
        """All rows of a table, of every period."""
        return self.tables.get(kind, ())

    def at(self, kind: str, day: date) -> Iterator[Row]:
        """The rows of a table that hold on ``day``."""
        return (row for row in self.rows(kind) if holds_on(row, day))

    def agency(self, code: str, day: date) -> Agency | None:
        """The agency of that code with its remedies."""
        row = next((r for r in self.at("agency", day) if r["code"] == code), None)
        if row is None:
            return None
        told = {r["role"]: r["name"] for r in self.at("body", day) if r["agency"] == code}
        return Agency(code, row["name"], row["kind"], row.get("area", ""), row.get("word", ""),
                      row.get("seal", ""), told.get("复议机关", ""), told.get("管辖法院", ""))

    def entrustment(self, code: str, day: date) -> Entrustment | None:
        """The entrustment of that code if its term holds on ``day``."""
        row = next((r for r in self.at("entrustment", day) if r["code"] == code), None)
        return None if row is None else Entrustment(
            code, row["from_agency"], row["to_agency"], tuple(row["matters"]),
            tuple(row["powers"]), row.get("published", ""), row.get("filed", ""),
            row.get("valid_to", ""))

    def _matter(self, row: Row, day: date) -> CatalogueMatter | None:
        agency = self.agency(row["agency"], day)
        if agency is None:
            return None
        bases = tuple(Basis(r["law"], r["article"], r["use"], r["confidence"])
                      for r in self.at("basis", day) if r["matter"] == row["code"])
        return CatalogueMatter(
            row["code"], row["name"], row["field"], row["type"], row["capacity"], agency,
            row.get("department", ""), row.get("scope", ""),
            self.entrustment(row.get("entrustment", ""), day), bases, row["source"],
            row["confidence"])

    def matters_at(self, day: date) -> tuple[CatalogueMatter, ...]:
        """Every matter that may be acted on that day (AU-01), in the catalogue's order."""
        found = (self._matter(row, day) for row in self.at("matter", day))
        return tuple(m for m in found if m is not None and not entrustment_reasons(m))

    def matters_of(self, agency: str, day: date) -> tuple[CatalogueMatter, ...]:
        """Those of :meth:`matters_at` that the agency of that full name acts on itself."""
        return tuple(m for m in self.matters_at(day) if self.acted_on_by(m, agency, day))

    def acted_on_by(self, matter: CatalogueMatter, agency: str, day: date) -> bool:
        """Whether that agency acts: in its own name, or entrusted by the matter's agency."""
        if matter.entrustment is None:
            return matter.agency.name == agency
        own = self.agency(matter.entrustment.to_agency, day)
        return own is not None and own.name == agency

    def matter(self, name_or_code: str, day: date) -> CatalogueMatter | None:
        """The matter of that code or full name on that day, whatever stands against it."""
        row = next((r for r in self.at("matter", day)
                    if name_or_code in (r["code"], r["name"])), None)
        return None if row is None else self._matter(row, day)

    def capacity(self, code: str, day: date) -> str | None:
        """法定, 赋权 or 委托; None when the matter is not the agency's that day."""
        found = self.matter(code, day)
        return None if found is None or entrustment_reasons(found) else found.capacity

    def tiers(self, matter: str, day: date, *, party: str) -> tuple[Tier, ...]:
        """Tiers of a matter for 公民 or 单位 on ``day``, lightest first."""
        return tuple(sorted(
            (_tier(r) for r in self.at("tier", day)
             if r["matter"] == matter and r["party"] in (party, "不限")),
            key=lambda t: t.order))

    def major(self, agency: str, use: str, day: date, *, party: str) -> Mapping[str, int] | None:
        """Kinds of penalty that an agency's list of major decisions names for 法制审核 or 集体讨论,
        each with the fen it begins at (0: always); None when the agency has no such list."""
        rows = [r for r in self.at("major", day) if (r["agency"], r["use"]) == (agency, use)]
        if not rows:
            return None
        return {str(r["kind"]): int(r.get("least", 0)) for r in rows if r["party"] in (party, "不限")}

    def yearly_limit(self, agency: str, field: str, day: date) -> int | None:
        """How often an agency may inspect one enterprise in a year in that field (IN-04)."""
        rows = {r["field"]: int(r["yearly"]) for r in self.at("frequency", day)
                if r["agency"] == agency}
        return rows.get(field, rows.get("不限"))

    def officer(self, cert_no: str, day: date) -> Row | None:
        """The roster's row of an officer on that day."""
        return next((r for r in self.at("officer", day) if r["cert_no"] == cert_no), None)

    def training_hours(self, cert_no: str, year: int) -> tuple[int, bool]:
        """Hours of a year, and whether general legal training is among them (PE-07)."""
        rows = [r for r in self.rows("training") if (r["cert_no"], r["year"]) == (cert_no, year)]
        return sum(r["hours"] for r in rows), any(r["general"] for r in rows)

    def calendar(self) -> Calendar:
        """Days off and worked weekends, to join to the calendar that ships."""
        days = {state: frozenset(date.fromisoformat(r["day"]) for r in self.rows("holiday")
                                 if r["state"] == state) for state in ("放假", "上班")}
        return Calendar(frozenset(d.year for d in days["放假"]), days["放假"], days["上班"])


def _tier(row: Row) -> Tier:
    return Tier(row["order"], row["name"], row["circumstance"], row["party"], row["least"],
                row["most"], row["law_least"], row["law_most"])


def holds_on(row: Row, day: date) -> bool:
    """Whether a row's period has ``day`` in it."""
    text = day.isoformat()
    return bool(row["valid_from"] <= text and (not row.get("valid_to")
                                               or text <= row["valid_to"]))


def entrustment_reasons(matter: CatalogueMatter) -> list[str]:
    """What stands against acting on an entrusted matter (AU-03); empty for the other capacities."""
    if matter.capacity != "委托":
        return []
    given = matter.entrustment
    if given is None:
        return ["没有在有效期内的委托书"]
    found = []
    if matter.code not in given.matters:
        found.append("委托书没有写明这个事项")
    if given.from_agency != matter.agency.code:
        found.append("委托书的委托机关与事项的作出机关不一致")
    if not given.published:
        found.append("委托书没有公布")
    if not given.filed:
        found.append("委托书没有备案")
    return found


def amount_reasons(tiers: Iterable[Tier], fen: int, tier: int | None = None) -> list[str]:
    """What stands against an amount: outside the law's range, or outside the tier chosen (DC-11)."""
    known = list(tiers)
    if not known:
        return []
    if not min(t.law_least for t in known) <= fen <= max(t.law_most for t in known):
        return ["金额不在法定幅度内"]
    if tier is None:
        return [] if any(t.holds(fen) for t in known) else ["金额不在任何裁量档次内"]
    chosen = next((t for t in known if t.order == tier), None)
    return [] if chosen is not None and chosen.holds(fen) else ["金额不在所选的裁量档次内"]


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else value


def read_row(table: Table, raw: Mapping[str, Any]) -> dict[str, Any]:
    """A stored row, every value as its column stores it; :class:`ValueRefused`."""
    row = {str(key): _plain(value) for key, value in raw.items()}
    if unknown := row.keys() - {c.key for c in table.columns}:
        raise ValueRefused(f"没有“{sorted(unknown)[0]}”这一列")
    for column in table.columns:
        value = row.get(column.key)
        if value in (None, "", []):
            if column.needed:
                raise ValueRefused(f"“{column.label}”没有填写")
            row.pop(column.key, None)
            continue
        if column.read(_as_text(column.key, value)) != value:
            raise ValueRefused(f"“{column.label}”的值不是规定的写法")
        if column.choices and value not in column.choices:
            raise ValueRefused(f"“{column.label}”只能是{'、'.join(column.choices)}")
    return row


def _as_text(key: str, value: Any) -> str:
    """A stored value as it would stand in a file, so that one reader judges both."""
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, list) and all(isinstance(v, str) for v in value):
        return "、".join(value)
    if isinstance(value, int):
        fen = key in ("least", "most", "law_least", "law_most")
        return f"{value // 100}.{value % 100:02}" if fen else str(value)
    if isinstance(value, str):
        return value
    raise ValueRefused("值的类型不对")


def read_catalogue(raw: Any) -> Catalogue:
    """A catalogue from its parsed JSON or TOML; :class:`CatalogueBroken`."""
    if not isinstance(raw, dict) or raw.get("format") != FORMAT or raw.keys() - _HEAD:
        raise CatalogueBroken("不是 le-catalogue/1 格式的清单")
    number, title, training = raw.get("number", 0), raw.get("title"), raw.get("training")
    issued, given = raw.get("issued", ""), raw.get("tables")
    if not (type(number) is int and 0 <= number < MAX_ROWS and isinstance(title, str) and title
            and type(training) is bool and isinstance(issued, str) and isinstance(given, dict)):
        raise CatalogueBroken("清单的题头不完整")
    if not all(isinstance(rows, list) for rows in given.values()) or sum(
            len(rows) for rows in given.values()) > MAX_ROWS:
        raise CatalogueBroken(f"清单的行数超过{MAX_ROWS}，或表格的写法不对")
    tables = {}
    for kind, rows in given.items():
        if kind not in TABLES:
            raise CatalogueBroken(f"没有“{kind}”这种表")
        tables[kind] = tuple(MappingProxyType(_row(kind, i, r)) for i, r in enumerate(rows, 1))
    return Catalogue(number, title, training, issued, tables)


def _row(kind: str, place: int, raw: Any) -> dict[str, Any]:
    try:
        if not isinstance(raw, dict):
            raise ValueRefused("不是一行表格")
        return read_row(TABLES[kind], raw)
    except ValueRefused as error:
        raise CatalogueBroken(f"{TABLES[kind].label}第{place}行：{error}") from error


def stored(catalogue: Catalogue) -> dict[str, Any]:
    """The catalogue as it is signed: plain lists and dicts for canonical JSON."""
    return {"format": FORMAT, "number": catalogue.number, "title": catalogue.title,
            "training": catalogue.training, "issued": catalogue.issued,
            "tables": {kind: [dict(r) for r in rows]
                       for kind, rows in catalogue.tables.items() if rows}}
