"""Spoiled files never surprise: each reader reads or refuses in its own words, in bounded time and
memory. Real files are the seeds; what is done to them is drawn by hypothesis and can be shrunk."""

import contextlib
import resource
import time

import pytest
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

from tests.unit.fuzz.reader import Reader
from tests.unit.fuzz.readers import READERS
from tests.unit.fuzz.seeds import Seeds

# The library remarks on spoiled certificates (lengths, serials) before their signature is judged.
pytestmark = pytest.mark.filterwarnings("ignore::UserWarning")

MOST_SECONDS, MOST_MEGABYTES = 5.0, 400
_ROUND = 100  # examples between two looks at the clock
_WORDS = (b"", b"\x00", b"\xff" * 8, b"\x30\x80", b"\x30\x84\xff\xff\xff\xff", b"{" * 40, b"[" * 5000, b'"',
          b"\\ud800", b"\n", b"-1", b"1e999", b"NaN", b"9" * 5000, b"null", b"true", b'{"a":1,"a":2}',
          "é".encode(), b"-----BEGIN CERTIFICATE-----", b"AAAA", b"=", b"2026-05-14T09:30:00")
Edit = tuple[str, float, float, bytes]

edits: st.SearchStrategy[list[Edit]] = st.lists(st.tuples(
    st.sampled_from(("flip", "put", "replace", "cut", "copy", "end", "number")),
    st.floats(0, 1, allow_nan=False), st.floats(0, 1, allow_nan=False),
    st.one_of(st.sampled_from(_WORDS), st.binary(max_size=12))), min_size=1, max_size=5)


def _place(data: bytes, share: float) -> int:
    return min(int(share * len(data)), max(len(data) - 1, 0))


def _digits(data: bytes, at: int, word: bytes) -> bytes:
    """The number that stands at or behind a place becomes another."""
    start = next((i for i in range(at, len(data)) if 48 <= data[i] < 58), None)
    if start is None:
        return data
    end = start
    while end < len(data) and 48 <= data[end] < 58:
        end += 1
    return data[:start] + (word if word.isdigit() else str(2 ** len(word)).encode()) + data[end:]


def spoiled(data: bytes, todo: list[Edit]) -> bytes:
    """The file after all edits."""
    for kind, one, two, word in todo:
        at, to = _place(data, one), _place(data, two)
        low, high = sorted((at, to))
        if kind == "flip" and data:
            data = data[:at] + bytes([data[at] ^ (int(two * 255) or 1)]) + data[at + 1:]
        elif kind == "put":
            data = data[:at] + word + data[at:]
        elif kind == "replace":
            data = data[:at] + word + data[at + len(word):]
        elif kind == "cut":
            data = data[:low] + data[min(high, low + 200):]
        elif kind == "copy":
            data = data[:at] + data[low:high][:300] + data[at:]
        elif kind == "end":
            data = data[:at]
        elif kind == "number":
            data = _digits(data, at, word)
    return data


def tried(reader: Reader, seeds: Seeds, data: bytes) -> None:
    """Read or refused, and soon."""
    started = time.thread_time()
    with contextlib.suppress(*reader.refusals):
        reader.read(seeds, data)
    took = time.thread_time() - started
    assert took < MOST_SECONDS, f"{took:.1f} s over {len(data)} bytes"


def _megabytes() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def run(reader: Reader, seeds: Seeds, *, examples: int, begin: int) -> None:
    """So many spoiled files, reproducible by ``begin``."""

    @seed(begin)
    @settings(max_examples=examples, deadline=None, database=None, print_blob=True,
              phases=(Phase.generate, Phase.shrink), suppress_health_check=list(HealthCheck))
    @given(name=st.sampled_from(reader.seeds), todo=edits)
    def trial(name: str, todo: list[Edit]) -> None:
        tried(reader, seeds, spoiled(seeds.files[name], todo))

    trial()


@pytest.mark.parametrize("reader", READERS, ids=[r.name for r in READERS])
def test_untouched_files_are_read(seeds: Seeds, reader: Reader) -> None:
    for name in reader.seeds[:1]:
        tried(reader, seeds, seeds.files[name])
    run(reader, seeds, examples=15, begin=1)


@pytest.mark.soak
@pytest.mark.parametrize("reader", READERS, ids=[r.name for r in READERS])
def test_spoiled_files_for_a_while(seeds: Seeds, reader: Reader, fuzz_seconds: float) -> None:
    before, end, rounds = _megabytes(), time.monotonic() + fuzz_seconds, 0
    while time.monotonic() < end:
        run(reader, seeds, examples=_ROUND, begin=1000 + rounds)
        rounds += 1
    grown = _megabytes() - before
    print(f"{reader.name}: {rounds * _ROUND} spoiled files, {grown:.0f} MB more")
    assert grown < MOST_MEGABYTES
