"""Articles of law and what this program tells of each: from rules, terms and a catalogue's bases."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from field_app.rules.laws import Law, laws, number_of
from field_app.rules.procedure import bases
from field_app.rules.table import Rule, rules
from field_app.rules.terms import Term, terms

_PART = re.compile(r"《([^《》]{2,80})》|([^；、，《》]{2,40}?〔\d{4}〕\d+号)")
_ARTICLE = re.compile(r"第[零〇一二三四五六七八九十百千\d]+条(?:第[一二三四五六七八九十]+款)?"
                      r"(?:第（?[一二三四五六七八九十]+）?项)?")
_LAST = 100_000
_UNITS = {"hour": "小时", "day": "日", "workday": "个工作日", "month": "个月", "year": "年"}


@dataclass(frozen=True)
class Cited:
    """A place in a law: its full title (or the number of a document) and the article, empty for the
    whole."""

    law: str
    article: str

    @property
    def words(self) -> str:
        return f"{named(self.law)}{self.article}"


@dataclass(frozen=True)
class ArticleNote:
    """What is told of an article. ``rule``: the rule or term it stands behind; ``text``: what the
    article asks, in our words; ``since`` and ``until``: when that is in force, as far as known."""

    at: Cited
    rule: str
    text: str
    confidence: str
    since: date | None = None
    until: date | None = None

    def in_force(self, day: date) -> bool:
        return (self.since is None or self.since <= day) and (self.until is None or day <= self.until)


def named(law: str) -> str:
    """A statute in its brackets; a document goes by its number."""
    return law if law.endswith("号") else f"《{law}》"


def cited_in(text: str) -> Iterator[Cited]:
    """Every article that a basis names: ``《…》第一条、第二条；《…》第三条`` names three."""
    found = list(_PART.finditer(text))
    for place, part in enumerate(found):
        law = (part[1] or part[2]).strip()
        end = found[place + 1].start() if place + 1 < len(found) else len(text)
        articles = _ARTICLE.findall(text[part.end():end])
        if articles:
            yield from (Cited(law, article) for article in articles)
        else:
            yield Cited(law, "")


def _term_words(term: Term) -> str:
    unit = _UNITS.get(term.length.unit)
    length = f"{term.length.amount}{unit}：" if unit else ""
    return f"{term.event}，{length}{term.duty}"


def _of_rule(rule: Rule) -> Iterator[ArticleNote]:
    for at in cited_in(rule.law):
        yield ArticleNote(at, rule.id, rule.text, rule.confidence, rule.effective_from, rule.effective_to)


@lru_cache(maxsize=1)
def article_notes() -> tuple[ArticleNote, ...]:
    """All of them, by law in the order laws are offered, then by article."""
    found = [note for rule in (*rules().values(), *bases().values()) for note in _of_rule(rule)]
    for term in terms().values():
        found += [ArticleNote(at, term.id, _term_words(term), term.confidence)
                  for at in cited_in(term.law)]
    order = {law.title: place for place, law in enumerate(laws())}
    return tuple(sorted(dict.fromkeys(found), key=lambda n: (
        order.get(n.at.law, _LAST), n.at.law, _number(n.at.article), n.rule)))


def _number(article: str) -> int:
    if not article:
        return 0
    try:
        return number_of(article[1:article.index("条")])
    except ValueError:
        return _LAST


def law_titled(title: str) -> Law | None:
    """What is known of the statute of that full title."""
    return next((law for law in laws() if law.title == title), None)


def laws_told() -> tuple[str, ...]:
    """Every statute and document that anything is told of, those with their edition first."""
    return tuple(dict.fromkeys([*(law.title for law in laws()), *(n.at.law for n in article_notes())]))
