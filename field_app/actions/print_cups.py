"""Printing on Linux: the CUPS tools send and cancel, ipptool tells how jobs and printers stand."""

import os
import plistlib
import re
import subprocess
import tempfile
from typing import Any
from urllib.parse import quote
from xml.parsers.expat import ExpatError

from field_app.actions.printing import (
    JobState,
    PrinterRefused,
    PrinterState,
    PrintServiceAway,
    Stage,
    Trouble,
)
from field_app.paths import RESOURCES

_TESTS = RESOURCES / "printing"
_TIMEOUT_S, _ANSWER_S = 20, "3"
_MAX_ANSWER, _MAX_VALUES, _MAX_WORD = 512 << 10, 100, 200
_JOB = re.compile(r"\S*-(\d{1,9})")
_REASONS = {
    "media-empty": Trouble.PAPER_OUT, "media-needed": Trouble.PAPER_OUT,
    "cover-open": Trouble.COVER_OPEN, "door-open": Trouble.COVER_OPEN,
    "interlock-open": Trouble.COVER_OPEN, "input-tray-missing": Trouble.COVER_OPEN,
    "media-jam": Trouble.JAM, "marker-supply-empty": Trouble.INK_OUT,
    "toner-empty": Trouble.INK_OUT, "developer-empty": Trouble.INK_OUT,
    "offline": Trouble.AWAY, "timed-out": Trouble.AWAY, "shutdown": Trouble.AWAY,
    "paused": Trouble.STOPPED, "moving-to-paused": Trouble.STOPPED,
    "connecting-to-device": Trouble.CONNECTING}
_ORDER = tuple(Trouble)
_STOPPED = 5
# RFC 8011 5.3.7; a job that the printer's side stopped (6) is kept and waits.
_STAGES = {3: Stage.WAITING, 4: Stage.WAITING, 5: Stage.PRINTING, 6: Stage.WAITING,
           7: Stage.CANCELLED, 8: Stage.FAILED, 9: Stage.PRINTED}
_HELD_STAGES = (4, 6)


class CupsPrinting:
    """The print service of Debian, 麒麟 and 统信. Without ipptool jobs are only handed over."""

    def printers(self) -> list[str]:
        """See :class:`field_app.actions.printing.Printing`."""
        names = [line.strip() for line in (_run("lpstat", "-e") or "").splitlines()]
        chosen = (_run("lpstat", "-d") or "").rpartition(":")[2].strip()
        return sorted(filter(None, names[:_MAX_VALUES]), key=lambda n: n != chosen)

    def answers(self) -> bool:
        """See :class:`field_app.actions.printing.Printing`."""
        return "scheduler is running" in (_run("lpstat", "-r") or "")

    def state(self, printer: str) -> PrinterState:
        """Asks the printer itself where it speaks IPP: the queue's word may be stale."""
        queue = _ask(_queue(printer), "printer.test")
        if queue is None:
            return PrinterState()  # Found on the network, not yet set up: sending sets it up.
        device = _device(queue)
        own = _ask(device, "printer.test") if device else queue
        trouble = Trouble.AWAY if own is None else _trouble(own)
        if trouble is None and queue.get("printer-state") == _STOPPED:
            trouble = Trouble.STOPPED
        return PrinterState(
            trouble=trouble, accepting=queue.get("printer-is-accepting-jobs") is not False,
            papers=tuple(_words(own or queue, "media-ready")))

    def send(self, pdf: bytes, *, printer: str, copies: int, title: str) -> str:
        """By standard input: the paper never lies on our disk in plain."""
        queue = _ask(_queue(printer), "printer.test") or {}
        device = _device(queue)
        formats = _words(_ask(device, "printer.test") or {}, "document-format-supported") \
            if device else []
        # A printer that takes PDF itself gets our bytes as they are (RFC 8011 5.4.22).
        raw = ["-o", "raw"] if "application/pdf" in formats else []
        try:
            done = subprocess.run(
                ["lp", "-d", printer, "-n", str(copies), "-t", title, *raw,
                 "-o", "media=iso_a4_210x297mm", "-o", "print-scaling=none", "--", "-"],
                input=pdf, capture_output=True, timeout=_TIMEOUT_S, check=False)
        except (OSError, subprocess.TimeoutExpired) as error:
            raise PrintServiceAway("lp") from error
        told = _JOB.search(done.stdout.decode("utf-8", "replace")[:_MAX_WORD * 2])
        if done.returncode != 0:
            raise PrinterRefused(done.stderr.decode("utf-8", "replace")[:_MAX_WORD])
        return told[0] if told else ""

    def job(self, printer: str, job: str) -> JobState:
        """Its stage from the print service, what is in its way from the printer."""
        number = _JOB.fullmatch(job)
        told = _ask(_queue(printer), "job.test", job=number[1]) if number else None
        if told is None:
            return JobState(Stage.HANDED_OVER)
        stage = _STAGES.get(told.get("job-state", 0), Stage.HANDED_OVER)
        pages = told.get("job-impressions-completed")
        printed = pages if isinstance(pages, int) else 0
        if stage.final:
            return JobState(stage, None, printed)
        trouble = self.state(printer).trouble
        if trouble is None and told.get("job-state") in _HELD_STAGES:
            trouble = Trouble.STOPPED
        return JobState(stage, trouble, printed)

    def cancel(self, printer: str, job: str) -> None:
        """See :class:`field_app.actions.printing.Printing`."""
        if not _JOB.fullmatch(job) or _run("cancel", job) is None:
            raise PrinterRefused(printer)


