"""A long recording, judged afterwards by ffmpeg: sound in step, no frame dropped, memory flat."""

import json
import os
import subprocess
import sys
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.recording import scene
from field_app.crypto.age_keys import Identity
from field_app.crypto.suites import SealedReader
from field_app.domain.clock import SystemClock
from field_app.domain.ids import ClipId
from field_app.media.clip import RecordingPlan
from field_app.media.recorder import Recorder

_LOOK_EVERY_S = 5.0
_SMALL = (160, 90)
_STEP_MS = 80.0
_JUDGE_NICE = 15


@dataclass(frozen=True)
class Step:
    """Flash and beep of one moment: seconds into the clip, and how much the beep came later (ms)."""

    at_s: float
    late_ms: float


def memory_mb() -> float:
    """This process's own memory in megabytes: what the system lends of libraries comes and goes."""
    lines = Path("/proc/self/status").read_text("ascii").splitlines()
    return int(next(line for line in lines if line.startswith("RssAnon")).split()[1]) * 1024 / 1e6


class _Delays:
    """How late a thread of this process gets the processor: the worst since it was last asked."""

    def __init__(self) -> None:
        self._worst = 0.0
        threading.Thread(target=self._measure, daemon=True).start()

    def _measure(self) -> None:
        while True:
            began = time.monotonic()
            time.sleep(0.05)
            self._worst = max(self._worst, time.monotonic() - began - 0.05)

    def worst_s(self) -> float:
        worst, self._worst = self._worst, 0.0
        return round(worst, 3)


def record(folder: Path, camera: str, *, seconds: float, size: tuple[int, int],
           secret: str) -> None:
    """What the child process does: records, and tells what it sees every few seconds as JSON."""
    identity = Identity.parse(secret)
    recorder = Recorder(told=lambda alarm: print(
        json.dumps({"alarm": alarm.what, "over": alarm.over}), flush=True))
    plan = RecordingPlan(
        clip_id=ClipId("soak"), folder=folder, recipients=(identity.recipient,),
        clock=SystemClock(), camera=camera, microphone="", width=size[0], height=size[1],
        reserve_bytes=0, witness=identity)
    recorder.start(plan)
    began, delays = time.monotonic(), _Delays()
    while (left := began + seconds - time.monotonic()) > 0:
        threading.Event().wait(min(_LOOK_EVERY_S, left))
        status = recorder.status()
        print(json.dumps({
            "at": round(time.monotonic() - began, 1), "memory": memory_mb(),
            "written": status.written, "repeated": status.duplicated, "dropped": status.dropped,
            "late": delays.worst_s(), "blank": status.blank, "safe": status.safe_s,
            "elapsed": status.elapsed_s}), flush=True)
    result = recorder.stop()
    print(json.dumps({"frames": result.frames, "seconds": result.duration_s,
                      "segments": [[s.path.name, s.duration_s] for s in result.segments],
                      "gaps": len(result.gaps), "clean": result.clean}), flush=True)


def _plain(sealed: Path, secret: str, target: Path) -> None:
    with sealed.open("rb") as file, target.open("wb") as out:
        for part in SealedReader(file, [Identity.parse(secret)]).stream():
            out.write(part)


def _pictures(plain: Path) -> NDArray[np.uint8]:
    """All pictures, small and grey (number, rows, columns)."""
    done = subprocess.run(
        ["ffmpeg", "-v", "error", "-i", str(plain), "-fps_mode", "passthrough", "-vf",
         f"scale={_SMALL[0]}:{_SMALL[1]}:flags=area", "-pix_fmt", "gray", "-f", "rawvideo", "-"],
        check=True, capture_output=True)
    return np.frombuffer(done.stdout, np.uint8).reshape(-1, _SMALL[1], _SMALL[0])


def _sound(plain: Path) -> NDArray[np.float64]:
    done = subprocess.run(
        ["ffmpeg", "-v", "error", "-i", str(plain), "-f", "s16le", "-ac", "1", "-ar",
         str(scene.RATE), "-"], check=True, capture_output=True)
    return np.frombuffer(done.stdout, "<i2").astype(np.float64)


def _numbers(pictures: NDArray[np.uint8]) -> NDArray[np.int64]:
    width, height = _SMALL
    rows = slice(round(height * scene.BITS_TOP) + 2,
                 round(height * (scene.BITS_TOP + scene.BITS_HEIGHT)) - 2)
    found = np.zeros(len(pictures), np.int64)
    for bit in range(scene.BITS):
        left = round(width * scene.BIT_WIDTH * (bit + 1))
        part = pictures[:, rows, left + 1:left + round(width * scene.BIT_WIDTH) - 1]
        found |= (part.mean(axis=(1, 2)) > 127).astype(np.int64) << bit
    return found


def _flashes(pictures: NDArray[np.uint8]) -> NDArray[np.float64]:
    corner = pictures[:, round(_SMALL[1] * 0.84):-3, round(_SMALL[0] * 0.84):-3].mean(axis=(1, 2))
    white = corner > 127
    return np.flatnonzero(white[1:] & ~white[:-1]).astype(np.float64) + 1


def _beeps(sound: NDArray[np.float64]) -> NDArray[np.float64]:
    """Sample numbers at which a beep begins."""
    loud = np.abs(sound) > 3000
    at = np.flatnonzero(loud)
    firsts = np.flatnonzero(np.diff(at, prepend=-scene.RATE) > scene.RATE)
    return at[firsts].astype(np.float64)


