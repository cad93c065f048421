"""A short tone when something begins to go wrong with a recording; the sight stays without it."""

import array
import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from PySide6.QtCore import QBuffer
    from PySide6.QtMultimedia import QAudioSink

_RATE = 48_000
_TONES_HZ = (880, 660, 880)
_TONE_S, _PAUSE_S = 0.16, 0.06
# Audible across a room, far from clipping in the recording it will be heard in.
_LOUD = 9_000


def tone() -> bytes:
    """Three short tones: 16-bit little-endian mono at 48 kHz, each with soft edges."""
    samples = array.array("h")
    count, edge = round(_TONE_S * _RATE), round(0.01 * _RATE)
    for hertz in _TONES_HZ:
        for i in range(count):
            soft = min(1.0, i / edge, (count - i) / edge)
            samples.append(round(_LOUD * soft * math.sin(2 * math.pi * hertz * i / _RATE)))
        samples.extend([0] * round(_PAUSE_S * _RATE))
    return samples.tobytes()


class AlarmSound:
    """Plays the tone. A computer without a loudspeaker stays silent."""

    def __init__(self) -> None:
        self._sink: QAudioSink | None = None
        self._buffer: QBuffer | None = None
        self.rung = 0

    def ring(self) -> bool:
        """Play the tone once; whether there is a loudspeaker to play it."""
        from PySide6.QtCore import QBuffer, QByteArray, QIODevice
        from PySide6.QtMultimedia import QAudioFormat, QAudioSink, QMediaDevices

        self.rung += 1
        output = QMediaDevices.defaultAudioOutput()
        if output.isNull():
            return False
        layout = QAudioFormat()
        layout.setSampleRate(_RATE)
        layout.setChannelCount(1)
        layout.setSampleFormat(QAudioFormat.SampleFormat.Int16)
        self.close()
        self._buffer = QBuffer()
        self._buffer.setData(QByteArray(tone()))
        self._buffer.open(QIODevice.OpenModeFlag.ReadOnly)
        self._sink = QAudioSink(output, layout)
        self._sink.start(self._buffer)
        return True

    def close(self) -> None:
        """Fall silent at once."""
        if self._sink is not None:
            self._sink.stop()
        self._sink = self._buffer = None
