"""A headquarters with a fault: true certificate, true service behind it, and answers of a test's own between.

It shows its own certificate and passes every call on with the laptop's, so all of ``le-sync/1`` is real but
what a test says is not.
"""

import http.server
import json
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from field_app.actions.context import Session
from field_app.cli.demo import hq_process
from field_app.cli.demo.world import HOST
from field_app.credentials.keys import SoftKey
from field_app.credentials.pem_keys import tls_identity
from field_app.protocol.errors import ErrorBody, WireError
from field_app.sync.tls import client_context


@dataclass(frozen=True)
class Answer:
    """What a test lets headquarters say."""

    status: int
    body: bytes
    headers: dict[str, str] = field(default_factory=lambda: {"LE-Sync": "1"})


def error(of: WireError, **headers: str) -> Answer:
    """A refusal as headquarters words it."""
    return Answer(of.status, json.dumps(ErrorBody.about(of).to_json()).encode(), {"LE-Sync": "1", **headers})


@dataclass
class Faulty:
    """``answers``: asked with method, path and body before a call is passed on; None passes it on. ``calls``:
    every call, in order."""

    address: str
    answers: Callable[[str, str, bytes], Answer | None]
    calls: list[str] = field(default_factory=list)


@contextmanager
def faulty(folder: Path, session: Session, answers: Callable[[str, str, bytes], Answer | None] = lambda *_: None,
           ) -> Iterator[Faulty]:
    """Headquarters in ``folder`` runs, and answers as ``answers`` wants it."""
    key = session.device_key
    assert isinstance(key, SoftKey)
    upward = client_context(session.trust.root_pem(), tls_identity(key, chain=session.trust.intermediates))
    with (hq_process.running(folder, host=HOST) as port,
          httpx.Client(verify=upward, base_url=f"https://{HOST}:{port}", trust_env=False, timeout=60) as behind):
        made = Faulty("", answers)

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def _answer(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
                made.calls.append(f"{self.command} {self.path}")
                said = made.answers(self.command, self.path, body)
                if said is None:
                    kind = {"Content-Type": self.headers.get("Content-Type", "application/json")}
                    got = behind.request(self.command, self.path, content=body, headers=kind if body else {})
                    said = Answer(got.status_code, got.content, {"LE-Sync": got.headers.get("LE-Sync", "")})
                self.send_response(said.status)
                for name, value in {"Content-Length": str(len(said.body)), **said.headers}.items():
                    self.send_header(name, value)
                self.end_headers()
                with suppress(OSError):
                    self.wfile.write(said.body)

            def do_GET(self) -> None:
                self._answer()

            def do_PUT(self) -> None:
                self._answer()

            def do_POST(self) -> None:
                self._answer()

            def log_message(self, format: str, *args: Any) -> None:
                """Quiet."""

        server = http.server.ThreadingHTTPServer((HOST, 0), Handler)
        server.daemon_threads = True
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(folder / "keys" / "tls.crt", folder / "keys" / "tls.key")
        server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
        thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        made.address = f"https://{HOST}:{server.server_address[1]}"
        try:
            yield made
        finally:
            server.shutdown()
            server.server_close()
