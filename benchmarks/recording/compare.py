"""What a recorded minute costs beside ffmpeg, at 720p25 and 1080p25."""

import resource
import subprocess
import sys
import threading
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from benchmarks.recording.soak import memory_mb
from field_app.crypto.age_keys import Identity
from field_app.domain.clock import SystemClock
from field_app.domain.ids import ClipId
from field_app.media.clip import RecordingPlan
from field_app.media.recorder import Recorder

SIZES = ((1280, 720), (1920, 1080))
MOST_TIMES = 1.15
_MP4 = ["-movflags", "frag_keyframe+empty_moov+delay_moov+default_base_moof", "-f", "mp4"]


@dataclass(frozen=True)
class Cost:
    """What a run took: CPU seconds (user and system) and megabytes, each a recorded minute."""

    cpu_s: float
    megabytes: float


def cpu_s(who: int = resource.RUSAGE_SELF) -> float:
    usage = resource.getrusage(who)
    return usage.ru_utime + usage.ru_stime


def record(folder: Path, scene: Path, *, seconds: float, size: tuple[int, int]) -> None:
    """What the child process does: one recording, and its whole cost from start to sealed."""
    identity = Identity.generate()
    recorder = Recorder()
    plan = RecordingPlan(
        clip_id=ClipId("benchmark"), folder=folder, recipients=(identity.recipient,),
        clock=SystemClock(), camera=str(scene), microphone="", reserve_bytes=0, witness=identity,
        width=size[0], height=size[1])
    before = cpu_s()
    recorder.start(plan)
    threading.Event().wait(seconds)
    status = recorder.status()
    result = recorder.stop()
    print(f"{cpu_s() - before} {result.duration_s} {memory_mb()} {result.frames}"
          f" {status.duplicated} {status.dropped}")


def _make_scene(path: Path, size: tuple[int, int], seconds: float) -> None:
    picture = (f"mandelbrot=s={size[0]}x{size[1]}:r=25:end_scale=0.02:maxiter=200,"
               "noise=alls=3:allf=t")
    subprocess.run(["ffmpeg", "-v", "error", "-f", "lavfi", "-i", picture, "-t", str(seconds),
                    "-c:v", "mjpeg", "-q:v", "3", "-pix_fmt", "yuvj422p", "-y", path], check=True)


def _ours(desk: Path, scene: Path, size: tuple[int, int], seconds: float) -> tuple[Cost, str]:
    folder = desk / "ours"
    folder.mkdir(exist_ok=True)
    for old in folder.iterdir():
        old.unlink()
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.recording", "--compare-child", str(folder), str(scene),
         str(seconds), str(size[0]), str(size[1])], check=True, capture_output=True, text=True)
    cpu, lasted, memory, frames, twice, dropped = done.stdout.split()
    taken = sum(path.stat().st_size for path in folder.iterdir()) / 1e6
    told = f"{frames} frames, {twice} repeated, {dropped} dropped, {float(memory):.0f} MB resident"
    return Cost(float(cpu) * 60 / float(lasted), taken * 60 / float(lasted)), told


def _theirs(desk: Path, scene: Path, size: tuple[int, int], seconds: float) -> Cost:
    bits = round(4_000_000 * size[0] * size[1] / (1280 * 720))
    out = desk / "plain.mp4"
    before = cpu_s(resource.RUSAGE_CHILDREN)
    subprocess.run(
        ["ffmpeg", "-v", "error", "-nostdin", "-y", "-re", "-i", str(scene), "-f", "pulse", "-i",
         "mic", "-t", str(seconds), "-map", "0:v", "-map", "1:a", "-c:v", "libx264", "-preset",
         "veryfast", "-tune", "zerolatency", "-crf", "23", "-maxrate", str(bits), "-bufsize",
         str(bits), "-pix_fmt", "yuv420p", "-x264-params", "keyint=25:min-keyint=25:scenecut=0",
         "-c:a", "aac", "-b:a", "96k", "-ac", "1", "-ar", "48000", *_MP4, str(out)], check=True)
    cost = cpu_s(resource.RUSAGE_CHILDREN) - before
    return Cost(cost * 60 / seconds, out.stat().st_size / 1e6 * 60 / seconds)


def compare(desk: Path, *, seconds: float, rounds: int) -> bool:
    """Runs by turns, so that other work on the machine meets both; whether the goal was met."""
    good = True
    for size in SIZES:
        scene = desk / f"scene-{size[1]}.avi"
        _make_scene(scene, size, seconds + 10)
        ours, theirs, told = [], [], ""
        for _ in range(rounds):
            cost, told = _ours(desk, scene, size, seconds)
            ours.append(cost)
            theirs.append(_theirs(desk, scene, size, seconds))
        scene.unlink()
        mine, other = (median(c.cpu_s for c in costs) for costs in (ours, theirs))
        times = mine / other
        print(f"a recorded minute of {size[1]}p25 with sound, median of {rounds} ({told})")
        for name, spent, costs in (("ours, sealed", mine, ours), ("ffmpeg, plain", other, theirs)):
            print(f"  {name:14} {spent:6.1f} CPU s  {median(c.megabytes for c in costs):6.1f} MB")
        met = times <= MOST_TIMES
        print(f"  CPU beside ffmpeg, at most {MOST_TIMES}: {times:.2f}  {'yes' if met else 'NO'}")
        good = good and met
    return good
