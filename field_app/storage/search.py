"""Chinese search: overlapping pairs of characters, written as code points.

Tokenizers either join a whole sentence or need three characters; names have two. Each text is
stored as tokens ``<code>x<code>`` of every two neighbours, and ``<code>x`` for the last, so that
one, two or more characters are found, rare ones outside every tokenizer's tables too.
"""

import unicodedata
from itertools import pairwise

from sqlalchemy import text

from field_app.storage.store import Tx


def _plain(value: str) -> str:
    return "".join(
        c for c in unicodedata.normalize("NFKC", value).lower()
        if not c.isspace() and not unicodedata.category(c).startswith("P"))


def grams(value: str) -> str:
    """The tokens of one text, separated by spaces."""
    plain = _plain(value)
    pairs = [f"{ord(a):x}x{ord(b):x}" for a, b in pairwise(plain)]
    return " ".join([*pairs, *([f"{ord(plain[-1]):x}x"] if plain else [])])


def _query(words: str) -> str:
    parts = []
    for word in words.split():
        plain = _plain(word)
        if len(plain) == 1:
            parts.append(f'"{ord(plain):x}x"*')
        elif plain:
            pairs = " ".join(f"{ord(a):x}x{ord(b):x}" for a, b in pairwise(plain))
            parts.append(f'"{pairs}"')
    return " AND ".join(parts)


def index_case(tx: Tx, case: str, texts: list[str]) -> None:
    """Replace what a case is found by. A break stands between texts: no pair spans two."""
    tx.connection.execute(text("DELETE FROM case_search WHERE case_id = :id"), {"id": case})
    tx.connection.execute(
        text("INSERT INTO case_search (case_id, grams) VALUES (:id, :grams)"),
        {"id": case, "grams": " | ".join(grams(t) for t in texts)})


def find_cases(tx: Tx, words: str, *, limit: int = 200) -> list[str] | None:
    """Ids of cases that hold every word, newest first; None when ``words`` say nothing."""
    query = _query(words)
    if not query:
        return None
    rows = tx.connection.execute(
        text("SELECT s.case_id FROM case_search s JOIN case_file c ON c.id = s.case_id "
             "WHERE case_search MATCH :query ORDER BY c.opened DESC LIMIT :limit"),
        {"query": query, "limit": limit})
    return [row[0] for row in rows]
