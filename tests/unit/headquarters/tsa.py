"""A real time-stamping authority for tests: HTTP on loopback, answered by ``openssl ts -reply``.

Its key is RSA-3072 below a root of its own, as an outside authority's is.
"""

import subprocess
import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

_CONFIG = """
[tsa]
default_tsa = tsa_one
[tsa_one]
serial = {folder}/serial
crypto_device = builtin
signer_cert = {folder}/tsa.pem
certs = {folder}/root.pem
signer_key = {folder}/tsa.key
signer_digest = sha256
default_policy = 1.2.3.4.1
digests = sha256, sha384, sha512
accuracy = secs:1
ess_cert_id_chain = no
ess_cert_id_alg = sha256
[root]
basicConstraints = critical,CA:true
keyUsage = critical,keyCertSign,cRLSign
subjectKeyIdentifier = hash
[signer]
basicConstraints = critical,CA:false
keyUsage = critical,digitalSignature,nonRepudiation
extendedKeyUsage = critical,timeStamping
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid
[req]
distinguished_name = name
[name]
"""


def _openssl(folder: Path, *words: str, data: bytes | None = None) -> bytes:
    return subprocess.run(["openssl", *words], cwd=folder, input=data, check=True,
                          capture_output=True).stdout


def make_tsa(folder: Path) -> Path:
    """A root and a signing certificate in ``folder``; returns it."""
    folder.mkdir(parents=True)
    (folder / "tsa.cnf").write_text(_CONFIG.format(folder=folder))
    (folder / "serial").write_text("01\n")
    _openssl(folder, "req", "-x509", "-newkey", "rsa:3072", "-nodes", "-keyout", "root.key", "-out",
             "root.pem", "-days", "3650", "-subj", "/C=CN/O=Trusted Time/CN=Time Root", "-config",
             "tsa.cnf", "-extensions", "root")
    _openssl(folder, "req", "-newkey", "rsa:3072", "-nodes", "-keyout", "tsa.key", "-out", "tsa.csr",
             "-subj", "/C=CN/O=Trusted Time/CN=Time Stamp 1", "-config", "tsa.cnf")
    _openssl(folder, "x509", "-req", "-in", "tsa.csr", "-CA", "root.pem", "-CAkey", "root.key",
             "-set_serial", "4097", "-days", "1800", "-extfile", "tsa.cnf", "-extensions", "signer",
             "-out", "tsa.pem")
    return folder


@dataclass
class TimeAuthority:
    """The server; ``away`` makes it answer 503, ``asked`` counts requests."""

    folder: Path
    away: bool = False
    asked: int = 0
    answer: bytes | None = None
    _server: Any = None
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}/tsa"

    @property
    def root_pem(self) -> bytes:
        return (self.folder / "root.pem").read_bytes()

    def reply(self, query: bytes) -> bytes:
        """What this authority says to a query."""
        with self._lock:  # The serial's file.
            (self.folder / "query.tsq").write_bytes(query)
            _openssl(self.folder, "ts", "-reply", "-config", "tsa.cnf", "-section", "tsa_one",
                     "-queryfile", "query.tsq", "-out", "reply.tsr")
            return (self.folder / "reply.tsr").read_bytes()

    def __enter__(self) -> "TimeAuthority":
        authority = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                query = self.rfile.read(int(self.headers["Content-Length"]))
                authority.asked += 1
                if authority.away:
                    self.send_error(503)
                    return
                told = authority.answer if authority.answer is not None else authority.reply(query)
                self.send_response(200)
                self.send_header("Content-Type", "application/timestamp-reply")
                self.send_header("Content-Length", str(len(told)))
                self.end_headers()
                self.wfile.write(told)

            def log_message(self, format: str, *args: object) -> None:
                """Quiet."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._server.shutdown()
        self._server.server_close()
