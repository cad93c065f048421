"""Certification paths, one by one: ours and openssl's verifier say the same (RFC 5280, section 6)."""

import subprocess
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding

from field_app.credentials.keys import SoftKey
from field_app.credentials.profile import Purpose
from field_app.credentials.trust import CertificateRefused, Trust, check_certificate
from tests.unit.credentials import forge
from tests.unit.credentials.conftest import NOW
from tests.unit.credentials.forge import DAY, Wanted
from tests.unit.credentials.stage import Stage

SECOND = timedelta(seconds=1)


@dataclass(frozen=True)
class Case:
    """A leaf to judge at ``at`` with what a laptop believes."""

    leaf: x509.Certificate
    trust: Trust
    at: datetime = NOW
    purpose: Purpose = Purpose.OFFICER


Make = Callable[[Stage], Case]


@pytest.fixture(scope="module")
def stage() -> Stage:
    return Stage()


def _made(wanted: Wanted, *, issuer_name: x509.Name | None = None) -> Make:
    return lambda s: Case(wanted.made(s.issuer, issuer_name=issuer_name).certificate, s.trust)


def _below(issuer: Callable[[Stage], SoftKey], *, carried: bool = True) -> Make:
    """An officer's certificate below another than the district; ``carried``: its issuer is told."""
    def make(s: Stage) -> Case:
        above = issuer(s)
        more = (above.certificate,) if carried else ()
        trust = replace(s.trust, intermediates=(*s.trust.intermediates, *more),
                        crls=(*s.trust.crls, forge.crl(above, 1)))
        return Case(Wanted().made(above).certificate, trust)

    return make


def _root(s: Stage) -> SoftKey:
    return forge.secret_of(s.home.authority, "root")


def _sub_authority(s: Stage) -> SoftKey:
    return Wanted(purpose=None, info=None, authority=True).made(s.issuer, subject="下级")


def _stranger_of_the_same_name(s: Stage) -> SoftKey:
    return SoftKey(forge.fresh(), s.home.authority.district)


def _spoiled(s: Stage) -> Case:
    der = bytearray(s.a.certificate.public_bytes(Encoding.DER))
    der[-5] ^= 1
    return Case(x509.load_der_x509_certificate(bytes(der)), s.trust)


