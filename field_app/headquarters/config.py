"""``headquarters.toml``: which tables and which bytes a headquarters works with.

Without the file both lie in its folder. With it::

    [tables]
    postgresql = "postgresql://hq@db.local/hq?passfile=/etc/hq/pgpass"   # libpq's own address

    [bytes]
    bucket = "hq-evidence"
    endpoint = "https://s3.local"
    region = "us-east-1"            # may be left out
    credentials = "keys/s3.toml"    # access_key_id, secret_access_key; may be left out, see below

    [work]
    temp = "/var/tmp"               # where packages are laid out; may be left out

Both sections or neither: tables that several processes share are of no use with bytes they do not
share. Without ``credentials`` the environment is asked (``AWS_ACCESS_KEY_ID``,
``AWS_SECRET_ACCESS_KEY``). No secret stands in this file.
"""

import tempfile
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from field_app.errors import FieldAppError
from field_app.headquarters.folder import HqFolder

NAME = "headquarters.toml"
_MAX_BYTES = 64 << 10


class ConfigMalformed(FieldAppError):
    """``headquarters.toml`` is not what it should be; ``where`` names the entry."""

    def __init__(self, where: str) -> None:
        super().__init__(where)
        self.where = where


@dataclass(frozen=True)
class BucketConfig:
    """A bucket of an S3-compatible store; empty keys come from the environment."""

    bucket: str
    endpoint: str
    region: str
    access_key_id: str = ""
    secret_access_key: str = ""


@dataclass(frozen=True)
class HqConfig:
    """``tables``: libpq's address of the database; None, None: the folder itself."""

    tables: str | None = None
    bucket: BucketConfig | None = None
    temp: Path = Path(tempfile.gettempdir())

    @property
    def shared(self) -> bool:
        """Whether several processes, on several machines, may work at once."""
        return self.tables is not None


def _load(path: Path, where: str) -> dict[str, Any]:
    try:
        with path.open("rb") as file:
            return tomllib.loads(file.read(_MAX_BYTES).decode("utf-8"))
    except (OSError, ValueError) as error:
        raise ConfigMalformed(where) from error


def _section(told: dict[str, Any], name: str, allowed: set[str]) -> dict[str, str]:
    section = told.get(name, {})
    if not isinstance(section, dict) or not set(section) <= allowed:
        raise ConfigMalformed(f"[{name}]")
    for key, value in section.items():
        if not isinstance(value, str) or not value or not value.isprintable():
            raise ConfigMalformed(f"[{name}] {key}")
    return section


def _bucket(folder: HqFolder, section: dict[str, str]) -> BucketConfig:
    for key in ("bucket", "endpoint"):
        if key not in section:
            raise ConfigMalformed(f"[bytes] {key}")
    address = urlsplit(section["endpoint"])
    if address.scheme not in ("http", "https") or not address.hostname or address.username:
        raise ConfigMalformed("[bytes] endpoint")
    keys: dict[str, str] = {}
    if "credentials" in section:
        keys = _section({"keys": _load(folder.root / section["credentials"], "[bytes] credentials")},
                        "keys", {"access_key_id", "secret_access_key"})
        if len(keys) != 2:
            raise ConfigMalformed("[bytes] credentials")
    return BucketConfig(section["bucket"], section["endpoint"], section.get("region", "us-east-1"),
                        **keys)


def read_config(folder: HqFolder) -> HqConfig:
    """The folder's configuration, the default without a file; :class:`ConfigMalformed`."""
    path = folder.root / NAME
    if not path.exists():
        return HqConfig()
    told = _load(path, NAME)
    if not set(told) <= {"tables", "bytes", "work"}:
        raise ConfigMalformed(NAME)
    tables = _section(told, "tables", {"postgresql"}).get("postgresql")
    place = _section(told, "bytes", {"bucket", "endpoint", "region", "credentials"})
    work = _section(told, "work", {"temp"})
    if (tables is None) != (not place):
        raise ConfigMalformed("[tables], [bytes]")
    if tables is not None and urlsplit(tables).scheme != "postgresql":
        raise ConfigMalformed("[tables] postgresql")
    return HqConfig(tables, _bucket(folder, place) if place else None,
                    Path(work.get("temp", tempfile.gettempdir())))
