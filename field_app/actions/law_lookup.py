"""Statutes, articles and matters looked up for a day: what is told of each, and how sure it is.

No text of a statute is shipped: what is told of an article is what the rules, terms and catalogues
of this program rest on it, each in its own words, with its mark of confidence.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from enum import Enum

from field_app.actions.catalogues import catalogue_in_use, own_name
from field_app.actions.context import Session
from field_app.forms.telling import CONFIDENCE
from field_app.rules.articles import ArticleNote, Cited, article_notes, law_titled, laws_told, named
from field_app.rules.catalogue import Catalogue, CatalogueMatter, Row, Tier, entrustment_reasons, holds_on
from field_app.rules.table import rules

MOST = 400
_PARTIES = ("公民", "单位")


class Kind(Enum):
    """What is looked up; the value is what officers read."""

    LAW = "法律法规"
    ARTICLE = "条文要点"
    MATTER = "执法事项"


@dataclass(frozen=True)
class Found:
    """One line of the list. ``key`` with ``kind`` names it; ``about``: what it says in short;
    ``confidence``: V, P, M or I, empty where nothing is claimed; ``in_force``: on the day asked for."""

    kind: Kind
    key: str
    title: str
    about: str
    confidence: str
    in_force: bool = True

    @property
    def short(self) -> str:
        """The title without what every statute of the country begins with, for a list."""
        return self.title.replace("《中华人民共和国", "《", 1)


@dataclass(frozen=True)
class Said:
    """One sentence and the mark that belongs to it, empty where it needs none."""

    text: str
    mark: str = ""

    @property
    def sure(self) -> bool:
        """Whether somebody read the text that it rests on."""
        return self.mark in ("", mark_of("V"))


@dataclass(frozen=True)
class Section:
    """A heading with what stands under it; ``rows``: a table, its heads first."""

    heading: str
    said: tuple[Said, ...] = ()
    rows: tuple[tuple[str, ...], ...] = ()


@dataclass(frozen=True)
class Told:
    """Everything known of one line. ``citation``: how a paper cites it, empty for none; ``matter``:
    the name of the matter a case can rest on, empty where it cannot on that day."""

    title: str
    facts: tuple[tuple[str, str], ...]
    sections: tuple[Section, ...]
    citation: str = ""
    matter: str = ""


def mark_of(confidence: str) -> str:
    """The mark of a fact in words."""
    return CONFIDENCE.get(confidence, confidence)


def _span(first: str | None, last: str | None) -> str:
    if not first and not last:
        return "没有记载起止日期"
    if not first:
        return f"{last}以前有效"
    return f"自{first}起至{last}止" if last else f"自{first}起至今有效"


def _holds(words: list[str], *texts: str) -> bool:
    whole = "".join(texts).casefold()
    return all(word in whole for word in words)


def look_up(session: Session, words: str, *, day: date, kind: Kind | None = None) -> list[Found]:
    """Everything that holds all ``words`` (one character is enough), statutes first.

    What is not in force on ``day`` stands behind what is, and says so.
    """
    asked = words.casefold().split()
    found: list[Found] = []
    if kind in (None, Kind.LAW):
        found += _laws(asked, day)
    if kind in (None, Kind.ARTICLE):
        found += _articles(asked, day)
    if kind in (None, Kind.MATTER):
        found += _matters(session, asked, day)
    order = {one: place for place, one in enumerate(Kind)}
    return sorted(found, key=lambda f: (not f.in_force, order[f.kind]))[:MOST]


def _laws(words: list[str], day: date) -> Iterator[Found]:
    for title in laws_told():
        law = law_titled(title)
        if not _holds(words, named(title), law.level if law else ""):
            continue
        if law is None:
            yield Found(Kind.LAW, title, named(title), "本机没有录入它的版本和条数", "")
        else:
            yield Found(Kind.LAW, title, named(title), f"{law.level}，{law.edition}，{law.effective}施行",
                        law.confidence, law.effective <= day)


def _key(note: ArticleNote) -> str:
    return f"{note.at.law}|{note.at.article}"


def _articles(words: list[str], day: date) -> Iterator[Found]:
    together: dict[str, list[ArticleNote]] = {}
    for note in article_notes():
        if note.at.article:
            together.setdefault(_key(note), []).append(note)
    for key, notes in together.items():
        if _holds(words, notes[0].at.words, *(n.text for n in notes), *(n.rule for n in notes)):
            texts = tuple(dict.fromkeys(n.text for n in notes))
            more = f"（另有{len(texts) - 1}条）" if len(texts) > 1 else ""
            yield Found(Kind.ARTICLE, key, notes[0].at.words, texts[0] + more,
                        _least(notes), any(n.in_force(day) for n in notes))


def _least(notes: list[ArticleNote]) -> str:
    """The mark of the least sure of them."""
    return max((n.confidence for n in notes), key="VPMI".index)


def _matters(session: Session, words: list[str], day: date) -> Iterator[Found]:
    catalogue = catalogue_in_use(session)
    if catalogue is None:
        return
    bases: dict[str, list[str]] = {}
    for row in catalogue.rows("basis"):
        bases.setdefault(row["matter"], []).append(f"《{row['law']}》{row['article']}")
    newest: dict[str, Row] = {}
    for row in catalogue.rows("matter"):
        known = newest.get(row["code"])
        if known is None or holds_on(row, day) or (
                not holds_on(known, day) and row["valid_from"] > known["valid_from"]):
            newest[row["code"]] = row
    for row in newest.values():
        if _holds(words, row["name"], row["code"], row["field"], row["capacity"], row["type"],
                  *bases.get(row["code"], ())):
            yield Found(Kind.MATTER, row["code"], row["name"],
                        f"{row['type']}，{row['capacity']}，{row['field']}", row["confidence"],
                        holds_on(row, day))


def tell(session: Session, found: Found, *, day: date) -> Told:
    """Everything known of one line on ``day``."""
    if found.kind is Kind.LAW:
        return _tell_law(found.key, day)
    if found.kind is Kind.ARTICLE:
        return _tell_article(found, day)
    return _tell_matter(session, found.key, day)


def _note_said(note: ArticleNote, day: date) -> Said:
    late = "" if note.in_force(day) else f"；{day}没有施行"
    return Said(f"{note.text}（{note.rule}{late}）", mark_of(note.confidence))


def _tell_law(title: str, day: date) -> Told:
    law = law_titled(title)
    facts = (("版本", "本机没有录入"),) if law is None else (
        ("效力级别", law.level), ("版本", law.edition), ("施行日期", str(law.effective)),
        ("条数", f"{law.articles}条（{mark_of(law.confidence)}）"))
    by_article: dict[str, list[Said]] = {}
    for note in article_notes():
        if note.at.law == title:
            by_article.setdefault(note.at.article or "全文", []).append(_note_said(note, day))
    return Told(named(title), facts, tuple(
        Section(article, tuple(dict.fromkeys(said))) for article, said in by_article.items()),
        citation=named(title))


def _tell_article(found: Found, day: date) -> Told:
    law, _, article = found.key.partition("|")
    at = Cited(law, article)
    notes = [n for n in article_notes() if n.at == at]
    known = law_titled(law)
    facts = (("法律法规", named(law)),) + (() if known is None else (("施行日期", str(known.effective)),))
    todo = tuple(Said(rules()[n.rule].remedy) for n in notes if n.rule in rules())
    sections = [Section("要点", tuple(dict.fromkeys(_note_said(n, day) for n in notes)))]
    if todo:
        sections.append(Section("怎么办", tuple(dict.fromkeys(todo))))
    return Told(at.words, facts, tuple(sections), citation=at.words)


def _tell_matter(session: Session, code: str, day: date) -> Told:
    catalogue = catalogue_in_use(session)
    row = None if catalogue is None else _row_of(catalogue, code, day)
    if catalogue is None or row is None:
        return Told(code, (("状态", "清单里已没有这一项"),), ())
    matter = catalogue.matter(code, day)
    facts = [("事项编号", code), ("领域", row["field"]), ("类型", row["type"]), ("执法身份", row["capacity"]),
             ("作出机关", matter.agency.name if matter else str(row["agency"])),
             ("原行使部门", row.get("department", "")), ("行使范围", row.get("scope", "")),
             ("有效期", _span(row["valid_from"], row.get("valid_to"))),
             ("来源", f"{row['source']}（{mark_of(row['confidence'])}）")]
    sections = [*_against(matter, day), Section("依据", _bases(catalogue, code, day)),
                *_tiers(catalogue, code, day), *_frequency(catalogue, matter, day)]
    own = matter is not None and catalogue.acted_on_by(matter, own_name(session), day)
    may = own and matter is not None and not entrustment_reasons(matter)
    return Told(row["name"], tuple(f for f in facts if f[1]), tuple(s for s in sections if s.said or s.rows),
                matter=row["name"] if may else "")


def _row_of(catalogue: Catalogue, code: str, day: date) -> Row | None:
    rows = [r for r in catalogue.rows("matter") if r["code"] == code]
    now = next((r for r in rows if holds_on(r, day)), None)
    return now or max(rows, key=lambda r: str(r["valid_from"]), default=None)


def _against(matter: CatalogueMatter | None, day: date) -> list[Section]:
    if matter is None:
        return [Section("不能办理", (Said(f"{day}不在有效期内，或者作出机关不在清单里"),))]
    found = entrustment_reasons(matter)
    return [Section("不能办理", tuple(Said(text) for text in found))] if found else []


def _bases(catalogue: Catalogue, code: str, day: date) -> tuple[Said, ...]:
    return tuple(
        Said(f"{r['use']}：《{r['law']}》{r['article']}（{_span(r['valid_from'], r.get('valid_to'))}）"
             + ("" if holds_on(r, day) else f"　{day}无效"), mark_of(r["confidence"]))
        for r in catalogue.rows("basis") if r["matter"] == code)


def _yuan(fen: int) -> str:
    return f"{fen // 100:,}" + (f".{fen % 100:02d}" if fen % 100 else "")


def _tiers(catalogue: Catalogue, code: str, day: date) -> Iterator[Section]:
    given: list[tuple[str, tuple[Tier, ...]]] = []
    for party in _PARTIES:
        tiers = catalogue.tiers(code, day, party=party)
        if tiers and (not given or given[0][1] != tiers):
            given.append((party, tiers))
    marks = {(r["order"], r["party"]): r["confidence"] for r in catalogue.at("tier", day)
             if r["matter"] == code}
    for party, tiers in given:
        rows = [("档次", "适用情形", "罚款（元）", "把握程度")]
        rows += [(t.name, t.circumstance, f"{_yuan(t.least)}—{_yuan(t.most)}",
                  mark_of(marks[t.order, t.party])) for t in tiers]
        law = f"法定幅度 {_yuan(tiers[0].law_least)}—{_yuan(tiers[0].law_most)}元"
        whom = "" if tiers[0].party == "不限" else f"（{party}）"
        yield Section(f"裁量档次{whom}", (Said(law),), tuple(rows))


def _frequency(catalogue: Catalogue, matter: CatalogueMatter | None, day: date) -> Iterator[Section]:
    if matter is None:
        return
    rows = [r for r in catalogue.at("frequency", day) if r["agency"] == matter.agency.code
            and r["field"] in (matter.field, "不限")]
    row = next((r for r in rows if r["field"] == matter.field), rows[0] if rows else None)
    if row is not None:
        rule = rules()["IN-04"]
        yield Section("涉企检查频次", (
            Said(f"每年不超过{row['yearly']}次（{row['source']}）", mark_of(row["confidence"])),
            Said(f"{rule.text}（{rule.law}）", mark_of(rule.confidence))))
