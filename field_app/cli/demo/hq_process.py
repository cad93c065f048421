"""Headquarters as its own process on loopback, started and stopped."""

import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from field_app.errors import UserError


def free_port(host: str) -> int:
    """A port nobody listens on now."""
    with socket.socket() as probe:
        probe.bind((host, 0))
        return int(probe.getsockname()[1])


@contextmanager
def running(folder: Path, *, host: str, port: int) -> Iterator[None]:
    """Headquarters is ready inside the block."""
    command = [sys.executable, "-m", "field_app", "headquarters", "serve", "--folder",
               str(folder), "--host", host, "--port", str(port)]
    log = folder / "serve.log"
    with log.open("wb") as errors:
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=errors)
        try:
            if process.stdout is None or not process.stdout.readline():
                raise UserError("总部服务没有启动起来。", f"请查看{log}。")
            yield
        finally:
            process.terminate()
            process.wait(timeout=30)
