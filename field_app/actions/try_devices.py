"""Tries cameras and microphone before officers set out: a look and a listen, of which nothing is kept."""

import time
from dataclasses import dataclass

from field_app.actions.context import Session
from field_app.actions.record_step import Devices, open_devices
from field_app.errors import UserError
from field_app.media.intake import QUIET_DB

_LISTEN_S = 4.0
_LOOK_EVERY_S = 0.1


@dataclass(frozen=True)
class Tried:
    """What these devices were last known to do; ``refused``: why they did not open."""

    devices: Devices
    picture: bool = False
    sound: bool = False
    refused: UserError | None = None


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
            picture = devices.camera is not None and all(state.thumbnail is not None for state in states)
            sound = (states[0].level_db or QUIET_DB) > QUIET_DB
            done = picture is (devices.camera is not None) and sound is (devices.microphone is not None)
            if done or time.monotonic() > end:
                return Tried(devices, picture=picture, sound=sound)
            time.sleep(_LOOK_EVERY_S)
    finally:
        for recorder in recorders:
            recorder.stand_down()
