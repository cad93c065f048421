"""Runs headquarters: the upload service here, the worker as a process of its own."""

import contextlib
import signal
import ssl
import subprocess
import sys
import threading
from pathlib import Path

import uvicorn
from starlette.types import ASGIApp

from field_app import logs
from field_app.headquarters.admission import FreshTrust, Gate
from field_app.headquarters.contacts import Contacts
from field_app.headquarters.depot import open_depot
from field_app.headquarters.exclusive import clear_staged_parts
from field_app.headquarters.folder import HqFolder
from field_app.headquarters.operations import Operations, Pulse
from field_app.headquarters.pieces import Pieces
from field_app.headquarters.service import Desk, make_service
from field_app.headquarters.serving import ReadyServer, ignore, listen, start_logs
from field_app.headquarters.store import open_store
from field_app.headquarters.tls_protocol import TlsProtocol
from field_app.headquarters.worker import hand_down_bundle
from field_app.memory import keep_freed

_BACKLOG = 256
_MAX_CONCURRENT = 200
_MAX_FILES = 1 << 16
_STOP_SECONDS = 20
_RESTART_SECONDS = 1.0
_NO_CHECK_TIME = 0x200000  # X509_V_FLAG_NO_CHECK_TIME of OpenSSL; ssl has no name for it.


class WorkerProcess:
    """Keeps one worker running; it ends with its pipe, whatever happens to this process."""

    def __init__(self, folder: HqFolder) -> None:
        self._folder = folder
        self._stopping = threading.Event()
        self._process = self._start()
        self._watch = threading.Thread(target=self._keep_running, daemon=True)
        self._watch.start()

    def _start(self) -> "subprocess.Popen[bytes]":
        return subprocess.Popen(
            [sys.executable, "-m", "field_app.headquarters.worker", str(self._folder.root)],
            stdin=subprocess.PIPE, start_new_session=True)  # Ctrl+C stops it through the pipe.

    def _keep_running(self) -> None:
        while not self._stopping.is_set():
            self._process.wait()
            if not self._stopping.wait(_RESTART_SECONDS):
                logs.warn("worker ended; starting again")
                self._process = self._start()

    def notify(self) -> None:
        """Say that there may be work; never waits, never fails."""
        pipe = self._process.stdin
        if pipe is not None:
            with contextlib.suppress(OSError, ValueError):
                pipe.write(b"!")
                pipe.flush()

    def stop(self) -> None:
        """End the worker after the revision it is at."""
        self._stopping.set()
        if self._process.stdin is not None:
            with contextlib.suppress(OSError):
                self._process.stdin.close()
        try:
            self._process.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


def _allow_many_files() -> None:
    """As many as the system lets us: a socket that never comes to TLS is a file too, and most systems begin
    a process with 1024 of them."""
    if sys.platform != "win32":
        import resource

        _soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        most = _MAX_FILES if hard == resource.RLIM_INFINITY else min(hard, _MAX_FILES)
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))


def _tls_context(folder: HqFolder, authorities: str) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    context.verify_mode = ssl.CERT_REQUIRED
    # An expired device passes the handshake so that it can be told why it is refused: asyncio
    # drops a failed handshake without its alert. The gate judges validity, again every few seconds.
    context.verify_flags |= _NO_CHECK_TIME
    context.load_cert_chain(folder.keys / "tls.crt", folder.keys / "tls.key")
    context.load_verify_locations(cadata=authorities)
    return context


def _config(folder: HqFolder, app: ASGIApp, authorities: str) -> uvicorn.Config:
    return uvicorn.Config(
        app, http=TlsProtocol, ws="none", lifespan="off", log_config=None, access_log=False,
        server_header=False, proxy_headers=False, limit_concurrency=_MAX_CONCURRENT, timeout_keep_alive=30,
        timeout_graceful_shutdown=10, backlog=_BACKLOG,
        ssl_context_factory=lambda _config, _default: _tls_context(folder, authorities))


def serve(root: Path, host: str, port: int, operations: tuple[str, int] | None = None) -> None:
    """Serve until SIGTERM or SIGINT; ``port`` 0 takes a free one.

    Prints ``READY HOST PORT`` once it listens. ``operations``: where health and metrics are told.
    With tables that processes share no worker is started: those run by themselves.

    Raises :class:`field_app.headquarters.folder.NoNationalTls`,
    :class:`field_app.headquarters.folder.HeadquartersIncomplete`,
    :class:`field_app.credentials.trust.TrustRefused`,
    :class:`field_app.headquarters.away.StoreAway`,
    :class:`field_app.headquarters.config.ConfigMalformed`, ``OSError`` (address in use).
    """
    folder = HqFolder(root)
    folder.check_tls()
    keep_freed()
    _allow_many_files()
    start_logs(folder, "service")
    trust = FreshTrust(folder)
    with contextlib.ExitStack() as ending:
        store = open_store(folder)
        ending.callback(store.close)
        depot = open_depot(folder)
        ending.callback(depot.close)
        if not store.shared:
            clear_staged_parts(folder)
        hand_down_bundle(folder, store)
        listener = listen(host, port)
        ending.callback(listener.close)
        pulse = Pulse(store, depot)
        if operations is not None:
            ending.callback(Operations(pulse, *operations).close)
        # The server raises a caught signal again when it is done; that must not end us half-way.
        for name in (signal.SIGTERM, signal.SIGINT):
            signal.signal(name, ignore)
        notify = _no_worker
        if not store.shared:
            worker = WorkerProcess(folder)
            ending.callback(worker.stop)
            notify = worker.notify
        notify()
        desk = Desk(depot, store, trust, Gate(trust), notify, Contacts(store), pulse,
                    Pieces(depot, store),
                    folder.time_signer())
        config = _config(folder, make_service(desk), trust.now().authorities_pem().decode())
        ready = f"READY {host} {listener.getsockname()[1]}"
        ReadyServer(config, ready).run(sockets=[listener])


def _no_worker() -> None:
    """Workers that share our tables look by themselves."""
