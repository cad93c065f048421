"""The law picker: statutes by full title, citations in printed form, and citations found wrong."""

import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any

from field_app.domain.reasons import Reason
from field_app.paths import RESOURCES
from field_app.rules.table import RulesBroken, rules

FORMAT = "le-laws/1"
_DIGITS = "零一二三四五六七八九"
_CITATION = re.compile(r"《([^《》]{2,80})》((?:第[零〇一二三四五六七八九十百千\d]+条)?)")
_LIMIT = 10_000


@dataclass(frozen=True)
class Law:
    """One statute. ``articles``: how many the edition has; ``confidence`` V, P, M or I."""

    title: str
    level: str
    edition: str
    effective: date
    articles: int
    confidence: str


def read_laws(path: Path) -> tuple[Law, ...]:
    """All statutes of one file; :class:`RulesBroken` names what is wrong."""
    try:
        raw = tomllib.loads(path.read_text("utf-8"))
        if raw["format"] != FORMAT:
            raise RulesBroken(f"{path.name}: unknown format")
        found = tuple(Law(r["title"], r["level"], r["edition"], r["effective"], r["articles"],
                          r["confidence"]) for r in raw["law"])
    except (OSError, KeyError, ValueError, TypeError) as error:
        raise RulesBroken(f"{path.name}: {error}") from error
    if len({law.title for law in found}) != len(found):
        raise RulesBroken(f"{path.name}: a title stands twice")
    return found


@lru_cache(maxsize=2)
def laws(version: int = 1) -> tuple[Law, ...]:
    """The statutes of a version, in the order they are offered."""
    return read_laws(RESOURCES / "laws" / f"{version}.toml")


def numeral(number: int) -> str:
    """1 to 9999 as in statutes: 十一, 一百零五, 一百一十."""
    if not 1 <= number < _LIMIT:
        raise ValueError("articles are numbered from 1 to 9999")
    words, zero = "", False
    for unit, name in ((1000, "千"), (100, "百"), (10, "十"), (1, "")):
        digit = number // unit % 10
        if digit:
            words += ("零" if zero and words else "") + _DIGITS[digit] + name
            zero = False
        else:
            zero = bool(words)
    return words[1:] if words.startswith("一十") else words


def number_of(words: str) -> int:
    """The number a statute's numeral stands for; ``ValueError`` when it is none."""
    if words.isdecimal():
        return int(words)
    total = digit = 0
    for char in words:
        if char in "零〇":
            continue
        if char in _DIGITS:
            digit = _DIGITS.index(char)
        elif char in "十百千":
            total += (digit or 1) * {"十": 10, "百": 100, "千": 1000}[char]
            digit = 0
        else:
            raise ValueError(words)
    return total + digit


def cite(law: Law, article: int, *, paragraph: int = 0, item: int = 0) -> str:
    """``《全称》第…条第…款第（…）项``; 0 leaves paragraph or item out."""
    if not 1 <= article <= law.articles:
        raise ValueError(f"{law.title} has articles 1 to {law.articles}")
    text = f"《{law.title}》第{numeral(article)}条"
    if paragraph:
        text += f"第{numeral(paragraph)}款"
    if item:
        text += f"第（{numeral(item)}）项"
    return text


def cited_titles(text: str) -> frozenset[str]:
    """Full titles between 《》 in a text."""
    return frozenset(title for title, _ in _CITATION.findall(text))


def doubtful_citations(text: str) -> list[str]:
    """What is wrong with the citations in a text, in Chinese; titles unknown here are not judged.

    Finds a short title where the full one is known (DC-13) and an article beyond the last.
    """
    by_title = {law.title: law for law in laws()}
    short = {law.title.removeprefix("中华人民共和国"): law for law in laws()}
    found = []
    for title, article in _CITATION.findall(text):
        if title in short:
            found.append(f"“《{title}》”应写全称“《{short[title].title}》”")
        law = by_title.get(title) or short.get(title)
        if law is None or not article:
            continue
        number = number_of(article[1:-1])
        if not 1 <= number <= law.articles:
            found.append(f"《{law.title}》（{law.edition}）没有{article}，全文共{law.articles}条")
    return found


def _texts(value: Any, path: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, str):
        yield path, value
    elif isinstance(value, dict):
        for key, inner in value.items():
            yield from _texts(inner, f"{path}.{key}" if path else str(key))
    elif isinstance(value, list):
        for place, inner in enumerate(value):
            yield from _texts(inner, f"{path}[{place}]")


def citation_reasons(answers: dict[str, Any]) -> list[Reason]:
    """DC-13 over all answers, each finding at its place."""
    return [rules()["DC-13"].reason(found, where=path)
            for path, text in _texts(answers, "") for found in doubtful_citations(text)]
