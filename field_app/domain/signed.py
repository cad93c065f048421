"""Signed paper: sheets photographed back, and signatures written on the screen."""

from dataclasses import dataclass
from datetime import datetime
from enum import Enum

from field_app.domain.ids import BlobId, DocumentId


class FoundBy(Enum):
    """How a sheet's paper was told: by its code, by likeness to the print, or by an officer."""

    CODE = "code"
    LIKENESS = "likeness"
    HAND = "hand"


@dataclass(frozen=True)
class SignedPage:
    """One page of a paper that came back with ink on it.

    ``page`` from 1; ``scan`` the straightened sheet, ``original`` the file it came from as it was,
    of which it is picture ``source_page`` (from 1); ``likeness`` to the printed page in percent.
    """

    id: str
    paper: DocumentId
    page: int
    scan: BlobId
    original: BlobId
    source_page: int
    found: FoundBy
    likeness: int
    at: datetime


class Outcome(Enum):
    """What became of a signature: given, refused, or its giver was not there."""

    SIGNED = "signed"
    REFUSED = "refused"
    ABSENT = "absent"

    @property
    def label(self) -> str:
        return {"signed": "已签名", "refused": "拒绝签名", "absent": "不在场"}[self.value]


@dataclass(frozen=True)
class Place:
    """Where a signature belongs: page from 1, the words before the line, and which of the lines
    after these words on that page (from 0)."""

    page: int
    words: str
    nth: int = 0


@dataclass(frozen=True)
class Signature:
    """A signature written on the screen, or why there is none.

    ``answers_sha256``: what the paper said when it was signed; ``picture`` and ``strokes`` are
    sealed files, None unless signed; ``reason`` and ``witness`` tell of a refusal or absence;
    ``withdrawn``: since when it no longer counts.
    """

    id: str
    paper: DocumentId
    place: Place
    signer: str
    outcome: Outcome
    answers_sha256: str
    at: datetime
    picture: BlobId | None = None
    strokes: BlobId | None = None
    reason: str = ""
    witness: str = ""
    withdrawn: datetime | None = None
