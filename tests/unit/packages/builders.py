"""Builds a district and its case packages for tests; each conftest that needs it loads this file.

Everything is made by the real authority, sealed by the real code, with real event chains.
"""

import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any

from field_app.credentials.authority import Authority, new_authority
from field_app.credentials.keys import SoftKey
from field_app.credentials.profile import OfficerInfo, fingerprint, officer_of
from field_app.credentials.trust import HqRecipient, Trust, parse_bundle
from field_app.crypto.age_keys import Identity
from field_app.crypto.canonical import canonical
from field_app.crypto.hashing import sha256_hex
from field_app.crypto.suites import AnyRecipient, seal_file
from field_app.domain.clock import Moment
from field_app.domain.events import GENESIS, Event
from field_app.domain.ids import DeviceId, PackageId, new_id
from field_app.domain.people import Role
from field_app.packages.index import Captured, CaseFacts, ObjectEntry, ObjectKind, OfficerEntry
from field_app.packages.seal import (
    RevisionInput,
    SealedObject,
    SealedRevision,
    Signers,
    TrustFiles,
    seal_revision,
)
from field_app.packages.statement import State
from field_app.packages.trust_files import trust_files

NAMES = (("张伟", "CQ-WL-001"), ("李娜", "CQ-WL-002"), ("王芳", "CQ-WL-003"))
DEVICE = DeviceId("D012")


@dataclass
class District:
    """One district: authority, people, devices, headquarters and its current bundle."""

    authority: Authority
    now: datetime
    valid: tuple[datetime, datetime]
    officers: list[SoftKey]
    auxiliary: SoftKey
    device: SoftKey
    signer: SoftKey
    tls: SoftKey
    time: SoftKey
    identity: Identity
    bundle: tuple[bytes, bytes] = (b"", b"")

    @property
    def pin(self) -> str:
        return fingerprint(self.authority.root)

    @property
    def trust(self) -> Trust:
        return parse_bundle(*self.bundle, pinned_root_sha256=self.pin)

    @property
    def recipients(self) -> Sequence[AnyRecipient]:
        return [r.recipient for r in self.trust.hq_recipients]

    def new_bundle(self) -> None:
        """A fresh bundle with fresh CRLs, issued now."""
        self.bundle = self.authority.bundle(
            self.signer, at=datetime.now(UTC),
            hq_recipients=[HqRecipient("某某区司法局", self.identity.recipient)],
            agency={"name": "某某镇人民政府"})

    def signers(self, state: State = State.SUBMITTED, device: SoftKey | None = None) -> Signers:
        officers = tuple(self.officers[:2]) if state.needs_officers else ()
        return Signers(device or self.device, officers, (self.authority.district,))


def new_district() -> District:
    """A district that has existed for a year."""
    now = datetime.now(UTC).replace(microsecond=0)
    authority = new_authority("某某区", at=now - timedelta(days=365))
    valid = (now - timedelta(days=300), now + timedelta(days=300))
    agency = "某某镇人民政府"

    def officer(name: str, number: str, role: Role) -> SoftKey:
        return authority.issue_officer(name, OfficerInfo(role, "ZD-01", number), agency=agency,
                                       unit="综合执法队", valid=valid)

    district = District(
        authority=authority, now=now, valid=valid,
        officers=[officer(name, number, Role.QUALIFIED) for name, number in NAMES],
        auxiliary=officer("赵强", "FZ-009", Role.AUXILIARY),
        device=authority.issue_device(DEVICE, agency=agency, valid=valid),
        signer=authority.issue_headquarters("某某区司法局", valid=valid),
        tls=authority.issue_server("总部接收", hosts=["127.0.0.1", "localhost"],
                                         valid=valid),
        time=authority.issue_time("某某区司法局", valid=valid),
        identity=Identity.generate())
    district.new_bundle()
    return district


@dataclass
class Chain:
    """A device's event log, as a laptop would keep it."""

    device: DeviceId = DEVICE
    seq: int = 0
    head: str = GENESIS
    told: str = ""  # The inbox key that the next event tells.

    def more(self, count: int, *, case: str, at: datetime, kind: str = "step_finished") -> bytes:
        """The next ``count`` events as JSONL bytes."""
        lines = []
        for _ in range(count):
            self.seq += 1
            moment = Moment(at + timedelta(seconds=self.seq), self.seq * 1000, "boot-1")
            key, self.told = self.told, ""
            line = canonical(Event(
                device=self.device, seq=self.seq, prev=self.head, kind="inbox_key" if key else kind,
                moment=moment, hlc=f"{self.seq:015d}-0000", case=case,
                actors=("CQ-WL-001", "CQ-WL-002"),
                body={"recipient": key} if key else {"step": "现场检查", "note": f"第{self.seq}项"})
                .members())
            self.head = sha256_hex(line)
            lines.append(line + b"\n")
        return b"".join(lines)


