"""The microphones that a sound server (PulseAudio, PipeWire) has, and how PortAudio is led to one.

PortAudio speaks to the server through ALSA and sees only its default microphone. So one more ALSA
device is defined in this process that is the wanted microphone, before PortAudio looks for devices.
"""

import ctypes
import os
import re
import subprocess
import zlib
from dataclasses import dataclass

MARK = "pulse:"
# The server's own door in PortAudio's list; without it the server cannot be reached.
DOOR = "pulse"
_TIMEOUT_S, _MAX_ANSWER, _MAX_SOURCES = 3, 1 << 20, 64
_NAME = re.compile(r"[\w.:,@+-]{1,400}")
_LINE = re.compile(r"\t(Name|Description|Monitor of Sink): (.*)")
_STREAM = re.compile(r"\t+(Source|application\.process\.id)(?:: | = )\"?(\d{1,10})\"?")


@dataclass(frozen=True)
class Source:
    """A microphone of the server: its ``name`` there, and what people call it."""

    name: str
    description: str


@dataclass(frozen=True)
class Stream:
    """Somebody listens: stream ``number`` of a ``process`` to the microphone numbered ``source``."""

    number: int
    source: int
    process: int


def _ask(*words: str) -> str:
    """What the server says, in English words; empty where there is none."""
    try:
        done = subprocess.run(
            ["pactl", *words], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
            timeout=_TIMEOUT_S, check=False, env={**os.environ, "LC_ALL": "C.UTF-8"})
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout[:_MAX_ANSWER].decode("utf-8", "replace") if done.returncode == 0 else ""


def sources() -> list[Source]:
    """The microphones; what only plays back what the speakers say is none."""
    return read_sources(_ask("list", "sources"))


def usual_source() -> str:
    """The name of the server's default microphone, empty where there is none."""
    told = re.search(r"^Default Source: (.+)$", _ask("info"), re.MULTILINE)
    return told[1].strip() if told else ""


def read_sources(told: str) -> list[Source]:
    """The microphones in what ``pactl list sources`` says."""
    found = []
    for block in re.split(r"^Source #", told, flags=re.MULTILINE)[1:_MAX_SOURCES + 1]:
        facts = {line[1]: line[2] for line in map(_LINE.fullmatch, block.splitlines()) if line}
        name = facts.get("Name", "")
        if _NAME.fullmatch(name) and facts.get("Monitor of Sink") == "n/a":
            found.append(Source(name, facts.get("Description", "").strip() or name))
    return found


def source_names() -> dict[int, str]:
    """What the server calls its sources, by their numbers; nothing when it does not answer."""
    rows = [line.split("\t") for line in _ask("list", "short", "sources").splitlines()]
    return {int(row[0]): row[1] for row in rows if len(row) > 1 and row[0].isdecimal()}


def streams() -> list[Stream]:
    """Who listens to which microphone now; the server's own streams belong to no process."""
    return read_streams(_ask("list", "source-outputs"))


def read_streams(told: str) -> list[Stream]:
    """The streams in what ``pactl list source-outputs`` says."""
    found = []
    for block in re.split(r"^Source Output #", told, flags=re.MULTILINE)[1:]:
        number, *lines = block.splitlines()
        facts = {line[1]: int(line[2]) for line in map(_STREAM.fullmatch, lines) if line}
        if number.isdecimal() and len(facts) == len(("Source", "application.process.id")):
            found.append(Stream(int(number), facts["Source"], facts["application.process.id"]))
    return found


def define(device: str) -> str:
    """PortAudio's name for a microphone of the server (its name behind ``MARK``).

    To be called between PortAudio's end and its new beginning, which forgets and reads ALSA's devices.
    Raises ``ValueError`` when there is no such device to define.
    """
    name = device.removeprefix(MARK)
    if not _NAME.fullmatch(name):
        raise ValueError("not a microphone of a sound server")
    made = f"officers_{zlib.crc32(name.encode()):08x}"
    text = f'pcm.{made} {{ type pulse device "{name}" }}\n'.encode()
    try:
        alsa = ctypes.CDLL("libasound.so.2")
        alsa.snd_config_update()
        top = ctypes.c_void_p.in_dll(alsa, "snd_config")
    except (OSError, ValueError) as error:
        raise ValueError("no ALSA here") from error
    source = ctypes.c_void_p()
    alsa.snd_input_buffer_open.argtypes = [ctypes.POINTER(ctypes.c_void_p), ctypes.c_char_p, ctypes.c_ssize_t]
    alsa.snd_config_load.argtypes = [ctypes.c_void_p, ctypes.c_void_p]
    alsa.snd_input_close.argtypes = [ctypes.c_void_p]
    if top.value is None or alsa.snd_input_buffer_open(ctypes.byref(source), text, len(text)) < 0:
        raise ValueError("ALSA cannot be told")
    try:
        if alsa.snd_config_load(top, source) < 0:
            raise ValueError("ALSA cannot be told")
    finally:
        alsa.snd_input_close(source)
    return made
