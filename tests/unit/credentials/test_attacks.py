"""Attacks on the two-officer login and on trust: each is tried, and refused for its own reason.

A row is a name, how the attack is made, the code it must be refused with, and what officers read.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from cryptography import x509

from field_app.actions.refusals import login_refusal
from field_app.credentials.device import seal_pairs
from field_app.credentials.keys import KeyGone, SoftKey
from field_app.credentials.login import (
    ASSISTS,
    LoginRefused,
    answer,
    check_again,
    check_assistant,
    check_pair,
    log_in,
)
from field_app.credentials.profile import OfficerInfo, Purpose
from field_app.credentials.session_keys import SessionKeys
from field_app.credentials.trust import CertificateRefused, check_certificate
from field_app.crypto.vault import box, derive
from field_app.domain.clock import Moment
from field_app.domain.people import Role
from tests.unit.credentials import forge
from tests.unit.credentials.conftest import NOW, make_district
from tests.unit.credentials.forge import DAY, VALID, Wanted
from tests.unit.credentials.stage import MOMENT, Stage


@pytest.fixture(scope="module")
def stage() -> Stage:
    return Stage()


Row = tuple[str, Callable[[Stage], object], str, str]


def _other_session(s: Stage) -> object:
    then, now = s.asked(), s.asked()
    return s.pair(now, answer(then, 1, s.a), answer(then, 2, s.b))


def _one_replayed(s: Stage) -> object:
    then, now = s.asked(), s.asked()
    return s.pair(now, answer(now, 1, s.a), answer(then, 2, s.b))


def _other_device(s: Stage) -> object:
    now, there = s.asked(), s.asked(device="D002")
    return s.pair(now, answer(now, 1, s.a), answer(replace(there, nonce=now.nonce), 2, s.b))


def _other_purpose(s: Stage) -> object:
    now = s.asked()
    return s.pair(now, answer(now, 1, s.a), answer(replace(now, purpose="unlock"), 2, s.b))


def _other_session_key(s: Stage) -> object:
    """The officer signed another key than the one this session lends."""
    now = s.asked()
    other = replace(now, session_keys=SessionKeys())
    return s.pair(now, answer(now, 1, s.a), answer(other, 2, s.b))


def _other_time(s: Stage) -> object:
    now = s.asked()
    later = replace(now, moment=Moment(NOW + DAY, 1000, "boot"))
    return s.pair(now, answer(now, 1, s.a), answer(later, 2, s.b))


def _swapped_slots(s: Stage) -> object:
    now = s.asked()
    one, two = answer(now, 1, s.a), answer(now, 2, s.b)
    return s.pair(now, replace(one, slot=2), replace(two, slot=1))


def _same_slot(s: Stage) -> object:
    """Both sign as the first officer: nobody lent the second key."""
    now = s.asked()
    return s.pair(now, answer(now, 1, s.a), answer(now, 1, s.b))


def _swapped_signatures(s: Stage) -> object:
    now = s.asked()
    one, two = answer(now, 1, s.a), answer(now, 2, s.b)
    return s.pair(now, replace(one, signature=two.signature), two)


def _swapped_certificates(s: Stage) -> object:
    now = s.asked()
    one, two = answer(now, 1, s.a), answer(now, 2, s.b)
    return s.pair(now, replace(one, certificate=two.certificate),
                  replace(two, certificate=one.certificate))


def _login_as_unlock(s: Stage) -> object:
    now = s.asked()
    pair = check_pair(now, (answer(now, 1, s.a), answer(now, 2, s.b)), s.trust, at=NOW)
    unlock = replace(now, purpose="unlock")
    return check_again(unlock, answer(now, 1, s.a), s.trust, at=NOW, pair=pair)


def _outsider_unlocks(s: Stage) -> object:
    now = s.asked(purpose="unlock")
    pair = check_pair(now, (answer(now, 1, s.a), answer(now, 2, s.b)), s.trust, at=NOW)
    c = s.home.officer("丁", "A-4")
    return check_again(now, answer(now, 1, c), s.trust, at=NOW, pair=pair)


def _officer_assists_himself(s: Stage) -> object:
    now = s.asked(purpose="assist")
    pair = check_pair(now, (answer(now, 1, s.a), answer(now, 2, s.b)), s.trust, at=NOW)
    return check_assistant(now, answer(now, ASSISTS, s.a), s.trust, at=NOW, pair=pair)


def _foreign_assistant(s: Stage) -> object:
    now = s.asked(purpose="assist")
    pair = check_pair(now, (answer(now, 1, s.a), answer(now, 2, s.b)), s.trust, at=NOW)
    return check_assistant(now, answer(now, ASSISTS, s.abroad.officer("甲", "A-7")), s.trust,
                           at=NOW, pair=pair)


def _impostor(s: Stage) -> object:
    key = forge.fresh()
    return s.login(s.a, SoftKey(key, s.b.certificate, (key, s.b.encryption_certificate)))


def _stolen_encryption(s: Stage) -> object:
    """The partner's signing key, but a key of one's own to open with."""
    key = forge.fresh()
    return s.login(s.a, SoftKey(s.b.private_key, s.b.certificate, (key, s.b.encryption_certificate)))


def _borrowed_encryption(s: Stage) -> object:
    return s.login(s.a, SoftKey(
        s.b.private_key, s.b.certificate, (s.a.encryption_key, s.a.encryption_certificate)))


def _signing_as_encryption(s: Stage) -> object:
    other = s.home.officer("李㙦", "A-2")
    return s.login(s.a, SoftKey(
        s.b.private_key, s.b.certificate, (other.private_key, other.certificate)))


def _one_key_only(s: Stage) -> object:
    """The pair was sealed to encryption certificates; a signing key opens none of them."""
    return s.login(SoftKey(s.a.private_key, s.a.certificate), s.b)


def _withdrawn_encryption(s: Stage) -> object:
    home = make_district()
    a, b = home.officer("甲", "A-1"), home.officer("乙", "A-2")
    home.authority.withdraw(str(b.encryption_certificate.serial_number), at=NOW - DAY)
    return log_in(home.header(a, b), a, b, home.trust(), moment=MOMENT)


def _revoked(s: Stage) -> object:
    home = make_district()
    a, b = home.officer("甲", "A-1"), home.officer("乙", "A-2")
    home.authority.withdraw(str(a.certificate.serial_number), at=NOW - DAY)
    return log_in(home.header(a, b), a, b, home.trust(), moment=MOMENT)


def _machine_key(s: Stage, purpose: Purpose) -> object:
    """A certificate of that purpose, though it names an officer, comes as the second."""
    return s.login(s.a, Wanted(purpose).made(s.issuer))


def _purpose_row(purpose: Purpose) -> Row:
    return (f"a {purpose.value} certificate logs in", lambda s: _machine_key(s, purpose),
            "wrong_purpose", "第二名执法人员伪造使用的不是执法人员证书。")


def _same_key_two_names(s: Stage) -> object:
    """One key, two certificates of two persons."""
    twin = Wanted().made(s.issuer, s.a.private_key)
    return s.login(s.a, twin)


def _below_an_officer(s: Stage) -> object:
    """An officer's key issues certificates."""
    return s.login(s.a, Wanted().made(s.b))


