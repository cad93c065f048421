"""Signatures of GB/T 35275 by SM2 signers: strict, and each part as openssl sees it."""

from datetime import UTC
from pathlib import Path

import pytest
from asn1crypto import cms
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from field_app.credentials.cms import CmsRefused, sign_detached, verify_detached
from field_app.credentials.gm.certificates import sm2_public
from field_app.credentials.gm.keys import GmKey
from field_app.credentials.profile import fingerprint
from field_app.credentials.trust import Trust
from field_app.crypto.gm import module
from field_app.crypto.gm.software import SoftwareGm
from field_app.crypto.suites import GM
from field_app.packages.existing import SignedStatement
from field_app.packages.signatures import judge_signatures
from field_app.packages.statement import IndexRef, State, Statement, parse_statement
from tests.unit.credentials.conftest import NOW, District
from tests.unit.credentials.gm.conftest import GmDistrict
from tests.unit.crypto.gm.openssl import openssl

DATA = '{"state":"submitted","案":1}'.encode()


@pytest.fixture(scope="module")
def signers(gm_district: GmDistrict) -> list[GmKey]:
    return [gm_district.device(), gm_district.officer("甲", "A-1"), gm_district.officer("乙", "A-2")]


@pytest.fixture(scope="module")
def signed(gm_district: GmDistrict, signers: list[GmKey]) -> bytes:
    return sign_detached(DATA, signers, at=NOW, extra_certs=[gm_district.authority.district])


def test_three_sign_and_are_known(signed: bytes, signers: list[GmKey]) -> None:
    found = verify_detached(DATA, signed)
    assert {s.certificate for s in found} == {s.certificate for s in signers}
    assert {s.signing_time for s in found} == {NOW.astimezone(UTC)}
    with pytest.raises(CmsRefused, match="digest"):
        verify_detached(DATA + b" ", signed)


def test_every_signature_holds_for_openssl(
        signed: bytes, signers: list[GmKey], tmp_path: Path) -> None:
    """openssl 3.0 reads no SM2 in CMS, so it is asked for each signature alone."""
    (tmp_path / "p7s").write_bytes(signed)
    parsed = openssl("asn1parse", "-inform", "DER", "-in", tmp_path / "p7s").decode()
    for name in ("1.2.156.10197.6.1.4.2.2", "1.2.156.10197.6.1.4.2.1", "sm3", "SM2-with-SM3",
                 "messageDigest", "signingTime", "id-smime-aa-signingCertificateV2"):
        assert f":{name}" in parsed, name
    digest = openssl("dgst", "-sm3", "-binary", stdin=DATA)
    infos = cms.ContentInfo.load(signed)["content"].parse(cms.SignedData)["signer_infos"]
    by_serial = {s.certificate.serial_number: s.certificate for s in signers}
    assert len(infos) == 3
    for info in infos:
        certificate = by_serial[info["sid"].chosen["serial_number"].native]
        public = sm2_public(certificate)
        assert public is not None
        (tmp_path / "pub.der").write_bytes(public.spki)
        attributes = b"\x31" + bytes(info["signed_attrs"].dump())[1:]
        assert digest in attributes
        assert openssl("dgst", "-sm3", "-binary", stdin=certificate.public_bytes(Encoding.DER)) in attributes
        (tmp_path / "tbs").write_bytes(attributes)
        (tmp_path / "sig").write_bytes(info["signature"].native)
        assert b"Success" in openssl(
            "pkeyutl", "-verify", "-pubin", "-keyform", "DER", "-inkey", tmp_path / "pub.der",
            "-rawin", "-digest", "sm3", "-pkeyopt", "distid:1234567812345678", "-in",
            tmp_path / "tbs", "-sigfile", tmp_path / "sig")


def test_every_changed_byte_is_found(gm_district: GmDistrict, signers: list[GmKey]) -> None:
    good = sign_detached(DATA, signers[:1], at=NOW)
    inside = signers[0].certificate.public_bytes(Encoding.DER)
    start = good.index(inside)
    for place in [*range(start), *range(start + len(inside), len(good))]:
        spoiled = bytearray(good)
        spoiled[place] ^= 1
        try:
            found = verify_detached(DATA, bytes(spoiled))
        except CmsRefused:
            continue
        # What a tag does not cover (an absent-or-other parameter) may not change what is said.
        assert [s.certificate for s in found] == [signers[0].certificate], place
        assert found[0].signing_time == NOW.astimezone(UTC), place
        raise AssertionError(f"byte {place} may be changed")
    for cut in (b"", good[:50], good[:-1], good + b"\0", b"\x30" * 200):
        with pytest.raises(CmsRefused):
            verify_detached(DATA, cut)


