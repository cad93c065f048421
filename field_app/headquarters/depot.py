"""Where headquarters keeps bytes: parts, whole files, packages, and what it added itself.

Two narrow interfaces, each held by a folder (:mod:`folder_depot`, the default) and by an S3-compatible
store (:mod:`bucket_depot`). Keys are the paths below ``data/`` of a headquarters folder, so both look
alike. Bytes are durable when a call returns; ``OSError`` when they are not, and
:class:`field_app.headquarters.away.StoreAway` when the store gave no answer.
"""

import secrets
from collections.abc import Callable, Collection, Iterable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Protocol

from field_app.headquarters.folder import HqFolder

RAISED, HEADS = "raised/", "heads/"


def part_key(sha256: str) -> str:
    return f"parts/{sha256[:2]}/{sha256}"


def file_key(sha256: str) -> str:
    return f"files/{sha256[:2]}/{sha256}.age"


def raised_key(package: str, object_id: str, kind: str = "age") -> str:
    """The sealed raised paper, or with ``json`` and ``p7s`` its signed record."""
    return f"{RAISED}{package}/{object_id}.{kind}"


class ByteStore(Protocol):
    """Bytes by key."""

    def put(self, key: str, data: bytes, *, synced: bool = True) -> None:
        """Keep ``data``; whole or not at all. Without ``synced`` a power cut may undo or spoil it."""

    def put_many(self, items: Mapping[str, bytes]) -> None:
        """Keep several small things; each whole or not at all, all of them when this returns."""

    def take(self, key: str, staged: Path) -> None:
        """Keep the bytes of a file in staging, which is gone afterwards."""

    def get(self, key: str, limit: int) -> bytes:
        """All bytes; ``FileNotFoundError``, and ``Malformed`` beyond ``limit``."""

    def size(self, key: str) -> int | None:
        """How many bytes there are; None without such a key."""

    def open(self, key: str) -> BinaryIO:
        """Reading from any place; ``FileNotFoundError``."""

    def drop(self, keys: Collection[str]) -> None:
        """Forget these; those unknown are no error."""

    def keys(self, prefix: str) -> Iterable[str]:
        """All keys below a prefix that ends with ``/``, in order."""


class PackageShelf(Protocol):
    """Accepted packages and refused revisions, each a complete case package when lent."""

    def lend_file(self, sha256: str, size: int, target: Path, *, needed: bool, synced: bool) -> None:
        """Give a whole file of ``size`` the name ``target`` too; ``FileNotFoundError``.

        Without ``needed`` nobody reads it, and its size may be all that is true of it.
        """

    def accepted(self) -> list[str]:
        """Packages with an accepted revision, in order."""

    def refused(self) -> list[tuple[str, int]]:
        """Refused revisions that lie in quarantine, in order."""

    def publishing(self, package: str, staged: Path) -> AbstractContextManager[Path]:
        """The folder to lay a package out in (``staged`` or another); it is kept at the end."""

    def set_apart(self, staged: Path, package: str, revision: int) -> None:
        """Keep a refused revision in quarantine, in place of the same one from before."""

    def borrow(self, package: str, revision: int | None = None, *,
               objects: Collection[str] = ()) -> AbstractContextManager[Path]:
        """A package to read (with ``revision`` the refused one); only ``objects`` may be opened."""

    def amending(self, package: str) -> AbstractContextManager[Path]:
        """An accepted package whose small files may be changed; changes are kept at the end."""

    def judging(self, package: str) -> AbstractContextManager[tuple[Path, Mapping[str, str]]]:
        """A package for verification, with the hashes by name that were computed on the way."""

    def read(self, package: str, name: str, limit: int) -> bytes:
        """A small file of an accepted package; ``FileNotFoundError``, ``Malformed``."""

    def has(self, package: str, name: str) -> bool:
        """Whether an accepted package has this file."""

    def open_object(self, package: str, ct_sha256: str) -> BinaryIO:
        """A sealed object, readable from any place; ``OSError`` when it is not there."""


def fresh(staging: Path, name: str) -> Path:
    """A path in staging that nobody else uses."""
    return staging / f"{name}-{secrets.token_hex(8)}"


@dataclass(frozen=True)
class Depot:
    """All bytes of one headquarters. ``staging``: a local folder for work in progress."""

    bytes: ByteStore
    shelf: PackageShelf
    staging: Path
    close: Callable[[], None] = lambda: None

    def fresh(self, name: str) -> Path:
        """A path in staging that nobody else uses."""
        return fresh(self.staging, name)


def open_depot(folder: HqFolder) -> Depot:
    """The depot that the folder's configuration names.

    Raises :class:`field_app.headquarters.config.ConfigMalformed`, ``OSError``.
    """
    from field_app.headquarters.config import read_config

    config = read_config(folder)
    if config.bucket is None:
        from field_app.headquarters.folder_depot import folder_depot

        return folder_depot(folder)
    from field_app.headquarters.bucket_depot import bucket_depot

    return bucket_depot(config.bucket, config.temp)
