"""What applying one order did, as it is kept, told and put on record."""

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Applied:
    """``title``: what it was, in words; ``older``: nothing changed, for ``problem`` says why;
    ``facts``: members of the event; ``lines``: what it tells."""

    title: str
    older: bool = False
    problem: str = ""
    case: str = ""
    facts: dict[str, Any] = field(default_factory=dict)
    lines: tuple[dict[str, str], ...] = ()
