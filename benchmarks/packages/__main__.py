"""Prints the speed of sealing and verifying a case package beside ``age`` and ``restic``.

Ours seals each film as an import does, to two recipients with SHA-256 of plaintext and ciphertext,
then makes the package: every byte is read and hashed again, three keys sign, all is synced. Films are
sealed while they are recorded or imported, so what waits behind the desk's button is the package
alone; both are told. ``age`` seals the same films to two recipients and syncs; ``restic`` backs them
up into a fresh repository. Then each side proves what it holds by reading all of it.
``--gigabytes`` (1) of films of 256 MiB that nothing can press together; ``--rounds`` (2), the best
counts; ``--folder`` the disk; ``--large`` (0) gigabytes for memory and for one document out of all.
"""

import argparse
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

from field_app.crypto.age_keys import Identity
from field_app.domain.clock import Moment
from field_app.domain.ids import new_id
from field_app.media.importing.sealing import Keys, seal_original
from field_app.packages.index import Captured, ObjectEntry, ObjectKind
from field_app.packages.open import open_package
from field_app.packages.seal import SealedObject
from field_app.packages.verify import verify_package
from tests.unit.packages.builders import CaseWork, District, new_district

_FILM, _PIECE = 256 << 20, 1 << 20


def _films(folder: Path, size: int) -> list[Path]:
    folder.mkdir()
    made = []
    for number in range(max(1, size // _FILM)):
        path = folder / f"{number:03d}.mp4"
        with path.open("wb") as file:
            for _ in range(_FILM // _PIECE):
                file.write(os.urandom(_PIECE))
        made.append(path)
    return made


def _forget(folder: Path) -> None:
    """Write back and drop from memory, so that everybody reads the disk."""
    for path in folder.rglob("*"):
        if path.is_file():
            with path.open("rb") as file:
                os.fsync(file.fileno())
                os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)


def _add_film(work: CaseWork, film: Path) -> None:
    target = work.home / "blobs" / f"film-{len(work.objects):04d}.age"
    target.parent.mkdir(parents=True, exist_ok=True)
    with film.open("rb") as source:
        (writer,) = seal_original(source, lambda _part: target, Keys(work.recipients, [])).parts
    work.objects.append(SealedObject(ObjectEntry(
        id=new_id(), kind=ObjectKind.VIDEO, name=film.name, mime="video/mp4", size=writer.size,
        sha256=writer.sha256, ct_sha256=writer.ct_sha256, ct_size=writer.ct_size, step="inspection",
        captured=Captured(Moment(work.district.now, 0, "boot-1"), None), event=(work.number, 1)),
        target))


def _films_sealed(district: District, home: Path, films: list[Path]) -> CaseWork:
    work = CaseWork(district, home)
    work.add("现场检查笔录.pdf", b"%PDF-1.7 " + os.urandom(200_000))
    for film in films:
        _add_film(work, film)
    return work


def _seal(district: District, home: Path, films: list[Path]) -> CaseWork:
    work = _films_sealed(district, home, films)
    work.seal()
    return work


def _timed(work: Callable[[], Any]) -> tuple[float, Any]:
    began = time.perf_counter()
    made = work()
    return time.perf_counter() - began, made


def _age(films: list[Path], out: Path, recipients: list[str]) -> None:
    out.mkdir()
    for film in films:
        target = out / film.name
        words = [w for r in recipients for w in ("-r", r)]
        subprocess.run(["age", *words, "-o", target, film], check=True)
        with target.open("rb") as file:
            os.fsync(file.fileno())


def _restic(*words: str, repo: Path) -> None:
    subprocess.run(["restic", "--no-cache", "-q", "-r", str(repo), *words], check=True,
                   env={**os.environ, "RESTIC_PASSWORD": "x"})


def _speeds(desk: Path, size: int, rounds: int) -> None:
    district = new_district()
    films = _films(desk / "films", size)
    megabytes = sum(f.stat().st_size for f in films) / (1 << 20)
    best: dict[str, float] = {}

    def note(name: str, seconds: float) -> None:
        best[name] = max(best.get(name, 0.0), megabytes / seconds)

    recipients = [str(Identity.generate().recipient) for _ in range(2)]
    for number in range(rounds):
        _forget(desk)
        seconds, work = _timed(partial(_films_sealed, district, desk / f"ours{number}", films))
        packing, _ = _timed(work.seal)
        note("seal: ours, films and package", seconds + packing)
        note("  of it the films", seconds)
        note("  of it the package", packing)
        _forget(desk)
        seconds, report = _timed(partial(
            verify_package, work.folder, district.trust, at=datetime.now(UTC)))
        assert not report.errors
        note("verify: ours", seconds)
        shutil.rmtree(desk / f"ours{number}")
        _forget(desk)
        note("seal: age", _timed(lambda: _age(films, desk / "age", recipients))[0])
        shutil.rmtree(desk / "age")
        if shutil.which("restic"):
            repo = desk / "restic"
            _restic("init", repo=repo)
            _forget(desk)
            note("seal: restic backup", _timed(partial(
                _restic, "backup", str(desk / "films"), repo=repo))[0])
            _forget(desk)
            note("verify: restic check --read-data", _timed(partial(
                _restic, "check", "--read-data", repo=repo))[0])
            shutil.rmtree(repo)
    print(f"{megabytes:.0f} MiB in films of {_FILM >> 20} MiB, best of {rounds}")
    for name, speed in best.items():
        print(f"  {name:34} {speed:7.0f} MiB/s")
    for ours, other, goal in (
            ("seal: ours, films and package", "seal: age", 1.0),
            ("  of it the package", "seal: age", 1.0),
            ("seal: ours, films and package", "seal: restic backup", 3.0),
            ("  of it the package", "seal: restic backup", 3.0),
            ("verify: ours", "verify: restic check --read-data", 1.2)):
        if other in best:
            ratio = best[ours] / best[other]
            print(f"  {ours.strip():30} to {other:32} {ratio:5.2f}  (goal {goal})  {'yes' if ratio >= goal else 'NO'}")


def _peak_mib() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def _large(desk: Path, size: int) -> None:
    """Memory over idle of sealing and verifying, and one document out of all of it."""
    district = new_district()
    films = _films(desk / "films", size)
    idle = _peak_mib()
    work = _seal(district, desk / "large", films)
    sealed = _peak_mib()
    assert not verify_package(work.folder, district.trust, at=datetime.now(UTC)).errors
    print(f"{size / (1 << 30):.0f} GiB: peak over idle {sealed - idle:.0f} MiB sealing,"
          f" {_peak_mib() - idle:.0f} MiB with verifying")
    _forget(desk / "large")
    before = _bytes_read()
    seconds, data = _timed(lambda: _one_document(work))
    share = (_bytes_read() - before) / size
    print(f"one document of {len(data)} bytes out of it: {1000 * seconds:.0f} ms,"
          f" {share:.4%} of the bytes read")


def _one_document(work: CaseWork) -> bytes:
    opened = open_package(work.folder, [work.identity])
    return opened.read(next(o for o in opened.index.objects if o.kind is ObjectKind.DOCUMENT))


def _bytes_read() -> int:
    lines = Path("/proc/self/io").read_text("ascii").splitlines()
    return int(dict(line.split(": ") for line in lines)["rchar"])


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.packages", description=__doc__)
    parser.add_argument("--gigabytes", type=float, default=1.0)
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--large", type=float, default=0.0)
    parser.add_argument("--folder", type=Path)
    parser.add_argument("--large-child", type=float, help=argparse.SUPPRESS)
    wanted = parser.parse_args()
    desk = Path(tempfile.mkdtemp(prefix="packages-", dir=wanted.folder))
    try:
        if wanted.large_child:
            _large(desk, round(wanted.large_child * (1 << 30)))
            return
        _speeds(desk, round(wanted.gigabytes * (1 << 30)), wanted.rounds)
        for size in (1.0, wanted.large) if wanted.large else ():
            folder = ["--folder", str(wanted.folder)] if wanted.folder else []
            subprocess.run([sys.executable, "-m", "benchmarks.packages", "--large-child", str(size),
                            *folder], check=True)
    finally:
        shutil.rmtree(desk)


if __name__ == "__main__":
    main()
