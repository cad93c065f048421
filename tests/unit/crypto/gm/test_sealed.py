"""Files of ``le-gm/v1``: opened by openssl with a page of Python, strict against every change."""

import hashlib
import io
import os
import subprocess
import sys
from pathlib import Path

import pytest

from field_app.crypto.gm import open_gm
from field_app.crypto.gm.header import GmIdentity, recipient_tag
from field_app.crypto.gm.key_forms import private_pem
from field_app.crypto.gm.sealed import begin_gm
from field_app.crypto.gm.software import SoftwareGm
from field_app.crypto.gm.symmetric import sm3
from field_app.crypto.stanzas import AgeError, NoMatchingIdentity
from field_app.crypto.stream import CHUNK
from field_app.crypto.suites import SealedReader, SealedWriter, open_file, salvage_prefix, seal_file
from tests.unit.crypto.gm.openssl import openssl

SIZES = (0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 3 * CHUNK, 200_003)


@pytest.fixture(scope="module")
def me(software: SoftwareGm) -> GmIdentity:
    return GmIdentity(software, software.generate())


@pytest.fixture(scope="module")
def other(software: SoftwareGm) -> GmIdentity:
    return GmIdentity(software, software.generate())


def sealed_bytes(me: GmIdentity, data: bytes) -> bytes:
    file = io.BytesIO()
    with SealedWriter(file, [me.recipient]) as writer:
        writer.write(data)
    return file.getvalue()


@pytest.mark.parametrize("size", SIZES)
def test_openssl_and_a_page_of_python_open_ours(
        software: SoftwareGm, other: GmIdentity, tmp_path: Path, size: int) -> None:
    key, data = software.generate(), os.urandom(size)
    done = seal_file(tmp_path / "a.gm", [data[:7], data[7:]], [other.recipient, key.public],
                     with_sm3=True)
    assert (done.sha256, done.sm3) == (hashlib.sha256(data).hexdigest(), sm3(data).hex())
    assert done.ct_sha256 == hashlib.sha256((tmp_path / "a.gm").read_bytes()).hexdigest()
    assert open_file(tmp_path / "a.gm", [GmIdentity(software, key)], limit=size) == data
    (tmp_path / "key.pem").write_bytes(private_pem(key))
    opener = [sys.executable, open_gm.__file__]
    subprocess.run([*opener, "stanzas", "a.gm"], cwd=tmp_path, check=True)
    openssl("pkeyutl", "-decrypt", "-inkey", tmp_path / "key.pem", "-in", tmp_path / "stanza-1.bin",
            "-out", tmp_path / "file.key")
    subprocess.run([*opener, "open", "a.gm", "file.key", "plain"], cwd=tmp_path, check=True)
    assert (tmp_path / "plain").read_bytes() == data


def test_the_page_of_python_tells_changes(
        software: SoftwareGm, me: GmIdentity, tmp_path: Path) -> None:
    seal_file(tmp_path / "a.gm", [os.urandom(CHUNK + 9)], [me.recipient])
    good = (tmp_path / "a.gm").read_bytes()
    head = good.partition(b"\n---")[0]
    file_key = software.decrypt(me.key, open_gm.stanzas(head)[0])
    (tmp_path / "file.key").write_bytes(file_key)

    def opened(data: bytes, key: str = "file.key") -> subprocess.CompletedProcess[bytes]:
        (tmp_path / "b.gm").write_bytes(data)
        return subprocess.run([sys.executable, open_gm.__file__, "open", "b.gm", key, "plain"],
                              cwd=tmp_path, check=False, capture_output=True)

    assert opened(good).returncode == 0
    changed = bytearray(good)
    changed[-1] ^= 1
    assert b"chunk 1" in opened(bytes(changed)).stderr
    assert b"chunk 0" in opened(good[:-25]).stderr  # cut where a chunk ends
    assert b"header" in opened(good.replace(b"-> SM2", b"-> SM3")).stderr
    (tmp_path / "wrong.key").write_bytes(os.urandom(16))
    assert b"header" in opened(good, "wrong.key").stderr


