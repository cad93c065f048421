"""Document numbers, record numbers, and the short code printed on every sheet."""

import hashlib
from dataclasses import dataclass

# No 0/O, 1/I/L, 2/Z, 5/S, 8/B, U/V: what is read out over the telephone is not mistaken.
_ALPHABET = "34679ACDEFGHJKMNPQRTWXY"
_SHORT = 9


@dataclass(frozen=True)
class Series:
    """A yearly series of document numbers (字号): area and agency in short, and the kind word.

    ``with_di`` writes 第 before the number, as some agencies do.
    """

    area: str
    agency_word: str
    kind_word: str
    with_di: bool = False


def document_number(series: Series, *, year: int, number: int) -> str:
    """``武演责改〔2026〕12号``: year in 〔〕, the number without padding (GB/T 9704)."""
    if number < 1 or not 1000 <= year <= 9999:
        raise ValueError("a document number needs a four-figure year and a number from 1")
    di = "第" if series.with_di else ""
    return f"{series.area}{series.agency_word}{series.kind_word}〔{year}〕{di}{number}号"


def record_number(case_no: str, kind_word: str, sequence: int) -> str:
    """``案号-文种-序`` for records (笔录), which take no number of a series."""
    if sequence < 1:
        raise ValueError("records are numbered from 1")
    return f"{case_no}-{kind_word}-{sequence}"


def short_code(data: bytes) -> str:
    """Nine characters that name ``data`` for people to compare: about 40 bits of its SHA-256."""
    number = int.from_bytes(hashlib.sha256(data).digest(), "big")
    code = ""
    for _ in range(_SHORT):
        number, digit = divmod(number, len(_ALPHABET))
        code += _ALPHABET[digit]
    return code
