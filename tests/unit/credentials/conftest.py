"""A real district authority with officers, a device, headquarters and their trust."""

import os
from dataclasses import dataclass
from datetime import datetime, timedelta

import pytest

from field_app.credentials.authority import Authority, new_authority
from field_app.credentials.device import DeviceHeader, enrol
from field_app.credentials.keys import SoftKey
from field_app.credentials.profile import OfficerInfo, fingerprint
from field_app.credentials.trust import HqRecipient, Trust, parse_bundle
from field_app.crypto.age_keys import Identity
from field_app.domain.clock import CHINA, Moment
from field_app.domain.ids import DeviceId
from field_app.domain.people import Role

NOW = datetime(2026, 5, 14, 9, 30, tzinfo=CHINA)
AGENCY = "演练区桐梓镇人民政府"


@dataclass
class District:
    """One authority and what it made."""

    authority: Authority
    hq: SoftKey
    vault_key: bytes

    def officer(self, name: str, number: str, role: Role = Role.QUALIFIED, *, days: int = 365,
                start: datetime = NOW - timedelta(days=1)) -> SoftKey:
        return self.authority.issue_officer(
            name, OfficerInfo(role, "D12", number), agency=AGENCY, unit="综合行政执法大队",
            valid=(start, start + timedelta(days=days)))

    def trust(self, at: datetime = NOW) -> Trust:
        data, signature = self.authority.bundle(
            self.hq, at=at, hq_recipients=[HqRecipient("演练区司法局", Identity.generate().recipient)],
            agency={"name": AGENCY})
        return parse_bundle(data, signature,
                            pinned_root_sha256=fingerprint(self.authority.root))

    def header(self, *officers: SoftKey, device: str = "D001") -> DeviceHeader:
        key = self.authority.issue_device(
            device, agency=AGENCY, valid=(NOW - timedelta(days=1), NOW + timedelta(days=365)))
        return enrol(key, device=DeviceId(device), agency=AGENCY, root=self.authority.root,
                     officers=[k.encryption_certificate for k in officers], vault_key=self.vault_key)


def make_district() -> District:
    authority = new_authority("演练区", at=NOW - timedelta(days=2))
    hq = authority.issue_headquarters(
        "演练区司法局", valid=(NOW - timedelta(days=1), NOW + timedelta(days=365)))
    return District(authority, hq, os.urandom(32))


@pytest.fixture
def district() -> District:
    return make_district()


@pytest.fixture
def other_district() -> District:
    return make_district()


@pytest.fixture
def moment() -> Moment:
    return Moment(NOW, 1000, "boot")
