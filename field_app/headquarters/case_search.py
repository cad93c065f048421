"""Finds received cases by any one or more characters of what they say, the newest first.

Tokenizers either join a whole sentence or need three characters; names have two. So every two neighbouring
characters are one token, and every character by itself is one more: in SQLite of a full-text index, in
PostgreSQL of an array with a GIN index, which needs no extension there. What a case says is kept beside it in
plain form (``words``): it is what tokens of an older revision are taken out by, and what PostgreSQL, whose
tokens know no order, holds longer words to.
"""

import hashlib
import unicodedata
import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise

from sqlalchemy import Connection, func, select, text

from field_app.headquarters.tables import case_file

MAX_WORDS, MAX_QUERY = 6, 80
_SAME_MOMENT, _MANY = 20, 5000
_LAST_MS = (1 << 63 - _SAME_MOMENT) - 2


@dataclass(frozen=True)
class Found:
    """How many cases hold every word, and those of them that were asked for."""

    total: int
    packages: list[str]


def _plain(value: str) -> str:
    """One form of what looks the same or is typed alike: full width, ligatures, capitals."""
    return unicodedata.normalize("NFKC", value).lower().replace("\0", "\ufffd")


def words_of(texts: Iterable[str | None]) -> str:
    """What a case is found by, one text a line."""
    return "\n".join(" ".join(_plain(value).split()) for value in texts if value)


def _pairs(line: str) -> list[str]:
    return [f"{ord(a):x}x{ord(b):x}" for a, b in pairwise(line)]


def _single(sign: str) -> str:
    return f"{ord(sign):x}"


def _tokens(words: str) -> list[str]:
    """Pairs in their order, a token between texts that no pair spans, and behind them every character.

    Whoever changes this has a migration index everything anew: tokens are taken out as they were put in.
    """
    made = []
    for line in words.split("\n"):
        made += [*_pairs(line), "z"]
    return [*made, *map(_single, sorted(set(words) - {"\n", " "}))]


def free_place(connection: Connection, package: str, opened: datetime) -> int:
    """Where a case stands in the order of all: by when it was opened, no two at one place.

    Milliseconds since 1970, then 20 bits of the package, the next free ones if need be: rebuilding finds the
    same. A laptop may tell any year; what is too far off stands at the end.
    """
    moment = max(-_LAST_MS, min(_LAST_MS, int(opened.timestamp() * 1000)))
    bits = int.from_bytes(hashlib.sha256(package.encode()).digest()[:4], "big") >> 32 - _SAME_MOMENT
    place = moment << _SAME_MOMENT | bits
    while connection.execute(select(case_file.c.package).where(case_file.c.place == place)).first() is not None:
        place += 1
    return place


def _numbers(tokens: Iterable[str]) -> list[int]:
    """Tokens as 32-bit numbers: a third of the room, and two that share one are told apart by the words."""
    return sorted({zlib.crc32(token.encode()) - (1 << 31) for token in tokens})


def _is_postgres(connection: Connection) -> bool:
    return connection.dialect.name == "postgresql"


def keep_words(connection: Connection, rows: Sequence[tuple[str, int, str]]) -> None:
    """Let cases be found: package, place, words of each. What was known of them is let go of before."""
    if _is_postgres(connection):
        connection.execute(
            text("INSERT INTO case_gram (package, place, words, grams) VALUES (:package, :place, :words, :grams)"),
            [{"package": package, "place": place, "words": words, "grams": _numbers(_tokens(words))}
             for package, place, words in rows])
        return
    connection.execute(
        text("INSERT INTO case_gram (rowid, grams) VALUES (:place, :grams)"),
        [{"place": place, "grams": " ".join(_tokens(words))} for _package, place, words in rows])


