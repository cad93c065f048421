"""设置: cameras and microphones are chosen by name, tried at once, and stay chosen while unplugged."""

import subprocess
from collections.abc import Iterator

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel, QPushButton

from field_app.actions import find_devices
from field_app.cli.demo.photographs import Photographer
from field_app.cli.demo.world import World
from field_app.languages import CHINESE
from field_app.media.devices import Device
from field_app.settings import Settings, load_settings
from field_app.ui.device_picker import DevicePicker
from field_app.ui.language import speak
from field_app.ui.recording_settings import RecordingSettings
from tests.unit.media.conftest import MovingPicture, OwnRoom

pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints", extend=True)


@pytest.fixture
def plugged(source: MovingPicture, monkeypatch: pytest.MonkeyPatch) -> list[Device]:
    """The cameras at the laptop. No driver tells of them here; the first one's pictures are real."""
    made = [Device(source.url, "Integrated Camera", ("0",)), Device("/dev/v4l/by-id/usb-Doc-index0", "USB Doc Camera")]
    monkeypatch.setattr(find_devices, "cameras", lambda: list(made))
    return made


@pytest.fixture
def officer(world: World, sounds: OwnRoom, plugged: list[Device]) -> Iterator[Photographer]:
    made = Photographer(world.laptop.data, world.pictures)
    made.log_in()
    yield made
    speak(CHINESE)
    made.close()


def shown(officer: Photographer) -> RecordingSettings:
    """The part of the page, anew, once devices were looked for."""
    officer.window.go("settings")
    officer.until(officer.window.settings.recording.look.isEnabled)
    return officer.window.settings.recording


def offered(picker: DevicePicker) -> list[str]:
    return [picker.box.itemText(n) for n in range(picker.box.count())]


def choose(picker: DevicePicker, words: str) -> None:
    """By keyboard: the arrow leads from choice to choice."""
    picker.box.setFocus()
    QTest.keyClick(picker.box, Qt.Key.Key_Home)
    for _ in range(picker.box.findText(words)):
        QTest.keyClick(picker.box, Qt.Key.Key_Down)
    assert picker.box.currentText() == words


def press(officer: Photographer, words: str) -> None:
    (found,) = [b for b in officer.window.settings.findChildren(QPushButton) if b.text() == words and b.isVisible()]
    QTest.mouseClick(found, Qt.MouseButton.LeftButton)
    officer.until(lambda: True)


def kept(world: World) -> Settings:
    return load_settings(world.laptop.data.settings)


def test_devices_are_chosen_by_name_and_stay_while_unplugged(
        world: World, officer: Photographer, plugged: list[Device], source: MovingPicture) -> None:
    part = shown(officer)
    assert part.camera.box.currentText() == "Integrated Camera", "what was camera 0 has a name"
    assert offered(part.camera) == ["不用摄像头", "Integrated Camera", "USB Doc Camera", "其他（自己填写）…"]
    assert offered(part.microphone) == ["不用话筒", "系统默认（现在是Remapped Monitor of Null Output）",
                                        "Remapped Monitor of Null Output", "其他（自己填写）…"]
    choose(part.second, "USB Doc Camera")
    choose(part.microphone, "Remapped Monitor of Null Output")
    officer.take("settings-devices")
    press(officer, "保存")
    assert officer.window.banner.text == "已保存。"
    now = kept(world)
    assert (now.camera, now.camera_called, now.second_camera, now.second_camera_called) == (
        source.url, "Integrated Camera", "/dev/v4l/by-id/usb-Doc-index0", "USB Doc Camera")
    assert (now.microphone, now.microphone_called) == ("pulse:mic", "Remapped Monitor of Null Output")
    del plugged[1]
    press(officer, "刷新设备")
    assert part.second.box.currentText() == "USB Doc Camera（未接上）"
    press(officer, "保存")
    assert kept(world) == now, "it stays chosen"
    part = shown(officer)
    assert part.second.box.currentText() == "USB Doc Camera（未接上）"
    officer.take("settings-unplugged")
    press(officer, "试画面和声音")
    officer.until(lambda: not part.trial.running)
    assert "USB Doc Camera" in officer.window.banner.text and "/dev" not in officer.window.banner.text
    plugged.append(Device("/dev/v4l/by-id/usb-Doc-index0", "USB Doc Camera"))
    press(officer, "刷新设备")
    assert part.second.box.currentText() == "USB Doc Camera"


