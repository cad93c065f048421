"""HTTP/1.1 of the upload service: tells which certificate a client showed, and bounds what one may hold.

The server bounds neither a head that never ends nor one that never comes, nor what follows a body. Whoever
goes beyond is cut off without a word: no laptop does, and a close in good order would read on.
"""

import asyncio
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

TLS_EXTENSION = "le.client-certificate"
MAX_OF_ONE = 32
HEAD_SECONDS = 30.0
_MAX_HEAD = 64 << 10
_BODY_PER_FRAME_BYTE = 16  # of a body in chunks; a laptop's are of 64 KiB


class TlsProtocol(HttpToolsProtocol):
    """One connection. Whole requests and bodies are bounded by the application."""

    certificate: bytes | None = None
    _in_head = True
    _marks = 0
    _body = 0
    _beside = 0
    _late: asyncio.TimerHandle | None = None

    def connection_made(self, transport: Any) -> None:
        super().connection_made(transport)
        tls = transport.get_extra_info("ssl_object")
        certificate = tls.getpeercert(binary_form=True) if tls is not None else None
        if self._has_many(certificate):
            transport.abort()
            return
        self.certificate = certificate
        self._await_head()
        inner = self.app

        async def with_certificate(scope: Any, receive: Any, send: Any) -> None:
            scope.setdefault("extensions", {})[TLS_EXTENSION] = certificate
            await inner(scope, receive, send)

        self.app = with_certificate

    def _has_many(self, certificate: bytes | None) -> bool:
        """One laptop must leave room for the others."""
        of_one = [c for c in self.connections
                  if isinstance(c, TlsProtocol) and c is not self and c.certificate == certificate]
        return len(of_one) >= MAX_OF_ONE

    def connection_lost(self, exc: Exception | None) -> None:
        self._head_came()
        super().connection_lost(exc)

    def _await_head(self) -> None:
        if self._late is None:
            self._late = self.loop.call_later(HEAD_SECONDS, self.transport.abort)

    def _head_came(self) -> None:
        if self._late is not None:
            self._late.cancel()
            self._late = None

    def data_received(self, data: bytes) -> None:
        if self._in_head:
            self._await_head()
        marks, body = self._marks, self._body
        super().data_received(data)
        if self._marks == marks:
            # A head, or what stands between and behind the pieces of a body: the parser itself would
            # gather it without end.
            self._beside += len(data) - (self._body - body)
            if self._beside > _MAX_HEAD + self._body // _BODY_PER_FRAME_BYTE:
                self.transport.abort()

    def _mark(self, *, in_head: bool) -> None:
        self._in_head, self._marks = in_head, self._marks + 1
        self._beside = self._body = 0

    def on_headers_complete(self) -> None:
        self._mark(in_head=False)
        self._head_came()
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        self._body += len(body)
        super().on_body(body)

    def on_message_complete(self) -> None:
        super().on_message_complete()
        self._mark(in_head=True)
