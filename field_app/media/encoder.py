"""One segment: pictures and samples in, fragmented MP4 bytes out, nothing kept."""

import json
from collections.abc import Callable
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from field_app.domain.clock import Moment
from field_app.media.clip import AUDIO_BITS, SAMPLE_RATE, RecordingPlan, moment_to_json
from field_app.media.preroll import Kept, add_video

if TYPE_CHECKING:
    import numpy as np
    from av import AudioStream, VideoFrame, VideoStream
    from numpy.typing import NDArray

# Larger than a fragment, so that each reaches the sealer in one piece.
_BUFFER = 4 << 20


class _Outlet:
    """The file object libav writes to: append-only, without seek."""

    def __init__(self, sink: Callable[[bytes], None]) -> None:
        self._sink = sink
        self.size = 0

    def write(self, data: bytes) -> int:
        self.size += len(data)
        self._sink(data)
        return len(data)


class SegmentEncoder:
    """Encodes slots of equal length in order; ``fragment_done`` is called after each fragment.

    With ``kept`` the segment is a pre-roll: its pictures were encoded while it was waited for.
    """

    def __init__(self, plan: RecordingPlan, *, number: int, started: Moment,
                 sink: Callable[[bytes], None], fragment_done: Callable[[], None],
                 kept: Kept | None = None) -> None:
        import av

        self._plan = plan
        self._fragment_done = fragment_done
        self._outlet = _Outlet(sink)
        # The header waits for the first fragment so that it can tell the sound's run-in.
        flags = "empty_moov+delay_moov+default_base_moof"
        options = {"movflags": f"{flags}+frag_keyframe", "flush_packets": "1"}
        if plan.camera is None:
            # Every sound packet is a key frame: a fragment a second has to be asked for.
            options = {"movflags": flags, "frag_duration": "1000000", "flush_packets": "1"}
        self._container = av.open(
            self._outlet, "w", format="mp4", options=options, buffer_size=_BUFFER)
        self._container.metadata["comment"] = json.dumps({
            "format": "le-clip/1", "clip": plan.clip_id, "segment": number,
            "started": moment_to_json(started), **plan.about.to_json()}, ensure_ascii=False)
        self._video: VideoStream | None = None
        if kept is not None and kept.video is not None:
            self._video = self._container.add_stream_from_template(kept.video)
        elif plan.camera is not None:
            self._video = add_video(self._container, plan)
        self._audio = None if plan.microphone is None else self._add_audio()
        self.slots = 0
        self._samples = 0

    def _add_audio(self) -> "AudioStream":
        stream: AudioStream = self._container.add_stream(
            "aac", rate=SAMPLE_RATE, layout="mono")
        stream.bit_rate = AUDIO_BITS
        return stream

    @property
    def size(self) -> int:
        """Plaintext bytes handed on so far."""
        return self._outlet.size

    def _mux(self, packets: list[Any]) -> None:
        before = self._outlet.size
        for packet in packets:
            self._container.mux(packet)
        if self._outlet.size != before:
            self._fragment_done()

    def add_slot(self, frame: "VideoFrame | None", samples: "NDArray[np.int16] | None") -> None:
        """Encode one slot: a frame if a camera was planned, samples if a microphone was."""
        if self._video is not None and frame is not None:
            frame.pts, frame.time_base = self.slots, Fraction(1, self._plan.fps)
            self._mux(self._video.encode(frame))
        if self._audio is not None and samples is not None:
            self._mux(self._audio.encode(self._sound(samples)))
        self.slots += 1

    def add_kept(self, kept: Kept) -> None:
        """Write a pre-roll: pictures as they were encoded, sound encoded now."""
        per_slot = SAMPLE_RATE // self._plan.fps
        for slot in range(kept.slots):
            if self._video is not None:
                for packet in kept.packets[slot]:
                    packet.stream = self._video
                    self._mux([packet])
            if self._audio is not None:
                self._mux(self._audio.encode(
                    self._sound(kept.samples[slot * per_slot:(slot + 1) * per_slot])))
        self.slots += kept.slots
        # The template's stream has no encoder to be emptied.
        self._video = None

    def _sound(self, samples: "NDArray[np.int16]") -> Any:
        import numpy as np
        from av import AudioFrame

        frame = AudioFrame.from_ndarray(
            np.ascontiguousarray(samples[np.newaxis, :]), format="s16p", layout="mono")
        frame.sample_rate = SAMPLE_RATE
        frame.pts, frame.time_base = self._samples, Fraction(1, SAMPLE_RATE)
        self._samples += len(samples)
        return frame

    def close(self) -> None:
        """Encode what is in flight and write the last fragment and the index."""
        for stream in (self._video, self._audio):
            if stream is not None and self.slots:
                self._mux(stream.encode(None))
        self._container.close()
        self._fragment_done()
