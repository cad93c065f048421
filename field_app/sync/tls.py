"""The laptop's side of mutual TLS 1.3.

Python's TLS reads keys from files only, and no key of ours may lie on a disk in plain. So the
key arrives encrypted under a random one-time password that lives in memory alone
(:class:`field_app.credentials.cms.TlsIdentity`); that encrypted form is put into a private
folder for the moment of loading and removed. Whoever finds it has nothing.
"""

import ssl
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from field_app.credentials.pem_keys import TlsIdentity

_Got = TypeVar("_Got")

# Seconds: how soon a wait notices that nobody wants it any more; how long an answer may take at all, and one
# more for each so many bytes of it.
_LOOK_EVERY, _ANSWER, _BYTES_A_SECOND = 0.2, 300.0, 1000


def _connection(cancelled: Callable[[], bool]) -> type[ssl.SSLSocket]:
    """A kind of connection whose waits end when ``cancelled``, and whose answers cannot drip for ever."""

    class Connection(ssl.SSLSocket):
        """Sends all it is given: the library above cuts off what one record of TLS (16 KiB) took and
        copies the rest each time, 64 times over for a part."""

        _answered_by = 0.0

        @contextmanager
        def _looking(self) -> Iterator[Callable[[Callable[[], _Got]], _Got]]:
            """What does a step of work, and begins it anew where it only waited; ``TimeoutError`` once the
            connection's own time is over or nobody wants it any more."""
            most = self.gettimeout()

            def patiently(step: Callable[[], _Got]) -> _Got:
                ends = 0.0
                while True:
                    if cancelled():
                        raise TimeoutError("no longer wanted")
                    try:
                        return step()
                    except TimeoutError:
                        ends = ends or time.monotonic() + (most or 0.0) - _LOOK_EVERY
                        if time.monotonic() >= ends:
                            raise

            self.settimeout(min(_LOOK_EVERY, most) if most else most)
            try:
                yield patiently
            finally:
                self.settimeout(most)

        def send(self, data: Any, flags: int = 0) -> int:
            self._answered_by = 0.0
            with memoryview(data) as view, view.cast("B") as octets, self._looking() as patiently:
                sent = 0
                while sent < len(octets):
                    sent += patiently(partial(super().send, octets[sent:], flags))
                return sent

        def recv(self, buflen: int = 1024, flags: int = 0) -> bytes:
            now = time.monotonic()
            self._answered_by = self._answered_by or now + _ANSWER
            if now > self._answered_by:
                raise TimeoutError("the answer takes too long")
            with self._looking() as patiently:
                got = patiently(partial(super().recv, buflen, flags))
            self._answered_by += len(got) / _BYTES_A_SECOND
            return got

    return Connection


_ENCRYPTED = b"-----BEGIN ENCRYPTED PRIVATE KEY-----"


def client_context(authorities_pem: bytes, identity: TlsIdentity, *,
                   cancelled: Callable[[], bool] = lambda: False) -> ssl.SSLContext:
    """Trusts only ``authorities_pem``, checks the host name, shows the device certificate.

    ``cancelled``: asked from any thread; once it says so, what waits for the other end fails.
    """
    if _ENCRYPTED not in identity.encrypted_key_pem:
        raise ValueError("the device key must be encrypted")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.sslsocket_class = _connection(cancelled)
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    context.load_verify_locations(cadata=authorities_pem.decode("ascii"))
    with tempfile.TemporaryDirectory(prefix="field-desk-tls-") as name:
        chain, key = Path(name) / "chain.pem", Path(name) / "key.pem"
        chain.write_bytes(identity.chain_pem)
        key.write_bytes(identity.encrypted_key_pem)
        context.load_cert_chain(chain, key, password=identity.password)
    return context
