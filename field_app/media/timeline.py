"""Lays frames and samples that arrive when they like onto one even timeline."""

from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING

from field_app.media.clip import SAMPLE_RATE
from field_app.media.microphone import SoundBlock

if TYPE_CHECKING:
    import numpy as np
    from av import VideoFrame
    from numpy.typing import NDArray

# A camera that says nothing for this long is not waited for any longer.
PATIENCE_S = 0.4
BLANK_AFTER_S = 1.0
# What is on its way from a camera for so long may still come.
SETTLE_S = 0.5
SOUND_PATIENCE_S = 0.8
# Filling up to now would push aside samples that are already on their way.
_USUAL_DELAY_S = 0.25
_DRIFT_S = 0.06
_DRIFT_BLOCKS = 25


class FrameTimeline:
    """Decides which slot of a constant frame rate a frame fills.

    Slot ``k`` stands for ``zero + k / fps``. Jitter below one slot moves nothing, so a camera
    that runs at the same rate is neither repeated nor dropped because of it.
    """

    def __init__(self, *, zero_ns: int, fps: int, slot: int = 0) -> None:
        self._zero_ns = zero_ns
        self._fps = fps
        self.next_slot = slot

    def _position(self, mono_ns: int) -> float:
        return (mono_ns - self._zero_ns) * self._fps / 1e9

    def ahead(self, mono_ns: int) -> float:
        """How many slots later than the next one ``mono_ns`` is; negative when earlier."""
        return self._position(mono_ns) - self.next_slot

    def admit(self, mono_ns: int) -> int | None:
        """Take a frame that arrived at ``mono_ns``.

        Returns how many slots before its own must be filled with what was seen before, or
        ``None`` when the frame has no slot.
        """
        ahead = self.ahead(mono_ns)
        if ahead <= -1.0:
            return None
        fill = int(ahead) if ahead >= 1.0 else 0
        self.next_slot += fill + 1
        return fill

    def overdue(self, now_ns: int) -> int:
        """How many slots have passed without any frame and must be filled now."""
        behind = int(self._position(now_ns)) - self.next_slot
        if behind < PATIENCE_S * self._fps:
            return 0
        self.next_slot += behind
        return behind

    def moved(self, slots: int) -> "FrameTimeline":
        """The same line counted from ``slots`` later on."""
        return FrameTimeline(zero_ns=self._zero_ns + slots * 1_000_000_000 // self._fps,
                             fps=self._fps, slot=self.next_slot - slots)


@dataclass
class _Slot:
    picture: "VideoFrame"
    stands_in: bool


class PictureLine:
    """Pictures waiting for their slot to be encoded.

    A slot waits :data:`SETTLE_S`, so that pictures which a busy computer handed on late and in a
    bunch still take the places that repeats were holding for them.
    """

    def __init__(self, times: FrameTimeline) -> None:
        self.times = times
        self._waiting: deque[_Slot] = deque()
        self.written = self.duplicated = self.blank = self.dropped = 0

    def admit(self, mono_ns: int) -> int | None:
        """As :meth:`FrameTimeline.admit`, but a late picture may still find a place: 0 then."""
        # Already half a slot early: a repeat put in for a picture that was only late goes again.
        if self.times.ahead(mono_ns) < -0.5 and self._make_room():
            return 0
        fill = self.times.admit(mono_ns)
        if fill is None:
            self.dropped += 1
        return fill

    def _make_room(self) -> bool:
        for at in range(len(self._waiting) - 1, -1, -1):
            if self._waiting[at].stands_in:
                del self._waiting[at]
                self.duplicated -= 1
                return True
        return False

    def add(self, picture: "VideoFrame") -> None:
        """The picture just admitted."""
        self._waiting.append(_Slot(picture, stands_in=False))
        self.written += 1

    def repeat(self, picture: "VideoFrame", count: int) -> None:
        """Fill slots with the picture before, until a late one claims them."""
        self._waiting.extend(_Slot(picture, stands_in=True) for _ in range(count))
        self.duplicated += count

    def darken(self, black: "VideoFrame", count: int) -> None:
        """Fill slots for which there is no picture."""
        self._waiting.extend(_Slot(black, stands_in=False) for _ in range(count))
        self.blank += count

    def clear(self) -> None:
        self._waiting.clear()

    def __len__(self) -> int:
        return len(self._waiting)

    def take(self) -> "VideoFrame":
        """The oldest waiting picture."""
        return self._waiting.popleft().picture


class SoundTimeline:
    """Joins blocks into one unbroken run of samples; position 0 is the clip's zero."""

    def __init__(self, *, zero_ns: int, start: int = 0) -> None:
        self._zero_ns = zero_ns
        self._parts: deque[NDArray[np.int16]] = deque()
        self._drifts: deque[int] = deque(maxlen=_DRIFT_BLOCKS)
        self._adrift = True
        self.end = start
        self._start = start
        self.silence_inserted = 0
        self.samples_dropped = 0

    def _position(self, mono_ns: int) -> int:
        return round((mono_ns - self._zero_ns) * SAMPLE_RATE / 1e9)

    def _append(self, samples: "NDArray[np.int16]") -> None:
        self._parts.append(samples)
        self.end += len(samples)

    def _silence(self, count: int) -> None:
        import numpy as np

        self.silence_inserted += count
        self._append(np.zeros(count, np.int16))

    def admit(self, block: SoundBlock) -> None:
        """Append a block where it belongs; after a silence its own time says where that is."""
        samples = block.samples
        off = self._position(block.mono_ns) - self.end
        if self._adrift:
            if off > 0:
                self._silence(off)
            samples = samples[max(0, -off):]
            self.samples_dropped += len(block.samples) - len(samples)
            self._adrift = not len(samples)
        else:
            self._drifts.append(off)
            samples = self._steer(samples)
        self._append(samples)

    def _steer(self, samples: "NDArray[np.int16]") -> "NDArray[np.int16]":
        # Blocks come late, never early: the smallest of the last second is the true drift.
        drift = min(self._drifts)
        if len(self._drifts) < _DRIFT_BLOCKS or abs(drift) <= _DRIFT_S * SAMPLE_RATE:
            return samples
        if drift > 0:
            self._silence(drift)
            self._drifts.clear()
            return samples
        cut = min(-drift, len(samples))
        self.samples_dropped += cut
        for i, old in enumerate(self._drifts):
            self._drifts[i] = old + cut
        return samples[cut:]

    def overdue(self, now_ns: int) -> int:
        """Fill with silence what no microphone delivered in time; returns samples filled."""
        missing = self._position(now_ns) - self.end
        if missing < SOUND_PATIENCE_S * SAMPLE_RATE:
            return 0
        missing -= round(_USUAL_DELAY_S * SAMPLE_RATE)
        self._silence(missing)
        self._drifts.clear()
        self._adrift = True
        return missing

    def take(self, until: int) -> "NDArray[np.int16]":
        """Samples up to position ``until`` that were not taken yet; ``until`` <= ``end``."""
        import numpy as np

        wanted = until - self._start
        taken: list[NDArray[np.int16]] = []
        while wanted > 0:
            part = self._parts.popleft()
            if len(part) > wanted:
                self._parts.appendleft(part[wanted:])
                part = part[:wanted]
            wanted -= len(part)
            taken.append(part)
        self._start = max(until, self._start)
        return np.concatenate(taken) if taken else np.zeros(0, np.int16)

    def moved(self, count: int) -> None:
        """Count positions from ``count`` samples later on; all before it was taken."""
        self._zero_ns += count * 1_000_000_000 // SAMPLE_RATE
        self._start -= count
        self.end -= count
