"""Prints issued papers, blank forms and the test page, and follows each until it is on paper."""

from dataclasses import dataclass, field
from io import BytesIO

from field_app.actions.blank_forms import blank_pdf
from field_app.actions.context import Session, refuse
from field_app.actions.fill_document import form_of, paper_files
from field_app.actions.print_profiles import load_profiles, moved_pages, remember_printer
from field_app.actions.print_test_page import test_page
from field_app.actions.printing import (
    JobState,
    PrinterRefused,
    Printing,
    PrintServiceAway,
    Stage,
)
from field_app.crypto.hashing import sha256_hex
from field_app.domain.case import PaperRecord, PaperState
from field_app.domain.ids import new_id

MAX_COPIES = 20
STARTED, ENDED = "print_started", "print_ended"
REFUSED, LEFT = "refused", "left_in_queue"


@dataclass(frozen=True)
class PrintItem:
    """One thing to print. ``paper`` for an issued paper, ``form`` for a blank one, none of them
    for the test page; ``copies`` as the form has them, ``holders`` says who gets them; ``page``: this one
    alone, from 1, 0 for all."""

    title: str
    copies: int = 1
    holders: str = ""
    paper: PaperRecord | None = None
    form: str = ""
    page: int = 0

    @property
    def kind(self) -> str:
        return "paper" if self.paper is not None else "blank" if self.form else "test_page"


@dataclass(frozen=True)
class PrintJob:
    """An item at the print service; ``id`` names it in the log, ``job`` at the service."""

    id: str
    item: PrintItem
    printer: str
    copies: int
    job: str = field(default="")


def paper_item(paper: PaperRecord) -> PrintItem:
    """An issued paper with its form's copies; refused for drafts and void papers."""
    if paper.state is PaperState.VOID:
        raise refuse(f"{paper.number}已经作废，不能打印。", "请重新制作一份，定稿后打印。", code="print.void")
    if paper.state is not PaperState.ISSUED:
        raise refuse(f"《{paper.title}》还没有定稿。", "请先定稿再打印。", code="paper.draft")
    copies = form_of(paper.form, paper.form_version).copies
    return PrintItem(
        title=paper.title, copies=min(sum(c.count for c in copies), MAX_COPIES), paper=paper,
        holders="，".join(f"{c.count}份{c.holder}" for c in copies))


def start_print(session: Session, printing: Printing, item: PrintItem, *, printer: str,
                copies: int) -> PrintJob:
    """Hand one item to a printer, moved by the printer's offset.

    The log notes it before anything leaves, and what came of it; ``UserError`` when it was not
    taken. Follow the job with :func:`follow_print`.
    """
    if not 1 <= copies <= MAX_COPIES:
        raise refuse(f"份数应在1到{MAX_COPIES}之间。", "请改正份数后再打印。", code="print.copies")
    profile = load_profiles(session.context).of(printer)
    pdf = _pdf(session, item, printer)
    sent = moved_pages(_only(pdf, item.page), profile)
    job = PrintJob(new_id(), item, printer, copies)
    paper = item.paper
    with session.begin() as tx:
        session.note(tx, STARTED, case=paper.case if paper is not None else "", body={
            "print": job.id, "kind": item.kind, "title": item.title,
            "paper": paper.id if paper is not None else "", "form": item.form,
            "number": paper.number if paper is not None else "",
            "pdf_sha256": sha256_hex(pdf), "sent_sha256": sha256_hex(sent),
            "offset_um": [profile.right_um, profile.down_um], "copies": copies,
            "printer": printer, **({"page": item.page} if item.page else {})})
    try:
        name = printing.send(sent, printer=printer, copies=copies,
                             title=(paper.number if paper is not None else "") or item.title)
    except (PrinterRefused, PrintServiceAway) as error:
        _note_end(session, job, REFUSED)
        if isinstance(error, PrintServiceAway):
            raise refuse("打印服务没有应答。", "请检查打印机是否开机，再打印一次；文书已定稿，不会丢失。",
                         code="print.away") from error
        raise refuse(f"打印机“{printer}”没有接收。", "请检查打印机和纸张，再打印一次；文书已定稿，不会丢失。",
                     code="print.refused") from error
    remember_printer(session.context, printer)
    return PrintJob(job.id, item, printer, copies, name)


def _pdf(session: Session, item: PrintItem, printer: str) -> bytes:
    if item.paper is not None:
        paper_item(item.paper)
        return paper_files(session, item.paper, why="opened_to_print")[0]
    if item.form:
        return blank_pdf(session, item.form)
    return test_page(printer, load_profiles(session.context).of(printer))


def _only(pdf: bytes, page: int) -> bytes:
    """One page of a PDF; the very same bytes when all are wanted."""
    if not page:
        return pdf
    import pypdfium2

    with pypdfium2.PdfDocument(pdf) as whole, pypdfium2.PdfDocument.new() as one:
        if page > (pages := len(whole)):
            raise refuse(f"这份文书共{pages}页，没有第{page}页。", "请改选页码后再打印。", code="print.page")
        one.import_pages(whole, [page - 1])
        made = BytesIO()
        one.save(made)
    return made.getvalue()


def _note_end(session: Session, job: PrintJob, result: str, *, pages: int = 0) -> None:
    paper = job.item.paper
    with session.begin() as tx:
        session.note(tx, ENDED, case=paper.case if paper is not None else "", body={
            "print": job.id, "result": result, "pages": pages})


def follow_print(session: Session, printing: Printing, job: PrintJob) -> JobState:
    """How a job stands; its end is noted. Not to be asked again after a final stage."""
    state = printing.job(job.printer, job.job)
    if state.stage.final:
        _note_end(session, job, state.stage.value, pages=state.pages)
    return state


def cancel_print(session: Session, printing: Printing, job: PrintJob) -> JobState:
    """Take a job back on the officers' word; a job that is already on paper stays printed."""
    try:
        printing.cancel(job.printer, job.job)
    except PrinterRefused as error:
        state = follow_print(session, printing, job)
        if not state.stage.final:
            raise refuse("打印没有取消成功。", "请在打印机上按“取消”，再试一次。",
                         code="print.cancel") from error
        return state
    state = printing.job(job.printer, job.job)
    # A printer that is away cannot confirm; the service will not send the job any more.
    ended = state if state.stage.final and state.stage is not Stage.HANDED_OVER \
        else JobState(Stage.CANCELLED, pages=state.pages)
    _note_end(session, job, ended.stage.value, pages=ended.pages)
    return ended


def leave_print(session: Session, printing: Printing, job: PrintJob) -> JobState:
    """Stop watching: the job stays with the print service and is printed when it can be."""
    state = printing.job(job.printer, job.job)
    _note_end(session, job, state.stage.value if state.stage.final else LEFT, pages=state.pages)
    return state
