"""A laptop of its own with two officers' key files at the rounds that authorities use."""

import os
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from field_app.actions.context import AppContext
from field_app.actions.unlock_card import CardAndPin
from field_app.credentials.authority import new_authority
from field_app.credentials.certificate_file import write_certificate_file
from field_app.credentials.device import enrol, write_header
from field_app.credentials.key_file import encryption_file
from field_app.credentials.p256_issuing import encryption_key_file, key_file
from field_app.credentials.profile import OfficerInfo
from field_app.credentials.trust import BUNDLE_NAME, SIGNATURE_NAME, HqRecipient
from field_app.crypto.age_keys import Identity
from field_app.domain.clock import SystemClock
from field_app.domain.ids import DeviceId
from field_app.domain.people import Role
from field_app.paths import DataFolder

PIN = "演练长口令-24681012"
AGENCY = "演练区某镇人民政府"


@dataclass(frozen=True)
class Laptop:
    """Where it lies, and both officers' key files with their PINs."""

    root: Path
    context: AppContext
    cards: tuple[CardAndPin, CardAndPin]


def make_laptop(root: Path) -> Laptop:
    """Authority, headquarters, two officers, device and trust."""
    clock = SystemClock()
    now = clock.now().wall
    valid = (now - timedelta(minutes=5), now + timedelta(days=300))
    authority = new_authority("演练区", at=now)
    hq = authority.issue_headquarters("演练区司法局", valid=valid)
    keys = [authority.issue_officer(name, OfficerInfo(Role.QUALIFIED, "D12", number), agency=AGENCY,
                                    unit="大队", valid=valid)
            for name, number in (("甲", "A-1"), ("乙", "A-2"))]
    device = authority.issue_device("D001", agency=AGENCY, valid=valid)
    data = DataFolder(root / "data").make()
    write_header(data.device_header, enrol(
        device, device=DeviceId("D001"), agency=AGENCY, root=authority.root,
        officers=[k.encryption_certificate for k in keys], vault_key=os.urandom(32)))
    bundle, signature = authority.bundle(
        hq, at=now, agency={"name": AGENCY, "training": True},
        hq_recipients=[HqRecipient("演练区司法局", Identity.generate().recipient)])
    (data.trust / BUNDLE_NAME).write_bytes(bundle)
    (data.trust / SIGNATURE_NAME).write_bytes(signature)
    cards = []
    for number, key in enumerate(keys):
        path = root / f"{number}.p12"
        path.write_bytes(key_file(key, PIN))
        encryption_file(path).write_bytes(encryption_key_file(key, PIN))
        write_certificate_file(path.with_suffix(".cer"), key.certificate)
        cards.append(CardAndPin(path, PIN))
    return Laptop(root, AppContext(clock, data), (cards[0], cards[1]))
