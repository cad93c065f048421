"""Age files: read by the age tool, written by it, strict against every change."""

import hashlib
import io
import os
import subprocess
from pathlib import Path

import pytest

from field_app.crypto.age_keys import Identity, Recipient
from field_app.crypto.stanzas import AgeError, NoMatchingIdentity
from field_app.crypto.stream import CHUNK
from field_app.crypto.suites import SealedReader, SealedWriter, open_file, salvage_prefix, seal_file

SIZES = (0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 3 * CHUNK, 200_003)


@pytest.mark.parametrize("size", SIZES)
def test_age_tool_opens_ours_and_we_open_its(tmp_path: Path, size: int) -> None:
    identity, other = Identity.generate(), Identity.generate()
    key = tmp_path / "key"
    key.write_text(identity.secret_text() + "\n")
    data = os.urandom(size)
    done = seal_file(tmp_path / "a.age", [data[:7], data[7:]],
                     [other.recipient, identity.recipient])
    theirs = subprocess.run(["age", "-d", "-i", key, tmp_path / "a.age"],
                            capture_output=True, check=True)
    assert theirs.stdout == data
    assert done.sha256 == hashlib.sha256(data).hexdigest()
    assert done.ct_sha256 == hashlib.sha256((tmp_path / "a.age").read_bytes()).hexdigest()
    (tmp_path / "plain").write_bytes(data)
    subprocess.run(["age", "-r", str(identity.recipient), "-o", tmp_path / "b.age",
                    tmp_path / "plain"], check=True)
    assert open_file(tmp_path / "b.age", [identity], limit=size) == data


def test_any_place_is_read_without_the_rest(tmp_path: Path) -> None:
    identity, data = Identity.generate(), os.urandom(40 * CHUNK + 5)
    seal_file(tmp_path / "a.age", [data], [identity.recipient])

    class Counting(io.FileIO):
        count = 0

        def read(self, size: int | None = -1) -> bytes:
            got = super().read(-1 if size is None else size) or b""
            self.count += len(got)
            return got

    with Counting(tmp_path / "a.age") as file:
        reader = SealedReader(file, [identity])
        assert reader.size == len(data)
        assert reader.read_at(20 * CHUNK - 3, 10) == data[20 * CHUNK - 3:20 * CHUNK + 7]
        assert reader.read_at(len(data) - 2, 99) == data[-2:]
        assert file.count < 5 * CHUNK


def test_every_changed_byte_is_found(tmp_path: Path) -> None:
    identity, data = Identity.generate(), os.urandom(CHUNK + 100)
    seal_file(tmp_path / "a.age", [data], [identity.recipient])
    good = (tmp_path / "a.age").read_bytes()
    places = [*range(0, 260), *range(260, len(good), 997), len(good) - 1]
    for place in places:
        changed = bytearray(good)
        changed[place] ^= 1
        with pytest.raises(AgeError):
            b"".join(SealedReader(io.BytesIO(changed), [identity]).stream())
    for length in (0, 10, 200, len(good) - 1, len(good) - 116, good.index(b"--- ") + 70):
        with pytest.raises(AgeError):
            b"".join(SealedReader(io.BytesIO(good[:length]), [identity]).stream())
    with pytest.raises(AgeError):
        b"".join(SealedReader(io.BytesIO(good + b"x"), [identity]).stream())


def test_stranger_opens_nothing(tmp_path: Path) -> None:
    seal_file(tmp_path / "a.age", [b"x"], [Identity.generate().recipient])
    with pytest.raises(NoMatchingIdentity):
        open_file(tmp_path / "a.age", [Identity.generate()], limit=10)


def test_prefix_of_a_cut_file_is_saved() -> None:
    identity, data = Identity.generate(), os.urandom(5 * CHUNK)
    file = io.BytesIO()
    writer = SealedWriter(file, [identity.recipient])
    writer.write(data)
    writer.close()
    cut = io.BytesIO(file.getvalue()[:-2 * CHUNK])
    saved = b"".join(salvage_prefix(cut, [identity]))
    assert data.startswith(saved)
    assert len(saved) == 3 * CHUNK


def test_header_bombs_are_bounded() -> None:
    identity = Identity.generate()
    for header in (
            b"age-encryption.org/v1\n" + b"-> x\n\n" * 5000,
            b"age-encryption.org/v1\n-> x\n" + (b"A" * 64 + b"\n") * 5000,
            b"age-encryption.org/v1\n" + b"A" * 100_000,
            b"age-encryption.org/v1\r\n"):
        with pytest.raises(AgeError):
            SealedReader(io.BytesIO(header), [identity])


def test_key_texts() -> None:
    identity = Identity.generate()
    assert Identity.parse("# note\n" + identity.secret_text()).recipient == identity.recipient
    assert Recipient.parse(str(identity.recipient)) == identity.recipient
    text = str(identity.recipient)
    mistyped = text[:-1] + ("q" if text[-1] != "q" else "p")
    for wrong in ("", "age1", mistyped, "AGE1" + "q" * 58):
        with pytest.raises(ValueError, match=r"key|checksum|character|case|bytes"):
            Recipient.parse(wrong)
