"""One suite for every kind of key: it signs, opens its layer, forgets, and tells what is wrong."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

from field_app.credentials import token_keys
from field_app.credentials.gm.key_file import gm_key_file, load_gm_key_file
from field_app.credentials.key_file import encryption_file
from field_app.credentials.key_kinds import is_sm2, public_key_der, seal_for, signature_holds
from field_app.credentials.key_places import KeyPlace, public_certificate, same_place, still_there, unlock
from field_app.credentials.keys import KeyGone, NotAKeyFile, OfficerKey, SoftKey, WrongPin
from field_app.credentials.p256_issuing import encryption_key_file, key_file
from field_app.credentials.profile import OfficerInfo
from field_app.credentials.wrapped_key import PassphraseTooShort, load_wrapped, wrap
from field_app.crypto.machine_secret import machine_secret
from field_app.crypto.vault import VaultError, seal_to
from field_app.domain.people import Role
from tests.unit.credentials import tokens
from tests.unit.credentials.conftest import AGENCY, NOW, District
from tests.unit.credentials.gm.conftest import make_gm_district
from tests.unit.crypto.gm.openssl import ID, openssl

RIGHT, WRONG = "演练长口令-24681012", "不是这个口令-0"


@dataclass(frozen=True)
class Made:
    """A key of some kind: where it is, its PIN and a wrong one."""

    place: KeyPlace
    pin: str
    wrong: str


@pytest.fixture(scope="module")
def softhsm(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("softhsm")
    tokens.prepare(folder)
    return folder


def as_files(district: District, folder: Path) -> Made:
    key = district.officer("张喆堃", "A-1")
    path = folder / "张喆堃-A-1.p12"
    path.write_bytes(key_file(key, RIGHT, rounds=2048))
    encryption_file(path).write_bytes(encryption_key_file(key, RIGHT, rounds=2048))
    from field_app.credentials.certificate_file import write_certificate_file

    write_certificate_file(path.with_suffix(".cer"), key.certificate)
    return Made(path, RIGHT, WRONG)


def as_wrapped(district: District, folder: Path) -> Made:
    path = folder / "张喆堃-A-1.lek"
    path.write_bytes(wrap(district.officer("张喆堃", "A-1"), RIGHT, machine_secret(),
                          memory_kib=8 << 10, passes=1, lanes=1))
    return Made(path, RIGHT, WRONG)


def as_token(district: District, folder: Path) -> Made:
    place = tokens.new_token(f"t-{folder.name[-12:]}")
    made = token_keys.make_token_keys(place, tokens.PIN)
    signing, encryption = district.authority.certify_officer(
        "张喆堃", OfficerInfo(Role.QUALIFIED, "D12", "A-1"), made[token_keys.SIGNING],
        made[token_keys.ENCRYPTION], agency=AGENCY, unit="大队", valid=(NOW, NOW.replace(year=2027)))
    token_keys.store_certificates(place, tokens.PIN, {
        token_keys.SIGNING: signing, token_keys.ENCRYPTION: encryption})
    return Made(place, tokens.PIN, "000000")


def as_sm2(district: District, folder: Path) -> Made:
    """Of a district of the national suite; the interface is the same."""
    path = folder / "张喆堃-A-1.sm2"
    path.write_bytes(gm_key_file(make_gm_district().officer("张喆堃", "A-1"), RIGHT, rounds=2048))
    return Made(path, RIGHT, WRONG)


@pytest.fixture(params=[as_files, as_wrapped, as_token, as_sm2])
def made(request: pytest.FixtureRequest, district: District, tmp_path: Path, softhsm: Path) -> Made:
    kind: Callable[[District, Path], Made] = request.param
    return kind(district, tmp_path)


@pytest.fixture
def key(made: Made) -> Iterator[OfficerKey]:
    opened = unlock(made.place, made.pin)
    yield opened
    opened.forget()


def public(certificate: Any) -> ec.EllipticCurvePublicKey:
    found = certificate.public_key()
    assert isinstance(found, ec.EllipticCurvePublicKey)
    return found


def verify(certificate: x509.Certificate, data: bytes, signature: bytes, folder: Path) -> None:
    """By ``cryptography``, or by openssl where it is SM2."""
    if not is_sm2(certificate):
        public(certificate).verify(signature, data, ec.ECDSA(hashes.SHA256()))
        return
    for name, part in (("pub.der", public_key_der(certificate)), ("data", data), ("sig", signature)):
        (folder / name).write_bytes(part)
    openssl("pkeyutl", "-verify", "-pubin", "-keyform", "DER", "-inkey", folder / "pub.der", "-rawin",
            "-digest", "sm3", *ID, "-in", folder / "data", "-sigfile", folder / "sig")


def test_it_signs_for_its_certificate(key: OfficerKey, tmp_path: Path) -> None:
    for data in (b"", b"statement", b"x" * 100_000):
        signature = key.sign(data)
        assert signature_holds(key.certificate, data, signature)
        assert not signature_holds(key.certificate, data + b"x", signature)
        if data:  # openssl's command takes no empty file.
            verify(key.certificate, data, signature, tmp_path)


def test_it_opens_what_is_sealed_to_the_other_certificate(key: OfficerKey) -> None:
    assert key.encryption_certificate != key.certificate
    sealed = seal_for(key.encryption_certificate, b"layer", b"info")
    assert key.open(sealed, b"info") == b"layer"
    with pytest.raises(VaultError):
        key.open(sealed, b"other info")
    with pytest.raises(VaultError):
        key.open(sealed[:-1], b"info")
    with pytest.raises(VaultError):
        key.open(b"\x04" + b"\xff" * 64 + sealed[65:], b"info")  # no point of the curve
    with pytest.raises(VaultError):
        key.open(seal_for(key.certificate, b"layer", b"info"), b"info")


def test_a_wrong_pin_opens_nothing(made: Made) -> None:
    for pin in (made.wrong, made.pin + "0"):
        with pytest.raises(WrongPin):
            unlock(made.place, pin)
    unlock(made.place, made.pin).forget()


def test_what_was_let_go_of_does_nothing(made: Made) -> None:
    key = unlock(made.place, made.pin)
    sealed = seal_for(key.encryption_certificate, b"layer", b"info")
    key.forget()
    key.forget()
    with pytest.raises(KeyGone):
        key.sign(b"data")
    with pytest.raises(KeyGone):
        key.open(sealed, b"info")


def test_its_holder_is_known_without_a_pin(made: Made, key: OfficerKey) -> None:
    assert public_certificate(made.place) == key.certificate
    assert still_there(made.place) and same_place(made.place, made.place)


def test_a_token_pulled_in_the_middle_is_told(district: District, tmp_path: Path, softhsm: Path) -> None:
    made = as_token(district, tmp_path)
    key = unlock(made.place, made.pin)
    for token in (softhsm / "tokens").iterdir():  # its memory is gone, as when it is pulled
        for part in token.iterdir():
            part.unlink()
        token.rmdir()
    with pytest.raises((KeyGone, NotAKeyFile)):
        for _ in range(3):
            key.sign(b"data")
            unlock(made.place, made.pin)
    key.forget()
    import pkcs11

    pkcs11.lib(str(tokens.module())).reinitialize()
    assert not still_there(made.place)
    with pytest.raises((KeyGone, NotAKeyFile)):
        unlock(made.place, made.pin)


def test_a_wrapped_key_is_worth_nothing_on_another_machine(district: District, tmp_path: Path) -> None:
    key = district.officer("甲", "A-1")
    path = tmp_path / "a.lek"
    path.write_bytes(wrap(key, RIGHT, b"m" * 32, memory_kib=8 << 10, passes=1, lanes=1))
    assert load_wrapped(path, RIGHT, b"m" * 32).certificate == key.certificate
    with pytest.raises(WrongPin):
        load_wrapped(path, RIGHT, b"n" * 32)
    with pytest.raises(PassphraseTooShort):
        wrap(key, "12345678901", b"m" * 32)


@pytest.mark.parametrize("spoil", [
    lambda t: t.replace(b"le-key/1", b"le-key/9"), lambda t: t[:-20], lambda t: b"[]",
    lambda t: b"{" * 5000, lambda t: t.replace(b'"memory_kib": 8192', b'"memory_kib": 99999999'),
    lambda t: t.replace(b'"passes": 1', b'"passes": true'), lambda t: t.replace(b"BEGIN", b"BEGUN"),
    lambda t: b"\xff" * 10, lambda t: b""])
def test_a_spoiled_wrapped_file_is_told(
        district: District, tmp_path: Path, spoil: Callable[[bytes], bytes]) -> None:
    path = tmp_path / "a.lek"
    path.write_bytes(spoil(wrap(district.officer("甲", "A-1"), RIGHT, b"m" * 32,
                                memory_kib=8 << 10, passes=1, lanes=1)))
    with pytest.raises(NotAKeyFile):
        load_wrapped(path, RIGHT, b"m" * 32)


def test_a_missing_driver_is_told(tmp_path: Path) -> None:
    with pytest.raises(NotAKeyFile):
        token_keys.find_tokens(tmp_path / "no-such-driver.so")


def test_an_older_card_has_one_key_for_both(district: District) -> None:
    both = district.officer("乙", "A-2")
    one = SoftKey(both.private_key, both.certificate)
    sealed = seal_to(public(one.encryption_certificate), b"layer", b"info")
    assert one.open(sealed, b"info") == b"layer" and one.encryption_certificate == one.certificate


def test_openssl_opens_an_sm2_key_file(tmp_path: Path) -> None:
    key = make_gm_district().officer("甲", "A-1")
    (tmp_path / "a.sm2").write_bytes(gm_key_file(key, "24681012", rounds=2048))
    shown = openssl("pkey", "-in", tmp_path / "a.sm2", "-passin", "pass:24681012", "-pubout",
                    "-outform", "DER")
    assert shown == public_key_der(key.certificate)
    openssl("pkcs8", "-topk8", "-in", tmp_path / "a.sm2", "-passin", "pass:24681012", "-passout",
            "pass:135790", "-v2", "sm4-cbc", "-v2prf", "hmacWithSHA256", "-out", tmp_path / "k.pem")
    parts = (tmp_path / "a.sm2").read_bytes().split(b"-----BEGIN CERT")
    theirs = (tmp_path / "k.pem").read_bytes() + b"-----BEGIN CERT" + parts[1]
    (tmp_path / "b.sm2").write_bytes(theirs[:theirs.index(b"-----BEGIN ENC", 9)] * 2)
    assert load_gm_key_file(tmp_path / "b.sm2", "135790").certificate == key.certificate


@pytest.mark.parametrize("spoil", [
    lambda t: b"", lambda t: t[:-60], lambda t: t * 2, lambda t: t[:t.index(b"-----BEGIN CERT")],
    lambda t: t.replace(b"ENCRYPTED PRIVATE", b"PRIVATE"), lambda t: b"\xff" + t, lambda t: t + b"x" * 70_000,
    lambda t: t.replace(b"-----BEGIN CERTIFICATE-----\nMII", b"-----BEGIN CERTIFICATE-----\nAAA")])
def test_a_spoiled_sm2_file_is_told(tmp_path: Path, spoil: Callable[[bytes], bytes]) -> None:
    path = tmp_path / "a.sm2"
    path.write_bytes(spoil(gm_key_file(make_gm_district().officer("甲", "A-1"), RIGHT, rounds=2)))
    with pytest.raises(NotAKeyFile):
        load_gm_key_file(path, RIGHT)


def test_keys_and_certificates_of_two_people_are_no_key(tmp_path: Path) -> None:
    district = make_gm_district()
    one, two = (gm_key_file(district.officer("甲", f"A-{n}"), RIGHT, rounds=2) for n in (1, 2))
    path = tmp_path / "a.sm2"
    path.write_bytes(one[:one.index(b"-----BEGIN CERT")] + two[two.index(b"-----BEGIN CERT"):])
    with pytest.raises(NotAKeyFile, match="belong"):
        load_gm_key_file(path, RIGHT)
