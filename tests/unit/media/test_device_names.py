"""Cameras and microphones are found by name, and a chosen one is heard though another is the usual one."""

import errno
import os
from pathlib import Path
from typing import Any

import pytest

from field_app.media import capture, devices, sound_server
from field_app.media.capture import CannotOpen, Wish, pictures
from field_app.media.devices import Device, cameras, microphones, usual_microphone
from field_app.media.errors import MicrophoneUnavailable
from field_app.media.microphone import HeardBy, MicrophoneSource
from tests.unit.media.conftest import Yard, pactl, tones

_CAPTURE, _METADATA, _OWN = 0x1, 0x0080_0000, 0x8000_0000


class Desk:
    """A folder of devices as udev lays it out. Only the drivers' answers are not real."""

    def __init__(self, root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.devices, self.names = root / "dev", root / "names"
        self._answers: dict[Path, bytes | OSError] = {}
        for kind in ("by-id", "by-path"):
            (self.devices / "v4l" / kind).mkdir(parents=True)
        monkeypatch.setattr(devices, "query", self._query)

    def _query(self, node: Path) -> bytes:
        answer = self._answers[node]
        if isinstance(answer, OSError):
            raise answer
        return answer

    def plug(self, number: int, card: str, *, able: int = _CAPTURE, links: tuple[str, ...] = (),
             refuses: int = 0) -> Path:
        node = self.devices / f"video{number}"
        node.touch()
        (self.names / node.name).mkdir(parents=True)
        (self.names / node.name / "name").write_text(f"{card}\n")
        (self.names / node.name / "index").write_text("0\n" if able == _CAPTURE else "1\n")
        for link in links:
            (self.devices / "v4l" / link).symlink_to(f"../../{node.name}")
        # What the whole device can do is told by each of its nodes (v4l2_capability.capabilities).
        self._answers[node] = OSError(refuses, "refused") if refuses else devices._ANSWER.pack(
            b"uvcvideo", card.encode(), b"usb-0000:00:14.0-4", 0x60100, _CAPTURE | _METADATA | _OWN, able)
        return node

    def found(self) -> list[Device]:
        return cameras(self.devices, self.names)


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Desk:
    return Desk(tmp_path, monkeypatch)


def test_cameras_are_told_by_their_names_and_stay_by_their_links(desk: Desk) -> None:
    desk.plug(0, "Integrated Camera: Integrated C", links=("by-id/usb-Chicony-index0", "by-path/pci-4-index0"))
    desk.plug(1, "Integrated Camera: Integrated C", able=_METADATA, links=("by-id/usb-Chicony-index1",))
    desk.plug(2, "USB 摄像头", links=("by-path/pci-2-index0",))
    desk.plug(10, "USB 摄像头")
    links = desk.devices / "v4l"
    assert desk.found() == [
        Device(str(links / "by-id/usb-Chicony-index0"), "Integrated Camera", (str(desk.devices / "video0"), "0")),
        Device(str(links / "by-path/pci-2-index0"), "USB 摄像头 (1)", (str(desk.devices / "video2"), "2")),
        Device(str(desk.devices / "video10"), "USB 摄像头 (2)", (str(desk.devices / "video10"), "10"))]
    assert desk.found()[0].is_meant("0") and not desk.found()[0].is_meant("1")


def test_a_camera_that_may_not_be_used_is_there(desk: Desk) -> None:
    desk.plug(0, "HD Webcam", refuses=errno.EACCES)
    desk.plug(1, "HD Webcam", able=_METADATA, refuses=errno.EACCES)
    desk.plug(2, "a tuner", refuses=errno.ENOTTY)
    assert [one.name for one in desk.found()] == ["HD Webcam"]


def test_what_is_no_video_device_is_no_camera(tmp_path: Path) -> None:
    (tmp_path / "video0").write_bytes(b"not a device")
    assert cameras(tmp_path, tmp_path) == [], "the system itself was asked"
    assert cameras(tmp_path / "none", tmp_path) == []


def test_a_pulled_camera_is_known_to_be_away(desk: Desk) -> None:
    node = desk.plug(0, "HD Webcam", links=("by-id/usb-HD-index0",))
    link = str(desk.devices / "v4l/by-id/usb-HD-index0")
    there = [devices.camera_there(value, desk.devices) for value in (0, str(node), link)]
    node.unlink()
    away = [devices.camera_there(value, desk.devices) for value in (0, str(node), link)]
    assert (there, away) == ([True] * 3, [False] * 3)
    assert devices.camera_there("rtsp://10.0.0.9/1", desk.devices) is None
    assert capture._device("/dev/v4l/by-id/usb-HD-index0") is not None, "opened as a device, not as a film"
    with pytest.raises(CannotOpen, match="is not there"):
        list(pictures("/dev/v4l/by-id/usb-HD-index0", Wish(640, 360, 25, 1.0), opened=_opened, stop=_never()))


def _opened() -> None:
    raise AssertionError("nothing is there to open")


def _never() -> Any:
    from threading import Event

    return Event()


def test_a_camera_that_direct_show_no_longer_names_is_not_there() -> None:
    with pytest.raises(CannotOpen, match="is not there") as told:
        list(pictures("@device_pnp_usb#1", Wish(640, 360, 25, 1.0), opened=_opened, stop=_never()))
    assert told.value.final


def _heard_hz(device: str | None, measure_hz: Any) -> float:
    import numpy as np

    source = MicrophoneSource(device)
    source.open()
    try:
        source.take()
        _never().wait(1.2)
        return float(measure_hz(np.concatenate([b.samples for b in source.take()]).astype(np.float64)))
    finally:
        source.close()


@pytest.mark.alone
def test_the_chosen_microphone_is_heard_not_the_usual_one(yard: Yard, measure_hz: Any) -> None:
    first, other = microphones()
    assert (first.name, other) == ("Remapped Monitor of Null Output", Device(yard.device, "USB 话筒"))
    assert usual_microphone() == first.name
    assert _heard_hz(other.value, measure_hz) == pytest.approx(yard.hz, abs=2)
    assert _heard_hz(None, measure_hz) == pytest.approx(997, abs=2)
    assert _heard_hz(first.value, measure_hz) == pytest.approx(997, abs=2)
    yard.pull_out()
    assert microphones() == [first]
    with pytest.raises(MicrophoneUnavailable) as told:
        MicrophoneSource(other.value, open_timeout_s=0.5).open()
    assert told.value.device == other.value


def test_without_a_sound_server_there_is_no_microphone_of_it(
        tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PULSE_SERVER", f"unix:{tmp_path / 'none'}")
    assert (microphones(), usual_microphone()) == ([], "")
    monkeypatch.setenv("PATH", str(tmp_path))
    assert (microphones(), usual_microphone()) == ([], "")


def test_where_sound_does_not_begin_there_is_no_microphone(monkeypatch: pytest.MonkeyPatch) -> None:
    import sounddevice

    def refuse() -> None:
        raise sounddevice.PortAudioError("Error initializing PortAudio")

    begin = sounddevice._initialize
    monkeypatch.setattr(sounddevice, "_initialize", refuse)
    assert microphones() == []
    begin()  # As it was before.


def test_only_names_that_alsa_can_be_told_are_told() -> None:
    for name in ('mic" } pcm.default { type null', "a\nb", ""):
        with pytest.raises(ValueError, match="not a microphone"):
            sound_server.define(f"pulse:{name}")
    told = "Source #1\n\tName: a b\n\tDescription: x\n\tMonitor of Sink: n/a\n"
    assert sound_server.read_sources(told) == []


def test_sound_cards_are_named_without_their_numbers(monkeypatch: pytest.MonkeyPatch) -> None:
    """As PortAudio lists a laptop without a sound server, with two recorders of one make."""
    names = ("HDA Intel PCH: ALC257 Analog (hw:0,0)", "USB PnP: Audio (hw:1,0)", "USB PnP: Audio (hw:2,0)",
             "sysdefault", "samplerate", "default")
    monkeypatch.setattr(devices, "listed_microphones", lambda: [
        HeardBy(name, "ALSA", n == 0, name == "default") for n, name in enumerate(names)])
    assert [(one.value, one.name) for one in microphones()] == [
        ("HDA Intel PCH: ALC257 Analog", "HDA Intel PCH: ALC257 Analog"),
        ("USB PnP: Audio (hw:1,0)", "USB PnP: Audio (1)"), ("USB PnP: Audio (hw:2,0)", "USB PnP: Audio (2)")]


@pytest.mark.alone
@pytest.mark.parametrize("how", ["pulled out and put in at once", "led elsewhere by another program"])
def test_no_other_sound_is_taken_for_the_chosen_microphone(
        yard: Yard, how: str, wait_until: Any) -> None:
    """A record whose microphone was away must not hold what another one heard, nor stay with it."""
    source, taken = MicrophoneSource(yard.device), list[int]()

    def heard(hz: int, *, tenths: int) -> bool:
        taken.extend(_tones(source))
        return taken.count(hz) >= tenths

    source.open()
    try:
        wait_until(lambda: heard(yard.hz, tenths=3))
        if how.startswith("pulled"):
            yard.pull_out()
            yard.put_in()
        else:
            stream, = (one for one in sound_server.streams() if one.process == os.getpid())
            pactl("move-source-output", str(stream.number), "mic")
        wait_until(lambda: heard(yard.hz, tenths=30), within_s=20.0)
    finally:
        source.close()
    assert len(taken) - taken.count(0) - taken.count(yard.hz) <= 4, taken


def _tones(source: MicrophoneSource) -> list[int]:
    """What was heard in the next half second."""
    import numpy as np

    _never().wait(0.5)
    samples = [block.samples for block in source.take()]
    return tones(np.concatenate([*samples, np.zeros(0, np.int16)]).astype(np.float64) / 32768)


def test_whose_stream_is_whose_is_read_as_the_server_tells_it() -> None:
    told = ('Source Output #7\n\tClient: 25\n\tSource: 3\n\tProperties:\n\t\tapplication.process.id = "19787"\n\n'
            'Source Output #8\n\tClient: n/a\n\tSource: 2\n\tProperties:\n\t\tmedia.role = "filter"\n')
    assert sound_server.read_streams(told) == [sound_server.Stream(7, 3, 19787)]
    assert sound_server.read_streams("Source Output #x\n\tSource: 99999999999\n") == []
