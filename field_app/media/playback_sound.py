"""Sound of clips for the loudspeaker: 16-bit little-endian mono at 48 kHz in pieces."""

from collections.abc import Iterator
from typing import Any, BinaryIO

from field_app.media.clip import SAMPLE_RATE
from field_app.media.containers import first_track, open_container

_PIECE = SAMPLE_RATE // 10


def silence(seconds: float) -> Iterator[bytes]:
    """Nothing to be heard for so long."""
    left = max(0, round(seconds * SAMPLE_RATE))
    while left:
        count = min(left, _PIECE)
        yield bytes(2 * count)
        left -= count


def healthy_sound(file: BinaryIO, t: float, *, exact: bool = False) -> Iterator[bytes]:
    """Sound of one whole segment from ``t`` on; nothing where there is no such track.

    Opened by the index at its end, sound after the first fragment comes one packet (21 ms) early;
    ``exact`` visits every fragment first, which costs a seventh of the bytes.
    """
    from av import AudioResampler

    with file, open_container(file, quick=not exact) as container:
        stream = first_track(container.streams.audio)
        if stream is None or stream.time_base is None:
            return
        container.seek(max(0, int(t / stream.time_base)), stream=stream)
        resampler = AudioResampler(format="s16", layout="mono", rate=SAMPLE_RATE)
        for frame in container.decode(stream):
            start = float(frame.time or 0)
            for plain in resampler.resample(frame):
                skip = max(0, round((t - start) * SAMPLE_RATE))
                samples: Any = plain.to_ndarray()
                if skip < samples.shape[1]:
                    yield samples[0, skip:].astype("<i2").tobytes()


def at_speed(pieces: Iterator[bytes], speed: float) -> Iterator[bytes]:
    """The same sound faster or slower (0.5 to 4), its pitch kept."""
    import numpy as np
    from av import AudioFrame
    from av.filter import Graph

    graph = Graph()
    source = graph.add_abuffer(sample_rate=SAMPLE_RATE, format="s16", layout="mono")
    last = source
    for factor in _factors(speed):
        step = graph.add("atempo", f"{factor}")
        last.link_to(step)
        last = step
    sink = graph.add("abuffersink")
    last.link_to(sink)
    graph.configure()
    at = 0
    for piece in pieces:
        frame = AudioFrame.from_ndarray(
            np.frombuffer(piece, "<i2")[np.newaxis, :].copy(), format="s16", layout="mono")
        frame.sample_rate, frame.pts = SAMPLE_RATE, at
        at += len(piece) // 2
        source.push(frame)
        yield from _drained(graph)
    source.push(None)
    yield from _drained(graph)


def _factors(speed: float) -> list[float]:
    """Steps of at most 2 each: beyond it the filter leaves samples out."""
    return [2.0, speed / 2.0] if speed > 2.0 else [speed]


def _drained(graph: Any) -> Iterator[bytes]:
    import av

    while True:
        try:
            out = graph.pull()
        except (av.error.BlockingIOError, av.error.EOFError):
            return
        samples: Any = out.to_ndarray()
        yield samples.reshape(-1).astype("<i2").tobytes()
