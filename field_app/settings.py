"""This laptop's few settings: devices and headquarters' address; TOML, nothing secret."""

import tomllib
from dataclasses import dataclass, fields, replace
from pathlib import Path

MAX_BYTES = 64 << 10


@dataclass(frozen=True)
class Settings:
    """``camera``: device, index, file or address, empty for none; ``microphone``: device name,
    ``default`` for the system's, empty for none; ``second_camera``: as ``camera``, looks at the
    paper; ``camera_called``, ``second_camera_called``, ``microphone_called``: what the chosen device
    calls itself, told also while it is unplugged, empty for what was typed;
    ``picture``: ``720`` or ``1080`` rows; ``preroll`` and ``alarm``: ``on`` or ``off``;
    ``headquarters``: ``https://host:port``; ``proxy``: ``http://host:port`` on the way there, empty
    for none; ``send_limit``: kilobytes a second at most, empty for no limit, within ``send_hours``
    (``08:30-18:00``, empty: always); ``cards``: folder in which key files are looked for;
    ``token_module``: driver of USB keys (PKCS#11), empty for none; ``theme``: ``light``,
    ``sunlight`` or ``dark``; ``scale``: size of everything in percent, 100 to 200; ``language``: of
    the screens, ``zh`` or ``en``."""

    camera: str = "0"
    microphone: str = "default"
    headquarters: str = ""
    cards: str = ""
    token_module: str = ""
    theme: str = "light"
    scale: str = "100"
    language: str = "zh"
    second_camera: str = ""
    picture: str = "720"
    preroll: str = "off"
    alarm: str = "on"
    proxy: str = ""
    send_limit: str = ""
    send_hours: str = ""
    camera_called: str = ""
    second_camera_called: str = ""
    microphone_called: str = ""

    @property
    def card_places(self) -> tuple[Path | None, Path | None]:
        """The folder of key files and the driver of tokens, None where none is chosen."""
        return (Path(self.cards) if self.cards else None,
                Path(self.token_module) if self.token_module else None)

    @property
    def camera_source(self) -> int | str | None:
        return _source(self.camera)

    @property
    def second_source(self) -> int | str | None:
        """None also when it names the first camera again."""
        return _source(self.second_camera) if self.second_camera != self.camera else None

    @property
    def picture_size(self) -> tuple[int, int]:
        """Width and height of the recorded picture."""
        return (1920, 1080) if self.picture == "1080" else (1280, 720)

    @property
    def microphone_name(self) -> str | None:
        if not self.microphone:
            return None
        return "" if self.microphone == "default" else self.microphone


def _source(text: str) -> int | str | None:
    if not text:
        return None
    return int(text) if text.isdecimal() else text


def load_settings(path: Path) -> Settings:
    """Read settings; what is missing, unknown or malformed falls back to the default."""
    try:
        if path.stat().st_size > MAX_BYTES:
            return Settings()
        raw = tomllib.loads(path.read_text("utf-8"))
    except (OSError, ValueError):
        return Settings()
    known = {f.name for f in fields(Settings)}
    return replace(Settings(), **{k: v for k, v in raw.items()
                                  if k in known and isinstance(v, str)})


def save_settings(path: Path, settings: Settings) -> None:
    """Write beside and rename."""
    lines = []
    for item in fields(Settings):
        value = str(getattr(settings, item.name))
        escaped = "".join(
            "\\" + c if c in '\\"' else f"\\u{ord(c):04x}" if ord(c) < 0x20 or c == "\x7f" else c
            for c in value)
        lines.append(f'{item.name} = "{escaped}"\n')
    beside = path.with_name(path.name + ".part")
    beside.write_text("".join(lines), "utf-8")
    beside.replace(path)
