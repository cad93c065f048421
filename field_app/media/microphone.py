"""A microphone read through PortAudio; one thread owns its stream from opening to closing."""

import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from field_app.media.clip import SAMPLE_RATE
from field_app.media.errors import MicrophoneUnavailable
from field_app.media.sound_server import MARK, define
from field_app.media.source_watch import SourceWatch

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Samples = NDArray[np.int16]

# An alarm must come within three seconds, so two without a sample are enough.
LOST_AFTER_S = 2.0
BLOCK = SAMPLE_RATE // 25
_LOOK_EVERY_S = 0.25
_KEPT_BLOCKS = 250
_LONGEST_DELAY_S = 2.0
# PulseAudio begins with up to 0.8 s of delay and sheds it by dropping samples within a second.
_SETTLED_DELAY_S = 0.1
_SETTLES_WITHIN_S = 1.5
# PortAudio keeps its device list from its start; it may be renewed only while no stream is open.
_PORTAUDIO = threading.Lock()
_open_streams = 0


@dataclass(frozen=True)
class SoundBlock:
    """Mono samples at 48 kHz; ``mono_ns`` is when the first of them was heard."""

    mono_ns: int
    samples: "Samples"


def _open_stream(device: str | None, callback: Any, *, made: Callable[[Any], None]) -> Any:
    """Open and start a stream; ``made`` is told of it before its first callback."""
    global _open_streams  # noqa: PLW0603 - PortAudio itself is one per process.
    import sounddevice

    with _PORTAUDIO:
        if _open_streams == 0:
            sounddevice._terminate()
            try:
                device = define(device) if device and device.startswith(MARK) else device
            finally:
                sounddevice._initialize()
        stream = sounddevice.InputStream(
            samplerate=SAMPLE_RATE, channels=1, dtype="int16", blocksize=BLOCK, latency="high",
            device=device, callback=callback)
        made(stream)
        try:
            stream.start()
        except BaseException:
            stream.close(ignore_errors=True)
            raise
        _open_streams += 1
        return stream


def _close_stream(stream: Any) -> None:
    global _open_streams  # noqa: PLW0603
    with _PORTAUDIO:
        stream.abort(ignore_errors=True)
        stream.close(ignore_errors=True)
        _open_streams -= 1


@dataclass(frozen=True)
class HeardBy:
    """A device that PortAudio can record from, through the part of the system named ``by``.

    ``first``: that part's own default; ``usual``: PortAudio's default."""

    name: str
    by: str
    first: bool
    usual: bool


def listed_microphones() -> list[HeardBy]:
    """What PortAudio can record from now; as it stood at the last opening while a stream is open. Nothing
    where PortAudio is not installed or does not begin."""
    try:
        import sounddevice
    except OSError:
        return []
    with _PORTAUDIO:
        try:
            if _open_streams == 0:
                sounddevice._terminate()
                sounddevice._initialize()
        except sounddevice.PortAudioError:
            return []
        parts, usual = sounddevice.query_hostapis(), sounddevice.default.device[0]
        return [HeardBy(str(d["name"]), str(parts[d["hostapi"]]["name"]),
                        parts[d["hostapi"]]["default_input_device"] == n, n == usual)
                for n, d in enumerate(sounddevice.query_devices()) if d["max_input_channels"] > 0]


