"""Logs by allow-list: only fields named here reach a log file, so no name or key leaks.

Callers pass facts as keyword arguments; a value whose key is not on the list is dropped and
replaced by its type. Free text of exceptions is dropped too: a traceback keeps file, line and
exception class only, since messages may quote what officers typed.
"""

import json
import logging
import re
import secrets
import sys
import traceback
from collections.abc import Mapping
from datetime import UTC, datetime
from logging.handlers import RotatingFileHandler
from pathlib import Path

_ALLOWED = frozenset({
    "number", "verb", "step_kind", "form", "version", "count", "bytes", "seconds", "state",
    "exception", "where", "device", "package", "revision", "status", "part", "http",
    "frames", "dropped", "segment", "code", "pages",
})
_LOGGER = logging.getLogger("field_app")


class _JsonLine(logging.Formatter):
    """One JSON object a line, for machines that gather logs."""

    def format(self, record: logging.LogRecord) -> str:
        event, facts = record.args if isinstance(record.args, tuple) else ("", "{}")
        at = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        # The facts are JSON already (see _safe); they only move in.
        head = json.dumps({"at": at, "level": record.levelname, "event": event}, ensure_ascii=False)
        return head if facts == "{}" else f"{head[:-1]}, {str(facts)[1:]}"


def start(folder: Path | None, *, verbose: bool = False, as_json: bool = False) -> None:
    """Send log lines to ``folder``/desk.log (five files of 1 MiB) or, without one, to stderr.

    ``as_json``: each line is one JSON object, and without a folder notes are told too.
    """
    for before in _LOGGER.handlers[:]:
        _LOGGER.removeHandler(before)
        before.close()
    _LOGGER.setLevel(logging.DEBUG if verbose else logging.INFO)
    _LOGGER.propagate = False
    handler: logging.Handler
    if folder is None:
        handler = logging.StreamHandler(sys.stderr)
        handler.setLevel(logging.INFO if as_json else logging.WARNING)
    else:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        handler = RotatingFileHandler(
            folder / "desk.log", maxBytes=1 << 20, backupCount=4, encoding="utf-8")
    handler.setFormatter(_JsonLine() if as_json else
                         logging.Formatter("%(asctime)s %(levelname)s %(message)s"))
    _LOGGER.addHandler(handler)


def _safe(facts: Mapping[str, object]) -> str:
    kept = {
        key: (value if key in _ALLOWED and isinstance(value, int | float | str | bool | None)
              else f"<{type(value).__name__}>")
        for key, value in facts.items()
    }
    return json.dumps(kept, ensure_ascii=False, sort_keys=True)


_LINE = re.compile(
    rb"[0-9-]{10} [0-9:,]{12} (DEBUG|INFO|WARNING|ERROR|CRITICAL) [ -z|~]{1,80} (\{.*\})")
_TYPE = re.compile(r"<[A-Za-z_][A-Za-z0-9_]*>")


def is_allowed(line: bytes) -> bool:
    """Whether a line of a log file is one that this module writes: nothing beyond the list."""
    found = _LINE.fullmatch(line)
    if not found:
        return False
    try:
        facts = json.loads(found[2])
    except ValueError:
        return False
    return isinstance(facts, dict) and all(
        isinstance(value, int | float | str | bool | None)
        and (key in _ALLOWED or (isinstance(value, str) and _TYPE.fullmatch(value) is not None))
        for key, value in facts.items())


def note(event: str, **facts: object) -> None:
    """Log that ``event`` (a fixed English phrase) happened, with allowed facts."""
    _LOGGER.info("%s %s", event, _safe(facts))


def warn(event: str, **facts: object) -> None:
    """Log an expected failure."""
    _LOGGER.warning("%s %s", event, _safe(facts))


def defect(error: BaseException) -> str:
    """Log a defect without its message; return the number officers can report."""
    number = secrets.token_hex(4)
    frames = traceback.extract_tb(error.__traceback__)
    where = " < ".join(
        f"{Path(frame.filename).name}:{frame.lineno}" for frame in reversed(frames[-12:]))
    _LOGGER.error("%s %s", "defect", _safe(
        {"number": number, "exception": type(error).__name__, "where": where}))
    return number