def test_the_other_name_of_the_algorithm_is_read(signed: bytes) -> None:
    """Some write SM2-with-SM3 where GB/T 35275 writes SM2-1; it is one computation."""
    info = cms.ContentInfo.load(signed)
    inner = info["content"].parse(cms.SignedData)
    for each in inner["signer_infos"]:
        each["signature_algorithm"] = {"algorithm": "1.2.156.10197.1.501"}
    again = cms.ContentInfo({"content_type": "1.2.156.10197.6.1.4.2.2", "content": inner})
    assert len(verify_detached(DATA, bytes(again.dump(force=True)))) == 3


def test_kinds_do_not_mix(gm_district: GmDistrict, district: District) -> None:
    p256, sm2 = district.officer("甲", "A-1"), gm_district.officer("乙", "A-2")
    with pytest.raises(ValueError, match="two kinds"):
        sign_detached(DATA, [p256, sm2], at=NOW)

    class Lying:
        """Signs with one kind under a certificate of the other."""

        certificate: x509.Certificate = sm2.certificate

        def sign(self, data: bytes) -> bytes:
            return p256.sign(data)

    with pytest.raises(CmsRefused, match="signature"):
        sign_detached(DATA, [Lying()], at=NOW)
    assert verify_detached(DATA, sign_detached(DATA, [p256], at=NOW))


def test_without_a_module_it_is_told(
        signed: bytes, gm_district: GmDistrict, monkeypatch: pytest.MonkeyPatch) -> None:
    import builtins
    from typing import Any

    from field_app.credentials.profile import Purpose
    from field_app.credentials.trust import CertificateRefused, check_certificate

    trust, real = gm_district.trust(), builtins.__import__

    def without(name: str, *rest: Any) -> Any:
        if name == "gmssl_pyx":
            raise ImportError(name)
        return real(name, *rest)

    monkeypatch.setattr(module, "_chosen", [])
    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(CmsRefused, match="algorithm"):
        verify_detached(DATA, signed)
    with pytest.raises(CertificateRefused, match="gm"):
        check_certificate(gm_district.hq.certificate, trust, at=NOW, purpose=Purpose.HEADQUARTERS)


def test_another_module_takes_its_place(signed: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []

    class Counting(SoftwareGm):
        def verify(self, *args: object) -> bool:
            asked.append(args)
            return super().verify(*args)  # type: ignore[arg-type]

    monkeypatch.setattr(module, "_chosen", [])
    module.use_module(Counting())
    assert len(verify_detached(DATA, signed)) == len(asked) == 3



def test_a_statement_is_judged_as_any_other(gm_district: GmDistrict, district: District) -> None:
    """A submitted revision that device and two officers signed with SM2."""
    device, a, b = (gm_district.device("D007"), gm_district.officer("甲", "A-41"),
                    gm_district.officer("乙", "A-42"))
    statement = Statement(
        package="0" * 8 + "-0000-4000-8000-" + "0" * 12, revision=1, prev=None, device="D007",
        device_cert=fingerprint(device.certificate), state=State.SUBMITTED, made=NOW, nonce="a" * 64,
        index=IndexRef("data/index/000001.age", "b" * 64, 300, "c" * 64), objects=(), logs=(),
        officers=tuple(sorted(fingerprint(k.certificate) for k in (a, b))), crls=(), suite=GM)
    data, trust = statement.to_bytes(), gm_district.trust()

    def codes(signature: bytes, trust: Trust, text: bytes = data) -> list[str]:
        signed = SignedStatement(parse_statement(text), text, signature)
        return [found.code for found in judge_signatures(signed, trust, at=NOW)]

    good = sign_detached(data, [device, a, b], at=NOW, extra_certs=[gm_district.authority.district])
    assert codes(good, trust) == []
    assert codes(sign_detached(data, [device, a], at=NOW), trust) == ["officers_differ", "officers_missing"]
    assert codes(sign_detached(data, [a, b], at=NOW), trust)[0] == "device_not_signed"
    assert codes(good, trust, data.replace(b'"a', b'"b')) == ["signature_invalid"]
    assert set(codes(good, district.trust())) == {"certificate_unknown_issuer"}
    gm_district.authority.withdraw(str(b.certificate.serial_number), at=NOW)
    assert codes(good, gm_district.trust()) == ["certificate_revoked"]
