"""The player's loudspeaker: takes samples from an iterator as fast as the device plays them."""

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from field_app.errors import FieldAppError

if TYPE_CHECKING:
    from PySide6.QtCore import QIODevice
    from PySide6.QtMultimedia import QAudioSink

_RATE = 48_000
# Half a second: a busy computer feeds late, and a hole in speech is worse than a late stop.
_AHEAD_BYTES = _RATE


class PlayerSound:
    """Plays 16-bit mono at 48 kHz. A computer without a loudspeaker just stays silent."""

    def __init__(self, sound_from: Callable[[float, float], Iterator[bytes]]) -> None:
        self._sound_from = sound_from
        self._pieces: Iterator[bytes] = iter(())
        self._rest = b""
        self._sink: QAudioSink | None = None
        self._device: QIODevice | None = None

    def start(self, t: float, speed: float = 1.0) -> None:
        """Play from ``t`` seconds on, its pitch kept at any speed; call :meth:`feed` often until :meth:`stop`."""
        from PySide6.QtMultimedia import QAudioFormat, QAudioSink, QMediaDevices

        self.stop()
        output = QMediaDevices.defaultAudioOutput()
        if output.isNull():
            return
        layout = QAudioFormat()
        layout.setSampleRate(_RATE)
        layout.setChannelCount(1)
        layout.setSampleFormat(QAudioFormat.SampleFormat.Int16)
        self._pieces = self._sound_from(t, speed)
        self._sink = QAudioSink(output, layout)
        self._sink.setBufferSize(_AHEAD_BYTES)
        self._device = self._sink.start()
        self.feed()

    def feed(self) -> None:
        """Hand on as much as the device takes now."""
        if self._sink is None or self._device is None:
            return
        free = self._sink.bytesFree()
        try:
            while len(self._rest) < free:
                self._rest += next(self._pieces)
        except StopIteration:
            pass
        except (FieldAppError, OSError):
            # The picture at the same place fails too and is what the officer is told about.
            self._pieces = iter(())
        if self._rest and free:
            written = self._device.write(self._rest[:free])
            self._rest = self._rest[max(0, written):]

    def stop(self) -> None:
        """Fall silent at once."""
        if self._sink is not None:
            self._sink.stop()
        self._sink = self._device = None
        self._pieces, self._rest = iter(()), b""
