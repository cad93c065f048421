"""Where the data that ships with the program lies, and how a data folder is laid out.

One rule finds shipped data from source, from a wheel's install and in the built folder:
it sits beside the package.
"""

from dataclasses import dataclass
from pathlib import Path

_ROOT = Path(__file__).resolve().parent.parent

FORMS = _ROOT / "forms"
TEMPLATES = _ROOT / "document_templates"
RESOURCES = _ROOT / "resources"
FONTS = RESOURCES / "fonts"
ICONS = RESOURCES / "icons"


@dataclass(frozen=True)
class DataFolder:
    """A laptop's data folder. Everything below it is ciphertext, public, or counters.

    ``device_header``: keys sealed to officer pairs; ``store``: SQLCipher file; ``media``:
    sealed recordings; ``blobs``: sealed papers and photos; ``packages``: sealed case packages;
    ``trust``: the signed trust bundle (public);
    ``templates``: the agency's own, signed (public); ``calendars``: days off of later years;
    ``catalogues``: matters and what goes with them, signed (public).
    """

    root: Path

    @property
    def device_header(self) -> Path:
        return self.root / "device.hdr"

    @property
    def store(self) -> Path:
        return self.root / "store.db"

    @property
    def backups(self) -> Path:
        return self.root / "backups"

    @property
    def media(self) -> Path:
        return self.root / "media"

    @property
    def blobs(self) -> Path:
        return self.root / "blobs"

    @property
    def packages(self) -> Path:
        return self.root / "packages"

    @property
    def trust(self) -> Path:
        return self.root / "trust"

    @property
    def templates(self) -> Path:
        return self.root / "templates"

    @property
    def calendars(self) -> Path:
        return self.root / "calendars"

    @property
    def catalogues(self) -> Path:
        return self.root / "catalogues"

    @property
    def settings(self) -> Path:
        return self.root / "settings.toml"

    @property
    def lockout(self) -> Path:
        return self.root / "lockout.json"

    @property
    def unsent(self) -> Path:
        return self.root / "unsent.json"

    @property
    def clock(self) -> Path:
        return self.root / "clock.json"

    @property
    def seen_log(self) -> Path:
        return self.root / "log.json"

    @property
    def logs(self) -> Path:
        return self.root / "logs"

    def make(self) -> "DataFolder":
        """Create the folders, readable by this user only."""
        for folder in (self.root, self.backups, self.media, self.blobs, self.packages, self.trust,
                       self.logs):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        return self
