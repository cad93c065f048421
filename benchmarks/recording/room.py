"""A room with a sound server of its own: what is played in it is what its microphone hears."""

import os
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def room(folder: Path) -> Iterator[None]:
    """PulseAudio with a null sink ``room`` and a microphone ``mic`` that hears it."""
    socket = folder / "native"
    os.environ |= {"PULSE_SERVER": f"unix:{socket}", "PULSE_RUNTIME_PATH": str(folder)}
    server = subprocess.Popen(
        ["pulseaudio", "-n", "--daemonize=no", "--exit-idle-time=-1", "--use-pid-file=no",
         "-L", f"module-native-protocol-unix auth-anonymous=1 socket={socket}",
         "-L", "module-null-sink sink_name=room rate=48000",
         "-L", "module-remap-source master=room.monitor source_name=mic"],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        while not socket.exists() and server.poll() is None:
            threading.Event().wait(0.05)
        yield
    finally:
        server.terminate()
        server.wait()