class MicrophoneSource:
    """One microphone. A device that vanishes is looked for again until :meth:`close`.

    ``device``: a value from :func:`field_app.media.devices.microphones`, or any name that PortAudio
    knows; ``None`` or ``""`` for the default one.
    """

    def __init__(self, device: str | None = None, *, open_timeout_s: float = 8.0) -> None:
        self._device = device or None
        self._open_timeout_s = open_timeout_s
        self._lock = threading.Lock()
        self._blocks: deque[SoundBlock] = deque(maxlen=_KEPT_BLOCKS)
        # Heard while it is not known whose sound it is.
        self._held: deque[SoundBlock] = deque(maxlen=_KEPT_BLOCKS)
        self._watch: SourceWatch | None = None
        self._settled = threading.Event()
        self._first_ns: int | None = None
        self._last_ns: int | None = None
        self._fact = "gave no sound"
        self._stop = threading.Event()
        self._owner: threading.Thread | None = None
        self._stream: Any = None

    def begin(self) -> None:
        """Start opening without waiting; some sound systems take over a second to deliver."""
        self._owner = threading.Thread(target=self._own, name="microphone", daemon=True)
        self._owner.start()

    def await_first(self) -> None:
        """Wait until sound flows evenly; :class:`MicrophoneUnavailable` (then closed) if none."""
        if not self._settled.wait(self._open_timeout_s):
            self.close()
            raise MicrophoneUnavailable(
                self._device, fact=self._fact, waited_s=self._open_timeout_s)

    def open(self) -> None:
        """Start and wait for the first samples."""
        self.begin()
        self.await_first()

    def _own(self) -> None:
        if self._device is not None and self._device.startswith(MARK):
            self._watch = SourceWatch(self._device)
        try:
            while not self._stop.is_set():
                self._hear()
        finally:
            if self._watch is not None:
                self._watch.close()

    def _hear(self) -> None:
        """Open the device and stay until it says nothing more, or another is heard in its place."""
        import sounddevice

        if self._watch is not None:
            self._watch.doubt()
        try:
            stream = _open_stream(self._device, self._on_samples, made=self._made)
        except (sounddevice.PortAudioError, ValueError) as error:
            self._fact = str(error)
            self._stop.wait(2 * _LOOK_EVERY_S)
            return
        opened_ns = time.monotonic_ns()
        strayed = self._strayed()
        while not strayed and not self._stop.wait(_LOOK_EVERY_S):
            with self._lock:
                heard_ns = max(self._last_ns or 0, opened_ns)
            if not stream.active or time.monotonic_ns() - heard_ns > LOST_AFTER_S * 1e9:
                break
            strayed = self._strayed()
        # Only here, never from a thread that may still write: PortAudio would crash.
        _close_stream(stream)
        with self._lock:
            self._held.clear()
        if strayed:
            self._fact = "is not there"
            self._stop.wait(2 * _LOOK_EVERY_S)

    def _strayed(self) -> bool:
        return self._watch is not None and self._watch.strayed()

    def _made(self, stream: Any) -> None:
        self._stream = stream

    def _on_samples(self, data: Any, count: int, times: Any, status: Any) -> None:
        # Asked now, not when PortAudio made the call: a busy interpreter takes it up late.
        now_ns, stream_s = time.monotonic_ns(), self._stream.time
        delay_s = float(stream_s - times.inputBufferAdcTime)
        if not 0.0 < delay_s < _LONGEST_DELAY_S:
            delay_s = count / SAMPLE_RATE
        block = SoundBlock(now_ns - round(delay_s * 1e9), data[:, 0].copy())
        with self._lock:
            self._held.append(block)
            if self._watch is not None and self._watch.doubtful:
                return
            self._blocks.extend(self._held)
            self._held.clear()
            self._last_ns = now_ns
            self._first_ns = self._first_ns or now_ns
        if delay_s < _SETTLED_DELAY_S or now_ns - self._first_ns > _SETTLES_WITHIN_S * 1e9:
            self._settled.set()

    def take(self) -> list[SoundBlock]:
        """Blocks heard since the last call, oldest first (ten seconds at most)."""
        with self._lock:
            blocks = list(self._blocks)
            self._blocks.clear()
        return blocks

    @property
    def lost(self) -> bool:
        """No sample for two seconds."""
        with self._lock:
            last = self._last_ns
        return last is not None and time.monotonic_ns() - last > LOST_AFTER_S * 1e9

    def close(self, *, patience_s: float = 2.0) -> bool:
        """Stop; whether the stream's thread ended in time."""
        self._stop.set()
        if self._owner is None:
            return True
        self._owner.join(patience_s)
        return not self._owner.is_alive()


def loudness_db(blocks: "Sequence[Samples]") -> float:
    """Root mean square in dBFS (0 is a full-scale square wave); -120 for silence."""
    import numpy as np

    samples = np.concatenate([*blocks, np.zeros(0, np.int16)]).astype(np.float64) / 32768
    power = float(np.mean(np.square(samples))) if len(samples) else 0.0
    return max(-120.0, 10 * float(np.log10(power))) if power > 0 else -120.0
