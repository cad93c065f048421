"""Ends connections that ask for nothing: anybody in the building may open them, and each takes a place."""

import asyncio
from typing import cast

from uvicorn.protocols.http.h11_impl import H11Protocol, RequestResponseCycle

QUIET_SECONDS = 10.0


class PatientProtocol(H11Protocol):
    """uvicorn's, which by itself waits for ever for a first request and for the rest of one begun."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._look(self._answered())

    def _answered(self) -> "RequestResponseCycle | None":
        return cast("RequestResponseCycle | None", self.cycle)

    def _look(self, before: "RequestResponseCycle | None") -> None:
        if self.transport.is_closing():
            return
        cycle = self._answered()
        waits = cycle is None or cycle.response_complete
        if waits and cycle is before and self._looked:
            self.transport.abort()
            return
        self._looked = True
        self.loop.call_later(QUIET_SECONDS, self._look, cycle)

    _looked = False
