"""What is made of recordings and becomes of them: copies, what was said, deletion."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from typing import Any

from field_app.domain.ids import ClipId


class CopyKind(Enum):
    """``CUT``: a span on whole fragments, not encoded again; ``MASKED``: encoded again with
    areas or sound hidden, or words burnt in."""

    CUT = "cut"
    MASKED = "masked"

    @property
    def label(self) -> str:
        return {"cut": "剪辑", "masked": "遮挡"}[self.value]


@dataclass(frozen=True)
class CopyFacts:
    """Where a copy comes from: its original's span in ms, what was done, why and by whom.

    ``original_sha256``: of the original's segments in order, as they were when it was made.
    """

    original: ClipId
    kind: CopyKind
    from_ms: int
    to_ms: int
    original_sha256: tuple[str, ...]
    done: dict[str, Any] = field(default_factory=dict)
    reason: str = ""
    made: datetime | None = None
    actors: tuple[str, ...] = ()


@dataclass(frozen=True)
class Line:
    """One line of what was said; ``at_ms`` from the clip's beginning."""

    at_ms: int
    text: str


@dataclass(frozen=True)
class Transcript:
    """What is said in a clip, in one sitting's wording; earlier revisions stay on record."""

    clip: ClipId
    revision: int
    lines: tuple[Line, ...]
    began: datetime
    saved: datetime
    actors: tuple[str, ...] = ()
    sha256: str = ""


@dataclass(frozen=True)
class Hold:
    """Why a clip is kept for good: a ground of the retention table, and the officers' own words."""

    id: str
    clip: ClipId
    ground: str
    reason: str
    at: datetime


@dataclass(frozen=True)
class Deletion:
    """A clip whose sealed files were destroyed; its row and its events stay.

    ``retention``: the class that allowed it; ``receipt``: the revision that headquarters signed for.
    """

    clip: ClipId
    retention: str
    reason: str
    at: datetime
    actors: tuple[str, ...]
    receipt: int
