"""Opening a PKCS#12 file off the interpreter: the same answer as the library's, and nobody waits."""

import hmac
import random
import shutil
import subprocess
import threading
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from asn1crypto import pkcs12 as asn1
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    pkcs12,
)
from hypothesis import given, settings
from hypothesis import strategies as st

from field_app.credentials import pkcs12_opening
from field_app.credentials.key_file import _rounds as key_file_rounds
from field_app.credentials.key_file import load_key_file
from field_app.credentials.keys import NotAKeyFile, SoftKey, WrongPin
from field_app.credentials.p256_issuing import key_file
from field_app.credentials.pkcs12_opening import open_pkcs12
from tests.unit.credentials.conftest import make_district

PIN = "演练-246810"
PINS = (PIN, "246810", "𠮷野家", "é" * 70, " ")
PBES = (pkcs12.PBES.PBESv2SHA256AndAES256CBC, pkcs12.PBES.PBESv1SHA1And3KeyTripleDESCBC)
SEED = 20261126
# The library remarks on spoiled certificates and on files that are not DER.
pytestmark = pytest.mark.filterwarnings("ignore::UserWarning")


def _shown(key: Any, certificate: x509.Certificate | None) -> object:
    return (None if key is None else key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption()),
            None if certificate is None else certificate.public_bytes(Encoding.DER))


def _ours(data: bytes, pin: str) -> object:
    try:
        return _shown(*open_pkcs12(data, pin))
    except Exception as error:
        return type(error), str(error)


def _librarys(data: bytes, pin: str) -> object:
    try:
        return _shown(*pkcs12.load_key_and_certificates(data, pin.encode())[:2])
    except Exception as error:
        return type(error), str(error)


def _opens(answer: object) -> bool:
    return isinstance(answer, tuple) and isinstance(answer[0], bytes)


def _is_light(data: bytes, pin: str) -> bool:
    """Whether the file is of the usual kind, so that the library need not stretch the PIN."""
    try:
        pkcs12_opening._light(data, pin)
    except Exception:
        return False
    return True


@pytest.fixture(scope="module")
def officers() -> tuple[SoftKey, SoftKey]:
    district = make_district()
    return district.officer("张喆堃", "A-1"), district.officer("李㙦", "A-2")


def _made(key: SoftKey, pin: str, *, pbes: pkcs12.PBES = PBES[0], mac: hashes.HashAlgorithm | None = None,
          beside: list[x509.Certificate] | None = None) -> bytes:
    sealing = (PrivateFormat.PKCS12.encryption_builder().kdf_rounds(3).key_cert_algorithm(pbes)
               .hmac_hash(mac or hashes.SHA256()).build(pin.encode()))
    return pkcs12.serialize_key_and_certificates(b"name", key.private_key, key.certificate, beside, sealing)


@pytest.mark.parametrize("pin", PINS, ids=range(len(PINS)))
@pytest.mark.parametrize("mac", [hashes.SHA1(), hashes.SHA256(), hashes.SHA384(), hashes.SHA512()],  # noqa: S303
                         ids=lambda h: h.name)
@pytest.mark.parametrize("pbes", PBES, ids=lambda p: p.name)
def test_files_of_the_library(officers: tuple[SoftKey, SoftKey], pin: str, mac: hashes.HashAlgorithm,
                              pbes: pkcs12.PBES) -> None:
    one, two = officers
    data = _made(one, pin, pbes=pbes, mac=mac, beside=[two.certificate])
    assert _ours(data, pin) == _librarys(data, pin) == _shown(one.private_key, one.certificate)
    assert _is_light(data, pin) == (pbes is PBES[0] and mac.name != "sha1")
    for wrong in ("", pin[:-1], pin + "0", "0", "\ud800"):
        assert _ours(data, wrong) == _librarys_or_unspeakable(data, wrong)
        assert not _is_light(data, wrong)


def _librarys_or_unspeakable(data: bytes, pin: str) -> object:
    try:
        pin.encode()
    except UnicodeEncodeError as error:
        return type(error), str(error)
    return _librarys(data, pin)


_OPENSSL = {
    "as it does": ((), True),
    "no MAC": (("-nomac",), False),
    "certificate in the open": (("-certpbe", "NONE"), True),
    "key in the open": (("-keypbe", "NONE"), False),
    "AES-128, SHA-512": (("-keypbe", "aes-128-cbc", "-certpbe", "aes-192-cbc", "-macalg", "sha512"), True),
    "3DES": (("-keypbe", "PBE-SHA1-3DES", "-certpbe", "PBE-SHA1-3DES", "-macalg", "sha1"), False),
    "camellia": (("-keypbe", "camellia-256-cbc", "-certpbe", "camellia-256-cbc"), False),
    "RC2, SHA-1": (("-legacy",), False),
    "one round of the MAC": (("-nomaciter",), True),
    "no certificate": (("-nocerts",), True),
    "a name for Windows": (("-CSP", "Microsoft Software Key Storage Provider"), True),
}


@pytest.mark.skipif(shutil.which("openssl") is None, reason="no openssl")
@pytest.mark.parametrize("kind", _OPENSSL)
def test_files_of_openssl(officers: tuple[SoftKey, SoftKey], tmp_path: Path, kind: str) -> None:
    options, light = _OPENSSL[kind]
    one, two = officers
    pem = tmp_path / "all.pem"
    pem.write_bytes(one.private_key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
                    + b"".join(c.public_bytes(Encoding.PEM) for c in (one.certificate, two.certificate)))
    made = subprocess.run(
        ["openssl", "pkcs12", "-export", "-in", pem, "-name", "officer", "-passout", f"pass:{PIN}", *options],
        capture_output=True, check=True).stdout
    assert _opens(_librarys(made, PIN)) or kind == "RC2, SHA-1"
    assert _ours(made, PIN) == _librarys(made, PIN)
    assert _ours(made, "0") == _librarys(made, "0")
    assert _is_light(made, PIN) == light


