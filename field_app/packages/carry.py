"""Copies a package onto a stick: whole files only, each read back, what is there already kept."""

import os
from collections.abc import Callable, Collection
from pathlib import Path

from field_app.crypto.appender import sync_folder
from field_app.errors import Cancelled, FieldAppError
from field_app.packages import layout
from field_app.packages.bag import is_finished, read_bag_info, scan, unsafe_to_write, write_bag
from field_app.packages.durable import hash_stream, make_folder, open_regular, written_beside
from field_app.packages.existing import read_statements
from field_app.packages.layout import NameKind, classify
from field_app.packages.readme import readme
from field_app.protocol.strict import Malformed

Tick = Callable[[int], None]


class CarriedBadly(FieldAppError):
    """A copy is not what it was copied from; ``where`` names the file."""

    def __init__(self, where: str) -> None:
        super().__init__(where)
        self.where = where


class SourceDamaged(CarriedBadly):
    """What was to be copied is not what its statement says."""


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


def _carry_file(source: Path, target: Path, *, size: int, told: str | None, tick: Tick) -> None:
    """``told``: the hash that a statement names, None for what none names."""
    quiet: Tick = lambda _count: tick(0)  # noqa: E731
    if target.is_file() and target.stat().st_size == size and (
            _hash(target, quiet) == (told or _hash(source, quiet))):
        tick(size)
        return
    copied = _copy(source, target, tick)
    if told is not None and copied != told:
        target.unlink()
        raise SourceDamaged(source.name)
    if _hash(target, quiet) != copied:
        target.unlink()
        raise CarriedBadly(source.name)


def _told(source: Path, revision: int, gone: Collection[str]) -> dict[str, str]:
    """Hash by name of all that the statements of a package name; :class:`SourceDamaged` where it is not there."""
    try:
        read_bag_info(source)
        statements, files = read_statements(source), scan(source).files
    except (OSError, Malformed) as error:
        raise SourceDamaged(source.name) from error
    if len(statements) < revision:
        raise SourceDamaged(source.name)
    named = {file.path: file for signed in statements for file in signed.statement.files()}
    for file in named.values():
        if files.get(file.path) != file.size and file.sha256 not in gone:
            raise SourceDamaged(file.path)
    return {name: file.sha256 for name, file in named.items()}


def carry_package(source: Path, target: Path, *, revision: int = 1, gone: Collection[str] = (),
                  tick: Tick = lambda _count: None, cancelled: Callable[[], bool] = lambda: False) -> None:
    """Make ``target`` hold what ``source`` holds; receipts that only ``target`` has stay there.

    ``revision``: up to which ``source`` must be whole; ``gone``: hashes of objects that were destroyed here
    since headquarters signed for them. ``tick`` gets bytes done. Raises :class:`SourceDamaged`,
    :class:`CarriedBadly` (also for links in ``target``, through which nothing is written),
    :class:`field_app.errors.Cancelled`, ``OSError``. Cut off anywhere it is done again, and a statement never
    lies there without what it names.
    """
    def watched(count: int) -> None:
        if cancelled():
            raise Cancelled
        tick(count)

    told = _told(source, revision, gone)
    make_folder(target)
    unsafe = unsafe_to_write(scan(target))
    if unsafe is not None or target.is_symlink():
        raise CarriedBadly((unsafe.where if unsafe is not None else "") or target.name)
    files = {name: size for name, size in scan(source).files.items() if is_finished(name)}
    for name in sorted(files, key=_rank):
        _carry_file(source / name, target / name, size=files[name], told=told.get(name), tick=watched)
    if {name for name in scan(target).files if is_finished(name)} - files.keys():
        labels = read_bag_info(source)
        package, suite = labels["External-Identifier"], labels["LE-Suite"]
        write_bag(target, package, readme=readme(package, suite), suite=suite)
