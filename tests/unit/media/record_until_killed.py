"""A recorder in a process of its own, for tests that stop or kill it."""

import sys
from pathlib import Path

from field_app.crypto.suite_keys import parse_recipient
from field_app.domain.clock import SystemClock
from field_app.domain.ids import ClipId
from field_app.media.clip import RecordingPlan
from field_app.media.recorder import Recorder


def main() -> None:
    folder, clip_id, recipient, camera, segment_s = sys.argv[1:]
    recorder = Recorder()
    recorder.start(RecordingPlan(
        clip_id=ClipId(clip_id), folder=Path(folder), recipients=(parse_recipient(recipient),),
        clock=SystemClock(), camera=camera, microphone="", width=640, height=360,
        reserve_bytes=0, segment_seconds=float(segment_s)))
    recorder.mark("开始")
    for line in sys.stdin:
        sys.stdout.write(f"{recorder.status().elapsed_s} {line}")
        sys.stdout.flush()


main()
