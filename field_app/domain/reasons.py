"""A reason: what a rule found, by which law, and what to do about it."""

from dataclasses import dataclass
from enum import Enum


class Level(Enum):
    """How a rule speaks: ``BLOCK`` stops, ``WARN`` takes a reason, ``TIMER`` counts, ``INFO`` tells."""

    BLOCK = "block"
    WARN = "warn"
    TIMER = "timer"
    INFO = "info"


@dataclass(frozen=True)
class Reason:
    """One finding of one rule, in the words shown to officers.

    ``rule``: id in the rule tables (``PE-01``) or in the form (``G2-02.inq_idno``);
    ``text``: what is the matter; ``remedy``: what to do; ``basis``: law and article, empty when
    there is none; ``confidence``: V read, P summary only, M memory, I inference; ``where``: path in
    the answers (``PARTY.id_no``, ``qa[2].a``), empty when it speaks of no single field.
    """

    rule: str
    level: Level
    text: str
    remedy: str
    basis: str = ""
    confidence: str = "V"
    where: str = ""
