"""Tries cameras and microphone before officers set out: a look and a listen, of which nothing is kept."""

import time
from dataclasses import dataclass, field

from field_app.actions.context import Session
from field_app.actions.record_step import Devices, open_devices
from field_app.errors import UserError
from field_app.media.clip import RecorderStatus, Thumbnail
from field_app.media.intake import QUIET_DB

_LISTEN_S = 4.0
_LOOK_EVERY_S = 0.1


@dataclass(frozen=True)
class Tried:
    """What these devices were last known to do; ``refused``: why they did not open; ``seen``: what
    the cameras showed, the first one first."""

    devices: Devices
    picture: bool = False
    sound: bool = False
    refused: UserError | None = None
    seen: tuple[Thumbnail, ...] = field(default=(), compare=False, repr=False)


def proven(status: RecorderStatus, devices: Devices) -> Tried | None:
    """What a recording that runs proves of its devices; None while something is not seen or heard."""
    found = Tried(devices, picture=status.thumbnail is not None, sound=_heard(status))
    whole = found.picture is (devices.camera is not None) and found.sound is (devices.microphone is not None)
    return found if whole else None


def _heard(status: RecorderStatus) -> bool:
    return status.level_db is not None and status.level_db > QUIET_DB


def try_devices(session: Session, devices: Devices) -> Tried:
    """Open what is chosen, wait for a picture and until something is heard, and let go of it again."""
    try:
        recorders = open_devices(session, devices)
    except UserError as error:
        return Tried(devices, refused=error)
    try:
        end = time.monotonic() + _LISTEN_S
        while True:
            states = [recorder.status() for recorder in recorders]
            picture, sound = all(state.thumbnail is not None for state in states), _heard(states[0])
            done = picture is (devices.camera is not None) and sound is (devices.microphone is not None)
            if done or time.monotonic() > end:
                return Tried(devices, picture=picture, sound=sound,
                             seen=tuple(state.thumbnail for state in states if state.thumbnail is not None))
            time.sleep(_LOOK_EVERY_S)
    finally:
        for recorder in recorders:
            recorder.stand_down()
