"""Prints an issued paper: the sealed PDF's own bytes, through the system's print service."""

import subprocess

from field_app.actions.context import Session, refuse
from field_app.actions.fill_document import paper_files
from field_app.domain.case import PaperRecord

_TIMEOUT_S = 20
MAX_COPIES = 20


def printers() -> list[str]:
    """Names of the printers this machine knows, the default one first; empty without any."""
    names = [line.strip() for line in _run("lpstat", "-e").splitlines() if line.strip()]
    chosen = _run("lpstat", "-d").rpartition(":")[2].strip()
    return sorted(names, key=lambda n: n != chosen)


def _run(*command: str) -> str:
    """What a print tool says; empty when it is missing, slow or refuses."""
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=_TIMEOUT_S,
                              check=False)
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout if done.returncode == 0 else ""


def _speaks_pdf(printer: str) -> bool:
    """Whether the printer itself takes PDF (IPP ``document-format-supported``, RFC 8011 5.4.22).

    Then our bytes go to it as they are; otherwise the print service converts them.
    """
    address = _run("lpstat", "-v", printer).rpartition(": ")[2].strip()
    if not address.startswith(("ipp://", "ipps://")):
        return False
    told = _run("ipptool", "-tv", address, "get-printer-attributes.test")
    formats = [line for line in told.splitlines() if "document-format-supported" in line]
    return any("application/pdf" in line for line in formats)


def print_document(session: Session, paper: PaperRecord, printer: str, *, copies: int = 1) -> str:
    """Send the paper to ``printer``; returns the job's name. The log notes printer and copies."""
    if not 1 <= copies <= MAX_COPIES:
        raise refuse(f"份数应在1到{MAX_COPIES}之间。", "请改正份数后再打印。", code="print.copies")
    pdf, _docx = paper_files(session, paper, why="opened_to_print")
    try:
        # By standard input: the paper never lies on our disk in plain.
        done = subprocess.run(
            ["lp", "-d", printer, "-n", str(copies), "-t", paper.number or paper.title,
             *(["-o", "raw"] if _speaks_pdf(printer) else []), "--", "-"],
            input=pdf, capture_output=True, timeout=_TIMEOUT_S, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise refuse("打印服务没有应答。", "请检查打印机是否开机，再打印一次；文书已定稿，不会丢失。",
                     code="print.away") from error
    if done.returncode != 0:
        raise refuse(f"打印机“{printer}”没有接收。", "请检查打印机和纸张，再打印一次；文书已定稿，不会丢失。",
                     code="print.refused")
    job = done.stdout.decode("utf-8", "replace").strip()
    with session.begin() as tx:
        session.note(tx, "paper_printed", case=paper.case, body={
            "paper": paper.id, "pdf_sha256": paper.pdf_sha256, "copies": copies,
            "printer": printer})
    return job
