"""Prints the speed of bringing a card in beside ``cp`` and ``sha256sum``, and what planning takes.

Ours reads each file, hashes it, seals it to two recipients, hashes what it wrote, syncs, reads card
and copy again and compares them; ``cp`` and ``sha256sum`` copy the same files to the same disk and
hash the copies, then sync them. Both begin with the card's files out of memory. ``--megabytes``
(1500) and ``--files`` (10000) set the sizes, ``--folder`` the disk.
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
from datetime import timedelta
from pathlib import Path

from field_app.actions.case_desk import begin_step, case_desk
from field_app.actions.context import Session
from field_app.actions.import_plan import Verdict, plan_import
from field_app.actions.import_recorder import run_import, start_import
from field_app.actions.log_in import log_in, log_out
from field_app.actions.open_case import NewCase, open_case
from field_app.cli.demo import card
from field_app.cli.demo.day import sample_answers
from field_app.cli.demo.world import make_world

_FILE = 250 << 20


def _session(desk: Path) -> Session:
    world = make_world(desk / "world")
    session = log_in(world.laptop, *world.both())
    record = sample_answers("G1-04")
    case = open_case(session, NewCase(
        cause="安全生产日常检查", matter="安全生产监督检查", place=str(record["check_place"]),
        party=dict(record["PARTY"])))
    begin_step(session, case.id, case_desk(session, case.id).step("inspection").step.id)
    return session


def _forget(folder: Path) -> None:
    """Write back and drop the files from memory, so that both sides read the disk."""
    for path in sorted(p for p in folder.rglob("*") if p.is_file()):
        with path.open("rb") as file:
            os.fsync(file.fileno())
            os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)


def _timed(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def _big_card(desk: Path, session: Session, megabytes: int) -> Path:
    """Films as long as a recorder's, filled up with what no one can press together."""
    root, at = desk / "card", session.at
    film = card.film(desk / "film.mp4", seconds=1, created=at, changed=at).read_bytes()
    for number in range(max(1, (megabytes << 20) // _FILE)):
        path = root / "FILE/100RECOR" / card.body_worn_name(at + timedelta(minutes=number), number)
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("wb") as file:
            file.write(film)
            left = min(_FILE, megabytes << 20) - len(film) - 8
            file.write((left + 8).to_bytes(4, "big") + b"free")
            while left > 0:
                left -= file.write(os.urandom(min(left, 4 << 20)))
    return root


def _copy(root: Path, target: Path) -> None:
    subprocess.run(["cp", "-r", root, target], check=True)
    files = sorted(str(p) for p in target.rglob("*") if p.is_file())
    subprocess.run(["sha256sum", *files], check=True, stdout=subprocess.DEVNULL)


def _compare(desk: Path, session: Session, megabytes: int, rounds: int) -> None:
    root, best = _big_card(desk, session, megabytes), {"cp + sha256sum": 0.0, "and sync": 0.0, "ours": 0.0}
    size = sum(p.stat().st_size for p in root.rglob("*") if p.is_file()) / 1e6
    for number in range(rounds):
        target = desk / f"copy{number}"
        _forget(root)
        seconds = _timed(lambda t=target: _copy(root, t))  # type: ignore[misc]
        best["cp + sha256sum"] = max(best["cp + sha256sum"], size / seconds)
        seconds += _timed(lambda t=target: _forget(t))  # type: ignore[misc]
        best["and sync"] = max(best["and sync"], size / seconds)
        shutil.rmtree(target)
        _forget(root)
        with session.begin() as tx:
            tx.connection.exec_driver_sql("DELETE FROM import_item")
        run = start_import(session, plan_import(session, root))
        best["ours"] = max(best["ours"], size / _timed(lambda r=run: run_import(session, r)))  # type: ignore[misc]
    print(f"bringing in {size:.0f} MB in files of {_FILE >> 20} MiB, best of {rounds}")
    for name, speed in best.items():
        print(f"  {name:16} {speed:7.0f} MB/s")
    print(f"  ours to cp + sha256sum: {best['ours'] / best['cp + sha256sum']:.2f}")
    print(f"  memory at most {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10} MiB")


def _plan(desk: Path, session: Session, count: int) -> None:
    """Planning of many small files; our memory above what the program takes anyway."""
    root, at = desk / "many", session.at
    film = card.film(desk / "small.mp4", seconds=1, created=at, changed=at).read_bytes()
    photo = card.photo(desk / "small.jpg", taken=at, changed=at).read_bytes()
    for number in range(count):
        suffix, data = (".mp4", film) if number % 3 else (".jpg", photo)
        path = root / f"FILE/{100 + number // 1000}RECOR" / card.body_worn_name(
            at - timedelta(seconds=30 * number), number, suffix=suffix)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data + bytes(number % 977))
    _forget(root)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    began = time.perf_counter()
    plan = plan_import(session, root)
    seconds = time.perf_counter() - began
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    print(f"planning {len(plan.files)} files: {seconds:.1f} s, {grown >> 10} MiB more,"
          f" {plan.counts[Verdict.KEEP]} placed")


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.importing", description=__doc__)
    parser.add_argument("--megabytes", type=int, default=1500)
    parser.add_argument("--files", type=int, default=10_000)
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--folder", type=Path, default=None)
    wanted = parser.parse_args()
    if not hasattr(os, "posix_fadvise"):
        sys.exit("files cannot be put out of memory here")
    desk = Path(tempfile.mkdtemp(prefix="importing-", dir=wanted.folder))
    session = _session(desk)
    try:
        _plan(desk, session, wanted.files)
        _compare(desk, session, wanted.megabytes, wanted.rounds)
    finally:
        log_out(session)
        shutil.rmtree(desk)


if __name__ == "__main__":
    main()
