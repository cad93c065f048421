"""Runs the console: a process of its own that holds the opening key and takes nothing in."""

import signal
import ssl
from pathlib import Path

import uvicorn

from field_app.credentials.profile import subject_name
from field_app.headquarters.admission import FreshTrust
from field_app.headquarters.console.app import make_console
from field_app.headquarters.console.contents import Contents
from field_app.headquarters.console.patience import PatientProtocol
from field_app.headquarters.console.web import Console
from field_app.headquarters.depot import open_depot
from field_app.headquarters.folder import HqFolder
from field_app.headquarters.serving import ReadyServer, ignore, listen, start_logs
from field_app.headquarters.store import open_store

# A browser keeps six connections open, and a film one for as long as it plays.
_MAX_CONCURRENT = 400


def _tls_context(folder: HqFolder) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.load_cert_chain(folder.keys / "tls.crt", folder.keys / "tls.key")
    return context


def serve_console(root: Path, host: str, port: int) -> None:
    """Serve pages until SIGTERM or SIGINT; prints ``READY HOST PORT`` once it listens.

    Browsers trust the district's root, which is installed on the machines of those who read. Raises
    :class:`field_app.headquarters.folder.HeadquartersIncomplete`, ``NoNationalTls``, ``OSError`` (address in use).
    """
    folder = HqFolder(root)
    folder.check_tls()
    start_logs(folder, "console")
    store = open_store(folder)
    depot = open_depot(folder)
    console = Console(store, Contents(depot, folder.identity(), FreshTrust(folder).now),
                      subject_name(folder.signer().certificate))
    listener = listen(host, port)
    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, ignore)
    config = uvicorn.Config(
        make_console(console), http=PatientProtocol, ws="none", lifespan="off", log_config=None,
        access_log=False, server_header=False, limit_concurrency=_MAX_CONCURRENT,
        timeout_graceful_shutdown=5, ssl_context_factory=lambda _config, _default: _tls_context(folder))
    try:
        address = listener.getsockname()
        ReadyServer(config, f"READY {address[0]} {address[1]}").run(sockets=[listener])
    finally:
        listener.close()
        store.close()
        depot.close()