def _own_intermediate(s: Stage) -> object:
    """An authority of one's own under the district's name."""
    key = forge.fresh()
    fake = SoftKey(key, s.home.authority.district)
    return s.login(s.a, Wanted().made(fake))


def _expired_authority(s: Stage, which: str) -> object:
    """After ten or twenty years officers' certificates outlive who signed them."""
    late = (s.home.authority.district if which == "district" else s.home.authority.root
            ).not_valid_after_utc + DAY
    young = Wanted(valid=(VALID[0], late + 365 * DAY))
    return s.login(young.made(s.issuer, subject="甲"), young.made(s.issuer, subject="乙"), at=late)


def test_a_chain_that_was_verified_is_judged_by_time_again(stage: Stage) -> None:
    for which in ("district", "root"):
        late = (stage.home.authority.district if which == "district" else stage.home.authority.root
                ).not_valid_after_utc + DAY
        key = Wanted(valid=(VALID[0], late + 365 * DAY)).made(stage.issuer, subject="甲")
        trust = replace(stage.trust)
        for _ in range(2):
            check_certificate(key.certificate, trust, at=NOW, purpose=Purpose.OFFICER)
            for at, purpose, code in ((late, Purpose.OFFICER, "authority_expired"),
                                      (NOW, Purpose.DEVICE, "wrong_purpose")):
                with pytest.raises(CertificateRefused) as refused:
                    check_certificate(key.certificate, trust, at=at, purpose=purpose)
                assert refused.value.code == code
        assert len(trust.chains) == 1


