"""What cameras and microphones officers can choose from: those plugged in, and the chosen one in any case."""

from collections.abc import Sequence
from dataclasses import dataclass

from field_app.media.devices import Device, camera_there, cameras, microphones, usual_microphone

__all__ = ["Choice", "Device", "Found", "choices", "find_devices", "same_device"]


@dataclass(frozen=True)
class Found:
    """What is plugged in now; ``usual``: the name of the system's default microphone, if it says so."""

    cameras: tuple[Device, ...] = ()
    microphones: tuple[Device, ...] = ()
    usual: str = ""


@dataclass(frozen=True)
class Choice:
    """One device to choose. ``value``: as settings keep it; ``there``: whether it is plugged in."""

    value: str
    name: str
    there: bool = True


def find_devices() -> Found:
    """Look anew. Drivers are asked: not on the screen's thread."""
    return Found(tuple(cameras()), tuple(microphones()), usual_microphone())


def choices(devices: Sequence[Device], chosen: str, called: str) -> tuple[list[Choice], int]:
    """The devices to choose from and which of them is chosen: -1 when the chosen value is no device, but
    something typed. A device that was chosen and is not plugged in stays among them."""
    made = [Choice(one.value, one.name) for one in devices]
    for number, one in enumerate(devices):
        if one.is_meant(chosen):
            return made, number
    if not chosen or not (called or chosen.isdecimal()):
        return made, -1
    away = camera_there(int(chosen) if chosen.isdecimal() else chosen) is not True
    return [*made, Choice(chosen, called, there=not away)], len(made)


def same_device(devices: Sequence[Device], one: str, other: str) -> bool:
    """Whether two values of settings mean one device."""
    return one == other or any(each.is_meant(one) and each.is_meant(other) for each in devices)
