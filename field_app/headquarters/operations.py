"""For those who run headquarters: whether it lives, whether it is ready, and what it counts.

Served in plain HTTP on an address of its own, this machine's by default; nothing there is secret and
nothing tells of a case.
"""

import json
import shutil
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field

import uvicorn
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from field_app.headquarters.depot import Depot
from field_app.headquarters.meters import exposition
from field_app.headquarters.serving import listen
from field_app.headquarters.store import HqStore

RESERVE = 64 << 20
_LOOK_EVERY_S = 1.0
_NOWHERE = "health/none"


@dataclass
class Pulse:
    """Looks whether what this process needs answers, once a second at most.

    ``fault``: names what else is wrong, empty when nothing is.
    """

    store: HqStore
    depot: Depot
    fault: Callable[[], str] = lambda: ""
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _seen: tuple[float, dict[str, str]] = (float("-inf"), {})

    def state(self) -> dict[str, str]:
        """``ok``, ``away`` or ``full`` for ``tables``, ``bytes``; ``keys`` where they lack."""
        with self._lock:
            at, seen = self._seen
            if time.monotonic() - at >= _LOOK_EVERY_S:
                seen = self._look()
                self._seen = (time.monotonic(), seen)
            return seen

    def _look(self) -> dict[str, str]:
        found = {"tables": self._tables(), "bytes": self._bytes()}
        fault = self.fault()
        return found | ({fault: "missing"} if fault else {})

    def _tables(self) -> str:
        try:
            with self.store.read() as connection:
                connection.exec_driver_sql("SELECT 1")
        except OSError:
            return "away"
        return "ok"

    def _bytes(self) -> str:
        try:
            self.depot.bytes.size(_NOWHERE)
            return "ok" if shutil.disk_usage(self.depot.staging).free >= RESERVE else "full"
        except OSError:
            return "away"


def health(state: dict[str, str]) -> Response:
    """``ready`` when all parts are in order, with 503 otherwise; that there is an answer is life."""
    ready = all(value == "ok" for value in state.values())
    body = {"live": True, "ready": ready, "parts": state}
    return Response(json.dumps(body), 200 if ready else 503, media_type="application/json",
                    headers={"Cache-Control": "no-store", **({} if ready else {"Retry-After": "5"})})


def make_operations(pulse: Pulse) -> Starlette:
    """``/v1/health``, ``/v1/health/live`` and ``/metrics``."""

    async def ready(_request: Request) -> Response:
        return health(await run_in_threadpool(pulse.state))

    async def live(_request: Request) -> Response:
        return Response('{"live": true}', media_type="application/json")

    async def metrics(_request: Request) -> Response:
        return Response(await run_in_threadpool(exposition, pulse.store),
                        media_type="text/plain; version=0.0.4")

    return Starlette(routes=[Route("/v1/health", ready), Route("/v1/health/live", live),
                             Route("/metrics", metrics)])


class Operations:
    """Serves them in a thread of its own; prints ``OPERATIONS HOST PORT``. ``OSError``."""

    def __init__(self, pulse: Pulse, host: str, port: int) -> None:
        self._listener = listen(host, port)
        config = uvicorn.Config(
            make_operations(pulse), http="h11", ws="none", lifespan="off", log_config=None,
            access_log=False, server_header=False, limit_concurrency=20,
            timeout_graceful_shutdown=1)
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(
            target=self._server.run, kwargs={"sockets": [self._listener]}, daemon=True)
        self._thread.start()
        print(f"OPERATIONS {host} {self._listener.getsockname()[1]}", flush=True)  # noqa: T201

    def close(self) -> None:
        self._server.should_exit = True
        self._thread.join(5)
        self._listener.close()
