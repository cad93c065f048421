"""Attacks on a laptop's files and on its running session: each is refused, or on record and told."""

import base64
import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from sqlalchemy import text, update

from field_app.actions.audit_log import export_log, verify_here
from field_app.actions.context import Session
from field_app.actions.log_in import log_in
from field_app.actions.open_case import NewCase, open_case
from field_app.actions.overview import today
from field_app.actions.pass_warning import pass_warnings, passed_warnings
from field_app.actions.session_people import unlock_again
from field_app.actions.unlock_card import CardAndPin
from field_app.cli import verify_log
from field_app.cli.demo.day import sample_answers
from field_app.credentials.device import NotEnrolled, read_header
from field_app.credentials.keys import NotAKeyFile, SoftKey
from field_app.credentials.p256_issuing import encryption_key_file, key_file
from field_app.credentials.profile import fingerprint
from field_app.credentials.session_keys import SessionKeys
from field_app.credentials.trust import BUNDLE_NAME, SIGNATURE_NAME
from field_app.credentials.wrapped_key import load_wrapped, wrap
from field_app.domain.reasons import Level, Reason
from field_app.errors import UserError
from field_app.storage import events
from field_app.storage.tables import event
from tests.unit.credentials import forge
from tests.unit.credentials.conftest import NOW, make_district
from tests.unit.credentials.forge import Wanted
from tests.unit.credentials.laptops import DAY, PIN, ROUNDS, Laptop, SetClock, make_laptop, p12


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Laptop:
    return make_laptop(tmp_path_factory.mktemp("laptop"))


@pytest.fixture
def laptop(made: Laptop, tmp_path: Path) -> Laptop:
    shutil.copytree(made.root, tmp_path / "l")
    return replace(made, root=tmp_path / "l", clock=SetClock())


def other_file(laptop: Laptop, data: bytes) -> None:
    path = laptop.card("b").place
    assert isinstance(path, Path)
    path.write_bytes(data)


def _edit_header(laptop: Laptop, change: Callable[[str], str]) -> None:
    path = laptop.data.device_header
    path.write_text(change(path.read_text("utf-8")), "utf-8")


def _spoil_escrow_and_rows(raw: str) -> str:
    return json.dumps(json.loads(raw) | {"pairs": []})


def _other_root(laptop: Laptop) -> None:
    other = make_district()
    _edit_header(laptop, lambda t: json.dumps(
        json.loads(t) | {"root_sha256": fingerprint(other.authority.root)}))


def _wrong_many(laptop: Laptop) -> None:
    first, second = laptop.card("a"), laptop.card("b", "000000")
    for _ in range(5):
        with pytest.raises(UserError):
            log_in(laptop.context, first, second)


def _edited_count(laptop: Laptop) -> None:
    with pytest.raises(UserError):
        log_in(laptop.context, laptop.card("a"), laptop.card("b", "000000"))
    path = laptop.data.lockout
    path.write_bytes(path.read_bytes().replace(b'"total": 1', b'"total": 0'))


def _old_trust(laptop: Laptop) -> None:
    old = tuple((laptop.data.trust / n).read_bytes() for n in (BUNDLE_NAME, SIGNATURE_NAME))
    laptop.trusts(laptop.new_bundle())
    laptop.shift()
    laptop.trusts((old[0], old[1]))


def _foreign_store(laptop: Laptop) -> None:
    for end in ("-wal", "-shm"):
        laptop.data.store.with_name(laptop.data.store.name + end).unlink(missing_ok=True)
    data = bytearray(laptop.data.store.read_bytes())
    data[100] ^= 1
    laptop.data.store.write_bytes(bytes(data))


def _second_stick_gone(laptop: Laptop) -> None:
    path = laptop.card("b").place
    assert isinstance(path, Path)
    path.unlink()


def _rounds(laptop: Laptop) -> None:
    """A file that asks for hours of work before its PIN can be judged."""
    from asn1crypto import pkcs12 as asn1

    path = laptop.card("b").place
    assert isinstance(path, Path)
    pfx = asn1.Pfx.load(path.read_bytes())
    pfx["mac_data"]["iterations"] = 2_000_000_000
    path.write_bytes(pfx.dump(force=True))


def _other_encryption(laptop: Laptop) -> None:
    one, two = (laptop.root / "cards" / f"{name}.enc.p12" for name in "ab")
    two.write_bytes(one.read_bytes())


