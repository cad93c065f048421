"""Papers of one case must say the same: name, numbers, address, person in charge."""

from collections.abc import Iterable, Mapping
from typing import Any

from field_app.domain.reasons import Reason
from field_app.rules.table import rules

# Members of the party that no two papers of a case may tell differently, and their labels.
_PARTY = {"name": "当事人名称", "uscc": "统一社会信用代码", "id_no": "证件号码",
          "addr": "住所", "legal_rep": "法定代表人"}
_PLACES = ("PARTY", "addressee", "party")


def _party(answers: Mapping[str, Any]) -> tuple[str, Mapping[str, Any]] | None:
    for place in _PLACES:
        found = answers.get(place)
        if isinstance(found, Mapping) and found.get("name"):
            return place, found
    return None


def _same(one: Any, two: Any) -> bool:
    return "".join(str(one).split()).upper() == "".join(str(two).split()).upper()


def disagreements(answers: Mapping[str, Any],
                  issued: Iterable[tuple[str, Mapping[str, Any]]]) -> list[Reason]:
    """What this paper says otherwise than a paper already issued (title and answers each)."""
    here = _party(answers)
    if here is None:
        return []
    place, party = here
    found: list[Reason] = []
    told: set[str] = set()
    for title, other_answers in issued:
        other = _party(other_answers)
        if other is None:
            continue
        for key, label in _PARTY.items():
            ours, theirs = party.get(key), other[1].get(key)
            if ours and theirs and key not in told and not _same(ours, theirs):
                told.add(key)
                found.append(rules()["AGREE"].reason(
                    f"{label}“{ours}”与已定稿的《{title}》里的“{theirs}”不同",
                    where=f"{place}.{key}"))
    return found
