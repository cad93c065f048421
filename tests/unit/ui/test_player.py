"""The player on a real sealed film whose brightness tells the number of each frame."""

import subprocess
import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QComboBox, QPushButton, QSlider
from pytestqt.qtbot import QtBot

from field_app.crypto.age_keys import Identity
from field_app.crypto.stanzas import AgeError
from field_app.crypto.suites import seal_file
from field_app.domain.clock import CHINA
from field_app.media.playback import open_clip
from field_app.ui import theme
from field_app.ui.player import Playable, Player, time_text

# The offscreen screen has no window manager to tell sizes to.
pytestmark = [pytest.mark.alone, pytest.mark.qt_log_ignore("propagateSizeHints", extend=True)]

FRAMES = 50
BEGAN = datetime(2026, 11, 23, 9, 12, 3, tzinfo=CHINA)


@pytest.fixture(scope="module")
def identity() -> Identity:
    return Identity.generate()


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory, identity: Identity) -> Path:
    """Two seconds at 25 frames/s; frame ``n`` has the brightness ``16 + 4 n``."""
    folder = tmp_path_factory.mktemp("film")
    plain, sealed = folder / "film.mp4", folder / "film.mp4.age"
    subprocess.run(
        ["ffmpeg", "-v", "error", "-f", "lavfi", "-i",
         f"color=black:s=320x180:r=25:d={FRAMES / 25},format=yuv420p,geq=lum='16+4*N':cb=128:cr=128",
         "-f", "lavfi", "-i", "sine=997:r=48000:d=2", "-c:v", "libx264", "-preset", "ultrafast",
         "-qp", "4", "-g", "25", "-bf", "0", "-c:a", "aac", "-movflags",
         "frag_keyframe+empty_moov+delay_moov+default_base_moof", plain], check=True)
    seal_file(sealed, [plain.read_bytes()], [identity.recipient])
    plain.unlink()
    return sealed


@pytest.fixture
def playable(film: Path, identity: Identity) -> Playable:
    return Playable(
        title="现场检查 音像01", open=lambda: open_clip([(film, FRAMES / 25)], [identity]),
        seal="已加密封存，校验一致", marks=((0.4, "开始清点货物"), (1.2, "")),
        wall_at=lambda t: BEGAN + timedelta(seconds=t))


@pytest.fixture
def player(qtbot: QtBot, qapp: QApplication, playable: Playable) -> Iterator[Player]:
    theme.load_fonts()
    theme.apply(qapp, "light")
    made = Player()
    qtbot.addWidget(made)
    made.resize(960, 640)
    made.show()
    made.show_clip(playable)
    yield made
    made.close_clip()


def shown(player: Player) -> int:
    """The number of the frame on the screen, from its brightness (limited range, to RGB)."""
    grey = player.screen_area.image.pixelColor(160, 90).green()
    return round((grey / 255 * 219) / 4)


def test_the_first_picture_is_there_at_once(player: Player) -> None:
    assert shown(player) == 0 and not player.playing
    assert player.place.text() == "00:00:00.000 / 00:00:02.000"
    assert player.wall.text() == "拍摄于 2026-11-23 09:12:03"
    assert player.seal.text() == "已加密封存，校验一致"


def test_single_frames_forward_and_back(player: Player) -> None:
    for expected in (1, 2, 3):
        QTest.mouseClick(player.forward, Qt.MouseButton.LeftButton)
        assert shown(player) == expected
    QTest.mouseClick(player.back, Qt.MouseButton.LeftButton)
    assert shown(player) == 2 and player.position_s == pytest.approx(0.08)
    player.seek(1.0)
    assert shown(player) == 25
    QTest.keyClick(player, Qt.Key.Key_Comma)
    assert shown(player) == 24
    QTest.keyClick(player, Qt.Key.Key_Period)
    assert shown(player) == 25


def test_it_stays_within_the_clip(player: Player) -> None:
    player.step(-1)
    assert shown(player) == 0 and player.position_s == 0
    player.seek(99)
    assert shown(player) == FRAMES - 1
    player.step(1)
    assert shown(player) == FRAMES - 1


def test_slider_and_marks_jump(player: Player, qtbot: QtBot) -> None:
    player.slider.setValue(1720)
    qtbot.waitUntil(lambda: shown(player) == 43)
    assert player.place.text().startswith("00:00:01.720")
    assert [player.marks.itemText(i) for i in range(3)] == [
        "标记（2）", "00:00:00 开始清点货物", "00:00:01 标记"]
    player.marks.setCurrentIndex(1)
    player.marks.activated.emit(1)
    assert shown(player) == 10


# A machine without PipeWire or PulseAudio says so once; the film plays on in silence.
@pytest.mark.qt_log_ignore("pipewire-0.3|PulseAudioService|propagateSizeHints", extend=True)
def test_it_plays_to_the_end_and_again(player: Player, qtbot: QtBot) -> None:
    seen: list[int] = []
    player.seek(1.0)
    QTest.keyClick(player, Qt.Key.Key_Space)
    assert player.playing and player.play.text() == "暂停"

    def ended() -> bool:
        seen.append(shown(player))
        return not player.playing

    qtbot.waitUntil(ended, timeout=5000)
    assert seen == sorted(seen) and shown(player) == FRAMES - 1
    assert len(set(seen)) >= 10 and player.play.text() == "播放"
    QTest.keyClick(player, Qt.Key.Key_Space)
    qtbot.waitUntil(lambda: 0 < shown(player) < 20)
    player.pause()


def test_speed_changes_how_fast_time_passes(player: Player, qtbot: QtBot) -> None:
    player.speed.setCurrentIndex(player.speed.findData(2.0))
    player.start()
    began = time.monotonic()
    qtbot.waitUntil(lambda: not player.playing, timeout=5000)
    assert 0.8 < time.monotonic() - began < 1.7
    assert [player.speed.itemData(i) for i in (0, player.speed.count() - 1)] == [0.5, 4.0]


def test_damage_is_told_and_the_rest_still_plays(
        player: Player, *, playable: Playable, film: Path, tmp_path: Path, identity: Identity,
        qtbot: QtBot) -> None:
    data = film.read_bytes()
    harmed = tmp_path / "harmed.mp4.age"
    harmed.write_bytes(data[:-100])
    bad = Playable(title="坏", open=lambda: open_clip([(harmed, 2.0)], [identity]), seal="校验不符",
                   sealed_well=False)
    with qtbot.waitSignal(player.failed) as told:
        player.show_clip(bad)
    assert told.args is not None and isinstance(told.args[0], AgeError)
    assert player.problem.isVisible() and "请勿删除" in player.problem.text()
    assert player.seal.property("tone") == "stop" and not player.play.isEnabled()
    player.show_clip(playable)
    assert not player.problem.isVisible() and shown(player) == 0


def test_closing_lets_go_of_everything(player: Player) -> None:
    player.close_clip()
    assert player.screen_area.image.isNull() and player.position_s == 0
    for kind in (QPushButton, QSlider, QComboBox):
        assert not any(w.isEnabled() for w in player.findChildren(kind))


def test_every_control_has_a_name(player: Player) -> None:
    for kind in (QPushButton, QSlider, QComboBox):
        for widget in player.findChildren(kind):
            assert widget.accessibleName(), widget


def test_time_text() -> None:
    assert [time_text(t) for t in (-1, 0, 61.04, 3725.9996)] == [
        "00:00:00.000", "00:00:00.000", "00:01:01.040", "01:02:06.000"]
