"""Attacks on the trust bundle: each is tried, and refused for its own reason."""

from collections.abc import Callable

import pytest

from field_app.credentials.keys import SoftKey
from field_app.credentials.trust import TrustRefused
from tests.unit.credentials import forge
from tests.unit.credentials.conftest import NOW, make_district
from tests.unit.credentials.forge import DAY, VALID
from tests.unit.credentials.stage import Stage


@pytest.fixture(scope="module")
def stage() -> Stage:
    return Stage()


def _drop_crls(raw: dict[str, object]) -> None:
    raw["crls"] = []


def _forged_crl(s: Stage) -> forge.Change:
    def change(raw: dict[str, object]) -> None:
        thief = SoftKey(forge.fresh(), s.home.authority.district)
        raw["crls"] = [forge.pem(forge.crl(thief, 99))]

    return change


def _lower_crl(s: Stage) -> object:
    old = [forge.pem(c) for c in s.trust.crls]
    current = s.bundle()
    return s.bundle(change=lambda raw: raw.update(crls=old), current=current)


def _older_bundle(s: Stage) -> object:
    old = forge.bundle(s.home.authority, s.home.hq)
    return forge.believed(s.home.authority, old, current=s.bundle())


def _foreign_bundle(s: Stage) -> object:
    return forge.believed(s.abroad.authority, forge.bundle(s.abroad.authority, s.abroad.hq),
                          root=s.home.authority.root)


def _foreign_signer(s: Stage) -> object:
    return forge.believed(s.home.authority, forge.bundle(s.home.authority, s.abroad.hq))


def _with_a_thief(s: Stage) -> object:
    """Headquarters signed, and an officer signed beside it."""
    return forge.believed(s.home.authority, forge.bundle(
        s.home.authority, None, signers=[s.home.hq, s.a]))


def _unsigned(s: Stage) -> object:
    data, _ = forge.bundle(s.home.authority, s.home.hq)
    return forge.believed(s.home.authority, (data, b""))


def _other_signature(s: Stage) -> object:
    data, _ = forge.bundle(s.home.authority, s.home.hq)
    _, other = forge.bundle(s.home.authority, s.home.hq)
    return forge.believed(s.home.authority, (data, other))


def _spoiled(s: Stage) -> object:
    data, signature = forge.bundle(s.home.authority, s.home.hq)
    return forge.believed(s.home.authority, (data[:-1], signature))


def _pretty(s: Stage) -> object:
    data, signature = forge.bundle(s.home.authority, s.home.hq)
    return forge.believed(s.home.authority, (data.replace(b'":', b'": '), signature))


def _revoked_headquarters(s: Stage) -> object:
    home = make_district()
    home.authority.withdraw(str(home.hq.certificate.serial_number), at=NOW - DAY)
    return forge.believed(home.authority, forge.bundle(home.authority, home.hq))


TRUST_ROWS: tuple[tuple[str, Callable[[Stage], object], str], ...] = (
    ("bundle older than ours", _older_bundle, "older"),
    ("CRL with a lower number", _lower_crl, "older_crl"),
    ("CRL left out of a newer bundle", lambda s: s.bundle(
        change=lambda raw: raw.update(crls=raw["crls"][:1]), current=s.trust), "signature"),
    ("bundle of another root", _foreign_bundle, "other_root"),
    ("bundle signed by another district", _foreign_signer, "signature"),
    ("bundle signed by an officer", lambda s: s.bundle(s.a), "signature"),
    ("bundle signed by a laptop", lambda s: s.bundle(s.home.authority.issue_device(
        "D005", agency="镇", valid=VALID)), "signature"),
    ("bundle signed by the upload server", lambda s: s.bundle(s.home.authority.issue_server(
        "接收", hosts=["127.0.0.1"], valid=VALID)), "signature"),
    ("bundle signed by a custodian", lambda s: s.bundle(s.home.authority.issue_custodian(
        "保管人", "K-1", valid=VALID)), "signature"),
    ("bundle signed by the district's authority itself", lambda s: s.bundle(s.issuer), "signature"),
    ("bundle that an officer signed as well", _with_a_thief, "signature"),
    ("bundle signed by a withdrawn headquarters", _revoked_headquarters, "signature"),
    ("bundle with an expired headquarters certificate",
     lambda s: s.bundle(at=NOW + 500 * DAY), "signature"),
    ("bundle without a signature", _unsigned, "signature"),
    ("bundle with another bundle's signature", _other_signature, "signature"),
    ("bundle with its JSON cut", _spoiled, "malformed"),
    ("bundle with its JSON written otherwise", _pretty, "malformed"),
    ("bundle with a certificate that is none", lambda s: s.bundle(
        change=lambda raw: raw.update(root="-----BEGIN")), "malformed"),
    ("bundle with lists that are none", lambda s: s.bundle(
        change=lambda raw: raw.update(officers=5)), "malformed"),
    ("bundle without an offset in its time", lambda s: s.bundle(
        change=lambda raw: raw.update(issued="2026-05-14T09:30:00")), "malformed"),
    ("bundle of another format", lambda s: s.bundle(
        change=lambda raw: raw.update(format="le-trust/9")), "format"),
    ("bundle without CRLs", lambda s: s.bundle(change=_drop_crls), "signature"),
    ("bundle with a forged CRL", lambda s: s.bundle(change=_forged_crl(s)), "signature"),
)


@pytest.mark.parametrize(("attack", "code"), [r[1:] for r in TRUST_ROWS], ids=[r[0] for r in TRUST_ROWS])
def test_trust_attack_is_refused(stage: Stage, attack: Callable[[Stage], object], code: str) -> None:
    with pytest.raises(TrustRefused) as refused:
        attack(stage)
    assert refused.value.code == code