class Judge:
    """Judges segments in order, while later ones are still recorded."""

    def __init__(self, folder: Path, secret: str, desk: Path) -> None:
        self._folder, self._secret, self._desk = folder, secret, desk
        self._judged = 0
        self._begin_s, self._last = 0.0, -1
        self.steps: list[Step] = []
        self.missing = self.twice = 0

    def _path(self, number: int) -> Path:
        return self._folder / f"soak-{number:02d}.mp4.age"

    def closed_ones(self) -> None:
        """Judge each segment that another has followed."""
        while self._path(self._judged + 2).exists():
            self.next()

    def next(self) -> None:
        """Judge the next segment: every flash with its beep, and the running numbers."""
        self._judged += 1
        plain = self._desk / "judged.mp4"
        _plain(self._path(self._judged), self._secret, plain)
        pictures, sound = _pictures(plain), _sound(plain)
        plain.unlink()
        beeps = _beeps(sound) / scene.RATE
        for flash in _flashes(pictures) / scene.FPS:
            near = beeps[np.abs(beeps - flash) < 1.0] if len(beeps) else beeps
            if len(near):
                late = float(near[np.argmin(np.abs(near - flash))] - flash)
                self.steps.append(Step(self._begin_s + float(flash), 1000 * late))
        numbers = _numbers(pictures)
        if self._last >= 0:
            numbers = np.concatenate([[self._last], numbers])
        gone = np.diff(numbers) % scene.RING
        self.missing += int(np.maximum(gone - 1, 0).sum())
        self.twice += int((gone == 0).sum())
        self._last = int(numbers[-1])
        self._begin_s += len(pictures) / scene.FPS


def soak(desk: Path, *, minutes: float, size: tuple[int, int]) -> bool:
    """Run and judge; prints the figures and whether all goals were met."""
    folder = desk / "soak"
    folder.mkdir()
    secret = Identity.generate().secret_text()
    with subprocess.Popen(
            [sys.executable, "-m", "benchmarks.recording.scene", str(size[0]), str(size[1])],
            stdout=subprocess.PIPE, text=True) as world:
        assert world.stdout is not None
        camera = world.stdout.readline().strip()
        judge, over = Judge(folder, secret, desk), threading.Event()
        judging = threading.Thread(target=_judge_along, args=(judge, over))
        judging.start()
        lines = _run_child(folder, camera, minutes=minutes, size=size, secret=secret)
        world.terminate()
    over.set()
    judging.join()
    *seen, end = [line for line in lines if "alarm" not in line]
    judge.next()
    return _tell(seen, end, [line for line in lines if "alarm" in line], judge)


def _judge_along(judge: Judge, over: threading.Event) -> None:
    # This thread's own, and so that of the programs it starts: the recording comes first.
    os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), _JUDGE_NICE)
    while not over.wait(_LOOK_EVERY_S):
        judge.closed_ones()
    judge.closed_ones()


def _run_child(folder: Path, camera: str, *, minutes: float, size: tuple[int, int],
               secret: str) -> list[dict[str, Any]]:
    lines = []
    with subprocess.Popen(
            [sys.executable, "-m", "benchmarks.recording", "--soak-child", str(folder), camera,
             str(minutes * 60), str(size[0]), str(size[1])], stdin=subprocess.PIPE,
            stdout=subprocess.PIPE, text=True) as child:
        assert child.stdin is not None and child.stdout is not None
        child.stdin.write(secret + "\n")
        child.stdin.close()
        for line in child.stdout:
            lines.append(json.loads(line))
            moved = len(lines) > 1 and any(
                lines[-1].get(key) != lines[-2].get(key) for key in ("dropped", "repeated"))
            if len(lines) % 60 == 1 or moved:
                print("  " + line.strip(), file=sys.stderr, flush=True)
    return lines


def _third(steps: list[Step], number: int, whole_s: float) -> list[float]:
    """Offsets at the start (first tenth), the middle or the end of a clip."""
    low, high = ((0.0, 0.1), (0.45, 0.55), (0.9, 1.0))[number]
    return [s.late_ms for s in steps if low * whole_s <= s.at_s <= high * whole_s]


def _tell(seen: list[dict[str, Any]], end: dict[str, Any],
          alarms: list[dict[str, Any]], judge: Judge) -> bool:
    whole_s, steps = float(end["seconds"]), judge.steps
    missing, twice = judge.missing, judge.twice
    last = seen[-1]
    memory = [float(line["memory"]) for line in seen]
    settled = memory[len(memory) // 6:] or memory
    growth = median(settled[-len(settled) // 4:]) - median(settled[:len(settled) // 4 + 1])
    worst = max((abs(s.late_ms) for s in steps), default=float("nan"))
    print(f"a recording of {whole_s / 60:.1f} min: {end['frames']} frames,"
          f" {len(end['segments'])} segments, {end['gaps']} gaps, alarms {alarms or 'none'}")
    for number, name in enumerate(("start", "middle", "end")):
        part = _third(steps, number, whole_s)
        if part:
            print(f"  beep after flash, {name:6} median {median(part):+6.1f} ms,"
                  f" from {min(part):+.1f} to {max(part):+.1f} ({len(part)})")
    goals = (
        ("sound in step at every flash", f"{worst:.0f} ms", worst <= _STEP_MS and len(steps) > 0),
        ("frames dropped by us", f"{last['dropped']}", last["dropped"] == 0),
        ("numbers missing in the film", f"{missing}", missing == 0),
        ("own memory, last quarter over first", f"{growth:+.1f} MB of {settled[0]:.0f}", growth <= 8.0),
        ("clean", f"{end['clean']}", end["clean"] is True))
    for name, figure, good in goals:
        print(f"  {name:34} {figure:>18}  {'yes' if good else 'NO'}")
    print(f"  repeated to keep the clock: {last['repeated']}, numbers shown twice: {twice}")
    return all(good for _, _, good in goals)
