"""The BagIt side of a package (RFC 8493): what files lie there, and the two manifests."""

import os
import stat
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

from field_app import __version__
from field_app.crypto.hashing import sha256_file
from field_app.packages import layout
from field_app.packages.durable import open_regular, write_file
from field_app.packages.layout import NameKind, classify
from field_app.protocol.strict import SHA256, Malformed

BAGIT_TEXT = b"BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n"
_MAX_DEPTH = 4
_KEPT = (NameKind.INDEX, NameKind.LOG, NameKind.STATEMENT, NameKind.RECEIPT, NameKind.TRUST)


@dataclass(frozen=True)
class Oddity:
    """Something in the folder that the format does not allow; ``code`` as in FORMAT.md."""

    code: str
    where: str


@dataclass(frozen=True)
class Scan:
    """What lies in a package: sizes in bytes by name, and what does not belong there."""

    files: dict[str, int]
    oddities: tuple[Oddity, ...]


def _entries(folder: Path) -> list[os.DirEntry[str]]:
    with os.scandir(folder) as entries:
        return sorted(entries, key=lambda entry: entry.name)


def _printable(name: str) -> str:
    return name.encode("ascii", "backslashreplace").decode()[:120]


def scan(folder: Path) -> Scan:
    """List a package without following links, bounded in count and depth. ``OSError`` passes."""
    files: dict[str, int] = {}
    oddities: list[Oddity] = []
    pending = [(folder, "", 0)]
    seen = 0
    while pending:
        current, prefix, depth = pending.pop()
        for entry in _entries(current):
            seen += 1
            if seen > layout.MAX_FILES * 2:
                oddities.append(Oddity("too_many_files", ""))
                return Scan(files, tuple(oddities))
            name = prefix + entry.name
            status = entry.stat(follow_symlinks=False)
            if stat.S_ISDIR(status.st_mode):
                if depth >= _MAX_DEPTH:
                    oddities.append(Oddity("unsafe_name", _printable(name)))
                else:
                    pending.append((Path(entry.path), name + "/", depth + 1))
            elif not stat.S_ISREG(status.st_mode):
                oddities.append(Oddity("not_a_regular_file", _printable(name)))
            elif classify(name) is None:
                oddities.append(Oddity("unsafe_name", _printable(name)))
            else:
                files[name] = status.st_size
    if len(files) > layout.MAX_FILES:
        oddities.append(Oddity("too_many_files", ""))
    return Scan(files, tuple(oddities))


def unsafe_to_write(found: Scan) -> Oddity | None:
    """Why nothing may be written into a folder of others': a link lies there, or more than was looked at."""
    return next((odd for odd in found.oddities if odd.code in ("not_a_regular_file", "too_many_files")), None)


def is_finished(name: str) -> bool:
    """Whether ``name`` is part of the package, not a file still being written."""
    kind = classify(name)
    return kind is not None and kind.kind is not NameKind.UNFINISHED


def read_limited(path: Path, limit: int) -> bytes:
    """A small regular file's bytes; :class:`Malformed` beyond ``limit``, ``OSError`` passes."""
    with open_regular(path) as file:
        data = file.read(limit + 1)
    if len(data) > limit:
        raise Malformed(path.name, f"larger than {limit} bytes")
    return data


def read_manifest(path: Path) -> dict[str, str]:
    """Hash by name. Every line must be a hash, two spaces, a name of the format, LF."""
    try:
        text = read_limited(path, layout.MAX_MANIFEST_BYTES).decode("ascii")
    except UnicodeDecodeError as error:
        raise Malformed(path.name, "not ASCII") from error
    found: dict[str, str] = {}
    for number, line in enumerate(text.split("\n")[:-1], start=1):
        digest, separator, name = line.partition("  ")
        if not separator or not SHA256.fullmatch(digest) or not is_finished(name):
            raise Malformed(path.name, f"line {number}")
        if found.setdefault(name, digest) != digest or len(found) != number:
            raise Malformed(path.name, f"line {number} repeats a name")
    if text and not text.endswith("\n"):
        raise Malformed(path.name, "cut")
    return found


def _remembered(folder: Path, name: str) -> dict[str, str]:
    try:
        return read_manifest(folder / name)
    except (OSError, Malformed):
        return {}


def _manifest(hashes: dict[str, str]) -> bytes:
    return "".join(f"{hashes[name]}  {name}\n" for name in sorted(hashes)).encode("ascii")


def _payload_hash(folder: Path, name: str, known: dict[str, str]) -> str:
    kind = classify(name)
    if kind is not None and kind.kind is NameKind.OBJECT:
        return Path(name).stem  # An object is named by its hash.
    return known.get(name) or sha256_file(folder / name)


def bag_info(package: str, *, size: int, count: int, suite: str) -> bytes:
    """``bag-info.txt``: nothing in it tells of the case."""
    return (
        f"Bag-Software-Agent: field-enforcement-desk {__version__}\n"
        f"External-Identifier: {package}\n"
        f"Payload-Oxum: {size}.{count}\n"
        f"LE-Package: {layout.PACKAGE_FORMAT}\n"
        f"LE-Suite: {suite}\n").encode("ascii")


def read_bag_info(folder: Path) -> dict[str, str]:
    """The labels of ``bag-info.txt``; :class:`Malformed` when it is not ours."""
    data = read_limited(folder / layout.BAG_INFO, 64 << 10)
    labels: dict[str, str] = {}
    for line in data.decode("utf-8", "replace").splitlines():
        label, separator, value = line.partition(": ")
        if not separator or label in labels:
            raise Malformed(layout.BAG_INFO, "form")
        labels[label] = value
    return labels


def write_bag(folder: Path, package: str, *, readme: bytes, suite: str,
              rewritten: Collection[str] = ()) -> None:
    """Make the tag files again from what lies in ``folder``, manifests last.

    Hashes that a manifest holds already are kept, so damage stays visible; names in
    ``rewritten`` were replaced on purpose and are hashed anew.
    """
    files = {name: size for name, size in scan(folder).files.items() if is_finished(name)}
    known = {name: digest for name, digest in _remembered(folder, layout.MANIFEST).items()
             if name not in rewritten}
    payload = {name: size for name, size in files.items() if name.startswith("data/")}
    hashes = {name: _payload_hash(folder, name, known) for name in payload}
    if not (folder / layout.BAGIT).is_file():
        write_file(folder / layout.BAGIT, BAGIT_TEXT)
    if not (folder / layout.README).is_file():
        write_file(folder / layout.README, readme)
    write_file(folder / layout.MANIFEST, _manifest(hashes))
    write_file(folder / layout.BAG_INFO, bag_info(
        package, size=sum(payload.values()), count=len(payload), suite=suite))
    known_tags = _remembered(folder, layout.TAG_MANIFEST)
    tags = {name for name in files if not name.startswith("data/")}
    tags |= {layout.BAGIT, layout.README, layout.MANIFEST, layout.BAG_INFO}
    tags.discard(layout.TAG_MANIFEST)
    tag_hashes = {}
    for name in tags:
        kind = classify(name)
        kept = kind is not None and kind.kind in _KEPT and name not in rewritten
        remembered = known_tags.get(name) if kept else None
        tag_hashes[name] = remembered or sha256_file(folder / name)
    write_file(folder / layout.TAG_MANIFEST, _manifest(tag_hashes))
