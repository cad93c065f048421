"""Prints how many statements a second headquarters takes in, and what a mixed load does to its memory.

Headquarters runs as it is run: its own processes, mutual TLS, on this machine's loopback address only.
``--backend`` folder (SQLite, the default) or shared (PostgreSQL and OpenStack Swift, started here);
``--rate`` (50) statements a second for ``--seconds`` (30), each with its small files in one call as
laptops send them, from ``--devices`` (40) laptops; every call must be answered well. ``--mixed`` MINUTES
(0): after that, statements, parts of 2 MiB, questions and refused calls in turn, and the memory of every
process of headquarters once a minute; with a rise of the second half over the first told at the end.
"""

import argparse
import hashlib
import json
import os
import random
import ssl
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from http.client import HTTPException, HTTPSConnection
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from field_app.credentials.pem_keys import tls_identity
from field_app.credentials.profile import fingerprint
from field_app.headquarters.folder import HqFolder
from field_app.packages.existing import read_statement
from field_app.packages.statement import State
from field_app.protocol.batch import write_batch
from field_app.protocol.messages import SignedDocument
from field_app.sync.tls import client_context
from tests.unit.headquarters import running
from tests.unit.headquarters.backends import Backend, Services
from tests.unit.packages.builders import CaseWork, District, case_of_new_laptop, new_district

_CONNECTIONS = 16


@dataclass(frozen=True)
class Sent:
    """A sealed revision as it goes over the wire."""

    place: str
    statement: bytes
    files: tuple[tuple[str, bytes], ...]


def _sealed(work: CaseWork) -> Sent:
    signed = read_statement(work.folder, 1)
    assert signed is not None
    body = json.dumps(SignedDocument(signed.data, signed.signature).to_json()).encode()
    files = tuple((f.sha256, (work.folder / f.path).read_bytes()) for f in signed.statement.files())
    return Sent(f"/v1/packages/{work.package}/revisions/1", body, files)


def _cases(district: District, root: Path, devices: int, count: int) -> list[tuple[Any, Sent]]:
    """``count`` drafts, dealt out to ``devices`` laptops; made before anything is measured."""
    laptops = [case_of_new_laptop(district, root / f"l{n}") for n in range(devices)]
    made = []
    for number in range(count):
        device = laptops[number % devices].device
        work = CaseWork(district, root / f"c{number}", device=device,
                        number=laptops[number % devices].number)
        work.chain = laptops[number % devices].chain
        work.seal(State.DRAFT, events=1)
        made.append((device, _sealed(work)))
    return made


class Load:
    """Calls as laptops make them, over connections that each laptop keeps. As light as can be: the load
    shares the processors with the headquarters it measures."""

    def __init__(self, district: District, address: str) -> None:
        self._district = district
        where = urlsplit(address)
        self._host, self._port = str(where.hostname), int(where.port or 0)
        self._contexts: dict[str, ssl.SSLContext] = {}
        self._free: dict[str, list[HTTPSConnection]] = defaultdict(list)
        self._lock = threading.Lock()
        self.answers: Counter[str] = Counter()
        self.waits: list[float] = []

    def _connection(self, device: Any, key: str) -> HTTPSConnection:
        """One of the laptop's that nobody uses now, or another."""
        with self._lock:
            if self._free[key]:
                return self._free[key].pop()
            if key not in self._contexts:
                self._contexts[key] = client_context(self._district.trust.authorities_pem(), tls_identity(
                    device, chain=[self._district.authority.district]))
            return HTTPSConnection(self._host, self._port, context=self._contexts[key], timeout=60)

    def call(self, device: Any, method: str, path: str, good: tuple[int, ...], body: bytes = b"") -> bool:
        key, began = fingerprint(device.certificate), time.perf_counter()
        connection = self._connection(device, key)
        try:
            connection.request(method, path, body, {"Content-Type": "application/json"})
            answer = connection.getresponse()
            answer.read()
            status, failed = answer.status, ""
        except (OSError, HTTPException) as error:
            connection.close()
            status, failed = 0, type(error).__name__
        took = time.perf_counter() - began
        with self._lock:
            self._free[key].append(connection)
            self.answers["good" if status in good else f"bad {status}{failed}"] += 1
            self.waits.append(took)
        return status in good

    def send(self, device: Any, sent: Sent) -> bool:
        well = self.call(device, "POST", f"{sent.place}/statement", (201, 200),
                         sent.statement)
        well &= self.call(device, "POST", "/v1/parts/missing", (200,),
                          json.dumps({"parts": [sha256 for sha256, _data in sent.files]}).encode())
        return well & self.call(device, "PUT", "/v1/parts", (200,), write_batch(sent.files))

    def close(self) -> None:
        for free in self._free.values():
            for connection in free:
                connection.close()


