"""Reads laptops' PDFs in a process of its own, which may be ended: a page of bytes can keep a reader for ever.

A form whose fields name each other forty times over is a kilobyte and has more fields than anybody counts.
"""

import json
import multiprocessing
import sys
from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime
from multiprocessing.connection import Connection
from types import TracebackType
from typing import Any

from field_app.credentials.cms import certificate_der, load_certificate
from field_app.credentials.key_places import Certificate
from field_app.credentials.pdf_signatures import pdf_signatures
from field_app.errors import FieldAppError
from field_app.memory import forbid_core_dumps

SECONDS = 120.0  # for one file; ours take one or two
_PROCESSOR_SECONDS, _MEMORY = 3600, 3 << 30  # for a process; it ends by itself when nobody is left to end it


class PdfUnread(FieldAppError):
    """A PDF is none, holds a signature that does not hold, or was not read in time."""


class PdfJudge:
    """One reader for several files; started with the first of them."""

    def __init__(self, root: Certificate, authorities: Sequence[Certificate]) -> None:
        self._ders = [certificate_der(certificate) for certificate in (root, *authorities)]
        self._line: Any = None
        self._process: Any = None

    def __enter__(self) -> "PdfJudge":
        return self

    def __exit__(self, _kind: type[BaseException] | None, _error: BaseException | None,
                 _trace: TracebackType | None) -> None:
        self._end()

    def _begin(self) -> None:
        context = multiprocessing.get_context("spawn")
        self._line, theirs = context.Pipe()
        self._process = context.Process(target=_read_all, args=(theirs, self._ders), daemon=True)
        self._process.start()
        theirs.close()

    def _end(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.join()
            self._line.close()
            self._process = None

    def signed_at(self, pdf: bytes) -> tuple[datetime | None, ...]:
        """When each signature of the file was made, as its signer's clock said. :class:`PdfUnread`."""
        if self._process is None:
            self._begin()
        try:
            self._line.send_bytes(pdf)
            told = self._line.recv_bytes() if self._line.poll(SECONDS) else None
        except (EOFError, OSError):
            told = None  # It ran into its own limits.
        if told is None:
            self._end()
            raise PdfUnread("in time")
        answer = json.loads(told)
        if isinstance(answer, str):
            raise PdfUnread(answer)
        return tuple(datetime.fromisoformat(at) if at else None for at in answer)


def _bound() -> None:
    forbid_core_dumps()
    if sys.platform != "win32":
        import resource

        for kind, most in ((resource.RLIMIT_CPU, _PROCESSOR_SECONDS), (resource.RLIMIT_AS, _MEMORY)):
            with suppress(ValueError):  # Where the system allows less already.
                resource.setrlimit(kind, (most, most))


def _read_all(line: Connection, ders: list[bytes]) -> None:
    _bound()
    root, *authorities = map(load_certificate, ders)
    with suppress(EOFError):
        while True:
            line.send_bytes(json.dumps(_read(line.recv_bytes(), root, authorities)).encode())


def _read(pdf: bytes, root: Certificate,
          authorities: list[Certificate]) -> str | list[str | None]:
    try:
        found = pdf_signatures(pdf, root, authorities)
    except Exception as error:
        return type(error).__name__  # Whatever it is about this file; its words might be the file's.
    return [one.at.isoformat() if one.at is not None else None for one in found]
