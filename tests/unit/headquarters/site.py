"""Headquarters as several processes, as a service manager starts them."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx

from field_app.credentials.pem_keys import tls_identity
from field_app.headquarters.folder import HqFolder
from field_app.packages.index import ObjectKind
from field_app.packages.statement import State
from field_app.sync.patience import Patience
from field_app.sync.send import SendState, send_package
from field_app.sync.tls import client_context

PATIENT = Patience(receipt_seconds=60, receipt_longest=0.5)


class Process:
    """One process of headquarters as a service manager starts it."""

    def __init__(self, verb: str, folder: HqFolder, log: Path, *more: str) -> None:
        self._log = log.open("wb")
        self._process = subprocess.Popen(
            [sys.executable, "-m", "field_app", "headquarters", verb, "--folder", folder.root,
             "--ops-port", "0", *more], stdout=subprocess.PIPE, stderr=self._log, text=True)
        self.log = log
        self.port, self.operations = 0, ""

    def wait(self) -> "Process":
        assert self._process.stdout is not None
        for line in self._process.stdout:
            words = line.split()
            if words[0] == "OPERATIONS":
                self.operations = f"http://{words[1]}:{words[2]}"
            if words[0] == "READY":
                self.port = int(words[2]) if len(words) > 2 else 0
                return self
        raise AssertionError(self.log.read_text())

    def health(self) -> dict[str, Any]:
        answer = httpx.get(f"{self.operations}/v1/health", trust_env=False, timeout=30)
        body: dict[str, Any] = answer.json()
        assert (answer.status_code == 200) == body["ready"]
        assert httpx.get(f"{self.operations}/v1/health/live", trust_env=False).status_code == 200
        return body

    def lines(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.log.read_text().splitlines()]

    def stop(self) -> int:
        self._process.send_signal(signal.SIGTERM)
        return self._process.wait(30)

    def end(self) -> None:
        if self._process.poll() is None:
            self._process.kill()
            self._process.wait()
        assert self._process.stdout is not None
        self._process.stdout.close()
        self._log.close()


class Site:
    """An upload service without the keys that open and sign, and two workers."""

    def __init__(self, hq: HqFolder, root: Path, district: Any) -> None:
        self.hq = hq
        self.district = district
        door = HqFolder(root / "door")
        shutil.copytree(hq.root, door.root)
        for path in (*door.keys.glob("age.key"), *door.keys.glob("signer.*")):
            path.unlink()
        self.door = Process("serve", door, root / "door.log", "--port", "0")
        self.workers = [Process("work", hq, root / f"worker{n}.log") for n in (1, 2)]
        self.all = [self.door, *self.workers]

    def wait(self) -> None:
        for process in self.all:
            process.wait()

    def client(self, running: Any, work: Any) -> Any:
        return running.Headquarters(self.district, self.hq, self.door.port).client(device=work.device)

    def send(self, running: Any, work: Any, revision: int = 1) -> SendState:
        with self.client(running, work) as client:
            return send_package(work.folder, revision, client, trust=work.district.trust,
                                patience=PATIENT).state

    @contextmanager
    def raw(self, work: Any) -> Iterator[Callable[..., httpx.Response]]:
        context = client_context(work.district.trust.authorities_pem(), tls_identity(work.device))
        with httpx.Client(base_url=f"https://127.0.0.1:{self.door.port}", verify=context,
                          trust_env=False, timeout=60) as client:
            yield client.request

    def end(self) -> None:
        for process in self.all:
            process.end()


def until(holds: Callable[[], bool], seconds: float = 60) -> None:
    until = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < until
        time.sleep(0.2)


def case_of(build: Any, district: Any, home: Path, *, video: int = 0) -> Any:
    work = build.case_of_new_laptop(district, home)
    work.add("检查笔录.pdf", os.urandom(3000))
    if video:
        work.add("录像.mkv", os.urandom(video), ObjectKind.VIDEO, "video/x-matroska")
    work.seal(State.SUBMITTED)
    return work