def _no_crl_for_officers(s: Stage) -> object:
    trust = replace(s.trust, crls=tuple(
        c for c in s.trust.crls if c.issuer != s.home.authority.district.subject))
    return s.login(s.a, s.b, trust=trust)


def _forged_crl_at_login(s: Stage) -> object:
    thief = SoftKey(forge.fresh(), s.home.authority.district)
    return s.login(s.a, s.b, trust=replace(s.trust, crls=(forge.crl(thief, 99),)))


def _second_crl_hides_nothing(s: Stage) -> object:
    """A list without the serial beside the true one with it: once revoked is revoked."""
    serial = s.b.certificate.serial_number
    told = forge.crl(s.issuer, 50, revoked=[serial])
    return s.login(s.a, s.b, trust=replace(s.trust, crls=(*s.trust.crls, told)))


def _revoked_district(s: Stage) -> object:
    root = forge.secret_of(s.home.authority, "root")
    told = forge.crl(root, 60, revoked=[s.home.authority.district.serial_number])
    return s.login(s.a, s.b, trust=replace(s.trust, crls=(*s.trust.crls, told)))


def _swapped_rows(s: Stage) -> object:
    c = s.home.officer("丁", "A-4")
    header = s.home.header(s.a, s.b, c)
    seals = [p.sealed for p in header.pairs]
    turned = tuple(replace(p, sealed=z) for p, z in zip(header.pairs, seals[1:] + seals[:1], strict=True))
    return s.login(s.a, s.b, header=replace(header, pairs=turned))


def _turned_pair(s: Stage) -> object:
    row = s.header.pairs[0]
    return s.login(s.a, s.b, header=replace(
        s.header, pairs=(replace(row, outer=row.inner, inner=row.outer),)))


def _row_of_another_device(s: Stage) -> object:
    other = s.home.header(s.a, s.b, device="D002")
    return s.login(s.a, s.b, header=replace(s.header, pairs=other.pairs))


def _spoiled_key(s: Stage) -> object:
    boxed = bytearray(s.header.boxed_key)
    boxed[-1] ^= 1
    return s.login(s.a, s.b, header=replace(s.header, boxed_key=bytes(boxed)))


def _key_of_another_device(s: Stage) -> object:
    foreign = box(derive(s.home.vault_key, "hdr/v1"), b"no key at all", b"le-device/1|D001|key")
    return s.login(s.a, s.b, header=replace(s.header, boxed_key=foreign))


def _pulled_while_signing(s: Stage) -> object:
    gone = SoftKey(s.b.private_key, s.b.certificate)
    gone.forget()
    return s.login(s.a, gone)


