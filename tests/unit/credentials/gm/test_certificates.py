"""SM2 certificates: openssl believes them, we believe no others."""

import subprocess
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from field_app.credentials.authority import load_authority
from field_app.credentials.gm.certificates import build_certificate, sm2_public
from field_app.credentials.gm.chain import ChainBroken, build_chain
from field_app.credentials.gm.keys import GmKey
from field_app.credentials.issuing import AuthorityRefused
from field_app.credentials.profile import (
    Purpose,
    authority_usage,
    fingerprint,
    officer_of,
    subject_of,
    usage_of,
)
from field_app.credentials.trust import CertificateRefused, Trust, TrustRefused, check_certificate, parse_bundle
from field_app.crypto.gm.software import SoftwareGm
from field_app.domain.people import Role
from tests.unit.credentials.conftest import NOW, District
from tests.unit.credentials.gm.conftest import YEAR, GmDistrict, make_gm_district
from tests.unit.crypto.gm.openssl import ID, new_key, openssl


def pem(path: Path, *certificates: x509.Certificate) -> Path:
    path.write_bytes(b"".join(c.public_bytes(Encoding.PEM) for c in certificates))
    return path


def refused(certificate: x509.Certificate, trust: Trust, purpose: Purpose = Purpose.OFFICER) -> str:
    with pytest.raises(CertificateRefused) as told:
        check_certificate(certificate, trust, at=NOW, purpose=purpose)
    return told.value.code


def test_openssl_verifies_the_chain(gm_district: GmDistrict, tmp_path: Path) -> None:
    key = gm_district.officer("张喆堃", "A-1")
    root, between = (pem(tmp_path / n, c) for n, c in (
        ("root.pem", gm_district.authority.root), ("ca.pem", gm_district.authority.district)))
    at = str(int(NOW.timestamp()))
    verify = ["verify", "-vfyopt", "distid:1234567812345678", "-attime", at, "-x509_strict"]
    # openssl 3.0 gives the ID to the last certificate only, so each link is asked for alone.
    for known in (root, between):
        assert openssl(*verify, "-CAfile", root, known).endswith(b": OK\n")
    for certificate in (key.certificate, key.encryption_certificate, gm_district.hq.certificate):
        leaf = pem(tmp_path / "leaf.pem", certificate)
        assert openssl(*verify, "-partial_chain", "-trusted", between, leaf).endswith(b": OK\n")
        text = openssl("x509", "-in", leaf, "-noout", "-text", "-nameopt", "utf8").decode()
        assert "SM2-with-SM3" in text and "ASN1 OID: SM2" in text
    other = pem(tmp_path / "other.pem", make_gm_district().authority.district)
    for trusted in (other, root):
        with pytest.raises(subprocess.CalledProcessError):
            openssl(*verify, "-partial_chain", "-trusted", trusted, tmp_path / "leaf.pem")


def test_openssl_verifies_the_lists(gm_district: GmDistrict, tmp_path: Path) -> None:
    gone = gm_district.officer("丙", "A-33")
    gm_district.authority.withdraw(str(gone.certificate.serial_number), at=NOW)
    for crl, issuer in zip(gm_district.authority.crls(at=NOW),
                           (gm_district.authority.district, gm_district.authority.root), strict=True):
        public = sm2_public(issuer)
        assert public is not None
        (tmp_path / "pub.der").write_bytes(public.spki)
        (tmp_path / "tbs").write_bytes(crl.tbs_certlist_bytes)
        (tmp_path / "sig").write_bytes(crl.signature)
        assert b"Success" in openssl(
            "pkeyutl", "-verify", "-pubin", "-keyform", "DER", "-inkey", tmp_path / "pub.der", "-rawin",
            "-digest", "sm3", *ID, "-in", tmp_path / "tbs", "-sigfile", tmp_path / "sig")
        (tmp_path / "crl").write_bytes(crl.public_bytes(Encoding.DER))
        text = openssl("crl", "-inform", "DER", "-in", tmp_path / "crl", "-noout", "-text").decode()
        assert "X509v3 CRL Number" in text
        listed = f"{gone.certificate.serial_number:X}" in text
        assert listed == (issuer == gm_district.authority.district)


