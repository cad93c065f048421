"""Packages in a bucket: their small files as objects of their own, their sealed files by hash.

A sealed file lies once, as ``files/<ab>/<sha256>.age``, whichever packages name it; a package's
statements tell which ones are its. To be read, a package is laid out in a local folder; sealed objects
that nobody will open stand there as files of the right size without their bytes.
"""

import hashlib
import shutil
from collections.abc import Collection, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from field_app.crypto.hashing import sha256_file
from field_app.headquarters.bucket_bytes import BucketBytes, open_bucket
from field_app.headquarters.config import BucketConfig
from field_app.headquarters.depot import Depot, file_key, fresh
from field_app.headquarters.scratch import own_scratch
from field_app.packages.bag import scan
from field_app.packages.durable import make_folder
from field_app.packages.existing import read_statements
from field_app.packages.layout import MANIFEST, TAG_MANIFEST, NameKind, classify
from field_app.packages.statement import NamedFile
from field_app.protocol.strict import Malformed

_AT_ONCE = 8
_LAST = {MANIFEST: 1, TAG_MANIFEST: 2}


def _small(names: Iterable[str]) -> list[str]:
    """Names of a package that lie beside it, not among the sealed files."""
    return [name for name in names if not name.startswith("data/") and classify(name) is not None]


def _is_object(path: str) -> bool:
    kind = classify(path)
    return kind is not None and kind.kind is NameKind.OBJECT


def _stand_in(target: Path, size: int) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    with target.open("wb") as file:
        file.truncate(size)


class BucketShelf:
    """A :class:`field_app.headquarters.depot.PackageShelf` in a bucket."""

    def __init__(self, bytes_: BucketBytes, staging: Path) -> None:
        self._bytes = bytes_
        self._staging = staging
        self._pool = ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="bucket")

    def close(self) -> None:
        self._pool.shutdown()

    def lend_file(self, sha256: str, size: int, target: Path, *, needed: bool, synced: bool) -> None:
        if needed:
            self._fetch(file_key(sha256), target)
        else:
            _stand_in(target, size)

    def _fetch(self, key: str, target: Path) -> None:
        target.parent.mkdir(parents=True, exist_ok=True)
        try:
            with target.open("wb") as file:
                for piece in self._bytes.pieces(key):
                    file.write(piece)
        except BaseException:
            target.unlink(missing_ok=True)
            raise

    def accepted(self) -> list[str]:
        return self._bytes.folders("packages/")

    def refused(self) -> list[tuple[str, int]]:
        return [(package, int(revision)) for package in self._bytes.folders("quarantine/")
                for revision in self._bytes.folders(f"quarantine/{package}/")]

    def _prefix(self, package: str, revision: int | None = None) -> str:
        return (f"packages/{package}/" if revision is None
                else f"quarantine/{package}/{revision:06d}/")

    def _fetch_small(self, prefix: str, place: Path) -> dict[str, str]:
        """Lay out what lies beside the package; hashes by name."""
        names = _small(key.removeprefix(prefix) for key in self._bytes.keys(prefix))
        for _done in self._pool.map(
                lambda name: self._fetch(prefix + name, place / name), names):
            pass
        return {name: sha256_file(place / name) for name in names}

    def _keep_small(self, prefix: str, place: Path, known: Mapping[str, str]) -> None:
        """Keep what is new or changed; the manifests come last."""
        names = [name for name in _small(scan(place).files)
                 if known.get(name) != sha256_file(place / name)]
        first = [name for name in names if name not in _LAST]
        for _done in self._pool.map(
                lambda name: self._bytes.put(prefix + name, (place / name).read_bytes()), first):
            pass
        for name in sorted(set(names) & set(_LAST), key=_LAST.__getitem__):
            self._bytes.put(prefix + name, (place / name).read_bytes())

    @contextmanager
    def publishing(self, package: str, staged: Path) -> Iterator[Path]:
        prefix = self._prefix(package)
        place = fresh(self._staging, "published")
        try:
            known = self._fetch_small(prefix, place)
            target = place if known else staged
            yield target
            self._keep_small(prefix, target, known)
        finally:
            shutil.rmtree(place, ignore_errors=True)

    def set_apart(self, staged: Path, package: str, revision: int) -> None:
        prefix = self._prefix(package, revision)
        before = set(self._bytes.keys(prefix))
        self._keep_small(prefix, staged, {})
        self._bytes.drop(before - {prefix + name for name in scan(staged).files})

    def _named(self, place: Path) -> list[NamedFile]:
        """What the statements name; nothing when they cannot be read, as whoever looks will see."""
        with suppress(Malformed, FileNotFoundError):
            named = {file.path: file for signed in read_statements(place)
                     for file in signed.statement.files()}
            return list(named.values())
        return []

    @contextmanager
    def borrow(self, package: str, revision: int | None = None, *,
               objects: Collection[str] = ()) -> Iterator[Path]:
        place = fresh(self._staging, "borrowed")
        make_folder(place)
        try:
            self._fetch_small(self._prefix(package, revision), place)
            for named in self._named(place):
                with suppress(FileNotFoundError):
                    self.lend_file(named.sha256, named.size, place / named.path, synced=False,
                                   needed=named.sha256 in objects or not _is_object(named.path))
            yield place
        finally:
            shutil.rmtree(place, ignore_errors=True)

    @contextmanager
    def amending(self, package: str) -> Iterator[Path]:
        with self.borrow(package) as place:
            known = {name: sha256_file(place / name) for name in _small(scan(place).files)}
            yield place
            self._keep_small(self._prefix(package), place, known)

    @contextmanager
    def judging(self, package: str) -> Iterator[tuple[Path, Mapping[str, str]]]:
        with self.borrow(package) as place:
            hashes = {}
            for named in self._named(place):
                if _is_object(named.path):
                    (place / named.path).unlink(missing_ok=True)
                    with suppress(FileNotFoundError):
                        hashes[named.path] = self._hash(named.sha256, place / named.path)
            yield place, hashes

    def _hash(self, sha256: str, target: Path) -> str:
        digest, size = hashlib.sha256(), 0
        for piece in self._bytes.pieces(file_key(sha256)):
            digest.update(piece)
            size += len(piece)
        _stand_in(target, size)
        return digest.hexdigest()

    def read(self, package: str, name: str, limit: int) -> bytes:
        return self._bytes.get(self._prefix(package) + name, limit)

    def has(self, package: str, name: str) -> bool:
        return self._bytes.size(self._prefix(package) + name) is not None

    def open_object(self, package: str, ct_sha256: str) -> BinaryIO:
        return self._bytes.open(file_key(ct_sha256))


def bucket_depot(config: BucketConfig, temp: Path) -> Depot:
    """The depot in a bucket, with a folder below ``temp`` for work in progress. ``OSError``."""
    staging, end = own_scratch(temp)
    bytes_ = BucketBytes(open_bucket(config))
    shelf = BucketShelf(bytes_, staging)

    def close() -> None:
        shelf.close()
        end()

    return Depot(bytes_, shelf, staging, close)