def _p384() -> bytes:
    key = ec.generate_private_key(ec.SECP384R1())
    return p12(key, forge._shell(key))


def _rsa() -> bytes:
    key = rsa.generate_private_key(65537, 2048)
    return p12(key, forge._shell(key))  # type: ignore[arg-type]


def _k1() -> bytes:
    key = ec.generate_private_key(ec.SECP256K1())
    return p12(key, forge._shell(key))


Row = tuple[str, Callable[[Laptop], object], str, str]
UNREADABLE = ("login.not_a_key", "第二名执法人员的证书文件读不出来。")

ROWS: tuple[Row, ...] = (
    ("a p12 that is none", lambda x: other_file(x, b"0" * 300), *UNREADABLE),
    ("a p12 that is a picture", lambda x: other_file(x, b"\x89PNG" + bytes(400)), *UNREADABLE),
    ("an empty p12", lambda x: other_file(x, b""), *UNREADABLE),
    ("a p12 of a hundred kilobytes", lambda x: other_file(x, b"\x30" * 100_000), *UNREADABLE),
    ("a p12 without a key", lambda x: other_file(x, p12(None, x.b.certificate)), *UNREADABLE),
    ("a p12 without a certificate", lambda x: other_file(x, p12(x.b.private_key, None)), *UNREADABLE),
    ("a p12 with RSA", lambda x: other_file(x, _rsa()), *UNREADABLE),
    ("a p12 with P-384", lambda x: other_file(x, _p384()), *UNREADABLE),
    ("a p12 with secp256k1", lambda x: other_file(x, _k1()), *UNREADABLE),
    ("a p12 whose key has another's certificate beside it", lambda x: other_file(
        x, p12(x.b.private_key, None, [x.a.certificate])), *UNREADABLE),
    ("the first officer's encryption file on the second stick", _other_encryption, "login.other_card",
     "第二名执法人员李㙦的加密证书不是本人的。"),
    ("a p12 that asks for endless rounds", _rounds, *UNREADABLE),
    ("a p12 cut in the middle", lambda x: other_file(x, key_file(x.b, PIN, rounds=ROUNDS)[:400]), *UNREADABLE),
    ("the second stick pulled before the PIN", _second_stick_gone, *UNREADABLE),
    ("a copy of the first officer's file", lambda x: other_file(
        x, x.root.joinpath("cards/a.p12").read_bytes()), "login.same_certificate", "两次使用的是同一证件。"),
    ("the partner's encryption file alone", lambda x: other_file(
        x, encryption_key_file(x.b, PIN, rounds=ROUNDS)), "login.wrong_purpose",
     "第二名执法人员李㙦使用的不是执法人员证书。"),
    ("an own authority's file", lambda x: other_file(x, key_file(forge.self_signed(), PIN, rounds=ROUNDS)),
     "login.unknown_issuer", "第二名执法人员自签的证书不是本区签发的。"),
    ("PINs tried five times", _wrong_many, "login.locked", "第二名执法人员的口令连续输错，1分钟后才能再试。"),
    ("the count of PINs edited", _edited_count, "login.locked", "的口令连续输错，1分钟后才能再试。"),
    ("header missing", lambda x: x.data.device_header.unlink(), "device.not_enrolled", "本机还没有登记"),
    ("header cut", lambda x: _edit_header(x, lambda t: t[:-20]), "device.not_enrolled", "本机还没有登记"),
    ("header with other words", lambda x: _edit_header(x, lambda t: t.replace("pairs", "pears")),
     "device.not_enrolled", "登记文件已损坏"),
    ("header without rows", lambda x: _edit_header(x, _spoil_escrow_and_rows), "login.not_enrolled",
     "这两名执法人员还没有在本机登记。"),
    ("header that pins another root", _other_root, "trust.other_root", "本机的信任包缺失或不可信。"),
    ("trust bundle missing", lambda x: (x.data.trust / BUNDLE_NAME).unlink(), "trust.missing",
     "本机的信任包缺失或不可信。"),
    ("trust bundle unsigned", lambda x: (x.data.trust / SIGNATURE_NAME).write_bytes(b""),
     "trust.signature", "本机的信任包缺失或不可信。"),
    ("trust bundle of another district", lambda x: x.trusts(forge.bundle(
        (d := make_district()).authority, d.hq)), "trust.other_root", "本机的信任包缺失或不可信。"),
    ("older trust bundle put back", _old_trust, "trust.older", "本机的信任包被换成了旧的"),
    ("store of another key", _foreign_store, "store.key", "本机资料库打不开，可能已损坏或被调换。"),
)