LOGIN_ROWS: tuple[Row, ...] = (
    ("one card twice", lambda s: s.login(s.a, s.a), "same_certificate", "两次使用的是同一证件。"),
    ("two certificates of one person",
     lambda s: s.login(s.a, s.home.officer("张喆堃", "A-1")), "same_person", "两份证书都属于张喆堃一人。"),
    ("one key under two names", _same_key_two_names, "same_certificate", "两次使用的是同一证件。"),
    ("both proofs of another session", _other_session, "signature", "第一名执法人员的签名验证不通过。"),
    ("one proof replayed", _one_replayed, "signature", "第二名执法人员的签名验证不通过。"),
    ("a proof for another device", _other_device, "signature", "第二名执法人员的签名验证不通过。"),
    ("an unlock used as a login", _other_purpose, "signature", "第二名执法人员的签名验证不通过。"),
    ("a login used as an unlock", _login_as_unlock, "signature", "第一名执法人员的签名验证不通过。"),
    ("a proof that lends another key", _other_session_key, "signature", "第二名执法人员的签名"),
    ("a proof of another time", _other_time, "signature", "第二名执法人员的签名验证不通过。"),
    ("swapped slots", _swapped_slots, "signature", "的签名验证不通过。"),
    ("both in the first slot", _same_slot, "signature", "的签名验证不通过。"),
    ("swapped signatures", _swapped_signatures, "signature", "第一名执法人员的签名验证不通过。"),
    ("swapped certificates", _swapped_certificates, "signature", "第一名执法人员的签名验证不通过。"),
    ("another officer unlocks", _outsider_unlocks, "other_pair", "丁不是当前登录的两名执法人员之一。"),
    ("one of the two assists", _officer_assists_himself, "same_person", "两份证书都属于张喆堃一人。"),
    ("an assistant of another district", _foreign_assistant, "unknown_issuer", "协助人员甲的证书不是本区签发的。"),
    ("a certificate without its key", _impostor, "signature", "第二名执法人员的签名验证不通过。"),
    ("certificate of another district", lambda s: s.login(s.a, s.abroad.officer("己", "A-6")),
     "unknown_issuer", "第二名执法人员己的证书不是本区签发的。"),
    ("not yet valid", lambda s: s.with_b(Wanted(valid=(NOW + DAY, NOW + 9 * DAY))), "not_yet_valid",
     "第二名执法人员伪造的证书自2026年5月15日起才有效。"),
    ("expired", lambda s: s.with_b(Wanted(valid=(NOW - 9 * DAY, NOW - DAY))), "expired",
     "第二名执法人员伪造的证书已于2026年5月13日过期。"),
    ("expired a second ago", lambda s: s.with_b(Wanted(
        valid=(NOW - DAY, NOW - timedelta(seconds=1)))), "expired", "过期"),
    ("revoked", _revoked, "revoked", "第一名执法人员甲的证书已于2026年5月13日被吊销。"),
    ("no officer extension", lambda s: s.with_b(Wanted(info=None)), "no_officer_info",
     "第二名执法人员伪造的证书缺少执法证信息。"),
    ("officer extension that is no DER", lambda s: s.with_b(Wanted(info=b"\x30\x80junk")),
     "no_officer_info", "缺少执法证信息"),
    ("officer extension with more behind it",
     lambda s: s.with_b(Wanted(info=OfficerInfo(Role.QUALIFIED, "D", "A-9").to_der() + b"\0")),
     "no_officer_info", "缺少执法证信息"),
    ("officer extension of an unknown role",
     lambda s: s.with_b(Wanted(info=OfficerInfo(Role.QUALIFIED, "D", "A-9").to_der().replace(
         b"\x0a\x01\x01", b"\x0a\x01\x07", 1))), "no_officer_info", "缺少执法证信息"),
    ("officer extension without a number",
     lambda s: s.with_b(Wanted(info=OfficerInfo(Role.QUALIFIED, "D", "").to_der())),
     "no_officer_info", "缺少执法证信息"),
    ("no purpose at all", lambda s: s.with_b(Wanted(purpose=None)), "unknown_issuer", "不是本区签发的"),
    *(_purpose_row(p) for p in Purpose if p is not Purpose.OFFICER),
    ("an authority's certificate that says officer", lambda s: s.with_b(Wanted(authority=True)),
     "wrong_purpose", "使用的不是执法人员证书"),
    ("a key that may only have keys sealed to it", lambda s: s.with_b(Wanted(signs=False)),
     "wrong_purpose", "使用的不是执法人员证书"),
    ("self-signed", lambda s: s.login(s.a, forge.self_signed()), "unknown_issuer",
     "第二名执法人员自签的证书不是本区签发的。"),
    ("forged issuer of the right name", _own_intermediate, "unknown_issuer", "不是本区签发的"),
    ("issued by an officer", _below_an_officer, "unknown_issuer", "不是本区签发的"),
    ("expired intermediate", lambda s: _expired_authority(s, "district"), "authority_expired",
     "第一名执法人员甲的证书的签发机构证书已于2036年5月"),
    ("expired root", lambda s: _expired_authority(s, "root"), "authority_expired", "签发机构证书已于"),
    ("CRL missing", _no_crl_for_officers, "no_crl", "无法确认第一名执法人员张喆堃的证书是否已被吊销。"),
    ("CRL forged", _forged_crl_at_login, "no_crl", "无法确认第一名执法人员张喆堃的证书是否已被吊销。"),
    ("revoked on one of two lists", _second_crl_hides_nothing, "revoked", "李㙦的证书已于2026年5月13日被吊销。"),
    ("the district's own authority revoked", _revoked_district, "revoked", "已于2026年5月13日被吊销。"),
    ("auxiliary as the first", lambda s: s.login(s.helper, s.b), "auxiliary",
     "第一名执法人员丙是辅助人员，不得单独执法"),
    ("auxiliary as the second", lambda s: s.login(s.a, s.helper), "auxiliary",
     "第二名执法人员丙是辅助人员，不得单独执法"),
    ("encryption certificate of the other officer", _borrowed_encryption, "other_card",
     "第二名执法人员李㙦的加密证书不是本人的。"),
    ("signing certificate used as encryption", _signing_as_encryption, "wrong_purpose",
     "第二名执法人员李㙦使用的不是执法人员证书。"),
    ("withdrawn encryption certificate", _withdrawn_encryption, "revoked", "第二名执法人员乙的证书已于"),
    ("signing key alone", _one_key_only, "not_enrolled", "这两名执法人员还没有在本机登记。"),
    ("pair not enrolled", lambda s: s.login(s.a, s.home.officer("庚", "A-7")), "not_enrolled",
     "这两名执法人员还没有在本机登记。"),
    ("the partner's certificates, a key of one's own to open", _stolen_encryption, "vault",
     "两人的密钥打不开本机的资料。"),
    ("vault rows swapped", _swapped_rows, "vault", "两人的密钥打不开本机的资料。"),
    ("outer and inner turned", _turned_pair, "vault", "两人的密钥打不开本机的资料。"),
    ("vault row of another device", _row_of_another_device, "vault", "两人的密钥打不开本机的资料。"),
    ("header says another device", lambda s: s.login(s.a, s.b, header=replace(
        s.header, device=type(s.header.device)("D009"))), "vault", "打不开本机的资料"),
    ("device key spoiled", _spoiled_key, "vault", "打不开本机的资料"),
    ("device key that is no key", _key_of_another_device, "vault", "打不开本机的资料"),
    ("device certificate of another key", lambda s: s.login(s.a, s.b, header=replace(
        s.header, certificate=s.home.header(s.a, s.b).certificate)), "vault", "打不开本机的资料"),
)


