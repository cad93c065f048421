"""Walks the boxes of a fragmented MP4 stream and keeps what is whole (ISO/IEC 14496-12)."""

from collections.abc import Iterable, Iterator

# A fragment of a second is about half a megabyte; more than this is not ours.
_MOST_UNIT = 64 << 20
_ENDS_UNIT = frozenset({b"moov", b"mdat", b"mfra"})


def _box(data: bytearray, at: int) -> tuple[bytes, int] | None:
    """Type and length of the box at ``at``; ``None`` while its head is not there."""
    if len(data) < at + 8:
        return None
    length, kind = int.from_bytes(data[at:at + 4], "big"), bytes(data[at + 4:at + 8])
    if length == 1:
        if len(data) < at + 16:
            return None
        length = int.from_bytes(data[at + 8:at + 16], "big")
    return kind, length


def whole_fragments(parts: Iterable[bytes]) -> Iterator[bytes]:
    """Pass on ``ftyp moov``, each ``moof mdat`` and ``mfra`` as they become whole.

    What follows the last whole one (a fragment cut by a crash, or bytes that are no box) is left
    out.
    """
    held = bytearray()
    at = 0
    for part in parts:
        held += part
        while (box := _box(held, at)) is not None:
            kind, length = box
            if length < 8 or at + length > _MOST_UNIT:
                return
            if len(held) < at + length:
                break
            at += length
            if kind in _ENDS_UNIT:
                yield bytes(held[:at])
                del held[:at]
                at = 0


class FragmentCount:
    """Counts whole fragments (``mdat`` boxes) of a stream that comes bit by bit."""

    def __init__(self) -> None:
        self._held = bytearray()
        self.count = 0

    def feed(self, data: bytes) -> None:
        """More of the stream; what is counted is not kept."""
        self._held += data
        more, used = _count(self._held)
        self.count += more
        del self._held[:used]

    def with_more(self, data: bytes) -> int:
        """How many there would be with ``data`` behind, which is not taken in."""
        return self.count + _count(self._held + data)[0]


def _count(data: bytearray) -> tuple[int, int]:
    """Whole ``mdat`` boxes at the start of ``data``, and the bytes that whole boxes take."""
    count = at = 0
    while (box := _box(data, at)) is not None:
        kind, length = box
        if length < 8 or at + length > len(data):
            break
        at += length
        count += kind == b"mdat"
    return count, at