def test_we_believe_what_openssl_issued(tmp_path: Path) -> None:
    """A chain made by openssl alone, read by our rules."""
    dist = ["-sm3", "-sigopt", "distid:1234567812345678"]
    for name in ("ca.key", "leaf.key"):
        new_key(tmp_path / name)
    openssl("req", "-x509", "-key", tmp_path / "ca.key", *dist, "-out", tmp_path / "ca.pem", "-subj",
            "/CN=root", "-days", "30", "-addext", "keyUsage=critical,keyCertSign,cRLSign")
    openssl("req", "-new", "-key", tmp_path / "leaf.key", *dist, "-out", tmp_path / "leaf.csr",
            "-subj", "/CN=leaf")
    openssl("x509", "-req", "-in", tmp_path / "leaf.csr", "-CA", tmp_path / "ca.pem", "-CAkey",
            tmp_path / "ca.key", *dist, "-vfyopt", "distid:1234567812345678", "-days", "20",
            "-out", tmp_path / "leaf.pem", "-set_serial", "7")
    root, leaf = (x509.load_pem_x509_certificate((tmp_path / n).read_bytes())
                  for n in ("ca.pem", "leaf.pem"))
    at = leaf.not_valid_before_utc + timedelta(days=1)
    assert build_chain(leaf, root, [], at=at) == (leaf, root)
    with pytest.raises(ChainBroken, match="valid"):
        build_chain(leaf, root, [], at=at + timedelta(days=60))
    der = bytearray(leaf.public_bytes(Encoding.DER))
    der[der.index(b"leaf")] ^= 1
    with pytest.raises(ChainBroken, match="signed"):
        build_chain(x509.load_der_x509_certificate(bytes(der)), root, [], at=at)


def test_an_officer_is_believed(gm_district: GmDistrict) -> None:
    key, trust = gm_district.officer("张喆堃", "A-11"), gm_district.trust()
    check_certificate(key.certificate, trust, at=NOW, purpose=Purpose.OFFICER)
    check_certificate(key.encryption_certificate, trust, at=NOW, purpose=Purpose.OFFICER_ENCRYPTION)
    officer = officer_of(key.certificate)
    assert (officer.name, officer.cert_no, officer.role) == ("张喆堃", "A-11", Role.QUALIFIED)
    assert trust.encryption_of(key.certificate) == key.encryption_certificate


def test_dates_purposes_and_withdrawals_are_judged(gm_district: GmDistrict) -> None:
    trust = gm_district.trust()
    day = timedelta(days=1)
    late = gm_district.officer("甲", "A-7", valid=(NOW - 9 * day, NOW - day))
    early = gm_district.officer("甲", "A-8", valid=(NOW + day, NOW + 9 * day))
    assert refused(late.certificate, trust) == "expired"
    assert refused(early.certificate, trust) == "not_yet_valid"
    good = gm_district.officer("甲", "A-9")
    assert refused(good.certificate, trust, Purpose.DEVICE) == "wrong_purpose"
    assert refused(good.encryption_certificate, trust) == "wrong_purpose"
    gm_district.authority.withdraw(str(good.certificate.serial_number), at=NOW - timedelta(hours=1))
    check_certificate(good.certificate, trust, at=NOW, purpose=Purpose.OFFICER)
    assert refused(good.certificate, gm_district.trust()) == "revoked"
    with pytest.raises(AuthorityRefused):
        gm_district.authority.withdraw("1", at=NOW)


