"""What headquarters' servers share: where they listen, and the line that says so."""

import socket
import sys
from types import FrameType

import uvicorn

from field_app import logs
from field_app.headquarters.config import read_config
from field_app.headquarters.folder import HqFolder


class ReadyServer(uvicorn.Server):
    """Prints one line when it listens, so that whoever started it can wait for that."""

    def __init__(self, config: uvicorn.Config, ready_line: str) -> None:
        super().__init__(config)
        self._ready_line = ready_line

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets=sockets)
        sys.stdout.write(self._ready_line + "\n")
        sys.stdout.flush()


def start_logs(folder: HqFolder, name: str) -> None:
    """One JSON object a line: below the folder, or to stderr where processes share no disk."""
    shared = read_config(folder).shared
    logs.start(None if shared else folder.root / "logs" / name, as_json=True)


def listen(host: str, port: int) -> socket.socket:
    """A bound socket; ``port`` 0 takes a free one. ``OSError`` when the address is in use."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # Named, or the event loop would not turn off Nagle's delay: 40 ms for each small answer.
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind((host, port))
    return listener


def ignore(_number: int, _frame: FrameType | None) -> None:
    """A signal while being stopped already."""
