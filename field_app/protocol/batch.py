"""Many small parts in one body: frames of 32 bytes of hash, 4 bytes of length (big-endian), the bytes.

A case has thousands of small files, and a call for each would cost more than they hold.
"""

from collections.abc import Iterable, Iterator

from field_app.protocol.limits import MAX_BATCH_PARTS, PART_SIZE
from field_app.protocol.strict import require

_HASH, _LENGTH = 32, 4
FRAME_BYTES = _HASH + _LENGTH


def write_batch(parts: Iterable[tuple[str, bytes]]) -> bytes:
    """The body of (hash, bytes) pairs."""
    return b"".join(bytes.fromhex(sha256) + len(data).to_bytes(_LENGTH, "big") + data
                    for sha256, data in parts)


def read_batch(body: bytes) -> Iterator[tuple[str, bytes]]:
    """The (hash, bytes) pairs of a body; :class:`field_app.protocol.strict.Malformed` where it is cut
    or beyond the limits."""
    at, count, total = 0, 0, 0
    while at < len(body):
        head = body[at:at + FRAME_BYTES]
        require(len(head) == FRAME_BYTES, "batch", "cut")
        size = int.from_bytes(head[_HASH:], "big")
        at += FRAME_BYTES
        data = body[at:at + size]
        count, total = count + 1, total + size
        require(len(data) == size and size > 0, "batch", "cut")
        require(count <= MAX_BATCH_PARTS and total <= PART_SIZE, "batch", "too much")
        yield head[:_HASH].hex(), data
        at += size
    require(count > 0, "batch", "empty")