@dataclass
class CaseWork:
    """A case as it grows on the laptop; :meth:`seal` adds a revision to its package."""

    district: District
    home: Path
    package: PackageId = field(default_factory=lambda: PackageId(new_id()))
    case: str = field(default_factory=new_id)
    device: Any = None
    number: DeviceId = DEVICE
    chain: Chain = field(default_factory=Chain)
    objects: list[SealedObject] = field(default_factory=list)
    plain: dict[str, bytes] = field(default_factory=dict)
    identity: Identity = field(default_factory=Identity.generate)
    local_no: str = "D012-2026-0031"

    def __post_init__(self) -> None:
        self.device = self.device or self.district.device
        if self.chain.seq == 0:
            self.chain.device = self.number

    @property
    def folder(self) -> Path:
        return self.home / "packages" / self.package

    @property
    def recipients(self) -> Sequence[AnyRecipient]:
        return [self.identity.recipient, *self.district.recipients]

    def add(self, name: str, data: bytes, kind: ObjectKind = ObjectKind.DOCUMENT,
            mime: str = "application/pdf") -> ObjectEntry:
        """Seal ``data`` as the media and document parts do, and put it into the case."""
        number = len(self.objects) + 1
        path = self.home / "blobs" / f"{number:04d}.age"
        path.parent.mkdir(parents=True, exist_ok=True)
        writer = seal_file(path, [data], self.recipients)
        entry = ObjectEntry(
            id=new_id(), kind=kind, name=name, mime=mime, size=len(data), sha256=writer.sha256,
            ct_sha256=writer.ct_sha256, ct_size=writer.ct_size, step="inspection",
            captured=Captured(Moment(self.district.now, 123456, "boot-1"),
                              ("29.325", "107.760", "310.5")),
            event=(self.number, 1))
        self.objects.append(SealedObject(entry, path))
        self.plain[entry.id] = data
        return entry

    def draft(self, state: State = State.SUBMITTED, *, events: int = 3) -> RevisionInput:
        officers = tuple(
            OfficerEntry.of(officer_of(k.certificate)) for k in self.district.officers[:2])
        log = (self.chain.more(events, case=self.case, at=self.district.now),) if events else ()
        return RevisionInput(
            state=state, device=self.number, officers=officers, objects=tuple(self.objects), log=log,
            made=datetime.now(UTC), case=CaseFacts(
                id=self.case, local_no=self.local_no, cause="未按规定设置安全警示标志",
                agency="某某镇人民政府", party="某某建材加工厂",
                opened=self.district.now - timedelta(days=1)))

    def seal(self, state: State = State.SUBMITTED, *, events: int = 3,
             signers: Signers | None = None, draft: RevisionInput | None = None,
             trust: TrustFiles | None = None, **more: Any) -> SealedRevision:
        return seal_revision(
            self.folder, package=self.package, draft=draft or self.draft(state, events=events),
            recipients=self.recipients, signers=signers or self.district.signers(state, self.device),
            trust_files=trust or trust_files(self.district.trust), **more)


_numbers = count(100)


def case_of_new_laptop(district: District, home: Path) -> CaseWork:
    """A case on a laptop of its own, so that its log contradicts nobody's."""
    number = DeviceId(f"D{next(_numbers)}")
    key = district.authority.issue_device(number, agency="某某镇人民政府", valid=district.valid)
    return CaseWork(district, home, device=key, number=number)


def small_case(district: District, home: Path) -> CaseWork:
    """A sealed, submitted case: two papers, a photo of 90 kB, six events, two revisions."""
    work = CaseWork(district, home)
    work.add("现场检查笔录.pdf", b"%PDF-1.7 " + os.urandom(900))
    work.seal(State.DRAFT)
    work.add("责令限期整改指令书.pdf", b"%PDF-1.7 " + os.urandom(1200))
    work.add("现场照片-01.jpg", os.urandom(90_000), ObjectKind.PHOTO, "image/jpeg")
    work.seal(State.SUBMITTED)
    return work