def _at_rate(load: Load, cases: list[tuple[Any, Sent]], rate: float) -> tuple[float, int]:
    """Send at an even rate; seconds it took, and how many went well from end to end."""
    began = time.perf_counter()
    results = []
    with ThreadPoolExecutor(_CONNECTIONS) as pool:
        for number, (device, sent) in enumerate(cases):
            late = began + number / rate - time.perf_counter()
            if late > 0:
                time.sleep(late)
            results.append(pool.submit(load.send, device, sent))
        well = sum(result.result() for result in results)
    return time.perf_counter() - began, well


def _mixed(load: Load, district: District, root: Path, minutes: float, pids: list[int], devices: int) -> None:
    """A little of everything from so many laptops until time is over; memory once a minute."""
    until = time.monotonic() + minutes * 60
    chance = random.Random(7)
    memory: list[int] = []
    look = time.monotonic()
    number = 0
    laptops = [case_of_new_laptop(district, root / f"m{n}") for n in range(devices)]
    while time.monotonic() < until:
        work = laptops[number % devices]
        number += 1
        case = CaseWork(district, root / f"mc{number}", device=work.device, number=work.number)
        case.chain = work.chain
        if chance.random() < 0.2:
            case.add("照片.jpg", os.urandom(1 << 20))
        case.seal(State.DRAFT, events=1)
        sent = _sealed(case)
        load.send(work.device, sent)
        load.call(work.device, "GET", f"{sent.place}/receipt", (200, 202))
        load.call(work.device, "GET", "/v1/inbox?after=0", (200,))
        load.call(work.device, "POST", "/v1/parts/missing", (200,), json.dumps({
            "parts": [hashlib.sha256(bytes([n])).hexdigest() for n in range(50)]}).encode())
        load.call(work.device, "PUT", f"/v1/parts/{'0' * 64}", (422,), b"wrong")
        load.call(work.device, "POST", "/v1/parts/missing", (400,), b"{")
        if time.monotonic() >= look:
            look += 60
            each = [_resident(pid) for first in pids for pid in _family(first)]
            memory.append(sum(anonymous + mapped for anonymous, mapped in each))
            print(f"  {len(memory):3d} min  {memory[-1] / 1024:.0f} MiB  {number} packages; "
                  + ", ".join(f"{a / 1024:.1f} own + {m / 1024:.1f} mapped" for a, m in each), flush=True)
    half = len(memory) // 2
    if half:
        rise = statistics.median(memory[half:]) - statistics.median(memory[1:half + 1])
        print(f"memory: second half over first {rise / 1024:+.1f} MiB of {memory[-1] / 1024:.0f}")


def _cpu_seconds(pids: list[int]) -> float:
    """Of these processes and their children, so far."""
    told = subprocess.run(["ps", "-o", "cputimes=", "--pid", ",".join(map(str, pids)),
                           "--ppid", ",".join(map(str, pids))],
                          capture_output=True, text=True, check=False).stdout.split()
    return float(sum(int(value) for value in told))


def _family(pid: int) -> list[int]:
    """A process and its children, in order."""
    found = subprocess.run(["ps", "-o", "pid=", "--pid", str(pid), "--ppid", str(pid)],
                           capture_output=True, text=True, check=False).stdout.split()
    return sorted(int(value) for value in found)


