"""Chinese search: overlapping pairs of characters, written as code points.

Tokenizers either join a whole sentence or need three characters; names have two. Each text is
stored as tokens ``<code>x<code>`` of every two neighbours, and ``<code>x`` for the last, so that two
or more characters are found, rare ones outside every tokenizer's tables too. Each character by
itself is one token ``<code>`` behind all texts, so that one is found as fast as two.
"""

import hashlib
import unicodedata
from collections.abc import Sequence
from datetime import datetime
from itertools import pairwise

from sqlalchemy import Integer, Select, column, select, text

from field_app.storage.store import Tx

_LAST_ROW = (1 << 63) - 1


def _plain(value: str) -> str:
    return "".join(
        c for c in unicodedata.normalize("NFKC", value).lower()
        if not c.isspace() and not unicodedata.category(c).startswith("P"))


def grams(value: str) -> str:
    """The tokens of one text, separated by spaces."""
    plain = _plain(value)
    pairs = [f"{ord(a):x}x{ord(b):x}" for a, b in pairwise(plain)]
    return " ".join([*pairs, *([f"{ord(plain[-1]):x}x"] if plain else [])])


def _singles(texts: list[str]) -> str:
    return " ".join(f"{ord(c):x}" for c in sorted({c for value in texts for c in _plain(value)}))


def _query(words: str) -> str:
    parts = []
    for word in words.split():
        plain = _plain(word)
        if len(plain) == 1:
            parts.append(f'"{ord(plain):x}"')
        elif plain:
            pairs = " ".join(f"{ord(a):x}x{ord(b):x}" for a, b in pairwise(plain))
            parts.append(f'"{pairs}"')
    return " AND ".join(parts)


def row_of(case: str, opened: datetime) -> int:
    """Where a case stands in the index: later cases further on, the same case at the same place.

    Milliseconds since 1970, then 20 bits of the id: the newest are found first without sorting, and
    a case's row is found without reading the others.
    """
    bits = int.from_bytes(hashlib.sha256(case.encode()).digest()[:3], "big") >> 4
    return int(opened.timestamp() * 1000) << 20 | bits


def _all_grams(texts: list[str]) -> str:
    """A break stands between texts: no pair spans two."""
    return " | ".join([*map(grams, texts), _singles(texts)])


def index_each(tx: Tx, found_by: Sequence[tuple[str, datetime, list[str]]]) -> None:
    """Replace what cases are found by: id, when opened, texts."""
    rows = [{"row": row_of(case, opened), "id": case, "grams": _all_grams(texts)} for case, opened, texts in found_by]
    tx.connection.execute(text("DELETE FROM case_search WHERE rowid = :row"), rows)
    tx.connection.execute(
        text("INSERT INTO case_search (rowid, case_id, grams) VALUES (:row, :id, :grams)"), rows)


def index_papers(tx: Tx, found_by: Sequence[tuple[int, list[str]]]) -> None:
    """Replace what papers are found by: ordinal, texts."""
    rows = [{"row": ordinal, "grams": _all_grams(texts)} for ordinal, texts in found_by]
    if not rows:
        return
    tx.connection.execute(text("DELETE FROM paper_search WHERE rowid = :row"), rows)
    tx.connection.execute(text("INSERT INTO paper_search (rowid, grams) VALUES (:row, :grams)"), rows)


def papers_with(words: str) -> Select[tuple[int]] | None:
    """A query for the ordinals of papers that hold every word; None when ``words`` say nothing."""
    query = _query(words)
    return None if not query else select(
        text("SELECT rowid FROM paper_search WHERE paper_search MATCH :query")
        .bindparams(query=query).columns(column("rowid", Integer)).subquery().c.rowid)


def _row_at(moment: datetime) -> int:
    """The first row that a case opened then can stand at."""
    return int(moment.timestamp() * 1000) << 20


def find_cases(tx: Tx, words: str, *, limit: int = 200, since: datetime | None = None,
               until: datetime | None = None) -> list[str] | None:
    """Ids of cases that hold every word, opened from ``since`` on and before ``until``, newest first;
    None when ``words`` say nothing."""
    query = _query(words)
    if not query:
        return None
    rows = tx.connection.execute(
        text("SELECT case_id FROM case_search WHERE case_search MATCH :query "
             "AND rowid >= :first AND rowid < :end ORDER BY rowid DESC LIMIT :limit"),
        {"query": query, "limit": limit, "first": 0 if since is None else _row_at(since),
         "end": _LAST_ROW if until is None else _row_at(until)})
    return [row[0] for row in rows]