def _signed_with(digest: hashes.SHA384 | hashes.SHA512) -> Make:
    def make(s: Stage) -> Case:
        made, key = s.a.certificate, forge.fresh()
        builder = (x509.CertificateBuilder().subject_name(made.subject).issuer_name(made.issuer)
                   .public_key(key.public_key()).serial_number(x509.random_serial_number())
                   .not_valid_before(made.not_valid_before_utc)
                   .not_valid_after(made.not_valid_after_utc))
        for extension in made.extensions:
            if not isinstance(extension.value, x509.SubjectKeyIdentifier):
                builder = builder.add_extension(extension.value, critical=extension.critical)
        builder = builder.add_extension(
            x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        return Case(builder.sign(s.issuer.private_key, digest), s.trust)

    return make


def _unknown_critical(s: Stage) -> Case:
    key = forge.fresh()
    made = s.a.certificate
    builder = (x509.CertificateBuilder().subject_name(made.subject).issuer_name(made.issuer)
               .public_key(key.public_key()).serial_number(x509.random_serial_number())
               .not_valid_before(made.not_valid_before_utc).not_valid_after(made.not_valid_after_utc))
    for extension in made.extensions:
        builder = builder.add_extension(extension.value, critical=extension.critical)
    builder = builder.add_extension(x509.UnrecognizedExtension(
        x509.ObjectIdentifier("1.3.6.1.4.1.99999.1"), b"\x05\x00"), critical=True)
    return Case(builder.sign(s.issuer.private_key, hashes.SHA256()), s.trust)


def _revoked(s: Stage, *, by: str) -> Case:
    issuer = s.issuer if by == "district" else _root(s)
    gone = s.a.certificate if by == "district" else s.home.authority.district
    fresh = forge.crl(issuer, 99, revoked=[gone.serial_number])
    kept = tuple(c for c in s.trust.crls if c.issuer != fresh.issuer)
    return Case(s.a.certificate, replace(s.trust, crls=(*kept, fresh)))


def _without_crl_of_the_district(s: Stage) -> Case:
    kept = tuple(c for c in s.trust.crls if c.issuer != s.issuer.certificate.subject)
    return Case(s.a.certificate, replace(s.trust, crls=kept))


def _crl_by_a_thief(s: Stage) -> Case:
    kept = tuple(c for c in s.trust.crls if c.issuer != s.issuer.certificate.subject)
    forged = forge.crl(_stranger_of_the_same_name(s), 99)
    return Case(s.a.certificate, replace(s.trust, crls=(*kept, forged)))


def _edge(which: str, by: timedelta) -> Make:
    def make(s: Stage) -> Case:
        leaf = s.home.officer("丁", "A-7", start=NOW).certificate
        edge = leaf.not_valid_before_utc if which == "from" else leaf.not_valid_after_utc
        return Case(leaf, s.trust, edge + by)

    return make


def _of(kind: str, purpose: Purpose) -> Make:
    def make(s: Stage) -> Case:
        key: SoftKey = s.home.hq if kind == "hq" else s.home.authority.issue_device(
            "D9", agency="镇", valid=forge.VALID)
        return Case(key.certificate, s.trust, purpose=purpose)

    return make


PATHS: tuple[tuple[str, Make, bool], ...] = (
    ("officer below the district", lambda s: Case(s.a.certificate, s.trust), True),
    ("headquarters below the district", _of("hq", Purpose.HEADQUARTERS), True),
    ("laptop below the district", _of("device", Purpose.DEVICE), True),
    ("first second", _edge("from", timedelta()), True),
    ("a second too early", _edge("from", -SECOND), False),
    ("a second before the last", _edge("until", -SECOND), True),
    ("a second too late", _edge("until", SECOND), False),
    ("of a year ago", _made(Wanted(valid=(NOW - 400 * DAY, NOW - 35 * DAY))), False),
    ("of next year", _made(Wanted(valid=(NOW + 35 * DAY, NOW + 400 * DAY))), False),
    ("of another district", lambda s: Case(s.abroad.officer("甲", "X").certificate, s.trust), False),
    ("officer there, district here", lambda s: Case(
        s.abroad.officer("甲", "X").certificate,
        replace(s.trust, intermediates=s.abroad.trust().intermediates)), False),
    ("own authority", lambda s: Case(forge.self_signed().certificate, s.trust), False),
    ("signature with a bit turned", _spoiled, False),
    ("issuer's name, a thief's key", _below(_stranger_of_the_same_name, carried=False), False),
    ("issuer of no such name", _made(Wanted(), issuer_name=forge.name_of("无此机关")), False),
    ("below an officer", _below(lambda s: s.b), False),
    ("below headquarters", _below(lambda s: s.home.hq), False),
    ("below a laptop", _below(lambda s: s.home.authority.issue_device(
        "D8", agency="镇", valid=forge.VALID)), False),
    ("below a subordinate of the district, which may have none", _below(_sub_authority), False),
    ("straight below the root", _below(_root, carried=False), True),
    ("without the district between", lambda s: Case(
        s.a.certificate, replace(s.trust, intermediates=())), False),
    ("withdrawn by the district", lambda s: _revoked(s, by="district"), False),
    ("district withdrawn by the root", lambda s: _revoked(s, by="root"), False),
    ("no CRL of the district", _without_crl_of_the_district, False),
    ("CRL by a thief of the district's name", _crl_by_a_thief, False),
    ("an unknown critical extension", _unknown_critical, False),
    ("signed with SHA-384", _signed_with(hashes.SHA384()), True),
    ("signed with SHA-512", _signed_with(hashes.SHA512()), True),
    ("a P-384 key below the district", lambda s: Case(Wanted().made(
        s.issuer, ec.generate_private_key(ec.SECP384R1())).certificate, s.trust), True),
)


def _ours(path: Case) -> bool:
    try:
        check_certificate(path.leaf, path.trust, at=path.at, purpose=path.purpose)
    except CertificateRefused:
        return False
    return True


def _openssl(path: Case, folder: Path) -> tuple[bool, str]:
    def keep(name: str, things: Sequence[x509.Certificate | x509.CertificateRevocationList]) -> Path:
        (folder / name).write_text("".join(map(forge.pem, things)))
        return folder / name

    words: list[str | Path] = ["openssl", "verify", "-x509_strict", "-purpose", "any", "-crl_check_all",
             "-attime", str(int(path.at.timestamp())),
             "-CAfile", keep("root.pem", [path.trust.root]), "-CRLfile", keep("crls.pem", path.trust.crls)]
    if path.trust.intermediates:
        words += ["-untrusted", keep("between.pem", path.trust.intermediates)]
    ran = subprocess.run([*words, keep("leaf.pem", [path.leaf])], capture_output=True, check=False)
    return ran.returncode == 0, (ran.stdout + ran.stderr).decode(errors="replace")


@pytest.mark.parametrize(("make", "good"), [row[1:] for row in PATHS], ids=[row[0] for row in PATHS])
def test_both_say_the_same(stage: Stage, make: Make, *, good: bool, tmp_path: Path) -> None:
    path = make(stage)
    theirs, words = _openssl(path, tmp_path)
    assert (_ours(path), theirs) == (good, good), words


def test_the_last_second_still_counts(stage: Stage) -> None:
    """RFC 5280 4.1.2.5 includes it; openssl 3.0 does not, so it is no judge of this one."""
    assert _ours(_edge("until", timedelta())(stage))
    assert not _ours(_edge("until", SECOND)(stage))
