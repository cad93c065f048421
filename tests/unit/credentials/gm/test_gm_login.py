"""Two officers with SM2 keys or nothing: the same login, the same refusals."""

from dataclasses import replace
from pathlib import Path

import pytest

from field_app.credentials.device import (
    PairUnknown,
    device_key,
    open_vault,
    read_header,
    write_header,
)
from field_app.credentials.gm.key_file import gm_key_file, load_gm_key_file
from field_app.credentials.gm.keys import GmKey
from field_app.credentials.key_kinds import signature_holds
from field_app.credentials.login import Challenge, LoginRefused, answer, check_pair, log_in
from field_app.crypto.gm.software import SoftwareGm
from field_app.crypto.vault import VaultError
from field_app.domain.clock import Moment
from field_app.domain.ids import DeviceId
from field_app.domain.people import Role
from tests.unit.credentials.conftest import NOW, District
from tests.unit.credentials.gm.conftest import GmDistrict
from tests.unit.crypto.gm.openssl import openssl


def test_two_officers_open_the_vault(
        gm_district: GmDistrict, moment: Moment, tmp_path: Path) -> None:
    a, b = gm_district.officer("张喆堃", "A-1"), gm_district.officer("李㙦", "A-2")
    write_header(tmp_path / "device.hdr", gm_district.header(a, b))
    header = read_header(tmp_path / "device.hdr")
    (tmp_path / "a.sm2").write_bytes(gm_key_file(a, "24681012", rounds=1000))
    from_stick = load_gm_key_file(tmp_path / "a.sm2", "24681012")
    for first, second in ((a, b), (b, a), (from_stick, b)):
        unlocked = log_in(header, first, second, gm_district.trust(), moment=moment)
        assert unlocked.vault_key == gm_district.vault_key
        assert {o.name for o in unlocked.pair.both} == {"张喆堃", "李㙦"}
        assert unlocked.device_key.certificate == header.certificate
        assert signature_holds(header.certificate, b"head", unlocked.device_key.sign(b"head"))


def test_a_proof_of_login_is_verified_by_openssl(
        gm_district: GmDistrict, moment: Moment, tmp_path: Path) -> None:
    proof = answer(Challenge.fresh("D001", moment), 1, gm_district.officer("甲", "A-1"))
    (tmp_path / "c.pem").write_text(proof.to_json()["certificate"])
    (tmp_path / "statement").write_bytes(proof.statement)
    (tmp_path / "sig").write_bytes(proof.signature)
    public = openssl("x509", "-in", tmp_path / "c.pem", "-noout", "-pubkey")
    (tmp_path / "pub.pem").write_bytes(public)
    assert b"Success" in openssl(
        "pkeyutl", "-verify", "-pubin", "-inkey", tmp_path / "pub.pem", "-rawin", "-digest", "sm3",
        "-pkeyopt", "distid:1234567812345678", "-in", tmp_path / "statement", "-sigfile",
        tmp_path / "sig")


def test_one_officer_alone_opens_nothing(gm_district: GmDistrict, moment: Moment) -> None:
    a, b = gm_district.officer("甲", "A-1"), gm_district.officer("乙", "A-2")
    header, software = gm_district.header(a, b), SoftwareGm()
    with pytest.raises(PairUnknown):
        open_vault(header, a, a)
    forged = software.generate()
    impostor = GmKey(software, forged, b.certificate, (forged, b.encryption_certificate))
    with pytest.raises(VaultError):
        open_vault(header, a, impostor)  # B's certificates are public; his keys are not here.
    with pytest.raises(LoginRefused) as refused:
        log_in(header, a, impostor, gm_district.trust(), moment=moment)
    assert (refused.value.code, refused.value.slot) == ("signature", 2)


def test_each_refusal_has_its_reason(
        gm_district: GmDistrict, district: District, moment: Moment) -> None:
    a, b = gm_district.officer("甲", "A-1"), gm_district.officer("乙", "A-2")
    header, trust = gm_district.header(a, b), gm_district.trust()

    def told(first: object, second: object, at: object = header) -> str:
        with pytest.raises(LoginRefused) as refused:
            log_in(at, first, second, trust, moment=moment)  # type: ignore[arg-type]
        return refused.value.code

    assert told(a, a) == "same_certificate"
    assert told(a, gm_district.officer("甲", "A-1")) == "same_person"
    assert told(a, gm_district.officer("丙", "A-3", Role.AUXILIARY)) == "auxiliary"
    assert told(a, gm_district.officer("丁", "A-4")) == "not_enrolled"
    assert told(a, district.officer("戊", "A-5")) == "unknown_issuer"
    assert told(a, b, replace(header, device=DeviceId("D002"))) == "vault"
    assert told(a, b, replace(header, pairs=tuple(
        replace(p, sealed=p.sealed[:-1] + bytes([p.sealed[-1] ^ 1])) for p in header.pairs))) == "vault"


def test_an_answer_to_another_challenge_is_refused(gm_district: GmDistrict, moment: Moment) -> None:
    a, b = gm_district.officer("甲", "A-1"), gm_district.officer("乙", "A-2")
    one, two = Challenge.fresh("D001", moment), Challenge.fresh("D001", moment)
    with pytest.raises(LoginRefused, match="signature"):
        check_pair(one, (answer(one, 1, a), answer(two, 2, b)), gm_district.trust(), at=NOW)


def test_a_device_key_belongs_to_its_certificate(gm_district: GmDistrict, moment: Moment) -> None:
    a, b = gm_district.officer("甲", "A-1"), gm_district.officer("乙", "A-2")
    header = gm_district.header(a, b)
    other = replace(header, certificate=gm_district.device("D001").certificate)
    with pytest.raises(VaultError, match="differ"):
        device_key(other, gm_district.vault_key)
    with pytest.raises(LoginRefused, match="vault"):
        log_in(other, a, b, gm_district.trust(), moment=moment)
    with pytest.raises(VaultError):
        device_key(header, bytes(32))