def _resident(pid: int) -> tuple[int, int]:
    """KiB a process holds of its own, and of files and memory shared with others; proc(5)."""
    told = dict(line.split(":", 1) for line in Path(f"/proc/{pid}/status").read_text().splitlines())
    own, file, shared = (int(told[name].split()[0]) for name in ("RssAnon", "RssFile", "RssShmem"))
    return own, file + shared


@contextmanager
def _headquarters(district: District, root: Path, services: Services | None,
                  workers: int) -> Iterator[tuple[str, list[int]]]:
    folder: HqFolder = Backend(services).configure(running.lay_out(district, root / "hq"))
    started = []
    command = [sys.executable, "-m", "field_app", "headquarters"]
    with (root / "hq.log").open("wb") as log:
        try:
            serve = subprocess.Popen(
                [*command, "serve", "--folder", str(folder.root), "--port", "0"],
                stdout=subprocess.PIPE, stderr=log, text=True)
            started.append(serve)
            assert serve.stdout is not None
            port = int(serve.stdout.readline().split()[2])
            for _ in range(workers if services is not None else 0):
                started.append(subprocess.Popen(
                    [*command, "work", "--folder", str(folder.root)], stdout=subprocess.DEVNULL,
                    stderr=log, text=True))
            yield f"https://127.0.0.1:{port}", [process.pid for process in started]
        finally:
            for process in started:
                process.terminate()
            for process in started:
                process.wait(60)


def _tell(load: Load, took: float, well: int, count: int) -> None:
    waits = sorted(load.waits)
    print(f"{well} of {count} statements taken in with their files in {took:.1f} s: "
          f"{well / took:.1f}/s, {100 * well / count:.1f} % success, {sum(load.answers.values())} calls")
    print(f"calls: median {1000 * statistics.median(waits):.1f} ms, "
          f"99 % {1000 * waits[int(len(waits) * 0.99)]:.0f} ms, worst {1000 * waits[-1]:.0f} ms; "
          f"{dict(load.answers)}", flush=True)


def main() -> int:
    """Run what was asked for; 1 when a call was not answered well."""
    told = argparse.ArgumentParser(description=__doc__,
                                   formatter_class=argparse.RawDescriptionHelpFormatter)
    told.add_argument("--backend", choices=("folder", "shared"), default="folder")
    told.add_argument("--rate", type=float, default=50)
    told.add_argument("--seconds", type=float, default=30)
    told.add_argument("--devices", type=int, default=40)
    told.add_argument("--workers", type=int, default=1, help="of the shared backend")
    told.add_argument("--mixed", type=float, default=0, metavar="MINUTES")
    asked = told.parse_args()
    count = int(asked.rate * asked.seconds)
    with tempfile.TemporaryDirectory(prefix="le-intake-") as name:
        root = Path(name)
        district = new_district()
        cases = _cases(district, root, asked.devices, count)
        print(f"{datetime.now(UTC):%Y-%m-%d %H:%M} {asked.backend}, {os.cpu_count()} cores, "
              f"{count} statements made", flush=True)
        services = Services() if asked.backend == "shared" else None
        try:
            with _headquarters(district, root, services, asked.workers) as (address, pids):
                load = Load(district, address)
                before = _cpu_seconds(pids)
                took, well = _at_rate(load, cases, asked.rate)
                _tell(load, took, well, count)
                used = _cpu_seconds(pids) - before
                print(f"processor of headquarters: {used:.0f} s, {1000 * used / count:.0f} ms a "
                      f"statement; load of the machine {os.getloadavg()[0]:.1f}")
                if asked.mixed:
                    _mixed(load, district, root, asked.mixed, pids, asked.devices)
                    print(dict(load.answers))
                load.close()
        finally:
            if services is not None:
                services.end()
    return 0 if well == count and set(load.answers) == {"good"} else 1


if __name__ == "__main__":
    sys.exit(main())
