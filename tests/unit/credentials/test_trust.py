"""The trust bundle is believed only when signed below the pinned root, and never older."""

import warnings
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.serialization import Encoding

from field_app.credentials.authority import load_authority
from field_app.credentials.certificate_file import from_der
from field_app.credentials.issuing import AuthorityRefused
from field_app.credentials.profile import OfficerInfo, fingerprint
from field_app.credentials.trust import HqRecipient, TrustRefused, parse_bundle
from field_app.crypto.age_keys import Identity
from field_app.domain.clock import Moment
from field_app.domain.people import Role


def _bundle(district: Any, at: datetime, signer: Any = None) -> tuple[bytes, bytes]:
    made: tuple[bytes, bytes] = district.authority.bundle(
        signer or district.hq, at=at, agency={"name": "演练"},
        hq_recipients=[HqRecipient("司法局", Identity.generate().recipient)])
    return made


def test_bundle_round_trip(district: Any, moment: Moment) -> None:
    district.officer("甲", "A-1")
    data, signature = _bundle(district, moment.wall)
    trust = parse_bundle(data, signature, pinned_root_sha256=fingerprint(district.authority.root))
    assert trust.number == 1
    assert len(trust.officers) == 1
    assert trust.age_at(moment.wall + timedelta(days=8)) == timedelta(days=8)


def test_every_wrong_bundle_is_refused(
        district: Any, other_district: Any, moment: Moment) -> None:
    pinned = fingerprint(district.authority.root)
    old = _bundle(district, moment.wall)
    data, signature = _bundle(district, moment.wall)
    current = parse_bundle(data, signature, pinned_root_sha256=pinned)
    server = district.authority.issue_server(
        "接收服务", hosts=["127.0.0.1"],
        valid=(moment.wall - timedelta(days=1), moment.wall + timedelta(days=9)))
    by_server = _bundle(district, moment.wall, signer=server)
    by_officer = _bundle(district, moment.wall, signer=district.officer("甲", "A-1"))
    foreign = _bundle(other_district, moment.wall)
    cases = {
        "older": old, "other_root": foreign, "signature": by_officer,
        "malformed": (data[:-1], signature)}
    for code, (body, sig) in [*cases.items(), ("signature", by_server)]:
        with pytest.raises(TrustRefused) as refused:
            parse_bundle(body, sig, pinned_root_sha256=pinned, current=current)
        assert refused.value.code == code
    with pytest.raises(TrustRefused) as refused:
        parse_bundle(data.replace("演练".encode(), "演习".encode(), 1), signature,
                     pinned_root_sha256=pinned)
    assert refused.value.code == "signature"


def test_authority_folder_needs_its_passphrase(
        district: Any, tmp_path: Path, moment: Moment) -> None:
    district.officer("甲", "A-1")
    district.authority.save(tmp_path, "口令一二三四")
    assert b"ENCRYPTED" in (tmp_path / "root.key").read_bytes()
    again = load_authority(tmp_path, "口令一二三四")
    assert again.issued == district.authority.issued
    with pytest.raises(AuthorityRefused):
        load_authority(tmp_path, "错")


def test_certificate_number_must_be_ascii(district: Any, moment: Moment) -> None:
    with pytest.raises(AuthorityRefused):
        district.authority.issue_officer(
            "甲", OfficerInfo(Role.QUALIFIED, "D12", "渝执一号"), agency="镇", unit="队",
            valid=(moment.wall, moment.wall + timedelta(days=1)))


@pytest.mark.parametrize("as_error", [False, True])
def test_a_serial_number_below_one_is_refused(district: Any, as_error: bool) -> None:
    certificate = district.officer("甲", "A-1").certificate
    der = bytearray(certificate.public_bytes(Encoding.DER))
    serial = der.index(b"\xa0\x03\x02\x01\x02\x02") + 7  # behind the version: INTEGER, its length
    der[serial] |= 0x80
    with warnings.catch_warnings():
        warnings.simplefilter("error" if as_error else "ignore")
        with pytest.raises(ValueError, match=r"serial|X\.509"):
            from_der(bytes(der))
        assert from_der(certificate.public_bytes(Encoding.DER)) == certificate
