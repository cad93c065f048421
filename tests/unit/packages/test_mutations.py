"""Ten thousand harms done to packages: each is found, or it changed nothing that anybody reads.

Seeded; what was found how often is printed (``-s``). A harm passes unseen if the verifier tells
no error while the package reads otherwise than untouched. Half of the harms' authors also set
the BagIt lists right, which anybody can; what is signed then has to tell.
"""

import os
import random
import shutil
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from field_app.crypto.suites import INTL
from field_app.errors import FieldAppError
from field_app.packages import layout
from field_app.packages.bag import write_bag
from field_app.packages.open import PackageUnreadable, open_package
from field_app.packages.readme import readme
from field_app.packages.verdicts import finding_codes
from field_app.packages.verify import verify_package

HARMS = int(os.environ.get("FIELD_APP_MUTATIONS", "10000"))
SEED = 20261126
_MARKS = (b"../", b"\x00", b"\xff\xfe", b'"rev":', b"[[[[[[[[", b"9" * 400, "玉".encode(), b"\r\n",
          b'{"a":' * 200, b"data/objects/", b"-----BEGIN")

Contents = dict[str, bytes]
Reading = object
Harm = Callable[[random.Random, Contents, Contents], None]


def _name(rng: random.Random, files: Contents) -> str:
    return rng.choice(sorted(files))


def _turn_bits(rng: random.Random, files: Contents, _other: Contents) -> None:
    name = _name(rng, files)
    data = bytearray(files[name])
    for _ in range(rng.choice((1, 1, 1, 2, 8))):
        data[rng.randrange(len(data))] ^= rng.randrange(1, 256)
    files[name] = bytes(data)


def _cut(rng: random.Random, files: Contents, _other: Contents) -> None:
    name = _name(rng, files)
    files[name] = files[name][:rng.choice((0, rng.randrange(len(files[name]))))]


def _grow(rng: random.Random, files: Contents, _other: Contents) -> None:
    name = _name(rng, files)
    files[name] += rng.choice((b"\n", b" ", b"\0", files[name], rng.randbytes(70_000)))


def _take_out(rng: random.Random, files: Contents, _other: Contents) -> None:
    del files[_name(rng, files)]


def _swap(rng: random.Random, files: Contents, _other: Contents) -> None:
    one, two = rng.sample(sorted(files), 2)
    files[one], files[two] = files[two], files[one]


def _from_another(rng: random.Random, files: Contents, other: Contents) -> None:
    """An object, a statement, an index of another case in place of its own."""
    kinds = sorted({name.split("/")[0] for name in files} & {name.split("/")[0] for name in other})
    kind = rng.choice(kinds)
    name = rng.choice([n for n in sorted(files) if n.split("/")[0] == kind])
    files[name] = other[rng.choice([n for n in sorted(other) if n.split("/")[0] == kind])]


def _strange_words(rng: random.Random, files: Contents, _other: Contents) -> None:
    name = _name(rng, files)
    at = rng.randrange(len(files[name]) + 1)
    files[name] = files[name][:at] + rng.choice(_MARKS) + files[name][at:]


def _lines(rng: random.Random, files: Contents, _other: Contents) -> None:
    """Lines of a list doubled, dropped, moved."""
    name = rng.choice([n for n in sorted(files) if n.endswith(".txt")])
    lines = files[name].splitlines(keepends=True)
    at = rng.randrange(len(lines))
    act = rng.randrange(3)
    if act == 0:
        lines.insert(rng.randrange(len(lines)), lines[at])
    elif act == 1:
        del lines[at]
    else:
        lines.insert(rng.randrange(len(lines)), lines.pop(at))
    files[name] = b"".join(lines)


def _relabel(rng: random.Random, files: Contents, _other: Contents) -> None:
    """A file under another name."""
    name = _name(rng, files)
    made = rng.choice((name.upper(), f"{name}~", f"data/objects/zz/{'0' * 64}.age", f"{name}.part",
                       "statements/000099.json", "statements/000000.p7s", "trust/stranger.pem"))
    files[made] = files.pop(name)


HARMFUL: tuple[Harm, ...] = (_turn_bits, _turn_bits, _turn_bits, _cut, _grow, _take_out, _swap,
                             _from_another, _strange_words, _lines, _relabel)


def _contents(folder: Path) -> Contents:
    return {str(path.relative_to(folder)): path.read_bytes()
            for path in sorted(folder.rglob("*")) if path.is_file()}


def _lay_out(folder: Path, files: Contents, now: Contents) -> None:
    """Write what differs from ``now``, which lies there."""
    for name in now.keys() - files.keys():
        (folder / name).unlink()
    for name, data in files.items():
        if now.get(name) != data:
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)


def _read(folder: Path, identity: Any) -> Reading:
    try:
        opened = open_package(folder, [identity])
        events = [event.hash for event in opened.log_events()]
        # Bytes of the CMS that carry nothing may differ; whose signatures hold, the verifier told.
        return opened.signed.data, opened.index, events, [opened.read(o) for o in opened.index.objects]
    except PackageUnreadable as error:
        return error.code


@pytest.fixture(scope="module")
def two_cases(build: Any, district: Any, tmp_path_factory: pytest.TempPathFactory) -> tuple[Any, Any]:
    """Two cases of one district."""
    made = [build.small_case(district, tmp_path_factory.mktemp("case")) for _ in range(2)]
    return made[0], made[1]


def _relisted(folder: Path, package: str) -> bool:
    """The harm's own author sets the BagIt lists right again, where that is possible."""
    try:
        for name in (layout.MANIFEST, layout.TAG_MANIFEST):
            (folder / name).unlink(missing_ok=True)
        write_bag(folder, package, readme=readme(package, INTL), suite=INTL)
    except (OSError, ValueError, FieldAppError):
        return False
    return True


def _trial(times: int, two_cases: tuple[Any, Any], district: Any, folder: Path) -> None:
    work, other = (case.folder for case in two_cases)
    shutil.copytree(work, folder)
    whole, strange = _contents(work), _contents(other)
    trust, package = district.trust, two_cases[0].package
    read, now = _read(folder, district.identity), datetime.now(UTC)
    assert not isinstance(read, str) and verify_package(folder, trust, at=now).findings == ()
    counts, codes, there = Counter[str](), Counter[str](), whole
    for number in range(times):
        rng = random.Random(f"{SEED}/{number}")
        harm, files = rng.choice(HARMFUL), dict(whole)
        harm(rng, files, strange)
        _lay_out(folder, files, there)
        relisted = rng.random() < 0.5 and _relisted(folder, package)
        report = verify_package(folder, trust, at=now)
        found = {finding.code for finding in report.findings}
        assert found <= finding_codes()
        codes.update(found)
        if report.ok and _read(folder, district.identity) != read:
            pytest.fail(f"harm {number} ({harm.__name__}, relisted: {relisted}) passed unseen")
        same = files == whole
        counts["same" if same else "found" if found else "harmless"] += 1
        there = _contents(folder) if relisted else files
    _lay_out(folder, whole, there)
    assert verify_package(folder, trust, at=now).findings == ()
    print(f"{times} harms: {dict(counts)}; {dict(codes.most_common())}")


def test_harms_are_found(two_cases: tuple[Any, Any], district: Any, tmp_path: Path) -> None:
    _trial(150, two_cases, district, tmp_path / "p")


@pytest.mark.soak
def test_ten_thousand_harms_are_found(two_cases: tuple[Any, Any], district: Any, tmp_path: Path) -> None:
    _trial(HARMS, two_cases, district, tmp_path / "p")
