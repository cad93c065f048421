"""The public test vectors of age (C2SP CCTV): each opens, or is refused, where it should be."""

import hashlib
import io
import zlib
from dataclasses import dataclass
from pathlib import Path

import pytest

from field_app.crypto.age_keys import Identity
from field_app.crypto.stanzas import AgeError, NoMatchingIdentity
from field_app.crypto.stream import CHUNK
from field_app.crypto.suites import SealedReader, salvage_prefix
from tests import vectors

FOLDER = Path(vectors.__file__).parent / "age"
NAMES = sorted(path.name for path in FOLDER.iterdir() if path.name not in ("LICENSE", "README.md"))

# A short chunk that is not marked as the last: no reader's plaintext, yet authentic, so it is saved.
SHORT_BUT_NOT_LAST = ("stream_no_final", "stream_no_final_two_chunks")


@dataclass(frozen=True)
class Vector:
    """``expect`` as the collection words it; ``payload`` is a SHA-256 in hex."""

    expect: str
    payload: str
    identities: list[Identity]
    file: bytes


def read(name: str) -> Vector:
    head, _, data = (FOLDER / name).read_bytes().partition(b"\n\n")
    pairs = [line.split(": ", 1) for line in head.decode().splitlines()]
    keys = dict(pairs)
    if keys.get("compressed") == "zlib":
        data = zlib.decompress(data)
    return Vector(keys["expect"], keys.get("payload", ""),
                  [Identity.parse(text) for key, text in pairs if key == "identity"], data)


def opened(vector: Vector) -> str:
    """Hash of the plaintext, read to its end."""
    parts = SealedReader(io.BytesIO(vector.file), vector.identities).stream()
    return hashlib.sha256(b"".join(parts)).hexdigest()


@pytest.mark.parametrize("name", NAMES)
def test_vector(name: str) -> None:
    vector = read(name)
    if vector.expect == "success":
        assert opened(vector) == vector.payload
        return
    with pytest.raises(AgeError) as refused:
        opened(vector)
    assert isinstance(refused.value, NoMatchingIdentity) == (vector.expect == "no match")
    if vector.expect == "payload failure":
        saved = b"".join(salvage_prefix(io.BytesIO(vector.file), vector.identities))
        if name in SHORT_BUT_NOT_LAST:
            saved = saved[:len(saved) // CHUNK * CHUNK]
        assert hashlib.sha256(saved).hexdigest() == vector.payload
    else:
        with pytest.raises(AgeError):
            SealedReader(io.BytesIO(vector.file), vector.identities)


def test_nothing_is_left_out() -> None:
    assert len(NAMES) == 67
    assert {read(name).expect for name in NAMES} == {
        "success", "no match", "HMAC failure", "header failure", "payload failure"}
