"""Runs a real headquarters process for tests, and a proxy that cuts connections.

Loaded by the conftests of sync and headquarters, as they load the package builders.
"""

import contextlib
import os
import signal
import socket
import subprocess
import sys
import threading
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from field_app.credentials.cms import certificate_pem
from field_app.credentials.pem_keys import tls_identity
from field_app.headquarters.folder import HqFolder, create_headquarters
from field_app.sync.client import HeadquartersClient

_SERVE = "import sys, pathlib; from field_app.headquarters.serve import serve; " \
         "serve(pathlib.Path(sys.argv[1]), '127.0.0.1', int(sys.argv[2]))"


def lay_out(district: Any, root: Path, *, authority: Any = None) -> HqFolder:
    """A headquarters folder of this district."""
    return create_headquarters(
        root, signer=district.signer, tls=district.tls, identity=district.identity,
        authorities=certificate_pem(district.authority.district),
        root_pem=certificate_pem(district.authority.root), bundle=district.bundle,
        time=district.time)


@dataclass
class Headquarters:
    """A headquarters that can be started, stopped and killed."""

    district: Any
    folder: HqFolder
    port: int = 0
    process: "subprocess.Popen[str] | None" = None

    def start(self) -> "Headquarters":
        """Returns once it says that it listens; a later start takes the same port."""
        self.process = subprocess.Popen(
            [sys.executable, "-c", _SERVE, str(self.folder.root), str(self.port)],
            stdout=subprocess.PIPE, text=True)
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        assert line.startswith("READY 127.0.0.1 "), line
        self.port = int(line.split()[2])
        return self

    def stop(self) -> int:
        """SIGTERM, as a service manager does; the exit code."""
        assert self.process is not None and self.process.stdout is not None
        self.process.send_signal(signal.SIGTERM)
        code = self.process.wait(30)
        self.process.stdout.close()
        self.process = None
        return code

    def kill(self) -> None:
        """SIGKILL: nothing is tidied up."""
        assert self.process is not None and self.process.stdout is not None
        os.kill(self.process.pid, signal.SIGKILL)
        self.process.wait(30)
        self.process.stdout.close()
        self.process = None

    def end(self) -> None:
        if self.process is not None:
            self.kill()

    def renew_trust(self) -> None:
        """Lay the district's newest bundle into the running headquarters."""
        self.district.new_bundle()
        for name, data in zip(("bundle.p7s", "bundle.json"), self.district.bundle[::-1],
                              strict=True):
            (self.folder.trust / name).write_bytes(data)

    @property
    def address(self) -> str:
        return f"https://127.0.0.1:{self.port}"

    def client(self, *, address: str = "", device: Any = None, authorities: bytes = b"",
               **more: Any) -> HeadquartersClient:
        key = device or self.district.device
        return HeadquartersClient(
            address or self.address, identity=tls_identity(
                key, chain=[self.district.authority.district]),
            authorities_pem=authorities or self.district.trust.authorities_pem(), **more)


@dataclass
class CuttingProxy:
    """Passes TCP through to ``port`` and resets a connection after ``cut_after`` bytes sent up."""

    port: int
    cut_after: int
    cuts_left: int = 10**9
    cuts: int = 0
    sent: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def __enter__(self) -> "CuttingProxy":
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.address = f"https://127.0.0.1:{self._listener.getsockname()[1]}"
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._listener.close()

    def _accept(self) -> None:
        while True:
            try:
                near, _address = self._listener.accept()
            except OSError:
                return
            far = socket.create_connection(("127.0.0.1", self.port))
            threading.Thread(target=self._up, args=(near, far), daemon=True).start()
            threading.Thread(target=self._down, args=(far, near), daemon=True).start()

    def _up(self, near: socket.socket, far: socket.socket) -> None:
        passed = 0
        with contextlib.suppress(OSError):
            while data := near.recv(65536):
                with self._lock:
                    self.sent += len(data)
                    passed += len(data)
                    cut = passed > self.cut_after and self.cuts_left > 0
                    if cut:
                        self.cuts += 1
                        self.cuts_left -= 1
                if cut:
                    break
                far.sendall(data)
        self._close(near, far)

    def _down(self, far: socket.socket, near: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while data := far.recv(65536):
                near.sendall(data)
        self._close(near, far)

    def _close(self, *ends: socket.socket) -> None:
        for end in ends:
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
            end.close()
