"""Real pictures over loopback HTTP and real sound through PulseAudio, for every media test."""

import json
import os
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from field_app.crypto.age_keys import Identity
from field_app.crypto.gm import open_gm
from field_app.domain.clock import SystemClock
from field_app.domain.ids import ClipId, new_id
from field_app.media.clip import RecordingPlan

WIDTH, HEIGHT, FPS = 640, 360, 25
COUNTER_BITS = 16
TONE_HZ = 997


def draw(number: int) -> NDArray[np.uint8]:
    """Frame ``number``: a moving bar, and the number as a row of black and white blocks."""
    image = np.full((HEIGHT, WIDTH, 3), (90, 120, 60), np.uint8)
    bar = number * 8 % WIDTH
    image[60:300, bar:bar + 40] = (40, 60, 220)
    for bit in range(COUNTER_BITS):
        white = number >> bit & 1
        image[8:40, 16 + bit * 36:48 + bit * 36] = 255 if white else 0
    return image


class MovingPicture:
    """An MJPEG camera on loopback: may stall (connected, mute) or die (refuses, disconnects).

    ``paint`` draws a frame from its number, ``rate`` is how many it sends a second; both may change
    while it runs.
    """

    def __init__(self) -> None:
        self.paint: Callable[[int], NDArray[np.uint8]] = draw
        self.rate = float(FPS)
        self.sent: list[tuple[int, float]] = []
        self.served = threading.Event()
        self._alive = threading.Event()
        self._flowing = threading.Event()
        self._alive.set()
        self._flowing.set()
        self._closing = False
        camera = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                camera._serve(self)

            def log_message(self, format: str, *args: Any) -> None:
                """Tests speak for themselves."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}/camera.mjpg"

    def _serve(self, handler: BaseHTTPRequestHandler) -> None:
        if not self._alive.is_set():
            handler.send_error(503)
            return
        handler.send_response(200)
        handler.send_header("Content-Type", "multipart/x-mixed-replace; boundary=frame")
        handler.end_headers()
        began = time.monotonic()
        try:
            while self._alive.is_set() and not self._closing:
                self._flowing.wait()
                # The number is the frame's time, so that gaps and order can be told from it.
                number = int((time.monotonic() - began) * FPS)
                jpeg = cv2.imencode(".jpg", self.paint(number))[1].tobytes()
                handler.wfile.write(
                    b"--frame\r\nContent-Type: image/jpeg\r\nContent-Length: "
                    + str(len(jpeg)).encode() + b"\r\n\r\n" + jpeg + b"\r\n")
                self.sent.append((number, time.monotonic()))
                self.served.set()
                due = began + number / FPS + 1 / self.rate
                threading.Event().wait(max(0.0, due - time.monotonic()))
        except OSError:
            return

    def die(self) -> None:
        self._alive.clear()

    def come_back(self) -> None:
        self._alive.set()

    def stall(self) -> None:
        self._flowing.clear()

    def close(self) -> None:
        self._closing = True
        self._flowing.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


@pytest.fixture(scope="session")
def moving_picture() -> type[MovingPicture]:
    return MovingPicture


@pytest.fixture
def camera() -> Iterator[MovingPicture]:
    source = MovingPicture()
    yield source
    source.close()


@dataclass(frozen=True)
class Room:
    """A sound server with a null sink whose monitor is the microphone; a tone sounds in it."""

    environment: dict[str, str]


def _wait_for(path: Path, server: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + 10
    while not path.exists():
        assert server.poll() is None, "pulseaudio did not start"
        assert time.monotonic() < deadline, "pulseaudio did not open its socket in 10 s"
        threading.Event().wait(0.05)


def start_pulse(folder: Path) -> subprocess.Popen[bytes]:
    """PulseAudio of our own in ``folder``; fails loudly when it is not installed."""
    program = shutil.which("pulseaudio")
    assert program, "pulseaudio is needed for the sound tests"
    socket = folder / "native"
    server = subprocess.Popen(
        [program, "-n", "--daemonize=no", "--exit-idle-time=-1", "--use-pid-file=no",
         "-L", f"module-native-protocol-unix auth-anonymous=1 socket={socket}",
         "-L", "module-null-sink sink_name=room rate=48000",
         "-L", "module-remap-source master=room.monitor source_name=mic"],
        env={**os.environ, "PULSE_RUNTIME_PATH": str(folder), "HOME": str(folder)},
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _wait_for(socket, server)
    return server


def play_tone(environment: dict[str, str]) -> subprocess.Popen[bytes]:
    """A tone of 997 Hz into the room until it is ended."""
    return subprocess.Popen(
        ["ffmpeg", "-v", "error", "-re", "-f", "lavfi",
         "-i", f"sine=frequency={TONE_HZ}:sample_rate=48000", "-f", "pulse", "-device", "room",
         "tone"], env={**os.environ, **environment}, stdin=subprocess.DEVNULL)


@pytest.fixture(scope="session")
def room(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Room]:
    folder = tmp_path_factory.mktemp("pulse")
    server = start_pulse(folder)
    environment = {"PULSE_SERVER": f"unix:{folder / 'native'}", "PULSE_RUNTIME_PATH": str(folder)}
    before = {key: os.environ.get(key) for key in environment}
    os.environ.update(environment)
    tone = play_tone(environment)
    yield Room(environment)
    tone.terminate()
    tone.wait()
    server.terminate()
    server.wait()
    for key, value in before.items():
        if value is None:
            del os.environ[key]
        else:
            os.environ[key] = value


class OwnRoom:
    """A room of one test's own, whose sound server may be killed and started again."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.sound_again()

    def sound_again(self) -> None:
        self._server = start_pulse(self._folder)
        self._tone = play_tone({"PULSE_SERVER": f"unix:{self._folder / 'native'}"})

    def hush(self) -> None:
        """Nothing sounds any more; the microphone goes on."""
        self._tone.kill()
        self._tone.wait()

    def sound(self) -> None:
        self._tone = play_tone({"PULSE_SERVER": f"unix:{self._folder / 'native'}"})

    def fall_silent(self) -> None:
        self.hush()
        self._server.kill()
        self._server.wait()
        (self._folder / "native").unlink(missing_ok=True)


