"""Detached signatures: made by us, read by openssl, and refused when anything is off."""

import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from asn1crypto import cms as asn1_cms
from asn1crypto import core
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from field_app.credentials.authority import Authority, new_authority
from field_app.credentials.cms import (
    CmsRefused,
    certificate_der,
    certificate_pem,
    crl_facts,
    load_certificate,
    sign_detached,
    verify_detached,
)
from field_app.credentials.keys import NotAKeyFile, SoftKey
from field_app.credentials.pem_keys import load_pem_signer, private_pem, tls_identity
from field_app.credentials.profile import OfficerInfo
from field_app.domain.people import Role

NOW = datetime(2026, 11, 24, 9, 30, 15, tzinfo=UTC)
VALID = (NOW - timedelta(days=1), NOW + timedelta(days=300))
DATA = '{"案由":"未按规定设置警示标志"}'.encode()


@pytest.fixture(scope="module")
def authority() -> Authority:
    return new_authority("某某区", at=NOW)


@pytest.fixture(scope="module")
def keys(authority: Authority) -> list[SoftKey]:
    officers = [
        authority.issue_officer(
            name, OfficerInfo(Role.QUALIFIED, "ZD-01", number), agency="某某镇", unit="综合执法队",
            valid=VALID)
        for name, number in (("张伟", "CQ-001"), ("李娜", "CQ-002"))]
    return [authority.issue_device("D012", agency="某某镇", valid=VALID), *officers]


def _code(data: bytes, p7s: bytes) -> str:
    with pytest.raises(CmsRefused) as refused:
        verify_detached(data, p7s)
    return refused.value.code


def _rebuilt(p7s: bytes) -> tuple[asn1_cms.ContentInfo, asn1_cms.SignedData]:
    info = asn1_cms.ContentInfo.load(p7s)
    return info, info["content"]


def test_all_signers_are_told_with_their_times(authority: Authority, keys: list[SoftKey]) -> None:
    p7s = sign_detached(DATA, keys, at=NOW + timedelta(microseconds=7))
    signers = verify_detached(DATA, p7s)
    assert {certificate_der(s.certificate) for s in signers} == {
        certificate_der(k.certificate) for k in keys}
    assert {s.signing_time for s in signers} == {NOW}


