"""Languages beside Chinese: reads and writes their catalogues, and says the core's sentences in them.

A catalogue is a Qt Linguist file (TS 2.1) in ``resources/languages``. Chinese is the source; a
sentence may have named holes, as ``str.format`` writes them.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from lxml import etree

from field_app.paths import RESOURCES

FOLDER = RESOURCES / "languages"
CHINESE = "zh"
LANGUAGES: Mapping[str, str] = {CHINESE: "简体中文", "en": "English"}
UI, CORE, DATA = "ui", "core", "data"  # said by screens, by the core, by forms, procedures and rules

_HAN = re.compile(r"[\u3000-\u303f\u3400-\u9fff\uff00-\uffef]")
_CHARACTER = re.compile(r"[\u3400-\u9fff]")
_HOLE = re.compile(r"\{(\w+)(?:![rsa])?(?::[^{}]*)?\}")
_DATE = re.compile(r"(\d{4})年(\d{1,2})月(\d{1,2})日")
_QUOTED = re.compile(r"([^《]*)《([^《》]+)》(.*)", re.DOTALL)
_ASIDE = re.compile(r"(.+?)(（(?:[^（）]|（[^（）]*）)+）)", re.DOTALL)
_NUMERAL = "[零一二三四五六七八九十百]+"
# Pieces of a citation: a law's title, the number of a document, article, paragraph, item, and what joins them.
_CITED = re.compile(rf"《([^《》]+)》|([\u4e00-\u9fff]+〔\d{{4}}〕\d+号)|第({_NUMERAL})(条|款|项)"
                    rf"|第（({_NUMERAL})）项|([、，；])")
_PARTS = {"条": "article", "款": "paragraph", "项": "item"}
_DIGITS = {word: value for value, word in enumerate("零一二三四五六七八九")}
# What can stand in a hole that touches another one: without it nobody could tell where one ends.
_SHAPES = {
    "amount": r"\d+", "seconds": r"\d+", "fen": r"\d+", "number": r"[A-Za-z0-9-]+",
    "unit_words": "个?工作日|个月|日|年", "within": "后|内|届满，",
    "party_type": "公民|法人|其他组织|个体工商户", "pace": "慢|快",
    "roles": "两名以上执法人员|机关负责人集体|机关负责人|法制审核人员|听证主持人|立卷人|检查人"}
# What joins sentences and lists, and what stands for it.
_JOINS = (("\n", "\n"), ("(?<=。)", " "), ("；", "; "), ("　", "  "), ("，", ", "), ("：", ": "), ("、", ", "),
          (" ", " "))
_OPENS, _CLOSES = "（《“", "）》”"
_DEEPEST = 6


@dataclass(frozen=True)
class Message:
    """One sentence. ``place``: the file it was found in; ``gone``: no longer said, kept for translators."""

    context: str
    source: str
    translation: str = ""
    place: str = ""
    gone: bool = False


def holes(text: str) -> frozenset[str]:
    """The names of what is filled in."""
    return frozenset(m.group(1) for m in _HOLE.finditer(text.replace("{{", "").replace("}}", "")))


def catalogue(language: str) -> Path:
    """The file that translators write."""
    return FOLDER / f"{language}.ts"


def compiled(language: str) -> Path:
    """What Qt reads, made from the catalogue."""
    return FOLDER / f"{language}.qm"


def read(path: Path) -> list[Message]:
    """Every message of a catalogue, in its order. Raises ``OSError`` or ``ValueError``."""
    try:
        tree = etree.parse(str(path), etree.XMLParser(resolve_entities=False, no_network=True))
    except etree.XMLSyntaxError as error:
        raise ValueError(f"{path.name}: {error}") from error
    found = []
    for context in tree.getroot().iter("context"):
        name = context.findtext("name") or ""
        for one in context.iter("message"):
            place, said = one.find("location"), one.find("translation")
            found.append(Message(
                name, one.findtext("source") or "", (said.text or "") if said is not None else "",
                str(place.get("filename") or "") if place is not None else "",
                said is not None and said.get("type") == "vanished"))
    return found


def write(path: Path, language: str, messages: Iterable[Message]) -> None:
    """Write a catalogue beside and rename; the same messages make the same bytes."""
    root = etree.Element("TS", version="2.1", language=language, sourcelanguage="zh_CN")
    contexts: dict[str, etree._Element] = {}
    for one in messages:
        if one.context not in contexts:
            contexts[one.context] = etree.SubElement(root, "context")
            etree.SubElement(contexts[one.context], "name").text = one.context
        node = etree.SubElement(contexts[one.context], "message")
        if one.place:
            etree.SubElement(node, "location", filename=one.place)
        etree.SubElement(node, "source").text = one.source
        said = etree.SubElement(node, "translation")
        said.text = one.translation
        if one.gone:
            said.set("type", "vanished")
        elif not one.translation:
            said.set("type", "unfinished")
    etree.indent(root, "    ")
    beside = path.with_name(path.name + ".part")
    beside.write_bytes(etree.tostring(root, encoding="utf-8", xml_declaration=True, doctype="<!DOCTYPE TS>") + b"\n")
    beside.replace(path)


class _Pattern:
    """A sentence with holes that knows whether a finished sentence was made from it."""

    def __init__(self, source: str, translation: str) -> None:
        self.translation = translation
        pieces = _HOLE.split(source.replace("{{", "\0").replace("}}", "\1"))
        self.fixed = [p.replace("\0", "{").replace("\1", "}") for p in pieces[::2]]
        self.weight = sum(map(len, self.fixed))
        self.longest = max(self.fixed, key=len)
        # So little said is said by names too; then only figures and Latin letters can stand in it.
        weak = len(_CHARACTER.findall("".join(self.fixed))) < 2
        shapes = _SHAPES | {"count": r"\d+"} if weak else _SHAPES
        shaped = {name.rstrip("_0123456789") for name in pieces[1::2]} & shapes.keys()
        anything = r"[^\u3400-\u9fff]*?" if weak and not shaped else ".*?"
        made, seen = re.escape(self.fixed[0]), set[str]()
        for at, name in enumerate(pieces[1::2]):
            between = self.fixed[at:at + 2]
            touches = "" in (between[:1] if at else []) + (between[1:] if at + 2 < len(self.fixed) else [])
            shape = shapes.get(name.rstrip("_0123456789"), anything) if touches or weak else anything
            made += f"(?P={name})" if name in seen else f"(?P<{name}>{shape})"
            made += re.escape(self.fixed[at + 1])
            seen.add(name)
        self._made = made
        self._reads: tuple[re.Pattern[str], ...] = ()

    def of(self, text: str) -> dict[str, str] | None:
        """What stands in the holes of ``text``; None when it is another sentence."""
        if self.longest not in text or not text.startswith(self.fixed[0]) or not text.endswith(self.fixed[-1]):
            return None
        if not self._reads:
            self._reads = (re.compile(self._made, re.DOTALL), re.compile(self._made.replace(".*?", ".*"), re.DOTALL))
        for read in self._reads:
            # Half of a pair of brackets stands in no hole; the hole then ends with a later bracket.
            if (found := read.fullmatch(text)) is not None and not any(map(_torn, found.groups())):
                return found.groupdict()
        return None


class Sentences:
    """Says finished Chinese sentences in another language: whole ones, ones with holes, and parts of both.

    What it does not know, as names and what officers wrote, it leaves as it is.
    """

    def __init__(self, messages: Iterable[Message]) -> None:
        self._whole: dict[str, str] = {}
        patterns = []
        order = {UI: 0, DATA: 1}  # What is shown by itself goes before what stands within sentences.
        for one in sorted(messages, key=lambda m: order.get(m.context, 2)):
            if one.gone or not one.translation:
                continue
            if not holes(one.source):
                self._whole.setdefault(one.source.replace("{{", "{").replace("}}", "}"),
                                       one.translation.replace("{{", "{").replace("}}", "}"))
            elif one.context != UI:
                patterns.append(_Pattern(one.source, _HOLE.sub(r"{\1}", one.translation)))
        self._patterns = sorted(patterns, key=lambda p: -p.weight)
        self.said = lru_cache(maxsize=4096)(self._said)

    def _said(self, text: str) -> str:
        return self._say(text, 0)

    def _say(self, text: str, depth: int) -> str:
        if depth > _DEEPEST or not _HAN.search(text):
            return text
        if (known := self._known(text, depth)) is not None:
            return known
        if text.find("。") == len(text) - 1 and (bare := self._say(text[:-1], depth + 1)) != text[:-1]:
            return f"{bare}."
        return self._parts(text, depth)

    def _known(self, text: str, depth: int) -> str | None:
        """A sentence of ours, whole; None for any other text."""
        if (whole := self._whole.get(text)) is not None:
            return whole
        for pattern in self._patterns:
            if (filled := pattern.of(text)) is not None:
                return pattern.translation.format(**{k: self._say(v, depth + 1) for k, v in filled.items()})
        return None

    def _cited(self, text: str, depth: int) -> str:
        """A citation: titles and numbers of articles; empty when it is something else."""
        made, end = "", 0
        for piece in _CITED.finditer(text):
            if piece.start() != end:
                return ""
            title, document, number, part, item, mark = piece.groups()
            end = piece.end()
            if mark:
                made = made.rstrip() + ("; " if mark == "；" else ", ")
            elif title:
                made += f"\"{self._say(title, depth + 1)}\" "
            else:
                made += f"{document} " if document else f"{_PARTS[part or '项']} {_number(number or item)} "
        return made.rstrip() if end == len(text) else ""

    def _parts(self, text: str, depth: int) -> str:
        """What is no sentence of ours as a whole: a citation, a date, several sentences or words, a title, an aside."""
        cited, date = self._cited(text, depth), _DATE.fullmatch(text)
        if cited or date:
            return cited or "-".join(f"{int(part):02d}" for part in date.groups()) if date else cited
        for end, instead in _JOINS:
            pieces = [p for p in _apart(end, text) if p or instead == "\n"]
            made = [self._say(p, depth + 1) for p in pieces] if len(pieces) > 1 else pieces
            if made != pieces:
                return instead.join(made)
        if (found := _ASIDE.fullmatch(text)) and (made_aside := self._aside(*found.groups(), depth=depth + 1)) != text:
            return made_aside
        if found := _QUOTED.fullmatch(text):
            before, title, after = (self._say(part, depth + 1) for part in found.groups())
            return f"{_spaced(before)}\"{title}\"{_spaced(after, first=True)}"
        return text

    def _aside(self, body: str, aside: str, *, depth: int) -> str:
        """``body（aside）``; the brackets may belong to a sentence of ours."""
        known = self._known(aside, depth)
        made, inside = self._say(body, depth), self._say(aside[1:-1], depth)
        if known is None and (made, inside) == (body, aside[1:-1]):
            return body + aside
        return made + (f" ({inside})" if known is None else known)


def _torn(text: str) -> bool:
    """Whether brackets or quotation marks of ``text`` have lost their other half."""
    deep = 0
    for character in text:
        deep += (character in _OPENS) - (character in _CLOSES)
        if deep < 0:
            return True
    return deep > 0


def _apart(end: str, text: str) -> list[str]:
    """The pieces between ``end``; what stands in brackets or quotation marks stays together."""
    glue = "" if end.startswith("(") else end
    made: list[str] = []
    deep = 0
    for piece in re.split(end, text):
        if deep:
            made[-1] += glue + piece
        else:
            made.append(piece)
        deep = max(0, deep + sum(map(piece.count, _OPENS)) - sum(map(piece.count, _CLOSES)))
    return made


def _spaced(text: str, *, first: bool = False) -> str:
    """``text`` with a space to its end (or beginning) where a Latin letter stands there."""
    if not text or not text[0 if first else -1].isascii() or not text[0 if first else -1].isalnum():
        return text
    return f" {text}" if first else f"{text} "


def _number(words: str) -> int:
    """A Chinese numeral below a thousand."""
    total, digit = 0, 0
    for word in words:
        if word in "十百":
            total, digit = total + max(digit, 1) * (10 if word == "十" else 100), 0
        else:
            digit = _DIGITS[word]
    return total + digit


def sentences(language: str) -> Sentences:
    """The sentences of a language. Raises ``OSError`` or ``ValueError`` when its catalogue cannot be read."""
    return Sentences(read(catalogue(language)))