def room_in(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[OwnRoom]:
    """A room in a new ``folder``, that the test's own microphone hears."""
    folder.mkdir()
    monkeypatch.setenv("PULSE_SERVER", f"unix:{folder / 'native'}")
    monkeypatch.setenv("PULSE_RUNTIME_PATH", str(folder))
    room = OwnRoom(folder)
    yield room
    room.fall_silent()


@pytest.fixture
def own_room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[OwnRoom]:
    yield from room_in(tmp_path / "own", monkeypatch)


class Yard:
    """A second microphone, ``usb.mic-2``, that hears a deeper tone in a yard; it may be pulled out and put in."""

    device, hz = "pulse:usb.mic-2", 440

    def __init__(self) -> None:
        pactl("load-module", "module-null-sink", "sink_name=yard", "rate=48000")
        self.put_in()
        self._tone = subprocess.Popen(
            ["ffmpeg", "-v", "error", "-re", "-f", "lavfi", "-i", f"sine=frequency={self.hz}:sample_rate=48000",
             "-f", "pulse", "-device", "yard", "tone"], stdin=subprocess.DEVNULL)

    def put_in(self) -> None:
        self._plugged = pactl("load-module", "module-remap-source", "master=yard.monitor", "source_name=usb.mic-2",
                              "source_properties=\"device.description='USB 话筒'\"")

    def pull_out(self) -> None:
        pactl("unload-module", self._plugged)

    def close(self) -> None:
        self._tone.kill()
        self._tone.wait()


def pactl(*words: str) -> str:
    """Tell the test's own sound server something, or ask it."""
    return subprocess.run(["pactl", *words], check=True, capture_output=True, text=True).stdout.strip()


@pytest.fixture
def yard(own_room: OwnRoom) -> Iterator[Yard]:
    made = Yard()
    yield made
    made.close()


@pytest.fixture(scope="session")
def identity() -> Identity:
    return Identity.generate()


@pytest.fixture(scope="session")
def identity_file(identity: Identity, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("keys") / "case.key"
    path.write_text(identity.secret_text() + "\n", encoding="ascii")
    return path


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    path = tmp_path / "media"
    path.mkdir()
    return path


@dataclass(frozen=True)
class Judge:
    """Independent tools that open what was recorded: the age command line, or openssl and the page
    of Python that travels in packages; ffprobe, ffmpeg."""

    identity_file: Path
    desk: Path

    def decrypt(self, sealed: Path) -> Path:
        plain = self.desk / sealed.name.removesuffix(".age")
        if sealed.read_bytes().startswith(b"le-gm/v1\n"):
            self._decrypt_gm(sealed, plain)
            return plain
        subprocess.run(["age", "-d", "-i", self.identity_file, "-o", plain, sealed], check=True)
        return plain

    def _decrypt_gm(self, sealed: Path, plain: Path) -> None:
        page = [sys.executable, open_gm.__file__]
        subprocess.run([*page, "stanzas", sealed], cwd=self.desk, check=True)
        subprocess.run(["openssl", "pkeyutl", "-decrypt", "-inkey", self.identity_file, "-in",
                        "stanza-0.bin", "-out", "file.key"], cwd=self.desk, check=True)
        subprocess.run([*page, "open", sealed, "file.key", plain], cwd=self.desk, check=True)

    def streams(self, plain: Path) -> dict[str, dict[str, Any]]:
        """Streams by type, as ffprobe sees them, packets counted."""
        done = subprocess.run(
            ["ffprobe", "-v", "error", "-count_packets", "-show_streams", "-of", "json", plain],
            check=True, capture_output=True)
        assert done.stderr == b""
        return {stream["codec_type"]: stream for stream in json.loads(done.stdout)["streams"]}

    def numbers(self, plain: Path) -> list[int]:
        """The number drawn into each frame; -1 for a black one."""
        done = subprocess.run(
            ["ffmpeg", "-v", "error", "-i", plain, "-fps_mode", "passthrough", "-f", "rawvideo",
             "-pix_fmt", "gray", "-"], check=True, capture_output=True)
        assert done.stderr == b""
        frames = np.frombuffer(done.stdout, np.uint8).reshape(-1, HEIGHT, WIDTH)
        return [read_number(frame) for frame in frames]

    def sound(self, plain: Path) -> NDArray[np.float64]:
        """All samples at 48 kHz, -1 to 1."""
        done = subprocess.run(
            ["ffmpeg", "-v", "error", "-i", plain, "-f", "s16le", "-ac", "1", "-ar", "48000", "-"],
            check=True, capture_output=True)
        assert done.stderr == b""
        return np.frombuffer(done.stdout, "<i2").astype(np.float64) / 32768


def read_number(gray: NDArray[Any]) -> int:
    """The number that :func:`draw` put into a frame (height x width grey); -1 if it is black."""
    if gray[60:300].mean() < 24:
        return -1
    return sum(1 << bit for bit in range(COUNTER_BITS)
               if gray[16:32, 24 + bit * 36:40 + bit * 36].mean() > 128)


@pytest.fixture(scope="session")
def judge_with(tmp_path_factory: pytest.TempPathFactory) -> Callable[[Path], Judge]:
    """A judge who opens with the key in a file."""
    return lambda key: Judge(key, tmp_path_factory.mktemp("plain"))


@pytest.fixture(scope="session")
def judge(identity_file: Path, judge_with: Callable[[Path], Judge]) -> Judge:
    return judge_with(identity_file)


@pytest.fixture(scope="session")
def read_frame_number() -> Callable[[NDArray[Any]], int]:
    return read_number


def peak_hz(samples: NDArray[np.float64]) -> float:
    """The strongest frequency, by a windowed spectrum refined by a parabola."""
    spectrum = np.log(np.abs(np.fft.rfft(samples * np.hanning(len(samples)))) + 1e-12)
    top = 1 + int(np.argmax(spectrum[1:-1]))  # What is cut off in mid-wave may weigh most at 0 Hz.
    left, middle, right = spectrum[top - 1:top + 2]
    return float((top + (left - right) / (2 * (left - 2 * middle + right))) * 48000 / len(samples))


def tones(sound: NDArray[np.float64]) -> list[int]:
    """The tone in each tenth of a second, 0 where there is none; to 10 Hz, a cut one is not told finer."""
    tenths = sound[:len(sound) // 4800 * 4800].reshape(-1, 4800)
    return [10 * round(peak_hz(one) / 10) if np.abs(one).max() > 0.01 else 0 for one in tenths]


@pytest.fixture(scope="session")
def measure_hz() -> Callable[[NDArray[np.float64]], float]:
    return peak_hz


Wait = Callable[..., None]


@pytest.fixture(scope="session")
def wait_until() -> Wait:
    """Waits for a condition and fails when it does not come true in time."""
    def wait(condition: Callable[[], bool], *, within_s: float = 10.0) -> None:
        deadline = time.monotonic() + within_s
        while not condition():
            assert time.monotonic() < deadline, f"not within {within_s} s"
            threading.Event().wait(0.02)
    return wait


MakePlan = Callable[..., RecordingPlan]


@pytest.fixture(scope="session")
def make_plan(identity: Identity) -> MakePlan:
    """A plan of test size; keyword arguments replace its parts."""
    def make(folder: Path, **parts: Any) -> RecordingPlan:
        return RecordingPlan(**{
            "clip_id": ClipId(new_id()), "folder": folder, "recipients": (identity.recipient,),
            "clock": SystemClock(), "camera": None, "microphone": None, "width": WIDTH,
            "height": HEIGHT, "fps": FPS, "reserve_bytes": 0, **parts})
    return make
