"""Bytes in a folder: the embedded default. Packages share their files by hard links."""

import os
import shutil
from collections.abc import Collection, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from field_app.crypto.appender import sync_folder
from field_app.headquarters.depot import Depot, file_key, fresh
from field_app.headquarters.folder import HqFolder
from field_app.headquarters.past_cache import PastCache
from field_app.packages.bag import read_limited
from field_app.packages.durable import link_or_copy, make_folder, open_regular
from field_app.packages.layout import PART_SIZE, object_name

# Syncs that wait together are one commit of the file system's journal.
_SYNCERS = 16


def _write_synced(path: Path, data: bytes) -> None:
    with path.open("wb") as target:
        target.write(data)
        target.flush()
        os.fsync(target.fileno())


def _move(staged: Path, target: Path) -> None:
    try:
        staged.replace(target)
    except FileNotFoundError:
        target.parent.mkdir(parents=True, exist_ok=True)
        staged.replace(target)


class FolderBytes:
    """A :class:`field_app.headquarters.depot.ByteStore` below ``data/``."""

    def __init__(self, folder: HqFolder) -> None:
        self._data = folder.data
        self._folder = folder
        self._lanes = ThreadPoolExecutor(_SYNCERS, thread_name_prefix="sync")
        self._past_cache = PastCache(PART_SIZE)

    def _fresh(self) -> Path:
        # Named as what the service writes: whoever begins to settle clears away everything else.
        return fresh(self._folder.staging, "part")

    def put(self, key: str, data: bytes, *, synced: bool = True) -> None:
        staged = self._fresh()
        try:
            if synced:
                _write_synced(staged, data)
                self.take(key, staged)
            else:
                self._past_cache.write(staged, data)
                _move(staged, self._data / key)
        finally:
            staged.unlink(missing_ok=True)

    def put_many(self, items: Mapping[str, bytes]) -> None:
        """As :meth:`put`, with one wait for the disk where one after the other would wait for each."""
        staged = {key: self._fresh() for key in items}
        places = {(self._data / key).parent for key in items}
        try:
            list(self._lanes.map(lambda key: _write_synced(staged[key], items[key]), items))
            list(self._lanes.map(make_folder, places))
            for key, path in staged.items():
                path.replace(self._data / key)
            list(self._lanes.map(sync_folder, places))
        finally:
            for path in staged.values():
                path.unlink(missing_ok=True)

    def take(self, key: str, staged: Path) -> None:
        target = self._data / key
        make_folder(target.parent)
        staged.replace(target)
        sync_folder(target.parent)

    def get(self, key: str, limit: int) -> bytes:
        return read_limited(self._data / key, limit)

    def size(self, key: str) -> int | None:
        path = self._data / key
        return path.stat().st_size if path.is_file() else None

    def open(self, key: str) -> BinaryIO:
        return open_regular(self._data / key)

    def drop(self, keys: Collection[str]) -> None:
        for key in keys:
            (self._data / key).unlink(missing_ok=True)

    def keys(self, prefix: str) -> Iterable[str]:
        return sorted(path.relative_to(self._data).as_posix()
                      for path in (self._data / prefix).rglob("*") if path.is_file())


class FolderShelf:
    """A :class:`field_app.headquarters.depot.PackageShelf` of real package folders."""

    def __init__(self, folder: HqFolder) -> None:
        self._folder = folder

    def _place(self, package: str, revision: int | None) -> Path:
        return (self._folder.package(package) if revision is None
                else self._folder.quarantine(package, revision))

    def lend_file(self, sha256: str, size: int, target: Path, *, needed: bool, synced: bool) -> None:
        source = self._folder.data / file_key(sha256)
        if not source.is_file():
            raise FileNotFoundError(source.name)
        link_or_copy(source, target, synced=synced)

    def accepted(self) -> list[str]:
        return sorted(path.name for path in self._folder.packages.iterdir())

    def refused(self) -> list[tuple[str, int]]:
        return sorted((path.parent.name, int(path.name))
                      for path in (self._folder.data / "quarantine").glob("*/*"))

    @contextmanager
    def publishing(self, package: str, staged: Path) -> Iterator[Path]:
        yield self._folder.package(package)

    def set_apart(self, staged: Path, package: str, revision: int) -> None:
        target = self._folder.quarantine(package, revision)
        if target.exists():
            shutil.rmtree(target)
        make_folder(target.parent)
        staged.rename(target)
        sync_folder(target.parent)

    @contextmanager
    def borrow(self, package: str, revision: int | None = None, *,
               objects: Collection[str] = ()) -> Iterator[Path]:
        yield self._place(package, revision)

    @contextmanager
    def amending(self, package: str) -> Iterator[Path]:
        yield self._folder.package(package)

    @contextmanager
    def judging(self, package: str) -> Iterator[tuple[Path, Mapping[str, str]]]:
        yield self._folder.package(package), {}

    def read(self, package: str, name: str, limit: int) -> bytes:
        return read_limited(self._folder.package(package) / name, limit)

    def has(self, package: str, name: str) -> bool:
        return (self._folder.package(package) / name).is_file()

    def open_object(self, package: str, ct_sha256: str) -> BinaryIO:
        return open_regular(self._folder.package(package) / object_name(ct_sha256))


def folder_depot(folder: HqFolder) -> Depot:
    """The depot below ``folder``."""
    folder.make()
    return Depot(FolderBytes(folder), FolderShelf(folder), folder.staging)