def _run(*command: str) -> str | None:
    """What a print tool says; None when it is missing, slow, refuses or says too much."""
    with tempfile.TemporaryFile() as answer:
        try:
            # In English words, whatever the desktop speaks: the default printer is read from a sentence.
            done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=answer, stderr=subprocess.DEVNULL,
                                  timeout=_TIMEOUT_S, check=False, env={**os.environ, "LC_ALL": "C.UTF-8"})
        except (OSError, subprocess.TimeoutExpired):
            return None
        answer.seek(0)
        told = answer.read(_MAX_ANSWER + 1)
    if done.returncode != 0 or len(told) > _MAX_ANSWER:
        return None
    return told.decode("utf-8", "replace")


def _queue(printer: str) -> str:
    """The address of a printer at the print service."""
    host = (_run("lpstat", "-H") or "").strip()
    if not host or host.startswith("/"):  # A local socket, which ipptool cannot name.
        host = "localhost"
    return f"ipp://{host}/printers/{quote(printer, safe='')}"


def _device(queue: dict[str, Any]) -> str:
    """The printer's own address where ipptool can ask it."""
    address = queue.get("device-uri")
    speaks = isinstance(address, str) and address.startswith(("ipp://", "ipps://"))
    return str(address) if speaks else ""


def _ask(address: str, test: str, **values: str) -> dict[str, Any] | None:
    """The attributes in answer to one of our requests; None without a good answer in time."""
    told = _run("ipptool", "-T", _ANSWER_S, "-X", *(
        word for name, value in values.items() for word in ("-d", f"{name}={value}")),
        address, str(_TESTS / test))
    return read_answer(told.encode()) if told is not None else None


def read_answer(data: bytes) -> dict[str, Any] | None:
    """The attributes of ipptool's property list; None when it is none or tells a failure."""
    try:
        raw = plistlib.loads(data, fmt=plistlib.FMT_XML)
        (test,) = raw["Tests"]
        if test["Successful"] is not True:
            return None
        return {str(k): v for group in test["ResponseAttributes"] for k, v in group.items()}
    except (ExpatError, ValueError, KeyError, TypeError, AttributeError, IndexError,
            OverflowError):
        return None


def _words(told: dict[str, Any], name: str) -> list[str]:
    """The keywords of an attribute, however many there are."""
    value = told.get(name)
    values = value if isinstance(value, list) else [value]
    return [v for v in values[:_MAX_VALUES] if isinstance(v, str) and len(v) <= _MAX_WORD]


def _trouble(told: dict[str, Any]) -> Trouble | None:
    """The gravest of a printer's reasons (RFC 8011 5.4.12); warnings of a low supply are none."""
    found = set()
    for reason in _words(told, "printer-state-reasons"):
        word, _, grade = reason.rpartition("-")
        known = _REASONS.get(word if grade in ("error", "warning", "report") else reason)
        if known is not None:
            found.add(known)
        elif grade == "error":
            found.add(Trouble.OTHER)
    if told.get("printer-state") == _STOPPED:
        found.add(Trouble.STOPPED)
    return min(found, key=_ORDER.index, default=None)