def test_what_is_chosen_is_tried_before_it_is_saved(officer: Photographer, plugged: list[Device]) -> None:
    part = shown(officer)
    choose(part.microphone, "Remapped Monitor of Null Output")
    press(officer, "试画面和声音")
    officer.until(lambda: not part.trial.running)
    told = [one.text() for one in part.hands.findChildren(QLabel) if one.isVisible()]
    assert "有画面" in told and "听得到声音" in told
    picture = part.seen[0].pixmap()
    assert part.seen[0].isVisible() and not part.seen[1].isVisible() and picture.width() > 100
    assert picture.toImage().pixelColor(5, 5) != picture.toImage().pixelColor(picture.width() // 2, 45), "a picture"
    officer.take("settings-tried")
    officer.window.go("today")
    officer.until(lambda: True)
    assert "还没有试" in {c.name: c.text for c in officer.window.today._checks}["话筒"], "the kept ones were not tried"


def test_what_is_not_listed_is_typed(world: World, officer: Photographer, source: MovingPicture) -> None:
    part = shown(officer)
    assert not part.camera.line.isVisible()
    choose(part.camera, "其他（自己填写）…")
    assert part.camera.line.isVisible()
    part.camera.line.setFocus()
    QTest.keyClicks(part.camera.line, " rtsp://10.0.0.9/live ")
    press(officer, "刷新设备")
    assert part.camera.line.isVisible() and "rtsp" in part.camera.line.text(), "looking for devices changes nothing"
    press(officer, "保存")
    assert (kept(world).camera, kept(world).camera_called) == ("rtsp://10.0.0.9/live", "")
    part = shown(officer)
    assert part.camera.box.currentText() == "其他（自己填写）…" and part.camera.line.text() == "rtsp://10.0.0.9/live"
    choose(part.camera, "不用摄像头")
    choose(part.microphone, "不用话筒")
    press(officer, "保存")
    assert (kept(world).camera, kept(world).microphone) == ("", "")
    assert officer.window.shell.devices.camera is None and officer.window.shell.devices.microphone is None


def test_two_cameras_are_two(world: World, officer: Photographer) -> None:
    part = shown(officer)
    before = kept(world)
    choose(part.second, "其他（自己填写）…")
    part.second.line.setFocus()
    QTest.keyClicks(part.second.line, "0")  # The first one by its number.
    press(officer, "保存")
    assert "两个摄像头选了同一个" in officer.window.banner.text and kept(world) == before
    assert part.second.box.hasFocus()


def test_devices_that_nobody_lists_keep_their_choice(
        world: World, officer: Photographer, plugged: list[Device], sounds: OwnRoom) -> None:
    plugged.clear()
    subprocess.run(["pactl", "unload-module", "module-remap-source"], check=True)
    part = shown(officer)
    assert part.camera.box.currentText() == "0号摄像头（未接上）"
    assert part.microphone.box.currentText().startswith("系统默认")
    press(officer, "保存")
    assert (kept(world).camera, kept(world).microphone) == ("0", "default")


def test_another_language_keeps_what_is_chosen_and_not_saved(officer: Photographer) -> None:
    part = shown(officer)
    choose(part.second, "USB Doc Camera")
    choose(part.microphone, "其他（自己填写）…")
    part.microphone.line.setText("hw:1")
    language = officer.window.settings.language
    language.setCurrentIndex(language.findData("en"))
    language.activated.emit(language.currentIndex())
    officer.until(lambda: officer.window.settings.recording is not part)
    part = officer.window.settings.recording
    officer.until(part.look.isEnabled)
    assert part.second.box.currentText() == "USB Doc Camera" and part.microphone.line.text() == "hw:1"
    assert part.second.box.itemText(0) != "不用（可加一个对着文书的，与第一个同时录）"
    officer.take("settings-devices-en")
