"""An inquiry record while it is written: questions and answers that are inserted, moved, asked.

Values never change; every operation gives a new :class:`Dialogue`, so that undo is keeping the
old one.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

MAX_PAIRS = 500


@dataclass(frozen=True)
class Pair:
    """One question and its answer, in the words that were spoken."""

    question: str = ""
    answer: str = ""

    @property
    def empty(self) -> bool:
        return not (self.question.strip() or self.answer.strip())


@dataclass(frozen=True)
class Dialogue:
    """Pairs in order. Places are counted from 0; a place outside raises ``IndexError``."""

    pairs: tuple[Pair, ...] = ()

    @classmethod
    def from_answers(cls, value: Any) -> "Dialogue":
        """From the stored shape ``[{"q", "a"}]``; anything else counts as empty."""
        if not isinstance(value, list):
            return cls()
        return cls(tuple(Pair(str(p.get("q", "")), str(p.get("a", "")))
                         for p in value if isinstance(p, dict)))

    def to_answers(self) -> list[dict[str, str]]:
        """The stored shape: trimmed, without empty pairs."""
        return [{"q": p.question.strip(), "a": p.answer.strip()}
                for p in self.pairs if not p.empty]

    def insert(self, place: int, pair: Pair | None = None) -> "Dialogue":
        """A new pair before ``place`` (``len(pairs)`` puts it last)."""
        if not 0 <= place <= len(self.pairs):
            raise IndexError(place)
        if len(self.pairs) >= MAX_PAIRS:
            raise ValueError(f"a record has at most {MAX_PAIRS} questions")
        return Dialogue((*self.pairs[:place], pair or Pair(), *self.pairs[place:]))

    def remove(self, place: int) -> "Dialogue":
        self.pairs[place]
        return Dialogue(self.pairs[:place] + self.pairs[place + 1:])

    def change(self, place: int, *, question: str | None = None,
               answer: str | None = None) -> "Dialogue":
        """Other words for one question or answer."""
        old = self.pairs[place]
        new = Pair(old.question if question is None else question,
                   old.answer if answer is None else answer)
        return Dialogue((*self.pairs[:place], new, *self.pairs[place + 1:]))

    def move(self, place: int, to: int) -> "Dialogue":
        """The pair at ``place`` comes to stand at ``to``; the others close up and make room."""
        pair = self.pairs[place]
        self.pairs[to]
        rest = [*self.pairs[:place], *self.pairs[place + 1:]]
        return Dialogue((*rest[:to], pair, *rest[to:]))

    def ask(self, questions: Iterable[str]) -> "Dialogue":
        """Outline questions at the end; those asked already are not asked twice."""
        asked = {p.question.strip() for p in self.pairs}
        kept = [p for p in self.pairs if not p.empty]
        new = []
        for question in questions:
            if question.strip() and question.strip() not in asked:
                asked.add(question.strip())
                new.append(Pair(question.strip()))
        return Dialogue((*kept, *new)[:MAX_PAIRS])

    def unanswered(self) -> Sequence[int]:
        """Places of questions without an answer, and of answers without a question."""
        return [n for n, p in enumerate(self.pairs)
                if not p.empty and not (p.question.strip() and p.answer.strip())]
