"""Prints what recording costs, ours beside ffmpeg's, or runs a long recording and judges it.

Both read the same MJPEG file at its own speed and the same PulseAudio microphone, and encode with
the same settings; ours also seals, checkpoints, hashes and reads back. ``--seconds`` and
``--rounds`` set how long and how often. ``--soak MINUTES`` records a moving picture and sound over
loopback with a flash and a beep at one instant every ten seconds, and lets ffmpeg judge the film.
"""

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from benchmarks.recording import compare, soak
from benchmarks.recording.room import room
from benchmarks.recording.screen import screen


def _child(words: list[str], act: str) -> None:
    folder, camera, seconds, width, height = words
    size = (int(width), int(height))
    if act == "soak":
        soak.record(Path(folder), camera, seconds=float(seconds), size=size,
                    secret=sys.stdin.readline().strip())
    else:
        compare.record(Path(folder), Path(camera), seconds=float(seconds), size=size)


def _measure(desk: Path, seconds: float, rounds: int) -> bool:
    good = compare.compare(desk, seconds=seconds, rounds=rounds)
    with subprocess.Popen([sys.executable, "-m", "benchmarks.recording.scene", "1280", "720"],
                          stdout=subprocess.PIPE, text=True) as world:
        assert world.stdout is not None
        good = screen(desk, world.stdout.readline().strip()) and good
        world.terminate()
    return good


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.recording", description=__doc__)
    parser.add_argument("--seconds", type=float, default=30.0)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--soak", type=float, metavar="MINUTES")
    parser.add_argument("--first", action="store_true",
                        help="give recorder and room precedence where other work shares the machine")
    parser.add_argument("--height", type=int, choices=(720, 1080), default=720)
    parser.add_argument("--soak-child", nargs=5, help=argparse.SUPPRESS)
    parser.add_argument("--compare-child", nargs=5, help=argparse.SUPPRESS)
    wanted = parser.parse_args()
    if wanted.soak_child or wanted.compare_child:
        _child(wanted.soak_child or wanted.compare_child,
               "soak" if wanted.soak_child else "compare")
        return
    if wanted.first:
        os.nice(-10)
    desk = Path(tempfile.mkdtemp(prefix="recording-"))
    try:
        with room(desk):
            if wanted.soak:
                size = (wanted.height * 16 // 9, wanted.height)
                good = soak.soak(desk, minutes=wanted.soak, size=size)
            else:
                good = _measure(desk, wanted.seconds, wanted.rounds)
    finally:
        shutil.rmtree(desk)
    sys.exit(0 if good else 1)


if __name__ == "__main__":
    main()