_SAYABLE = "019aZ é演㙦𠮷\t\u200b\uffff\U0010ffff"


@settings(max_examples=25, deadline=None)
@given(pin=st.text(_SAYABLE, min_size=1, max_size=40), other=st.text(_SAYABLE, max_size=40))
def test_any_pin(pin: str, other: str) -> None:
    key = ec.derive_private_key(7, ec.SECP256R1())
    sealing = (PrivateFormat.PKCS12.encryption_builder().kdf_rounds(1).key_cert_algorithm(PBES[0])
               .hmac_hash(hashes.SHA256()).build(pin.encode()))
    data = pkcs12.serialize_key_and_certificates(None, key, None, None, sealing)
    assert _is_light(data, pin) and _opens(_ours(data, pin))
    assert _ours(data, other) == _librarys(data, other)


def _spoiled(data: bytes, rng: random.Random) -> bytes:
    """One bit changed; mostly inside what the MAC guards, with a MAC by one who knows the PIN."""
    if rng.random() < 0.2:
        changed = bytearray(data)
        changed[rng.randrange(len(data))] ^= 1 << rng.randrange(8)
        return bytes(changed)
    pfx = asn1.Pfx.load(data)
    content = bytearray(pfx["auth_safe"]["content"].native)
    content[rng.randrange(len(content))] ^= 1 << rng.randrange(8)
    pfx["auth_safe"]["content"] = bytes(content)
    mac = pfx["mac_data"]
    key = pkcs12_opening._mac_key("sha256", PIN, mac["mac_salt"].native, mac["iterations"].native)
    mac["mac"]["digest"] = hmac.digest(key, bytes(content), "sha256")
    return bytes(pfx.dump(force=True))


def spoil(data: bytes, times: int) -> Counter[str]:
    """Each spoiled file is answered as the library answers it."""
    rng, counts = random.Random(SEED), Counter[str]()
    while counts.total() < times:
        spoiled = _spoiled(data, rng)
        if _asks_for_much(spoiled):
            continue  # The library would be at it for minutes; ``key_file`` refuses it first.
        ours, theirs = _ours(spoiled, PIN), _librarys(spoiled, PIN)
        assert ours == theirs, spoiled.hex()
        counts["opens" if _opens(ours) else "refused"] += 1
    return counts


def _asks_for_much(data: bytes) -> bool:
    try:
        return key_file_rounds(data) > 1 << 16
    except NotAKeyFile:
        return False


def test_spoiled_files(officers: tuple[SoftKey, SoftKey]) -> None:
    one, two = officers
    counts = spoil(_made(one, PIN, beside=[two.certificate]), 100)
    assert counts["refused"] > 50 and counts["opens"] > 5, counts


@pytest.mark.soak
def test_many_spoiled_files(officers: tuple[SoftKey, SoftKey]) -> None:
    one, two = officers
    for beside in (None, [two.certificate]):
        print("spoiled:", spoil(_made(one, PIN, beside=beside), 10_000))


def test_a_hostile_key_part_is_not_begun(officers: tuple[SoftKey, SoftKey], tmp_path: Path) -> None:
    pfx = asn1.Pfx.load(_made(officers[0], PIN))
    parts = asn1.AuthenticatedSafe.load(pfx["auth_safe"]["content"].native)
    (bag,) = bags = asn1.SafeContents.load(parts[1]["content"].native)
    derivation = bag["bag_value"]["encryption_algorithm"]["parameters"]["key_derivation_func"]
    derivation["parameters"]["iteration_count"] = 2_000_000_000
    parts[1]["content"] = bags.dump(force=True)
    pfx["auth_safe"]["content"] = parts.dump(force=True)
    path = tmp_path / "a.p12"
    path.write_bytes(asn1.Pfx({"version": "v3", "auth_safe": pfx["auth_safe"]}).dump())
    with pytest.raises(NotAKeyFile):
        load_key_file(path, PIN)


def test_a_wrong_pin_is_told_as_such(officers: tuple[SoftKey, SoftKey], tmp_path: Path) -> None:
    path = tmp_path / "a.p12"
    path.write_bytes(_made(officers[0], PIN))
    for wrong in ("246811", PIN + "\0"):
        with pytest.raises(WrongPin):
            load_key_file(path, wrong)
    path.write_bytes(_made(officers[0], PIN)[:-40])
    with pytest.raises(NotAKeyFile):
        load_key_file(path, PIN)


def _turns(work: Callable[[], object]) -> int:
    """How often this thread gets its turn while another does ``work``."""
    over, turns = threading.Event(), 0

    def run() -> None:
        work()
        over.set()

    thread = threading.Thread(target=run)
    thread.start()
    while not over.is_set():
        time.sleep(0.001)
        turns += 1
    thread.join()
    return turns


def test_nobody_waits_while_a_pin_is_stretched(officers: tuple[SoftKey, SoftKey]) -> None:
    data = key_file(officers[0], PIN)
    held = _turns(lambda: pkcs12.load_key_and_certificates(data, PIN.encode()))
    free = _turns(lambda: open_pkcs12(data, PIN))
    # A library that no longer holds the interpreter would make this module needless.
    assert held < 10 < free, f"{held} turns beside the library, {free} beside us"
