"""Prints the speed of sending a case to headquarters beside ``rclone`` to its own WebDAV server.

Both sides run on loopback, on the same disk, over TLS, in turns. Ours counts until headquarters has
confirmed the last byte, and again until its signed receipt lies in the package: by then it has joined,
opened and compared every file. rclone's server has taken the bytes. ``--megabytes`` (1024) of one
film; ``--items`` (2000) photos of ``--kilobytes`` (20); ``--rounds`` (3), the median counts;
``--folder`` the disk. Needs ``rclone`` on the path.
"""

import argparse
import os
import shutil
import socket
import statistics
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from field_app.packages.index import ObjectKind
from field_app.sync.send import SendState, send_package
from tests.unit.headquarters.running import Headquarters, lay_out
from tests.unit.packages.builders import CaseWork, District, case_of_new_laptop, new_district

_PIECE = 1 << 20
_STARTED = 4.0


@dataclass(frozen=True)
class Took:
    """Seconds until the last byte was confirmed, and until the receipt was there (0: none)."""

    confirmed: float
    receipt: float = 0.0


def _film(folder: Path, size: int) -> list[Path]:
    path = folder / "film.mp4"
    with path.open("wb") as file:
        for _ in range(size // _PIECE):
            file.write(os.urandom(_PIECE))
    return [path]


def _photos(folder: Path, count: int, size: int) -> list[Path]:
    paths = [folder / f"{number:05d}.jpg" for number in range(count)]
    for path in paths:
        path.write_bytes(os.urandom(size))
    return paths


def _case(district: District, home: Path, files: list[Path]) -> CaseWork:
    work = case_of_new_laptop(district, home)
    for path in files:
        film = path.suffix == ".mp4"
        work.add(path.name, path.read_bytes(), ObjectKind.VIDEO if film else ObjectKind.PHOTO,
                 "video/mp4" if film else "image/jpeg")
    work.seal()
    return work


def _ours(district: District, root: Path, files: list[Path]) -> Took:
    work = _case(district, root / "laptop", files)
    hq = Headquarters(district, lay_out(district, root / "hq")).start()
    time.sleep(_STARTED)  # Its worker starts beside it; a server is up before laptops call.
    try:
        began, confirmed = time.perf_counter(), [0.0]

        def seen(done: int, total: int) -> None:
            if done >= total:
                confirmed[0] = time.perf_counter() - began

        with hq.client(device=work.device) as client:
            outcome = send_package(work.folder, 1, client, trust=district.trust, on_progress=seen)
        assert outcome.state is SendState.RECEIVED
        return Took(confirmed[0], time.perf_counter() - began)
    finally:
        hq.end()


@contextmanager
def _webdav(root: Path, place: Path) -> Iterator[str]:
    key, crt = root / "dav.key", root / "dav.crt"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
         "-days", "2", "-subj", "/CN=127.0.0.1", "-keyout", str(key), "-out", str(crt)],
        check=True, capture_output=True)
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    server = subprocess.Popen(
        ["rclone", "serve", "webdav", str(place), "--addr", f"127.0.0.1:{port}", "--cert", str(crt),
         "--key", str(key)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        for _ in range(100):
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.1)
        yield f"https://127.0.0.1:{port}"
    finally:
        server.terminate()
        server.wait()


def _rclone(_district: District, root: Path, files: list[Path]) -> Took:
    place, source = root / "dav", root / "source"
    place.mkdir()
    source.mkdir()
    for path in files:
        shutil.copyfile(path, source / path.name)
    with _webdav(root, place) as address:
        environment = {**os.environ, "RCLONE_CONFIG_DAV_TYPE": "webdav", "RCLONE_CONFIG_DAV_URL": address,
                       "RCLONE_CONFIG_DAV_VENDOR": "other", "RCLONE_CONFIG": str(root / "none.conf")}
        began = time.perf_counter()
        subprocess.run(["rclone", "copy", str(source), "dav:", "--no-check-certificate", "-q"],
                       env=environment, check=True)
        took = time.perf_counter() - began
    arrived = [p for p in place.rglob("*") if p.is_file()]
    assert len(arrived) == len(files) and sum(p.stat().st_size for p in arrived) == sum(
        p.stat().st_size for p in files)
    return Took(took)


def _measure(folder: Path, rounds: int, make: Callable[[Path], list[Path]], unit: str,
             amount: float) -> None:
    district = new_district()
    found: dict[str, list[Took]] = {"ours": [], "rclone": []}
    for number in range(rounds):
        for side, run in (("ours", _ours), ("rclone", _rclone)):
            with tempfile.TemporaryDirectory(prefix=f"sync-{number}-", dir=folder) as name:
                root = Path(name)
                (root / "made").mkdir()
                found[side].append(run(district, root, make(root / "made")))
                os.sync()
    for side, took in found.items():
        median = statistics.median(t.confirmed for t in took)
        spread = " ".join(f"{t.confirmed:.2f}" for t in took)
        line = f"{side:7} {amount / median:8.1f} {unit}/s   confirmed {median:7.2f} s  ({spread})"
        if side == "ours":
            receipt = statistics.median(t.receipt for t in took)
            line += f"   with receipt {receipt:.2f} s, {amount / receipt:.1f} {unit}/s"
        print(line, flush=True)


def main() -> None:
    """``python -m benchmarks.sync``."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.sync", description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--megabytes", type=int, default=1024)
    parser.add_argument("--items", type=int, default=2000)
    parser.add_argument("--kilobytes", type=int, default=20)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--folder", type=Path, default=Path(tempfile.gettempdir()))
    args = parser.parse_args()
    if args.megabytes:
        print(f"one film of {args.megabytes} MiB")
        _measure(args.folder, args.rounds, lambda at: _film(at, args.megabytes << 20), "MiB",
                 float(args.megabytes))
    if args.items:
        print(f"{args.items} photos of {args.kilobytes} kB")
        _measure(args.folder, args.rounds,
                 lambda at: _photos(at, args.items, args.kilobytes * 1000), "items",
                 float(args.items))


if __name__ == "__main__":
    main()
