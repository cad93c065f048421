"""Where a laid paper is signed: the blank lines after words like 被检查人（签名）："""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace

from field_app.documents.layout.display import Op, PictureOp, RuleOp, TextOp
from field_app.documents.layout.pages import LaidDocument
from field_app.documents.strokes import Ink
from field_app.domain.signed import Place

# Words that end in 签名 or in brackets with it: 被询问人（签名、捺指印）, 负责人签名.
_WORDS = re.compile(
    r"([^\u3000：、，。；）\s]*(?:（[^（）]*）)?(?:（[^（）]*签名[^（）]*）|签名[^\u3000：、，。；\s]*))：$")
_NUMBER = re.compile(r"（[^（）]*证号：[^（）]*）")
_NEAR = 3.0  # points between the words' baseline, with its drop, and the line's
_APART = 14.0  # points between the words' end and the line's start
_LEAST = 24.0  # points: shorter lines are no place for a name
_HIGH, _OVER = 23.0, 3.0  # of a signature above its line, and below it
PART = "signature/"


@dataclass(frozen=True)
class SigningPlace:
    """``place`` and where its line runs: ``x`` to ``x2`` at ``y`` points from the sheet's upper
    left corner."""

    place: Place
    x: float
    x2: float
    y: float


def signing_places(laid: LaidDocument) -> tuple[SigningPlace, ...]:
    """All places of a paper, page by page, from top to bottom."""
    return tuple(found for number, ops in enumerate(laid.pages, 1) for found in _of_page(number, ops))


def _of_page(number: int, ops: tuple[Op, ...]) -> list[SigningPlace]:
    rules = sorted((op for op in ops if isinstance(op, RuleOp) and op.y == op.y2
                    and op.x2 - op.x >= _LEAST), key=lambda op: (round(op.y), op.x))
    texts = [op for op in ops if isinstance(op, TextOp)]
    found: list[SigningPlace] = []
    seen: dict[str, int] = {}
    words_at: tuple[float, str] = (-1.0, "")
    for rule in rules:
        before = _before(rule, texts)
        read = _WORDS.search(_NUMBER.sub("", before))
        if read is not None:
            words_at = (rule.y, read[1])
        elif not (before.endswith("、") and abs(words_at[0] - rule.y) < _NEAR):
            continue
        words = words_at[1]
        found.append(SigningPlace(Place(number, words, seen.get(words, 0)), rule.x, rule.x2, rule.y))
        seen[words] = seen.get(words, 0) + 1
    return found


def _before(rule: RuleOp, texts: list[TextOp]) -> str:
    """The words on the line's baseline up to where it starts; empty when it does not follow them,
    or when something is already written on it."""
    from field_app.documents.fonts import advance

    line = sorted((t for t in texts if -1 < rule.y - t.y < 0.3 * t.size + 1), key=lambda t: t.x)
    told, end = "", 0.0
    for text in line:
        if text.x + 1 >= rule.x:
            if text.x + 1 < rule.x2 and text.text.strip("\u3000 "):
                return ""
            break
        # Words of the cell beside it, on the same baseline, are not of this line.
        told = told + text.text if text.x - end < _APART else text.text
        end = text.x + sum(advance(text.face, c) * text.size + text.tracking for c in text.text)
    return told if abs(rule.x - end) < _APART else ""


def with_signatures(laid: LaidDocument, inks: Mapping[Place, Ink]) -> LaidDocument:
    """The paper with room for each ink on its line; painted by the part's name, ``signature/n``.

    ``n`` counts ``inks`` in their order. Places the paper does not have are left out.
    """
    order = {place: n for n, place in enumerate(inks)}
    pages = [list(ops) for ops in laid.pages]
    for spot in signing_places(laid):
        ink = inks.get(spot.place)
        if ink is not None:
            wide = min(spot.x2 - spot.x, (_HIGH + _OVER) / ink.ratio)
            high = wide * ink.ratio
            left = spot.x + (spot.x2 - spot.x - wide) / 2
            lift = min(_OVER, high * 0.2)
            pages[spot.place.page - 1].append(PictureOp(
                left, spot.y - high + lift, wide, high, f"{PART}{order[spot.place]}"))
    return replace(laid, pages=tuple(tuple(ops) for ops in pages))