def forget_words(connection: Connection, package: str) -> None:
    """Let a case be found no more; its row of ``case_file`` must still stand."""
    if _is_postgres(connection):
        connection.execute(text("DELETE FROM case_gram WHERE package = :package"), {"package": package})
        return
    known = connection.execute(select(case_file.c.place, case_file.c.words).where(
        case_file.c.package == package)).first()
    if known is not None:
        connection.execute(
            text("INSERT INTO case_gram (case_gram, rowid, grams) VALUES ('delete', :place, :grams)"),
            {"place": known.place, "grams": " ".join(_tokens(known.words))})


def forget_all(connection: Connection) -> None:
    """Let no case be found."""
    connection.execute(text(
        "DELETE FROM case_gram" if _is_postgres(connection)
        else "INSERT INTO case_gram (case_gram) VALUES ('delete-all')"))


def find_cases(connection: Connection, query: str, *, limit: int, offset: int) -> Found:
    """Cases in which every word of ``query`` stands; all of them when it says nothing.

    ``offset`` past the last case gives the last ``limit`` or fewer, from a whole multiple of ``limit`` on.
    """
    words = _plain(query[:MAX_QUERY]).split()[:MAX_WORDS]
    if words:
        return (_in_postgres if _is_postgres(connection) else _in_sqlite)(connection, words, limit, offset)
    total = connection.execute(select(func.count()).select_from(case_file)).scalar_one()
    rows = connection.execute(
        select(case_file.c.package).order_by(case_file.c.place.desc(), case_file.c.package.desc())
        .limit(limit).offset(_within(total, limit, offset)))
    return Found(total, list(rows.scalars()))


def _within(total: int, limit: int, offset: int) -> int:
    return max(0, min(offset, (total - 1) // limit * limit))


def _in_sqlite(connection: Connection, words: Sequence[str], limit: int, offset: int) -> Found:
    asked = {"asked": " AND ".join(
        f'"{" ".join(_pairs(word)) if len(word) > 1 else _single(word)}"' for word in words)}
    total = connection.execute(
        text("SELECT count(*) FROM case_gram WHERE case_gram MATCH :asked"), asked).scalar_one()
    places = list(connection.execute(
        text("SELECT rowid FROM case_gram WHERE case_gram MATCH :asked ORDER BY rowid DESC"
             " LIMIT :limit OFFSET :offset"),
        {**asked, "limit": limit, "offset": _within(total, limit, offset)}).scalars()) if total else []
    rows = connection.execute(select(case_file.c.package).where(case_file.c.place.in_(places))
                              .order_by(case_file.c.place.desc()))
    return Found(total, list(rows.scalars()))


def _in_postgres(connection: Connection, words: Sequence[str], limit: int, offset: int) -> Found:
    grams = [gram for word in words for gram in (_pairs(word) if len(word) > 1 else [_single(word)])]
    asked = {"grams": _numbers(grams), "limit": limit, **{f"word{n}": word for n, word in enumerate(words)}}
    # Pairs of a longer word may stand apart, and two pairs may share a number: the words decide.
    said = " AND ".join(f"position(:word{n} IN words) > 0" for n in range(len(words)))
    held = f"grams @> CAST(:grams AS integer[]) AND {said}"
    # Holding every row's numbers to those asked for takes much longer than the index does, however many it finds.
    connection.execute(text("SET LOCAL enable_seqscan = off"))
    total = connection.execute(
        text(f"SELECT count(*) FROM case_gram WHERE {held}"), asked).scalar_one()  # noqa: S608
    # Of very many the newest are soon come across; few are taken by the index and put in order (the sum keeps
    # the planner from walking through all).
    where, order = (said, "place") if total > _MANY else (held, "place + 0")
    rows = connection.execute(
        text(f"SELECT package FROM case_gram WHERE {where} ORDER BY {order} DESC, package DESC"  # noqa: S608
             " LIMIT :limit OFFSET :offset"), {**asked, "offset": _within(total, limit, offset)})
    found = Found(total, list(rows.scalars()))
    connection.execute(text("SET LOCAL enable_seqscan = on"))
    return found
