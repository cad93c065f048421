"""Copies a package onto a stick: whole files only, each read back, what is there already kept."""

import os
from collections.abc import Callable
from pathlib import Path

from field_app.crypto.appender import sync_folder
from field_app.errors import Cancelled, FieldAppError
from field_app.packages import layout
from field_app.packages.bag import is_finished, read_bag_info, scan, unsafe_to_write, write_bag
from field_app.packages.durable import hash_stream, make_folder, open_regular, written_beside
from field_app.packages.layout import NameKind, classify
from field_app.packages.readme import readme

Tick = Callable[[int], None]


class CarriedBadly(FieldAppError):
    """A copy is not what it was copied from; ``where`` names the file."""

    def __init__(self, where: str) -> None:
        super().__init__(where)
        self.where = where


def _rank(name: str) -> tuple[int, str]:
    """As a revision is written: what a statement names lies there before it, manifests come last."""
    kind = classify(name)
    if name in (layout.MANIFEST, layout.TAG_MANIFEST, layout.BAG_INFO):
        return 4, name
    if kind is not None and kind.kind in (NameKind.STATEMENT, NameKind.RECEIPT):
        return (3 if name.endswith(".json") else 2), name
    return 1, name


def _hash(path: Path, tick: Tick) -> str:
    with open_regular(path) as file:
        return hash_stream(file, tick=tick)[0]


def _copy(source: Path, target: Path, tick: Tick) -> str:
    make_folder(target.parent)
    with open_regular(source) as read, written_beside(target) as write:
        digest = hash_stream(read, sink=write, tick=tick)[0]
        if hasattr(os, "posix_fadvise"):  # What is read back shall come from the stick.
            write.flush()
            os.fsync(write.fileno())
            os.posix_fadvise(write.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
    sync_folder(target.parent)
    return digest


def _carry_file(name: str, source: Path, target: Path, size: int, tick: Tick) -> None:
    quiet: Tick = lambda _count: tick(0)  # noqa: E731
    kind = classify(name)
    is_object = kind is not None and kind.kind is NameKind.OBJECT
    if target.is_file() and target.stat().st_size == size:
        there = _hash(target, quiet)
        if there == (source.stem if is_object else _hash(source, quiet)):
            tick(size)
            return
    copied = _copy(source, target, tick)
    if (is_object and copied != source.stem) or _hash(target, quiet) != copied:
        target.unlink()
        raise CarriedBadly(name)


def carry_package(source: Path, target: Path, *, tick: Tick = lambda _count: None,
                  cancelled: Callable[[], bool] = lambda: False) -> None:
    """Make ``target`` hold what ``source`` holds; receipts that only ``target`` has stay there.

    ``tick`` gets bytes done. Raises :class:`CarriedBadly` (also for links in ``target``, through
    which nothing is written), :class:`field_app.errors.Cancelled`, ``OSError``. Cut off anywhere it
    is done again, and a statement never lies there without what it names.
    """
    def watched(count: int) -> None:
        if cancelled():
            raise Cancelled
        tick(count)

    make_folder(target)
    unsafe = unsafe_to_write(scan(target))
    if unsafe is not None or target.is_symlink():
        raise CarriedBadly((unsafe.where if unsafe is not None else "") or target.name)
    files = {name: size for name, size in scan(source).files.items() if is_finished(name)}
    for name in sorted(files, key=_rank):
        _carry_file(name, source / name, target / name, files[name], watched)
    if {name for name in scan(target).files if is_finished(name)} - files.keys():
        labels = read_bag_info(source)
        package, suite = labels["External-Identifier"], labels["LE-Suite"]
        write_bag(target, package, readme=readme(package, suite), suite=suite)
