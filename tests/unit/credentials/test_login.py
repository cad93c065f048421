"""Two officers or nothing, each refusal with its exact reason."""

from datetime import timedelta
from pathlib import Path
from typing import Protocol

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from field_app.credentials.device import (
    DeviceHeader,
    NotEnrolled,
    PairUnknown,
    device_key,
    open_vault,
    read_header,
    seal_pairs,
    write_header,
)
from field_app.credentials.key_file import load_key_file
from field_app.credentials.keys import NotAKeyFile, SoftKey, WrongPin
from field_app.credentials.login import Challenge, LoginRefused, answer, check_pair, log_in
from field_app.credentials.p256_issuing import key_file
from field_app.credentials.trust import Trust
from field_app.crypto.vault import VaultError
from field_app.domain.clock import Moment
from field_app.domain.people import Role


class District(Protocol):
    authority: object
    vault_key: bytes

    def officer(self, name: str, number: str, role: Role = ..., **kw: object) -> SoftKey: ...
    def trust(self) -> Trust: ...
    def header(self, *officers: SoftKey) -> DeviceHeader: ...


def test_two_officers_open_the_vault(district: District, moment: Moment) -> None:
    a, b = district.officer("张喆堃", "A-1"), district.officer("李㙦", "A-2")
    header = district.header(a, b)
    for first, second in ((a, b), (b, a)):
        unlocked = log_in(header, first, second, district.trust(), moment=moment)
        assert unlocked.vault_key == district.vault_key
        assert unlocked.device_key.certificate == header.certificate
        assert {o.name for o in unlocked.pair.both} == {"张喆堃", "李㙦"}


def test_one_officer_alone_opens_nothing(district: District, moment: Moment) -> None:
    a, b = district.officer("甲", "A-1"), district.officer("乙", "A-2")
    header = district.header(a, b)
    with pytest.raises(PairUnknown):
        open_vault(header, a, a)
    forged = ec.generate_private_key(ec.SECP256R1())
    impostor = SoftKey(forged, b.certificate, (forged, b.encryption_certificate))
    with pytest.raises(VaultError):
        open_vault(header, a, impostor)  # B's certificates are public; his keys are not here.
    with pytest.raises(LoginRefused) as refused:
        log_in(header, a, impostor, district.trust(), moment=moment)
    assert (refused.value.code, refused.value.slot) == ("signature", 2)


def _refusal(district: District, moment: Moment, first: SoftKey, second: SoftKey,
             *enrolled: SoftKey) -> tuple[str, int]:
    with pytest.raises(LoginRefused) as refused:
        log_in(district.header(*enrolled), first, second, district.trust(), moment=moment)
    return refused.value.code, refused.value.slot


def test_refusals_name_reason_and_officer(
        district: District, other_district: District, moment: Moment) -> None:
    start = moment.wall - timedelta(days=30)
    a, b = district.officer("甲", "A-1"), district.officer("乙", "A-2")
    twin = district.officer("甲", "A-1")
    helper = district.officer("丙", "F-3", Role.AUXILIARY)
    old = district.officer("丁", "A-4", start=start, days=10)
    early = district.officer("戊", "A-5", start=moment.wall + timedelta(days=1))
    stranger = other_district.officer("己", "A-6")
    outsider = district.officer("庚", "A-7")
    assert _refusal(district, moment, a, a, a, b) == ("same_certificate", 2)
    assert _refusal(district, moment, a, twin, a, b, twin) == ("same_person", 2)
    assert _refusal(district, moment, a, helper, a, b) == ("auxiliary", 2)
    assert _refusal(district, moment, helper, b, a, b) == ("auxiliary", 1)
    assert _refusal(district, moment, old, b, a, b, old) == ("expired", 1)
    assert _refusal(district, moment, a, early, a, b, early) == ("not_yet_valid", 2)
    assert _refusal(district, moment, a, stranger, a, b) == ("unknown_issuer", 2)
    assert _refusal(district, moment, a, outsider, a, b) == ("not_enrolled", 0)


def test_revoked_officer_is_refused(district: District, moment: Moment) -> None:
    a, b = district.officer("甲", "A-1"), district.officer("乙", "A-2")
    header = district.header(a, b)
    district.authority.withdraw(  # type: ignore[attr-defined]
        str(b.certificate.serial_number), at=moment.wall - timedelta(hours=1))
    with pytest.raises(LoginRefused) as refused:
        log_in(header, a, b, district.trust(), moment=moment)
    assert (refused.value.code, refused.value.name) == ("revoked", "乙")
    assert refused.value.when is not None


def test_replayed_answer_is_refused(district: District, moment: Moment) -> None:
    a, b = district.officer("甲", "A-1"), district.officer("乙", "A-2")
    earlier = Challenge.fresh("D001", moment)
    now = Challenge.fresh("D001", moment)
    with pytest.raises(LoginRefused) as refused:
        check_pair(now, (answer(now, 1, a), answer(earlier, 2, b)), district.trust(),
                   at=moment.wall)
    assert (refused.value.code, refused.value.slot) == ("signature", 2)


def test_device_certificate_is_no_officer(district: District, moment: Moment) -> None:
    a, b = district.officer("甲", "A-1"), district.officer("乙", "A-2")
    laptop = device_key(district.header(a, b), district.vault_key)
    assert isinstance(laptop, SoftKey)
    assert _refusal(district, moment, a, laptop, a, b) == ("wrong_purpose", 2)


def test_auxiliaries_and_same_person_get_no_pair(district: District) -> None:
    a, b = district.officer("甲", "A-1"), district.officer("乙", "A-2")
    twin = district.officer("甲", "A-1")
    helper = district.officer("丙", "F-3", Role.AUXILIARY)
    header = district.header(a, b)
    seals = seal_pairs(district.vault_key, header.device,
                       [k.certificate for k in (a, b, twin, helper)])
    assert len(seals) == 2  # a+b and twin+b, never a+twin, never with the auxiliary.


def test_header_file_round_trip_and_damage(district: District, tmp_path: Path) -> None:
    a, b = district.officer("甲", "A-1"), district.officer("乙", "A-2")
    header = district.header(a, b)
    path = tmp_path / "device.hdr"
    write_header(path, header)
    assert read_header(path) == header
    assert path.stat().st_mode & 0o077 == 0
    text = path.read_text("utf-8")
    for broken in ("", "{}", text[:200], text.replace("le-device/1", "le-device/9"), "[" * 9999):
        path.write_text(broken, "utf-8")
        with pytest.raises(NotEnrolled):
            read_header(path)
    with pytest.raises(NotEnrolled):
        read_header(tmp_path / "missing")


def test_key_files(district: District, tmp_path: Path) -> None:
    a = district.officer("甲", "A-1")
    path = tmp_path / "a.p12"
    path.write_bytes(key_file(a, "演练-246810", rounds=1000))
    opened = load_key_file(path, "演练-246810")
    assert opened.certificate == a.certificate
    with pytest.raises(WrongPin):
        load_key_file(path, "1")
    for junk in (b"", b"hello", b"\x30" * 90_000, path.read_bytes()[:100]):
        path.write_bytes(junk)
        with pytest.raises(NotAKeyFile):
            load_key_file(path, "1")
    with pytest.raises(NotAKeyFile):
        load_key_file(tmp_path / "missing.p12", "1")