@pytest.mark.parametrize("row", ROWS, ids=[r[0] for r in ROWS])
def test_attack_on_files_is_refused(laptop: Laptop, row: Row) -> None:
    _, attack, code, words = row
    attack(laptop)
    with pytest.raises(UserError) as refused:
        laptop.log_in()
    assert refused.value.code == code
    assert words in refused.value.what and refused.value.remedy


def test_without_attack_nothing_is_noted(laptop: Laptop) -> None:
    assert laptop.found() == ["logged_in"]
    with laptop.open() as session:
        assert not [n for n in today(session).notices if n.serious]


def store_files(laptop: Laptop) -> dict[Path, bytes]:
    return {p: p.read_bytes() for p in laptop.data.root.glob("store.db*")}


def put_back(laptop: Laptop, files: dict[Path, bytes]) -> None:
    for path in laptop.data.root.glob("store.db*"):
        path.unlink()
    for path, data in files.items():
        path.write_bytes(data)


def test_an_older_store_is_on_record_and_told(laptop: Laptop) -> None:
    old = store_files(laptop)
    laptop.shift()
    put_back(laptop, old)
    with laptop.open() as session:
        with session.begin() as tx:
            told = [e.members() for e in events.since(tx, 0) if e.members()["typ"] == "log_set_back"]
        assert [(e["body"]["why"], e["body"]["remembered"] > e["body"]["found"]) for e in told] \
            == [("older", True)]
        assert any("比上次退出时的旧" in n.text and n.serious for n in today(session).notices)
    assert laptop.found() == ["logged_in"]  # told once, on record for ever


def test_an_older_store_that_was_worked_on_is_on_record(laptop: Laptop) -> None:
    """It has as many events again, but they are others."""
    old = store_files(laptop)
    laptop.shift()
    remembered = laptop.data.seen_log.read_bytes()
    put_back(laptop, old)
    laptop.data.seen_log.unlink()
    for _ in range(3):
        laptop.shift()
    laptop.data.seen_log.write_bytes(remembered)
    assert laptop.found() == ["logged_in", "log_set_back"]


@pytest.mark.parametrize("spoil", [
    lambda p: p.unlink(), lambda p: p.write_bytes(b""), lambda p: p.write_bytes(b"[" * 3000),
    lambda p: p.write_bytes(b" " * 9000), lambda p: p.write_bytes(b'{"mac": 5}'),
    lambda p: p.write_bytes(p.read_bytes().replace(b'"seq": ', b'"seq": 1'))])
def test_a_memory_that_was_lost_is_on_record(laptop: Laptop, spoil: Callable[[Path], object]) -> None:
    spoil(laptop.data.seen_log)
    with laptop.open() as session:
        assert any("日志末端丢失或被改动" in n.text for n in today(session).notices)
        with session.begin() as tx:
            assert events.since(tx, events.head(tx).seq - 1)[0].members()["typ"] == "log_set_back"


def test_a_clock_a_year_back_is_on_record_and_told(laptop: Laptop) -> None:
    laptop.clock.wall = NOW - 365 * DAY
    with laptop.open() as session:
        assert any("时钟" in n.text for n in today(session).notices)
        with session.begin() as tx:
            (back,) = [m["body"] for e in events.since(tx, 0)
                       if (m := e.members())["typ"] == "clock_set_back"]
    assert back["behind_s"] >= 364 * 86400


def test_a_link_changed_in_the_store_is_on_record_and_told(laptop: Laptop) -> None:
    with laptop.open() as session, session.begin() as tx:
        tx.connection.execute(text("DROP TRIGGER event_no_update"))
        tx.connection.execute(update(event).where(event.c.seq == 2).values(hash="0" * 64))
    assert laptop.found()[:2] == ["logged_in", "log_broken"]


