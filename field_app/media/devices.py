"""The cameras and microphones that are plugged in now, under names that stay when they are pulled.

Looking takes a while and asks drivers: never on the screen's thread.
"""

import os
import re
import struct
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from field_app.media import sound_server
from field_app.media.microphone import HeardBy, listed_microphones

if TYPE_CHECKING:
    from av.device import DeviceInfo

DEVICES, NAMES = Path("/dev"), Path("/sys/class/video4linux")
# How DirectShow names a camera.
DIRECT_SHOW = "@device_"
_WINDOWS_SOUND = "Windows DirectSound"
_NODE = re.compile(r"video(\d{1,4})")
_CARD = re.compile(r" ?\(hw:\d+,\d+\)$")
# linux/videodev2.h: v4l2_capability and what it may hold.
_QUERY = 0x80685600
_ANSWER = struct.Struct("=16s32s32s3I12x")
_OF_THIS_NODE, _PICTURES = 0x8000_0000, 0x1 | 0x1000
_MAX = 64


@dataclass(frozen=True)
class Device:
    """``value``: how a recording's plan names it; ``name``: what people call it; ``also``: other
    values that mean it (its number, its node)."""

    value: str
    name: str
    also: tuple[str, ...] = ()

    def is_meant(self, value: str) -> bool:
        """Whether a plan that says ``value`` means this one."""
        return value in (self.value, *self.also)


def cameras(devices: Path = DEVICES, names: Path = NAMES) -> list[Device]:
    """Every camera that gives pictures; a node for its metadata is none."""
    if os.name == "nt":
        return _told_apart([Device(one.name, one.description or one.name, (str(number),))
                            for number, one in enumerate(_direct_show())])
    return _told_apart(list(_on_linux(devices, names)))


def camera_number(value: str) -> int | None:
    """The number under which OpenCV opens a camera that DirectShow names; None when it is not there."""
    return next((n for n, one in enumerate(_direct_show()) if one.name == value), None)


def camera_there(value: int | str, devices: Path = DEVICES) -> bool | None:
    """Whether a camera is plugged in; None when only opening it tells."""
    if os.name == "nt":
        return None
    node = devices / f"video{value}" if isinstance(value, int) else Path(value)
    named = node.parent == devices and _NODE.fullmatch(node.name)
    return node.exists() if named or devices / "v4l" in node.parents else None


def microphones() -> list[Device]:
    """Every microphone: those of the sound server, else those that PortAudio opens by itself."""
    listed = listed_microphones()
    served = sound_server.sources() if any(one.name == sound_server.DOOR for one in listed) else []
    if served:
        return _told_apart([Device(sound_server.MARK + one.name, one.description) for one in served])
    return _told_apart(_on_windows(listed) if os.name == "nt" else _cards(listed))


def usual_microphone() -> str:
    """What people call the system's default microphone; empty when the system does not say."""
    if os.name == "nt":
        return next((one.name for one in listed_microphones() if one.usual), "")
    usual = sound_server.usual_source()
    return next((one.description for one in sound_server.sources() if one.name == usual), "")


def _direct_show() -> "Sequence[DeviceInfo]":
    import av

    try:
        found = av.enumerate_input_devices("dshow")
    except (av.error.FFmpegError, ValueError, OSError):
        return []
    return [one for one in found[:_MAX] if "video" in one.media_types]


def _on_linux(devices: Path, names: Path) -> Iterator[Device]:
    """By the link that stays with the camera, where udev made one; else by its node."""
    links = {link.resolve(): str(link) for kind in ("by-path", "by-id")
             for link in sorted((devices / "v4l" / kind).glob("*"))}
    nodes = {int(found[1]): node for node in devices.glob("video*") if (found := _NODE.fullmatch(node.name))}
    for number, node in sorted(nodes.items())[:_MAX]:
        card = _card(node, names / node.name)
        if card is not None:
            value = links.get(node, str(node))
            yield Device(value, _short(card) or node.name, (str(node), str(number)))


def _card(node: Path, told: Path) -> str | None:
    """What a camera calls itself; None when the node gives no pictures."""
    try:
        answer = query(node)
    except PermissionError:  # It is there, and opening it will say that it may not be used.
        return _word(told / "name") if _word(told / "index") in ("", "0") else None
    except OSError:
        return None
    _, card, _, _, whole, own = _ANSWER.unpack(answer)
    able = own if whole & _OF_THIS_NODE else whole
    return card.split(b"\0")[0].decode("utf-8", "replace") if able & _PICTURES else None


def query(node: Path) -> bytes:
    """A driver's answer about a node; ``OSError`` when it is no video device."""
    import fcntl

    answer = bytearray(_ANSWER.size)
    file = os.open(node, os.O_RDWR | os.O_NONBLOCK | os.O_CLOEXEC)
    try:
        fcntl.ioctl(file, _QUERY, answer)
    finally:
        os.close(file)
    return bytes(answer)


def _word(path: Path) -> str:
    try:
        return path.read_text("utf-8", "replace").strip()
    except OSError:
        return ""


def _short(card: str) -> str:
    """A camera's own name; many drivers say it twice, cut off: ``HD Camera: HD Cam``."""
    first, _, again = card.strip().partition(": ")
    return first if again and first.startswith(again) else card.strip()


def _cards(listed: Sequence[HeardBy]) -> list[Device]:
    """Sound cards by name, so that their numbers may change; ALSA's mixing devices are none."""
    names = [one.name for one in listed if _CARD.search(one.name)]
    plain = Counter(_CARD.sub("", name) for name in names)
    return [Device(name if plain[_CARD.sub("", name)] > 1 else _CARD.sub("", name), _CARD.sub("", name), (name,))
            for name in names]


def _on_windows(listed: Sequence[HeardBy]) -> list[Device]:
    """DirectSound names devices whole and takes any rate; its first is whatever the system's default is."""
    return [Device(f"{one.name}, {one.by}", one.name, (one.name,)) for one in listed
            if one.by == _WINDOWS_SOUND and not one.first]


def _told_apart(found: list[Device]) -> list[Device]:
    """Devices of the same name get a number."""
    many, seen = Counter(one.name for one in found), Counter[str]()
    made = []
    for one in found:
        seen[one.name] += 1
        made.append(replace(one, name=f"{one.name} ({seen[one.name]})") if many[one.name] > 1 else one)
    return made