def test_the_header_is_as_written_down(me: GmIdentity) -> None:
    lines = sealed_bytes(me, b"x").split(b"\n")
    assert lines[0] == b"le-gm/v1"
    assert lines[1] == b"-> SM2 " + recipient_tag(me.key.public).encode()
    assert len(lines[2]) == len(lines[3]) == 64 and lines[5].startswith(b"--- ")
    assert len(recipient_tag(me.key.public)) == 43


def test_any_place_is_read_without_the_rest(me: GmIdentity) -> None:
    data = os.urandom(40 * CHUNK + 5)

    class Counting(io.BytesIO):
        count = 0

        def read(self, size: int | None = -1) -> bytes:
            got = super().read(size)
            self.count += len(got)
            return got

    file = Counting(sealed_bytes(me, data))
    reader = SealedReader(file, [me])
    assert reader.size == len(data)
    assert reader.read_at(20 * CHUNK - 3, 10) == data[20 * CHUNK - 3:20 * CHUNK + 7]
    assert reader.read_at(len(data) - 2, 99) == data[-2:]
    assert file.count < 5 * CHUNK
    assert b"".join(reader.stream()) == data


def test_every_changed_byte_is_found(me: GmIdentity) -> None:
    good = sealed_bytes(me, os.urandom(CHUNK + 100))
    payload = good.index(b"--- ") + 50
    for place in [*range(payload + 20), *range(payload, len(good), 997), len(good) - 1]:
        changed = bytearray(good)
        changed[place] ^= 1
        with pytest.raises(AgeError):
            b"".join(SealedReader(io.BytesIO(changed), [me]).stream())
    for length in (0, 5, 200, len(good) - 1, len(good) - 116, payload, payload + 15):
        with pytest.raises(AgeError):
            b"".join(SealedReader(io.BytesIO(good[:length]), [me]).stream())
    for more in (good + b"x", good[:payload + 16] + good[payload + 16 + CHUNK + 16:]):
        with pytest.raises(AgeError):
            b"".join(SealedReader(io.BytesIO(more), [me]).stream())


def test_a_stranger_opens_nothing(me: GmIdentity, other: GmIdentity, tmp_path: Path) -> None:
    data = sealed_bytes(me, b"x")
    with pytest.raises(NoMatchingIdentity):
        SealedReader(io.BytesIO(data), [other])
    with pytest.raises(NoMatchingIdentity):
        SealedReader(io.BytesIO(data), [])
    renamed = data.replace(recipient_tag(me.key.public).encode(),
                           recipient_tag(other.key.public).encode())
    with pytest.raises(AgeError, match="stanza was changed"):
        SealedReader(io.BytesIO(renamed), [other])


def test_a_large_file_is_refused_before_it_is_read(me: GmIdentity, tmp_path: Path) -> None:
    (tmp_path / "a.gm").write_bytes(sealed_bytes(me, bytes(100)))
    with pytest.raises(AgeError, match="larger"):
        open_file(tmp_path / "a.gm", [me], limit=99)


def test_prefix_of_a_cut_file_is_saved(me: GmIdentity) -> None:
    data = os.urandom(5 * CHUNK)
    cut = io.BytesIO(sealed_bytes(me, data)[:-2 * CHUNK])
    saved = b"".join(salvage_prefix(cut, [me]))
    assert len(saved) == 3 * CHUNK and data.startswith(saved)


def test_header_bombs_are_bounded(me: GmIdentity) -> None:
    for header in (b"le-gm/v1\n" + b"-> x\n\n" * 5000, b"le-gm/v1\n" + b"A" * 100_000,
                   b"le-gm/v1\n-> SM2 x\n" + (b"A" * 64 + b"\n") * 5000, b"le-gm/v1\r\n",
                   b"age-encryption.org/v1\n", b"le-gm/v1\n---  \n"):
        with pytest.raises(AgeError):
            SealedReader(io.BytesIO(header), [me])


def test_it_needs_somebody_to_open_it(software: SoftwareGm, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="recipient"):
        seal_file(tmp_path / "a.gm", [b"x"], [])
    with pytest.raises(ValueError, match="recipient"):
        begin_gm(software, [])
    assert list(tmp_path.iterdir()) == []