def test_a_missing_tail_is_told_by_signed_heads_and_by_a_head_from_outside(
        laptop: Laptop, tmp_path: Path) -> None:
    with laptop.open() as session:
        out = export_log(session, tmp_path / "out")
        with session.begin() as tx:
            tx.connection.execute(text("DROP TRIGGER event_no_delete"))
            last = events.head(tx).seq
            tx.connection.execute(event.delete().where(event.c.seq == last))
        assert not verify_here(session, known=((last, out.head),)).ok
    log = out.folder / "events.jsonl"
    lines = log.read_bytes().splitlines(keepends=True)
    log.write_bytes(b"".join(lines[:-1]))
    found = verify_log.verify(log, root=out.folder / "root.pem", device=out.folder / "device.pem",
                              heads=out.folder / "heads.jsonl")
    assert [p for p in found.problems if "the tail was cut" in p]


def test_a_head_that_the_device_did_not_sign_is_false_here(laptop: Laptop) -> None:
    laptop.shift()
    with laptop.open() as session:
        assert verify_here(session).ok
        with session.begin() as tx:
            tx.connection.execute(text("UPDATE signed_head SET signature = 'AAAA'"))
        assert not verify_here(session).ok


Sign = Callable[[Session, bytes], tuple[str, str]]


@pytest.mark.parametrize(("sign", "holds"), [
    (lambda s, d: s.session_keys.sign(d), True),
    (lambda s, d: s.session_keys.sign(d)[::-1], False),
    (lambda s, d: (s.session_keys.sign(d)[0],) * 2, False),
    (lambda s, d: SessionKeys().sign(d), False),
    (lambda s, d: s.session_keys.sign(d + b" "), False),
    (lambda s, d: ("", ""), False),
    (lambda s, d: (base64.b64encode(bytes(70)).decode(),) * 2, False),
], ids=["own", "swapped", "one twice", "another session's", "other words", "none", "zeros"])
def test_a_passed_warning_needs_both_of_this_session(laptop: Laptop, sign: Sign, holds: bool) -> None:
    class Signs:
        def __init__(self, session: Session) -> None:
            self._session = session

        def sign(self, data: bytes) -> tuple[str, str]:
            return sign(self._session, data)

    with laptop.open() as session:
        acting = replace(session, session_keys=Signs(session))  # type: ignore[arg-type]
        record = sample_answers("G1-04")
        case = open_case(session, NewCase(
            cause="检查", matter="检查", place=str(record["check_place"]), party=dict(record["PARTY"]))).id
        with session.begin() as tx:
            pass_warnings(acting, tx, case, [Reason("RC-01", Level.WARN, "没有音像", "补录")],
                          about="inspection", reason="设备损坏")
        (trace,) = passed_warnings(session, case)
        assert trace.holds is holds


def test_an_unlock_by_another_hand_is_refused(laptop: Laptop) -> None:
    other = laptop.home.officer("丁", "A-4")
    path = laptop.root / "cards" / "d.p12"
    path.write_bytes(key_file(other, PIN, rounds=ROUNDS))
    with laptop.open() as session, pytest.raises(UserError) as refused:
        unlock_again(session, CardAndPin(path, PIN))
    assert refused.value.code == "login.other_pair"


def test_a_header_with_an_impossible_row_is_no_header(laptop: Laptop) -> None:
    for wrong in ("é", 5, None):
        raw = json.loads(laptop.data.device_header.read_bytes())
        raw["pairs"][0]["sealed"] = wrong
        laptop.data.device_header.write_text(json.dumps(raw), "utf-8")
        with pytest.raises(NotEnrolled):
            read_header(laptop.data.device_header)


def test_a_certificate_that_is_authority_and_officer_is_no_way_in(laptop: Laptop) -> None:
    thief = Wanted(authority=True).made(forge.secret_of(laptop.home.authority))
    other_file(laptop, key_file(thief, PIN, rounds=ROUNDS))
    with pytest.raises(UserError) as refused:
        laptop.log_in()
    assert refused.value.code == "login.wrong_purpose"


def test_a_wrapped_key_with_the_certificate_of_another_is_none(laptop: Laptop, tmp_path: Path) -> None:
    path = tmp_path / "b.lek"
    mixed = SoftKey(laptop.b.private_key, laptop.a.certificate)
    path.write_bytes(wrap(mixed, "很长的加固口令-0123", b"m" * 32, memory_kib=64, passes=1, lanes=1))
    with pytest.raises(NotAKeyFile):
        load_wrapped(path, "很长的加固口令-0123", b"m" * 32)
