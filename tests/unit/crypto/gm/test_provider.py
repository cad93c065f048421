"""What every module must do, and SM2, SM3, SM4 beside the openssl command, both ways."""

import os
from pathlib import Path

import pytest
from cryptography.exceptions import InvalidTag

from field_app.crypto.gm.key_forms import private_pem, read_private_pem
from field_app.crypto.gm.provider import GmProvider, GmRefused
from field_app.crypto.gm.sm2_forms import Sm2Public, is_ciphertext, is_signature
from field_app.crypto.gm.software import SoftwareGm
from field_app.crypto.gm.symmetric import Sm4Gcm, hkdf_sm3, hmac_sm3, sm3
from tests.unit.crypto.gm.openssl import ID, new_key, openssl, public_der


def test_it_signs_and_verifies(provider: GmProvider) -> None:
    key, other = provider.generate(), provider.generate()
    assert key.public != other.public
    for data in (b"", b"tbs", os.urandom(100_000)):
        signature = provider.sign(key, data)
        assert is_signature(signature)
        assert provider.verify(key.public, data, signature)
        assert not provider.verify(key.public, data + b"x", signature)
        assert not provider.verify(other.public, data, signature)
        assert not provider.verify(key.public, data, signature, b"another-id")
    named = provider.sign(key, b"tbs", b"another-id")
    assert provider.verify(key.public, b"tbs", named, b"another-id")
    assert not provider.verify(key.public, b"tbs", named)


def test_a_spoiled_signature_does_not_hold(provider: GmProvider) -> None:
    key = provider.generate()
    good = provider.sign(key, b"tbs")
    for place in range(len(good)):
        spoiled = bytearray(good)
        spoiled[place] ^= 1
        assert not provider.verify(key.public, b"tbs", bytes(spoiled))
    for bad in (b"", good[:-1], good + b"\0", b"\x30\x06\x02\x01\x00\x02\x01\x00", os.urandom(70)):
        assert not provider.verify(key.public, b"tbs", bad)


@pytest.mark.parametrize("size", [1, 16, 32, 205, 255])
def test_it_seals_and_opens(provider: GmProvider, size: int) -> None:
    key, other, plain = provider.generate(), provider.generate(), os.urandom(size)
    sealed = provider.encrypt(key.public, plain)
    assert is_ciphertext(sealed) and provider.encrypt(key.public, plain) != sealed
    assert provider.decrypt(key, sealed) == plain
    with pytest.raises(GmRefused):
        provider.decrypt(other, sealed)


def test_what_it_cannot_seal_or_open_is_refused(provider: GmProvider) -> None:
    key = provider.generate()
    for plain in (b"", bytes(256)):
        with pytest.raises(GmRefused):
            provider.encrypt(key.public, plain)
    good = provider.encrypt(key.public, b"sixteen bytes ok")
    for place in range(len(good)):
        spoiled = bytearray(good)
        spoiled[place] ^= 1
        with pytest.raises(GmRefused):
            provider.decrypt(key, bytes(spoiled))
    for bad in (b"", good[:-1], good + b"\0", os.urandom(123)):
        with pytest.raises(GmRefused):
            provider.decrypt(key, bad)


def test_a_point_off_the_curve_is_no_key(provider: GmProvider) -> None:
    point = bytearray(provider.generate().public.point)
    assert Sm2Public.from_spki(Sm2Public(bytes(point)).spki).point == bytes(point)
    for bad in (bytes(64), b"\xff" * 64, bytes(point[:63]), bytes([*point[:63], point[63] ^ 1])):
        with pytest.raises(ValueError, match="curve"):
            Sm2Public(bad)
    with pytest.raises(ValueError, match="SM2"):
        Sm2Public.from_spki(b"\x30\x00")


def test_it_hashes_and_seals_as_published(provider: GmProvider) -> None:
    # GB/T 32905-2016, A.1, and RFC 8998, A.1.
    assert provider.sm3(b"abc").hex() == (
        "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0")
    key, nonce = bytes.fromhex("0123456789abcdeffedcba9876543210"), bytes.fromhex(
        "00001234567800000000abcd")
    plain = b"".join(bytes([c]) * 8 for c in (0xAA, 0xBB, 0xCC, 0xDD, 0xEE, 0xFF, 0xEE, 0xAA))
    context = bytes.fromhex("feedfacedeadbeeffeedfacedeadbeefabaddad2")
    made = provider.sm4_gcm(key).encrypt(nonce, plain, context)
    assert made.hex() == (
        "17f399f08c67d5ee19d0dc9969c4bb7d5fd46fd3756489069157b282bb200735"
        "d82710ca5c22f0ccfa7cbf93d496ac15a56834cbcf98c397b4024a2691233b8d"
        "83de3541e4c2b58177e065a9bf7b62ec")
    assert provider.sm4_gcm(key).decrypt(nonce, made, context) == plain
    for bad in (made[:-1], made[:15], b"", bytes([made[0] ^ 1]) + made[1:]):
        with pytest.raises(InvalidTag):
            provider.sm4_gcm(key).decrypt(nonce, bad, context)
    with pytest.raises(InvalidTag):
        provider.sm4_gcm(key).decrypt(nonce, made, context + b"x")


