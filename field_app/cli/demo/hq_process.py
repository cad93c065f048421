"""Headquarters as its own process on loopback, started and stopped."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from field_app.errors import UserError


@contextmanager
def running(folder: Path, *, host: str) -> Iterator[int]:
    """Headquarters is ready inside the block; gives the port it took."""
    command = [sys.executable, "-m", "field_app", "headquarters", "serve", "--folder",
               str(folder), "--host", host, "--port", "0"]
    log = folder / "serve.log"
    with log.open("wb") as errors:
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=errors)
        told = process.stdout
        try:
            ready = told.readline().decode().split() if told is not None else []
            if len(ready) != 3 or ready[0] != "READY":
                raise UserError("总部服务没有启动起来。", f"请查看{log}。")
            yield int(ready[2])
        finally:
            process.terminate()
            process.wait(timeout=30)
            if told is not None:
                told.close()
