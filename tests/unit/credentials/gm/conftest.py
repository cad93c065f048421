"""A real SM2 district: authority, officers, a device, headquarters and their trust."""

import os
from dataclasses import dataclass
from datetime import datetime, timedelta

import pytest

from field_app.credentials.authority import GmAuthority, new_gm_authority
from field_app.credentials.device import DeviceHeader, enrol
from field_app.credentials.gm.keys import GmKey
from field_app.credentials.profile import OfficerInfo, fingerprint
from field_app.credentials.trust import HqRecipient, Trust, parse_bundle
from field_app.crypto.suite_keys import new_identity
from field_app.crypto.suites import GM
from field_app.domain.ids import DeviceId
from field_app.domain.people import Role
from tests.unit.credentials.conftest import AGENCY, NOW

YEAR = (NOW - timedelta(days=1), NOW + timedelta(days=365))


@dataclass
class GmDistrict:
    """One authority and what it made."""

    authority: GmAuthority
    hq: GmKey
    vault_key: bytes

    def officer(self, name: str, number: str, role: Role = Role.QUALIFIED, *,
                valid: tuple[datetime, datetime] = YEAR) -> GmKey:
        return self.authority.issue_officer(
            name, OfficerInfo(role, "D12", number), agency=AGENCY, unit="综合行政执法大队", valid=valid)

    def device(self, name: str = "D001") -> GmKey:
        return self.authority.issue_device(name, agency=AGENCY, valid=YEAR)

    def bundle(self, at: datetime = NOW) -> tuple[bytes, bytes]:
        return self.authority.bundle(
            self.hq, at=at, agency={"name": AGENCY},
            hq_recipients=[HqRecipient("演练区司法局", new_identity(GM).recipient)])

    def trust(self, at: datetime = NOW) -> Trust:
        return parse_bundle(*self.bundle(at), pinned_root_sha256=fingerprint(self.authority.root))

    def header(self, *officers: GmKey, device: str = "D001") -> DeviceHeader:
        return enrol(self.device(device), device=DeviceId(device), agency=AGENCY, root=self.authority.root,
                     officers=[k.encryption_certificate for k in officers], vault_key=self.vault_key)


def make_gm_district() -> GmDistrict:
    authority = new_gm_authority("演练区", at=NOW - timedelta(days=2))
    hq = authority.issue_headquarters("演练区司法局", valid=YEAR)
    return GmDistrict(authority, hq, os.urandom(32))


@pytest.fixture(scope="module")
def gm_district() -> GmDistrict:
    return make_gm_district()


