"""Officers and auxiliaries as their certificates tell them."""

from dataclasses import dataclass
from datetime import datetime
from enum import Enum


class Role(Enum):
    """What a certificate lets its holder do (种子二(二)(三): auxiliaries only assist)."""

    QUALIFIED = "qualified"
    AUXILIARY = "auxiliary"

    @property
    def label(self) -> str:
        return {"qualified": "执法人员", "auxiliary": "辅助人员"}[self.value]


@dataclass(frozen=True)
class Officer:
    """A certificate holder.

    ``cert_no``: enforcement certificate number (执法证号); ``valid_to``: end of validity, aware;
    ``cert_sha256`` and ``photo_sha256``: lower-case hex.
    """

    name: str
    cert_no: str
    agency: str
    unit: str
    role: Role
    valid_from: datetime
    valid_to: datetime
    cert_sha256: str
    photo_sha256: str = ""


@dataclass(frozen=True)
class Pair:
    """Two different qualified officers who act together (行政处罚法第四十二条)."""

    first: Officer
    second: Officer

    @property
    def both(self) -> tuple[Officer, Officer]:
        return (self.first, self.second)
