"""Prints CPU seconds per recorded minute of 720p25 with sound: ours beside ffmpeg's.

Both read the same MJPEG file at its own speed and the same PulseAudio microphone, and encode with
the same settings; ours also seals, checkpoints and hashes. ``--seconds`` sets how long (20).
"""

import argparse
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from field_app.crypto.age_keys import Identity
from field_app.domain.clock import SystemClock
from field_app.domain.ids import ClipId
from field_app.media.clip import RecordingPlan
from field_app.media.recorder import Recorder

_SCENE = ("mandelbrot=s=1280x720:r=25:end_scale=0.02:maxiter=200,noise=alls=3:allf=t")
_X264 = ["-c:v", "libx264", "-preset", "veryfast", "-tune", "zerolatency", "-crf", "23",
         "-maxrate", "4000000", "-bufsize", "4000000", "-pix_fmt", "yuv420p",
         "-x264-params", "keyint=25:min-keyint=25:scenecut=0"]
_MP4 = ["-movflags", "frag_keyframe+empty_moov+delay_moov+default_base_moof", "-f", "mp4"]


@dataclass(frozen=True)
class Cost:
    """What a run took: CPU seconds (user and system) a recorded minute, and megabytes a minute."""

    cpu_s: float
    megabytes: float


def _record(folder: Path, scene: Path, seconds: float) -> None:
    """What the child process does: one recording by our recorder."""
    recorder = Recorder()
    recorder.start(RecordingPlan(
        clip_id=ClipId("benchmark"), folder=folder,
        recipients=(Identity.generate().recipient,), clock=SystemClock(), camera=str(scene),
        microphone="", reserve_bytes=0))
    threading.Event().wait(seconds)
    status = recorder.status()
    result = recorder.stop()
    print(f"  ours: {result.frames} frames, {status.duplicated} repeated, {status.dropped} dropped,"
          f" {result.duration_s:.1f} s")


def _cpu() -> float:
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def _cost(command: list[str], folder: Path, seconds: float) -> Cost:
    before = _cpu()
    subprocess.run(command, check=True)
    size = sum(path.stat().st_size for path in folder.iterdir())
    return Cost((_cpu() - before) * 60 / seconds, size / 1e6 * 60 / seconds)


@contextmanager
def _microphone(folder: Path) -> Iterator[None]:
    socket = folder / "native"
    os.environ |= {"PULSE_SERVER": f"unix:{socket}", "PULSE_RUNTIME_PATH": str(folder)}
    server = subprocess.Popen(
        ["pulseaudio", "-n", "--daemonize=no", "--exit-idle-time=-1", "--use-pid-file=no",
         "-L", f"module-native-protocol-unix auth-anonymous=1 socket={socket}",
         "-L", "module-null-sink sink_name=room rate=48000",
         "-L", "module-remap-source master=room.monitor source_name=mic"],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        while not socket.exists() and server.poll() is None:
            threading.Event().wait(0.05)
        yield
    finally:
        server.terminate()
        server.wait()


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.recording", description=__doc__)
    parser.add_argument("--seconds", type=float, default=20.0)
    parser.add_argument("--record", nargs=2, type=Path, help=argparse.SUPPRESS)
    wanted = parser.parse_args()
    if wanted.record:
        folder, scene = wanted.record
        _record(folder, scene, wanted.seconds)
        return
    desk = Path(tempfile.mkdtemp(prefix="recording-"))
    try:
        with _microphone(desk):
            _compare(desk, wanted.seconds)
    finally:
        shutil.rmtree(desk)


def _compare(desk: Path, seconds: float) -> None:
    scene, ours, theirs = desk / "scene.avi", desk / "ours", desk / "theirs"
    for folder in (ours, theirs):
        folder.mkdir()
    subprocess.run(["ffmpeg", "-v", "error", "-f", "lavfi", "-i", _SCENE, "-t", str(seconds + 10),
                    "-c:v", "mjpeg", "-q:v", "3", "-pix_fmt", "yuvj422p", scene], check=True)
    ours_cost = _cost([sys.executable, "-m", "benchmarks.recording", "--seconds", str(seconds),
                       "--record", str(ours), str(scene)], ours, seconds)
    theirs_cost = _cost(
        ["ffmpeg", "-v", "error", "-nostdin", "-re", "-i", str(scene), "-f", "pulse", "-i", "mic",
         "-t", str(seconds), "-map", "0:v", "-map", "1:a", *_X264, "-c:a", "aac", "-b:a", "96k",
         "-ac", "1", "-ar", "48000", *_MP4, str(theirs / "plain.mp4")], theirs, seconds)
    print("a recorded minute of 720p25 with sound")
    for name, cost in (("ours, sealed", ours_cost), ("ffmpeg, plain", theirs_cost)):
        print(f"  {name:14} {cost.cpu_s:6.1f} CPU s  {cost.megabytes:6.1f} MB")


if __name__ == "__main__":
    main()