@pytest.mark.parametrize("row", LOGIN_ROWS, ids=[r[0] for r in LOGIN_ROWS])
def test_login_attack_is_refused(stage: Stage, row: Row) -> None:
    _, attack, code, words = row
    with pytest.raises(LoginRefused) as refused:
        attack(stage)
    told = login_refusal(refused.value)
    assert (refused.value.code, told.code) == (code, f"login.{code}")
    assert words in told.what and told.remedy


def test_a_key_pulled_between_pin_and_signature_ends_the_login(stage: Stage) -> None:
    with pytest.raises(KeyGone):
        _pulled_while_signing(stage)


def test_without_attack_both_are_in(stage: Stage) -> None:
    """The stage itself is sound, so each refusal above is due to its attack."""
    stage.login(stage.a, stage.b)
    check_certificate(Wanted().made(stage.issuer).certificate, stage.trust, at=NOW,
                      purpose=Purpose.OFFICER)
    assert stage.bundle(current=stage.trust).number > stage.trust.number


def test_what_is_sealed_to_no_pair(stage: Stage) -> None:
    """Neither an auxiliary nor one person's two certificates ever get a row."""
    twin = stage.home.officer("张喆堃", "A-1")
    keys: list[x509.Certificate] = [k.encryption_certificate for k in (stage.a, twin, stage.helper)]
    assert seal_pairs(stage.home.vault_key, stage.header.device, keys) == ()
