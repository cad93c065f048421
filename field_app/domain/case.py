"""A case as officers know it: its facts, steps, papers, recordings and sealed files."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from typing import Any

from field_app.domain.ids import BlobId, CaseId, ClipId, DocumentId, PackageId, StepId
from field_app.domain.recorded import CopyFacts, Deletion


class StepState(Enum):
    """Where a step stands; ``SKIPPED`` always carries a reason."""

    TODO = "todo"
    NOW = "now"
    DONE = "done"
    SKIPPED = "skipped"


class PaperState(Enum):
    """A paper is typed as a draft, then issued: numbered, laid out, hashed, never edited."""

    DRAFT = "draft"
    ISSUED = "issued"
    VOID = "void"


class ClipState(Enum):
    """``RECORDING`` until stopped; ``RECOVERED`` when a crash cut it and it was saved."""

    RECORDING = "recording"
    WHOLE = "whole"
    RECOVERED = "recovered"


class SyncState(Enum):
    """What headquarters has; only ``RECEIVED`` is green, by a signed receipt. ``REFUSED``: it did not
    pass the checks there; ``RETURNED``: a person there gave it back with a reason."""

    DRAFT = "draft"
    SEALED = "sealed"
    SENDING = "sending"
    DELIVERED = "delivered"
    RECEIVED = "received"
    REFUSED = "refused"
    RETURNED = "returned"

    @property
    def label(self) -> str:
        return {"draft": "草稿", "sealed": "已封存", "sending": "传输中", "delivered": "已送达待验",
                "received": "总部已签收", "refused": "总部拒收", "returned": "已退回"}[self.value]


@dataclass(frozen=True)
class Case:
    """One case. ``identity`` is the text of its age identity and never leaves the store, empty once destroyed;
    ``marks`` and ``denied``: circumstances that officers say hold, or do not, with their reason."""

    id: CaseId
    package: PackageId
    local_no: str
    procedure: str
    procedure_version: int
    cause: str
    matter: str
    party: dict[str, Any]
    place: str
    opened: datetime
    officers: tuple[str, ...]
    identity: str = field(repr=False)
    sync: SyncState = SyncState.DRAFT
    revision: int = 0
    confirmed_bytes: int = 0
    total_bytes: int = 0
    problem: str = ""
    marks: dict[str, str] = field(default_factory=dict)
    denied: dict[str, str] = field(default_factory=dict)

    @property
    def shredded(self) -> bool:
        """Whether the key to its objects on this laptop was destroyed, after headquarters' receipt."""
        return not self.identity

    @property
    def sync_label(self) -> str:
        """Where the case is; one that changed since it was sealed is no first draft."""
        return "封存后有改动" if self.sync is SyncState.DRAFT and self.revision else self.sync.label

    @property
    def party_name(self) -> str:
        return str(self.party.get("name", ""))


@dataclass(frozen=True)
class Step:
    """One step of a case's procedure; ``kind`` is its key in the procedure's table. ``outcome``:
    how it ended; ``turn``: the how-manieth end in the case it was, 0 while it has not ended."""

    id: StepId
    case: CaseId
    kind: str
    ordinal: int
    state: StepState
    started: datetime | None = None
    finished: datetime | None = None
    reason: str = ""
    outcome: str = ""
    turn: int = 0


@dataclass(frozen=True)
class Blob:
    """A small sealed file: a filled paper or a photo. Hashes hex, sizes bytes.

    ``sm3``: of the plaintext too, empty where it was not asked for.
    """

    id: BlobId
    case: CaseId
    kind: str
    name: str
    mime: str
    path: str
    size: int
    sha256: str
    ct_size: int
    ct_sha256: str
    captured: datetime
    sm3: str = ""


@dataclass(frozen=True)
class PaperRecord:
    """One paper of a case with its answers and, once issued, its sealed files.

    ``corrects``: the record, now void, that this one shows corrections of; ``signed_pdf``: the
    issued PDF with both officers' electronic signatures appended.
    """

    id: DocumentId
    case: CaseId
    step: StepId
    form: str
    form_version: int
    form_sha256: str
    title: str
    state: PaperState
    answers: dict[str, Any]
    changed: datetime
    number: str = ""
    short_code: str = ""
    pages: int = 0
    docx: BlobId | None = None
    pdf: BlobId | None = None
    pdf_sha256: str = ""
    issued: datetime | None = None
    corrects: DocumentId | None = None
    signed_pdf: BlobId | None = None


@dataclass(frozen=True)
class Segment:
    """One sealed file of a clip; ``path`` is relative to the media folder.

    Of an imported clip ``file`` numbers the originals from 1 (parts of one share it) and ``mime``
    is what the original is; 0 and empty where the laptop recorded.
    """

    ordinal: int
    path: str
    size: int
    sha256: str
    ct_size: int
    ct_sha256: str
    started: datetime
    ended: datetime
    file: int = 0
    mime: str = ""
    sm3: str = ""


@dataclass(frozen=True)
class Clip:
    """One recording tied to a step of a case; ``imported``: it came from a recorder's card.

    ``copy``: what it was made of when it is no original; ``deleted``: when its files were destroyed;
    ``view``: what its camera looked at, ``beside``: the clip of the other camera, where there were
    two; ``preroll_ms``: how much of it was before "record" was pressed; ``ties``: when
    and why it was moved to another step.
    """

    id: ClipId
    case: CaseId
    step: StepId
    number: str
    state: ClipState
    started: datetime
    ended: datetime | None
    duration_ms: int
    has_video: bool
    has_audio: bool
    gaps: tuple[dict[str, Any], ...] = ()
    marks: tuple[dict[str, Any], ...] = ()
    segments: tuple[Segment, ...] = ()
    imported: bool = False
    copy: CopyFacts | None = None
    deleted: Deletion | None = None
    view: str = ""
    beside: ClipId | None = None
    preroll_ms: int = 0
    alarms: tuple[dict[str, Any], ...] = ()
    ties: tuple[dict[str, Any], ...] = ()

    @property
    def unfinished(self) -> bool:
        """Whether it is an original that its device did not finish: kept, but not to be played."""
        return self.imported and not (self.has_video or self.has_audio)