def test_strangers_are_not_believed(gm_district: GmDistrict, district: District) -> None:
    trust = gm_district.trust()
    assert refused(make_gm_district().officer("甲", "A-1").certificate, trust) == "unknown_issuer"
    # Neither kind of district believes the other's people.
    assert refused(district.officer("甲", "A-1").certificate, trust) == "unknown_issuer"
    assert refused(gm_district.officer("甲", "A-1").certificate, district.trust()) == "unknown_issuer"
    assert refused(gm_district.authority.district, trust) == "unknown_issuer"
    assert refused(gm_district.authority.root, trust) == "unknown_issuer"


Make = Callable[..., x509.Certificate]


@pytest.fixture
def make(gm_district: GmDistrict) -> Make:
    """Certificates for a fresh key signed by whomever, with whatever extensions."""
    software = SoftwareGm()

    def made(issuer: GmKey, *extensions: tuple[x509.ExtensionType, bool]) -> x509.Certificate:
        public = sm2_public(issuer.certificate)
        assert public is not None
        return build_certificate(
            subject_of(country="CN", name="伪"), software.generate().public,
            issuer=issuer.certificate.subject, issuer_key=issuer, issuer_public=public, valid=YEAR,
            extensions=extensions)

    return made


def test_only_authorities_issue(gm_district: GmDistrict, make: Make) -> None:
    trust = gm_district.trust()
    officer = gm_district.officer("甲", "A-1")
    eku = (x509.ExtendedKeyUsage([Purpose.OFFICER.eku]), False)
    below = make(officer, eku, (usage_of(Purpose.OFFICER), True))
    assert refused(below, trust) == "unknown_issuer"
    with pytest.raises(ChainBroken, match="not an authority"):
        build_chain(below, trust.root, [*trust.intermediates, officer.certificate], at=NOW)
    district_key = gm_district.authority._district
    twice = make(district_key, (x509.BasicConstraints(ca=True, path_length=None), True),
                 (authority_usage(), True))
    assert refused(twice, trust) == "unknown_issuer"
    odd = make(district_key, eku, (x509.UnrecognizedExtension(
        x509.ObjectIdentifier("1.2.3.4"), b"\x05\x00"), True))
    with pytest.raises(ChainBroken, match="critical"):
        build_chain(odd, trust.root, trust.intermediates, at=NOW)


def test_a_bundle_is_believed_only_from_headquarters(gm_district: GmDistrict) -> None:
    pin = fingerprint(gm_district.authority.root)
    data, signature = gm_district.bundle()
    assert parse_bundle(data, signature, pinned_root_sha256=pin).number > 0
    with pytest.raises(TrustRefused, match="signature"):
        parse_bundle(data, signature[:-1] + bytes([signature[-1] ^ 1]), pinned_root_sha256=pin)
    other, _ = gm_district.bundle()
    with pytest.raises(TrustRefused, match="signature"):
        parse_bundle(other, signature, pinned_root_sha256=pin)
    officer = gm_district.officer("甲", "A-1")
    forged = gm_district.authority.bundle(officer, at=NOW, hq_recipients=[], agency={})
    with pytest.raises(TrustRefused, match="signature"):
        parse_bundle(*forged, pinned_root_sha256=pin)


def test_an_authority_is_kept_and_opened(gm_district: GmDistrict, tmp_path: Path) -> None:
    gm_district.authority.save(tmp_path, "演练长口令-24681012")
    again = load_authority(tmp_path, "演练长口令-24681012")
    assert again.root == gm_district.authority.root and again.issued == gm_district.authority.issued
    issued = again.issue_headquarters("演练区司法局", valid=YEAR)
    check_certificate(issued.certificate, gm_district.trust(), at=NOW, purpose=Purpose.HEADQUARTERS)
    with pytest.raises(AuthorityRefused):
        load_authority(tmp_path, "别的口令")
    (tmp_path / "district.pem").write_bytes((tmp_path / "root.pem").read_bytes())
    with pytest.raises(AuthorityRefused):
        load_authority(tmp_path, "演练长口令-24681012")
    with pytest.raises(AuthorityRefused):
        gm_district.officer("甲", "渝-1")