def test_openssl_accepts_three_signers(
        tmp_path: Path, authority: Authority, keys: list[SoftKey]) -> None:
    now = datetime.now(UTC)
    p7s = sign_detached(DATA, keys, at=now, extra_certs=[authority.district])
    (tmp_path / "x.json").write_bytes(DATA)
    (tmp_path / "x.p7s").write_bytes(p7s)
    (tmp_path / "root.pem").write_bytes(certificate_pem(authority.root))
    # The authority of this test is valid around NOW, so openssl is told that time.
    line = ["openssl", "cms", "-verify", "-binary", "-inform", "DER", "-in", "x.p7s",
            "-content", "x.json", "-CAfile", "root.pem", "-purpose", "any",
            "-attime", str(int(NOW.timestamp())), "-out", "/dev/null"]
    done = subprocess.run(line, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    (tmp_path / "x.json").write_bytes(DATA + b" ")
    assert subprocess.run(line, cwd=tmp_path, capture_output=True, check=False).returncode != 0


def test_openssl_made_signature_is_read(
        tmp_path: Path, authority: Authority, keys: list[SoftKey]) -> None:
    (tmp_path / "k.pem").write_bytes(private_pem(keys[1]))
    (tmp_path / "c.pem").write_bytes(certificate_pem(keys[1].certificate))
    (tmp_path / "x.json").write_bytes(DATA)
    subprocess.run(
        ["openssl", "cms", "-sign", "-binary", "-cades", "-md", "sha256", "-in", "x.json",
         "-signer", "c.pem", "-inkey", "k.pem", "-outform", "DER", "-out", "x.p7s", "-nosmimecap"],
        cwd=tmp_path, check=True, capture_output=True)
    (signer,) = verify_detached(DATA, (tmp_path / "x.p7s").read_bytes())
    assert signer.certificate == keys[1].certificate


def test_other_data_is_refused(keys: list[SoftKey]) -> None:
    assert _code(DATA + b"x", sign_detached(DATA, keys[:1], at=NOW)) == "digest"


@pytest.mark.parametrize(("p7s", "code"), [
    (b"", "malformed"), (b"\x30\x80", "malformed"), (b"\x30\x84\xff\xff\xff\xff", "malformed"),
    (b"{}", "malformed"), (b"\x00" * 300_000, "too_large"), (b"\x30\x80" * 5000, "malformed"),
])
def test_bytes_that_are_no_signature(p7s: bytes, code: str) -> None:
    assert _code(DATA, p7s) == code


def test_trailing_bytes_are_refused(keys: list[SoftKey]) -> None:
    assert _code(DATA, sign_detached(DATA, keys[:1], at=NOW) + b"\x00") == "malformed"


def test_unsigned_attributes_are_refused(keys: list[SoftKey]) -> None:
    info, signed = _rebuilt(sign_detached(DATA, keys[:1], at=NOW))
    signed["signer_infos"][0]["unsigned_attrs"] = asn1_cms.CMSAttributes([
        asn1_cms.CMSAttribute({"type": "signing_time", "values": [
            asn1_cms.Time({"utc_time": core.UTCTime(NOW)})]})])
    assert _code(DATA, info.dump(force=True)) == "attributes"


def test_attached_content_is_refused(keys: list[SoftKey]) -> None:
    info, signed = _rebuilt(sign_detached(DATA, keys[:1], at=NOW))
    signed["encap_content_info"]["content"] = DATA
    assert _code(DATA, info.dump(force=True)) == "not_detached"


def test_one_signer_twice_is_refused(keys: list[SoftKey]) -> None:
    info, signed = _rebuilt(sign_detached(DATA, keys[:1], at=NOW))
    one = signed["signer_infos"][0]
    signed["signer_infos"] = [one, one.copy()]
    assert _code(DATA, info.dump(force=True)) == "duplicate_signer"


def test_certificate_missing_is_refused(keys: list[SoftKey]) -> None:
    info, signed = _rebuilt(sign_detached(DATA, keys[:2], at=NOW))
    signed["certificates"] = [signed["certificates"][0]]
    assert _code(DATA, info.dump(force=True)) == "no_certificate"


def test_a_token_that_signs_wrongly_is_found_when_signing(keys: list[SoftKey]) -> None:
    class BrokenToken:
        certificate = keys[1].certificate

        def sign(self, data: bytes) -> bytes:
            return keys[2].sign(data)

    with pytest.raises(CmsRefused) as refused:
        sign_detached(DATA, [BrokenToken()], at=NOW)
    assert refused.value.code == "signature"


def test_changed_bytes_never_crash_and_never_change_a_signer(keys: list[SoftKey]) -> None:
    p7s = sign_detached(DATA, keys[1:2], at=NOW)
    (signer,) = verify_detached(DATA, p7s)
    refused = 0
    for i in range(0, len(p7s), 3):
        changed = bytearray(p7s)
        changed[i] ^= 0x40 if i % 2 else 0x01
        try:
            assert verify_detached(DATA, bytes(changed)) == [signer]
        except CmsRefused:
            refused += 1
    assert refused > 0.97 * len(range(0, len(p7s), 3))


def test_cut_signatures_are_refused(keys: list[SoftKey]) -> None:
    p7s = sign_detached(DATA, keys[:1], at=NOW)
    for length in range(0, len(p7s), 17):
        _code(DATA, p7s[:length])


def test_pem_signer_must_fit_its_certificate(keys: list[SoftKey]) -> None:
    one, two = keys[0], keys[1]
    assert load_pem_signer(certificate_pem(one.certificate), private_pem(one)).certificate == \
        one.certificate
    for certificate, key in ((one, private_pem(two)), (one, b"nothing")):
        with pytest.raises(NotAKeyFile):
            load_pem_signer(certificate_pem(certificate.certificate), key)


def test_tls_identity_keeps_the_key_encrypted(authority: Authority, keys: list[SoftKey]) -> None:
    identity = tls_identity(keys[0], chain=[authority.district])
    assert b"ENCRYPTED PRIVATE KEY" in identity.encrypted_key_pem
    assert identity.password not in repr(identity)
    assert identity.chain_pem.count(b"BEGIN CERTIFICATE") == 2
    load_pem_private_key(identity.encrypted_key_pem, identity.password.encode())
    with pytest.raises(ValueError, match=r"[Pp]assword|decrypt"):
        load_pem_private_key(identity.encrypted_key_pem, b"guess")


def test_crl_facts_and_certificate_forms(authority: Authority) -> None:
    district, _root = authority.crls(at=NOW)
    facts = crl_facts(district)
    assert facts.number == 1
    assert len(facts.sha256) == 64
    assert facts.pem.startswith(b"-----BEGIN X509 CRL-----")
    assert load_certificate(certificate_der(authority.root)) == authority.root
    with pytest.raises(ValueError, match="too large"):
        load_certificate(b"\x30" * 40_000)
