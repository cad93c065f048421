"""What was seen and heard in the last half minute before "record", in memory only.

Pictures are kept as encoded, whole seconds (one closed group of pictures each); sound is kept as
samples and encoded when it is written, so that the file begins like every other segment.
"""

from collections import deque
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from field_app.media.clip import RecordingPlan

if TYPE_CHECKING:
    import numpy as np
    from av import VideoFrame, VideoStream
    from av.container import OutputContainer
    from numpy.typing import NDArray

PREROLL_S = 30


def add_video(container: "OutputContainer", plan: RecordingPlan) -> "VideoStream":
    """The picture's encoder (FORMAT.md)."""
    stream: VideoStream = container.add_stream("libx264", rate=plan.fps, options={
        "preset": "veryfast", "tune": "zerolatency", "crf": "23",
        "maxrate": str(plan.video_bits), "bufsize": str(plan.video_bits),
        "x264-params": f"keyint={plan.fps}:min-keyint={plan.fps}:scenecut=0"})
    stream.width, stream.height, stream.pix_fmt = plan.width, plan.height, "yuv420p"
    context = stream.codec_context
    context.time_base = Fraction(1, plan.fps)
    # Limited range and the BT.601 matrix, as pictures are fitted; cameras give sRGB colours.
    context.color_range, context.colorspace = 1, 6
    context.color_primaries, context.color_trc = 1, 1
    return stream


class _Nowhere:
    """A container's file of which nothing is kept: only its encoder is wanted."""

    def write(self, data: bytes) -> int:
        return len(data)


@dataclass(frozen=True)
class Kept:
    """A pre-roll taken out: ``packets`` by slot, ``samples`` for all, ``first`` its first slot."""

    first: int
    slots: int
    packets: list[list[Any]]
    samples: "NDArray[np.int16]"
    video: "VideoStream | None"
    container: Any

    def close(self) -> None:
        """Let go of the encoder once all is written."""
        if self.container is not None:
            self.container.close()


class PreRoll:
    """A ring of whole seconds; slots come in order from slot 0."""

    def __init__(self, plan: RecordingPlan) -> None:
        self._fps = plan.fps
        self._container: OutputContainer | None = None
        self._video: VideoStream | None = None
        if plan.camera is not None:
            self._open(plan)
        self._packets: deque[list[Any]] = deque()
        self._samples: deque[NDArray[np.int16]] = deque()
        self.first = self.slot = 0

    def _open(self, plan: RecordingPlan) -> None:
        import av

        self._container = av.open(
            _Nowhere(), "w", format="mp4",
            options={"movflags": "empty_moov+delay_moov+default_base_moof+frag_keyframe"})
        self._video = add_video(self._container, plan)
        # Only now does the stream know its parameters, which the segment's copy takes over.
        self._container.start_encoding()

    def add_slot(self, frame: "VideoFrame | None", samples: "NDArray[np.int16] | None") -> None:
        """Keep one slot; the oldest second goes when more than :data:`PREROLL_S` are there."""
        import numpy as np

        packets: list[Any] = []
        if self._video is not None and frame is not None:
            frame.pts, frame.time_base = self.slot, Fraction(1, self._fps)
            packets = self._video.encode(frame)
        self._packets.append(packets)
        self._samples.append(np.zeros(0, np.int16) if samples is None else samples)
        self.slot += 1
        if self.slot - self.first >= (PREROLL_S + 1) * self._fps:
            for _ in range(self._fps):
                self._packets.popleft()
                self._samples.popleft()
            self.first += self._fps

    def take(self) -> Kept:
        """All that is kept, its times counted from its first slot; the ring is used up."""
        import numpy as np

        for packets in self._packets:
            for packet in packets:
                packet.pts -= self.first
                packet.dts -= self.first
        return Kept(
            self.first, self.slot - self.first, list(self._packets),
            np.concatenate([*self._samples, np.zeros(0, np.int16)]), self._video, self._container)

    def close(self) -> None:
        """Forget all."""
        self._packets.clear()
        self._samples.clear()
        if self._container is not None:
            self._container.close()
