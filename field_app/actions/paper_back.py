"""Paper back: signed sheets photographed or scanned, told by their code, kept with their paper."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

from field_app.actions.context import Session, refuse
from field_app.actions.fill_document import paper_files
from field_app.actions.seal_blob import seal_blob
from field_app.crypto.hashing import sha256_hex
from field_app.documents.scan import Sheet, Straightened, jpeg_of, sheets_in, small_jpeg, straighten
from field_app.documents.scan_file import (
    MAX_BYTES,
    MAX_PAGES,
    ScanFault,
    ScanRefused,
    look_at_file,
    pictures_of,
    printed_pages,
)
from field_app.documents.scan_match import PrintedPage, prepared
from field_app.domain.case import PaperRecord, PaperState
from field_app.domain.ids import BlobId, CaseId, DocumentId, new_id
from field_app.domain.signed import FoundBy, SignedPage
from field_app.errors import Cancelled, UserError
from field_app.storage import cases, papers, signed

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Image = NDArray[np.uint8]

Progress = Callable[[int, int], None]
MAX_FILE_BYTES = MAX_BYTES
PREVIEW = 1400  # pixels of a preview's long side
_CODE = re.compile(r"LE1 ([0-9A-Z]{4,20}) (.{1,120})")
_COMPARED = 12  # papers of the case a sheet without a code is compared with
_COMPARED_PAGES = 20  # of one paper
_SUFFIX = {"image/jpeg": "jpg", "image/png": "png", "application/pdf": "pdf"}
_FAULTS = {
    ScanFault.TOO_LARGE: (f"文件超过{MAX_BYTES // 1_000_000}兆字节，没有打开。",
                          "请把照片调小，或把扫描件分成几个文件再选。"),
    ScanFault.TOO_MANY_PIXELS: ("图片超过5000万像素，没有打开。", "请调低拍照或扫描的分辨率，再拍一次。"),
    ScanFault.TOO_SMALL: ("图片太小，看不清文书。", "请靠近些重新拍照，或用200 dpi以上扫描。"),
    ScanFault.TOO_MANY_PAGES: (f"扫描件超过{MAX_PAGES}页，没有打开。", "请分成几个文件再选。"),
    ScanFault.UNKNOWN: ("这个文件不是照片，也不是扫描件。", "请选JPEG、PNG图片或PDF扫描件。"),
    ScanFault.DAMAGED: ("文件已损坏，打不开。", "请重新拍照，或从相机、扫描仪重新复制。"),
    ScanFault.LOCKED: ("扫描件设了密码，打不开。", "请去掉密码，或重新扫描。"),
}


class Standing(Enum):
    """Whose sheet it is."""

    HERE = "here"  # a paper of this case
    ELSEWHERE = "elsewhere"  # a paper of another case on this laptop
    STRANGE = "strange"  # a code that no paper of this laptop has
    NO_CODE = "no_code"  # no code was read


@dataclass(frozen=True)
class SheetBack:
    """One sheet as found, not stored yet. ``page`` from 1, None when unlike all pages.

    ``before``, ``after``: JPEG previews; ``scan``: the straightened sheet as it would be stored;
    ``told``: what officers should know of it, in Chinese; ``paper`` and ``page`` are a proposal
    that an officer may change.
    """

    original: bytes
    mime: str
    source_page: int
    source_pages: int
    before: bytes
    after: bytes
    scan: bytes
    standing: Standing
    paper: PaperRecord | None
    page: int | None
    case_no: str
    found: FoundBy
    likeness: int
    told: tuple[str, ...]


def refusal_of(error: ScanRefused) -> UserError:
    """The two sentences for a file that cannot be used."""
    what, remedy = _FAULTS[error.fault]
    place = f"第{error.page}页：" if error.page else ""
    return refuse(place + what, remedy, code=f"scan.{error.fault.name.lower()}")


class Returning:
    """Looks at pictures of signed sheets for one case, and keeps those that are accepted.

    Run :meth:`look` in the work lane only: PDFs are drawn by one thread at a time.
    """

    def __init__(self, session: Session, case: CaseId, wanted: DocumentId | None = None) -> None:
        self._session = session
        self._case = case
        self._wanted = wanted
        self._printed: dict[DocumentId, list[PrintedPage]] = {}
        self._originals: dict[tuple[CaseId, str], BlobId] = {}

    def look(self, data: bytes, *, progress: Progress = lambda _done, _total: None,
             cancelled: Callable[[], bool] = lambda: False) -> list[SheetBack]:
        """Every sheet in a picture or scanned PDF; nothing is stored.

        Raises ``UserError`` for a file that cannot be used, ``Cancelled``.
        """
        try:
            source = look_at_file(data)
            found: list[SheetBack] = []
            for number, picture in enumerate(pictures_of(data), 1):
                if cancelled():
                    raise Cancelled
                found += [self._told(sheet, picture, data, source.mime, number, source.pictures)
                          for sheet in sheets_in(picture)]
                progress(number, source.pictures)
        except ScanRefused as error:
            raise refusal_of(error) from error
        return found

    def _told(self, sheet: Sheet, picture: "Image", data: bytes, mime: str, number: int,
              total: int) -> SheetBack:
        standing, paper, told = self._whose(sheet.code)
        made = straighten(picture, sheet, self._pages(paper) if paper else [])
        found = FoundBy.CODE
        if paper is None:
            paper, made = self._likest(picture, sheet, made)
            found = FoundBy.HAND if paper is None else FoundBy.LIKENESS
            standing = standing if paper is None else Standing.HERE
        told = [*told, *_doubts(sheet, made, standing, paper)]
        return SheetBack(
            original=data, mime=mime, source_page=number, source_pages=total,
            before=small_jpeg(picture, PREVIEW), after=small_jpeg(made.image, PREVIEW),
            scan=jpeg_of(made.image), standing=standing, paper=paper,
            page=None if made.page is None else made.page + 1,
            case_no=self._case_no(paper), found=found, likeness=round(made.likeness * 100),
            told=tuple(told))

    def _case_no(self, paper: PaperRecord | None) -> str:
        if paper is None:
            return ""
        with self._session.begin() as tx:
            return cases.get(tx, paper.case).local_no

    def _whose(self, code: str) -> tuple[Standing, PaperRecord | None, list[str]]:
        """Whose code it is, and what is to be told of it."""
        if not code:
            return Standing.NO_CODE, None, []
        read = _CODE.fullmatch(code)
        if read is None:
            return Standing.STRANGE, None, ["这个二维码不是本系统文书上的"]
        with self._session.begin() as tx:
            known = papers.with_code(tx, read[1])
            paper = next((p for p in known if p.number == read[2]), None)
            if paper is None:
                same = [p for p in papers.of_case(tx, self._case) if p.number == read[2]]
                if same:
                    return Standing.STRANGE, None, [
                        f"文号{read[2]}与本案文书相同，核验码{read[1]}却不同，不是本机定稿的那一份，请核对纸件"]
                return Standing.STRANGE, None, [f"本机没有{read[2]}（核验码{read[1]}）这份文书"]
            told = []
            if paper.state is PaperState.VOID:
                newer = [p for p in papers.of_case(tx, paper.case) if p.form == paper.form
                         and p.state is PaperState.ISSUED]
                told.append(f"{paper.number}已经作废，这是作废前的签字件"
                            + (f"；现行的是{newer[-1].number}" if newer else ""))
            if paper.case != self._case:
                other = cases.get(tx, paper.case)
                told.append(f"这是另一起案件的文书：{other.local_no}　{other.party_name}")
        return (Standing.HERE if paper.case == self._case else Standing.ELSEWHERE), paper, told

    def _pages(self, paper: PaperRecord) -> list[PrintedPage]:
        if paper.id not in self._printed:
            pdf, _docx = paper_files(self._session, paper, why="compared")
            self._printed[paper.id] = [
                prepared(page) for page in printed_pages(pdf, pixels_wide=827)[:_COMPARED_PAGES]]
        return self._printed[paper.id]

    def _likest(self, picture: "Image", sheet: Sheet,
                made: Straightened) -> tuple[PaperRecord | None, Straightened]:
        """The issued paper of this case whose print the sheet shows, if any does clearly."""
        best: tuple[PaperRecord | None, Straightened] = (None, made)
        for paper in self._candidates():
            tried = straighten(picture, sheet, self._pages(paper))
            if tried.page is not None and tried.likeness > best[1].likeness:
                best = (paper, tried)
        return best

    def _candidates(self) -> Iterator[PaperRecord]:
        with self._session.begin() as tx:
            issued = [p for p in papers.of_case(tx, self._case) if p.state is PaperState.ISSUED]
        issued.sort(key=lambda p: p.id != self._wanted)
        yield from issued[:_COMPARED]

    def keep(self, sheet: SheetBack, paper_id: DocumentId, page: int) -> SignedPage:
        """Seal sheet and original with their paper, on disk when this returns; the log notes hashes.

        An earlier sheet of the same page is kept beside it, the newest counts.
        """
        session = self._session
        with session.begin() as tx:
            paper = papers.get(tx, paper_id)
            if paper.state is PaperState.DRAFT:
                raise refuse("这份文书还没有定稿，不会有签字件。", "请先定稿、打印、签字，再拍回。",
                             code="scan.draft")
            if not 1 <= page <= paper.pages:
                raise refuse(f"《{paper.title}》共{paper.pages}页，没有第{page}页。", "请改选页码。",
                             code="scan.page")
            case = cases.get(tx, paper.case)
            name = f"{paper.title}（{paper.number}）第{page}页"
            scan = seal_blob(session, tx, case, sheet.scan, kind="signed_scan",
                             name=f"{name}签字件.jpg", mime="image/jpeg")
            key = (case.id, sha256_hex(sheet.original))
            if key not in self._originals:
                # Only believed once it is committed: a failed transaction keeps no file either.
                original = seal_blob(session, tx, case, sheet.original, kind="attachment",
                                     name=f"{name}签字件原件.{_SUFFIX[sheet.mime]}", mime=sheet.mime).id
            else:
                original = self._originals[key]
            chosen = paper if sheet.paper is None else sheet.paper
            made = SignedPage(
                id=new_id(), paper=paper_id, page=page, scan=scan.id, original=original,
                source_page=sheet.source_page, likeness=sheet.likeness, at=session.at,
                found=sheet.found if sheet.paper is not None and chosen.id == paper_id
                and sheet.page == page else FoundBy.HAND)
            signed.add_page(tx, made)
            session.note(tx, "page_back", case=case.id, body={
                "paper": paper_id, "page": page, "pages": paper.pages, "found": made.found.value,
                "likeness": made.likeness, "sha256": scan.sha256, "original_sha256": key[1],
                "source_page": sheet.source_page})
        self._originals[key] = original
        return made


def _doubts(sheet: Sheet, made: Straightened, standing: Standing,
            paper: PaperRecord | None) -> list[str]:
    told = []
    if not sheet.edges and made.page is None:
        told.append("没有找到纸的边缘，按整张图片保留")
    if standing is Standing.NO_CODE:
        told.append("没有读到二维码，请选择是哪份文书、第几页")
    elif paper is not None and not sheet.code:
        told.append(f"没有读到二维码，版面与《{paper.title}》第{(made.page or 0) + 1}页相符，请核对")
    elif paper is not None and made.page is None:
        told.append("版面与定稿的各页都对不上，请核对是第几页，或重拍")
    return told