def test_a_stranger_key_is_not_signed_with(software: SoftwareGm) -> None:
    class Foreign:
        public = software.generate().public

    with pytest.raises(GmRefused):
        software.sign(Foreign(), b"x")
    with pytest.raises(GmRefused):
        software.decrypt(Foreign(), b"x")
    one, two = software.generate(), software.generate()
    for secret in (one.secret_bytes(), bytes(32), b"\xff" * 32, b"short"):
        with pytest.raises(GmRefused):
            software.load(secret, two.public)


def test_openssl_verifies_and_opens_ours(software: SoftwareGm, tmp_path: Path) -> None:
    key, data = software.generate(), os.urandom(3000)
    (tmp_path / "key.pem").write_bytes(private_pem(key))
    assert public_der(tmp_path / "key.pem") == key.public.spki
    (tmp_path / "data").write_bytes(data)
    (tmp_path / "sig").write_bytes(software.sign(key, data))
    told = openssl("pkeyutl", "-verify", "-rawin", "-digest", "sm3", *ID, "-in", tmp_path / "data",
                   "-inkey", tmp_path / "key.pem", "-sigfile", tmp_path / "sig")
    assert b"Signature Verified Successfully" in told
    (tmp_path / "sealed").write_bytes(software.encrypt(key.public, b"sixteen bytes ok"))
    assert openssl("pkeyutl", "-decrypt", "-inkey", tmp_path / "key.pem",
                   "-in", tmp_path / "sealed") == b"sixteen bytes ok"


def test_we_verify_and_open_what_openssl_made(software: SoftwareGm, tmp_path: Path) -> None:
    key = read_private_pem(new_key(tmp_path / "key.pem").read_bytes(), software)
    assert key.public.spki == public_der(tmp_path / "key.pem")
    data = os.urandom(3000)
    (tmp_path / "data").write_bytes(data)
    signature = openssl("pkeyutl", "-sign", "-rawin", "-digest", "sm3", *ID,
                        "-in", tmp_path / "data", "-inkey", tmp_path / "key.pem")
    assert software.verify(key.public, data, signature)
    sealed = openssl("pkeyutl", "-encrypt", "-inkey", tmp_path / "key.pem", stdin=b"k" * 16)
    assert software.decrypt(key, sealed) == b"k" * 16


def test_sm3_and_sm4_are_openssls(tmp_path: Path) -> None:
    data, key, counter = os.urandom(100_003), os.urandom(16), os.urandom(12)
    told = openssl("dgst", "-sm3", "-r", stdin=data).split()[0].decode()
    assert sm3(data).hex() == told
    mac = openssl("dgst", "-sm3", "-r", "-mac", "HMAC", "-macopt", f"hexkey:{key.hex()}", stdin=data)
    assert hmac_sm3(key, data).hex() == mac.split()[0].decode()
    derived = openssl("kdf", "-binary", "-keylen", "16", "-kdfopt", "digest:SM3", "-kdfopt",
                      f"hexkey:{key.hex()}", "-kdfopt", f"hexsalt:{counter.hex()}",
                      "-kdfopt", "info:payload", "HKDF")
    assert hkdf_sm3(key, salt=counter, info=b"payload", length=16) == derived
    # GCM is counter mode from 2 on, with a tag (NIST SP 800-38D); the command has no GCM.
    sealed = Sm4Gcm(key).encrypt(counter, data, None)
    start = counter + (2).to_bytes(4, "big")
    assert openssl("enc", "-sm4-ctr", "-K", key.hex(), "-iv", start.hex(), stdin=data) == sealed[:-16]
    theirs = openssl("enc", "-d", "-sm4-ctr", "-K", key.hex(), "-iv", start.hex(), stdin=sealed[:-16])
    assert theirs == Sm4Gcm(key).decrypt(counter, sealed, None)


def test_a_spoiled_private_key_is_told(software: SoftwareGm) -> None:
    key = software.generate()
    pem = private_pem(key)
    assert read_private_pem(pem, software).public == key.public
    other = private_pem(software.generate())
    for bad in (b"", pem[:60], other[:-60] + pem[-60:], pem.replace(b"PRIVATE", b"PUBLIC"), b"-" * 9):
        with pytest.raises(GmRefused):
            read_private_pem(bad, software)
    p256 = openssl("genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256")
    with pytest.raises(GmRefused, match="not an SM2 key"):
        read_private_pem(p256, software)
