"""Reading aloud, by a real Chinese voice that is heard."""

import array
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from PySide6.QtCore import QLocale
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from field_app.domain.spoken import Sentence, sentences
from field_app.ui.party_view import PartyView
from field_app.ui.reading_aloud import ReadingAloud
from field_app.ui.screens import Screens
from tests.unit.media.conftest import start_pulse

pytestmark = pytest.mark.qt_log_ignore("pipewire-0.3|PulseAudioService|propagateSizeHints", extend=True)
_RATE = 16000
_TEXT = ("询问笔录\n"
         "问：回避吗？答：不。我看过，\n"
         "属实。")


class Room:
    """What is heard where the computer stands."""

    def __init__(self, folder: Path) -> None:
        self._heard = folder / "heard.raw"
        with self._heard.open("wb") as target:
            self._process = subprocess.Popen(
                ["parec", "-d", "room.monitor", f"--rate={_RATE}", "--channels=1", "--format=s16le",
                 "--latency-msec=50"], stdout=target)

    def loud_s(self) -> float:
        """Seconds in which something sounded, in tenths, since the room was made."""
        data = self._heard.read_bytes()
        samples = array.array("h", data[:len(data) // 2 * 2])
        tenth = _RATE // 10
        return sum(max(map(abs, samples[at:at + tenth])) > 500
                   for at in range(0, len(samples) - tenth, tenth)) / 10

    def close(self) -> None:
        self._process.terminate()
        self._process.wait()


@pytest.fixture
def room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Room]:
    """A sound server and a speech service of our own, for a desk that speaks Chinese."""
    before = QLocale()
    QLocale.setDefault(QLocale(QLocale.Language.Chinese, QLocale.Country.China))
    folder = Path("/tmp") / f"le-voice-{os.getpid()}"  # noqa: S108 (a socket's path may have 108 characters)
    folder.mkdir(mode=0o700)
    server = start_pulse(folder)
    monkeypatch.setenv("PULSE_SERVER", f"unix:{folder / 'native'}")
    monkeypatch.setenv("SPEECHD_ADDRESS", f"unix_socket:{folder / 'speech'}")
    program = shutil.which("speech-dispatcher")
    assert program, "install speech-dispatcher (.ci/setup test does)"
    speech = subprocess.Popen(
        [program, "-s", "-t", "0", "-c", "unix_socket", "-S", folder / "speech", "-P", folder / "pid",
         "-L", folder], env={**os.environ, "HOME": str(folder), "XDG_RUNTIME_DIR": str(folder)},
        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        start_new_session=True)
    until = time.monotonic() + 20
    while not (folder / "speech").exists():
        assert speech.poll() is None and time.monotonic() < until, "no speech service"
        time.sleep(0.05)
    heard = Room(tmp_path)
    yield heard
    heard.close()
    with suppress(ProcessLookupError):
        os.killpg(speech.pid, signal.SIGKILL)
    speech.wait()
    server.terminate()
    server.wait()
    shutil.rmtree(folder)
    QLocale.setDefault(before)


def _until(qtbot: QtBot, holds: Callable[[], bool]) -> None:
    qtbot.waitUntil(holds, timeout=30_000)


def _view(qtbot: QtBot) -> PartyView:
    """The party's view of a desk, with a paper."""
    desk = QWidget()
    qtbot.addWidget(desk)
    view = PartyView(desk, Screens(desk))
    qtbot.addWidget(view)
    view.show_paper("询问笔录", [], _TEXT)
    return view


@pytest.mark.alone
def test_a_chinese_voice_reads_the_paper_and_goes_on_where_it_was_stopped(qtbot: QtBot, room: Room) -> None:
    view = _view(qtbot)
    read: list[Sentence] = []
    view.voice.reads.connect(read.append)
    view.open()
    view.larger()
    assert view.aloud.text() == "朗读" and not view.told.isVisible()
    view.aloud.click()
    assert not view.told.isVisible(), "the Mandarin voice of this system is not found"
    assert view.aloud.text() == "停止朗读"
    _until(qtbot, lambda: len(read) == 3)
    (mark,) = view.large.extraSelections()
    assert mark.cursor.selectedText() == "答：不。"
    view.aloud.click()
    assert view.aloud.text() == "朗读" and not view.large.extraSelections()
    assert room.loud_s() > 1
    view.aloud.click()
    assert view.aloud.text() == "停止朗读"
    _until(qtbot, lambda: len(read) == 4)
    assert read[3] == read[2], "it goes on with the sentence that was cut"
    _until(qtbot, lambda: not view.voice.reading)
    assert [each.spoken for each in read[3:]] == [each.spoken for each in sentences(_TEXT)[2:]]
    assert view.aloud.text() == "朗读"
    view.close()


@pytest.mark.alone
def test_it_is_chinese_that_is_heard(qtbot: QtBot, room: Room, tmp_path: Path) -> None:
    """As long as the same words by the Mandarin voice; one that knows no Chinese names each character."""
    words = "请核对笔录，没有异议请签名。"
    lengths = {}
    for voice in ("cmn", "en"):
        path = tmp_path / f"{voice}.wav"
        subprocess.run(["espeak-ng", "-v", voice, "-w", path, words], check=True)
        lengths[voice] = path.stat().st_size / 2 / 22050
    desk = QWidget()
    qtbot.addWidget(desk)
    reader = ReadingAloud(desk)
    assert reader.is_able()
    reader.read(words)
    _until(qtbot, lambda: not reader.reading)
    heard = room.loud_s()
    assert abs(heard - lengths["cmn"]) < abs(heard - lengths["en"]) and heard > 1


@pytest.mark.alone
def test_what_is_typed_or_closed_meanwhile_ends_the_reading(qtbot: QtBot, room: Room) -> None:
    view = _view(qtbot)
    view.open()
    for end in (lambda: view.show_paper("询问笔录", [], _TEXT + "\n另有说明。"), view.close):
        view.aloud.click()
        assert view.voice.reading
        end()
        assert (view.voice.reading, view.aloud.text()) == (False, "朗读")


def test_without_a_voice_the_officers_are_told_to_read(
        qtbot: QtBot, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("SPEECHD_ADDRESS", f"unix_socket:{tmp_path / 'nobody'}")
    view = _view(qtbot)
    view.open()
    view.aloud.click()
    assert view.told.isVisible() and "读给当事人听" in view.told.text() and view.aloud.text() == "朗读"
