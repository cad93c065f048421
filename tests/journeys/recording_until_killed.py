"""A real session that records a case's step until it is killed.

usage: recording_until_killed.py WORLD CAMERA. Prints ``ready`` once frames are written, then the
monotonic time, ten times a second.
"""

import sys
import time
from pathlib import Path

from field_app.actions.case_desk import case_desk
from field_app.actions.context import AppContext
from field_app.actions.log_in import log_in
from field_app.actions.open_case import NewCase, open_case
from field_app.actions.record_step import Devices, start_recording
from field_app.cli.demo.world import World
from field_app.domain.clock import SystemClock
from field_app.paths import DataFolder


def main(root: Path, camera: str) -> None:
    world = World(root, AppContext(SystemClock(), DataFolder(root / "laptop")),
                  root / "headquarters", root / "cards", root / "papers", root / "pictures")
    session = log_in(world.laptop, *world.both())
    case = open_case(session, NewCase(
        cause="日常检查", matter="", place="车间", party={"name": "演练公司"}))
    step = case_desk(session, case.id).steps[0].step
    recording = start_recording(session, case.id, step.id, Devices(camera, None, width=640, height=360))
    while recording.status().written == 0:
        time.sleep(0.02)
    print("ready", time.monotonic(), flush=True)
    while True:
        time.sleep(0.1)
        print(recording.status().elapsed_s, flush=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])
