"""Signed sheets come back: by camera and file, told by their code, sealed with their paper."""

import json
from collections.abc import Callable
from typing import Any

import cv2
import numpy as np
import pypdfium2
import pytest

from field_app.actions.case_desk import begin_step, case_desk, end_step
from field_app.actions.context import Session
from field_app.actions.fill_document import issue_paper, paper_files, save_draft, start_paper
from field_app.actions.number_document import void_paper
from field_app.actions.paper_back import Returning, Standing
from field_app.actions.seal_blob import read_blob
from field_app.actions.seal_case import seal_case
from field_app.cli.demo.day import sample_answers, typed
from field_app.cli.demo.world import World
from field_app.domain.case import Case, PaperRecord
from field_app.domain.signed import FoundBy
from field_app.errors import Cancelled, UserError
from field_app.storage import events, papers, signed


def issued(session: Session, case: Case, form: str = "G1-04") -> PaperRecord:
    """A paper of the first step, issued with the sample's answers."""
    step = case_desk(session, case.id).steps[0].step
    begin_step(session, case.id, step.id)
    draft = start_paper(session, case.id, step.id, form)
    save_draft(session, draft.id, typed(draft.answers, sample_answers(form)))
    return issue_paper(session, draft.id)


def sheets(session: Session, paper: PaperRecord, dpi: int = 250) -> list[Any]:
    """The printed pages with a red seal, BGR."""
    pdf, _docx = paper_files(session, paper, why="printed")
    document = pypdfium2.PdfDocument(pdf)
    made = []
    for page in document:
        image = page.render(scale=dpi / 72).to_numpy()[:, :, :3].copy()
        cv2.circle(image, (image.shape[1] * 2 // 3, image.shape[0] * 2 // 3), image.shape[1] // 11,
                   (38, 32, 205), image.shape[1] // 140, cv2.LINE_AA)
        made.append(image)
    document.close()
    return made


def on_a_desk(page: Any, turn: float) -> bytes:
    """A photograph of a sheet on a dark desk, as JPEG of 6 megapixels."""
    high, wide = page.shape[:2]
    angle = np.deg2rad(turn)
    spin = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    box = np.array([[-wide, -high], [wide, -high], [wide, high], [-wide, high]]) / 2 @ spin.T
    scale = 0.9 * min(2800 / np.ptp(box[:, 0]), 2100 / np.ptp(box[:, 1]))
    corners = (box * scale * [1.0, 0.97] + (1400, 1050)).astype(np.float32)
    sheet = np.array([[0, 0], [wide, 0], [wide, high], [0, high]], np.float32)
    ground = np.random.default_rng(5).normal(70, 8, (2100, 2800, 3)).clip(0, 255).astype(np.uint8)
    way = cv2.getPerspectiveTransform(sheet, corners)
    cv2.warpPerspective(page, way, (2800, 2100), ground, flags=cv2.INTER_AREA,
                        borderMode=cv2.BORDER_TRANSPARENT)
    return bytes(cv2.imencode(".jpg", ground, [cv2.IMWRITE_JPEG_QUALITY, 80])[1])


def scanned(pages: list[Any]) -> bytes:
    """A scanner's PDF of these pages."""
    document = pypdfium2.PdfDocument.new()
    for page in pages:
        from io import BytesIO

        made = document.new_page(595.28, 841.89)
        picture = pypdfium2.PdfImage.new(document)
        picture.load_jpeg(BytesIO(bytes(cv2.imencode(".jpg", page)[1])))
        picture.set_matrix(pypdfium2.PdfMatrix().scale(595.28, 841.89))
        made.insert_obj(picture)
        made.gen_content()
    from io import BytesIO

    buffer = BytesIO()
    document.save(buffer)
    document.close()
    return buffer.getvalue()


def test_a_photographed_page_is_kept_with_its_paper(
        world: World, session: Session, new_case: Callable[[Session], Case]) -> None:
    case = new_case(session)
    paper = issued(session, case)
    (step, *_) = case_desk(session, case.id).steps
    assert [s.words for s in step.unsigned] == [f"签字件 0/{paper.pages}页已拍回"]
    returning = Returning(session, case.id)
    photo = on_a_desk(sheets(session, paper)[1], 94)
    (found,) = returning.look(photo)
    assert (found.standing, found.page, found.found) == (Standing.HERE, 2, FoundBy.CODE)
    assert found.paper is not None and found.paper.id == paper.id and found.told == ()
    kept = returning.keep(found, paper.id, 2)
    with session.begin() as tx:
        assert read_blob(session, tx, kept.original) == photo
        scan = read_blob(session, tx, kept.scan)
        assert papers.blob(tx, kept.scan).kind == "signed_scan"
        (event,) = [e for e in events.of_case(tx, case.id) if e.members()["typ"] == "page_back"]
    flat: Any = cv2.imdecode(np.frombuffer(scan, np.uint8), cv2.IMREAD_COLOR)
    assert flat.shape == (2339, 1654, 3)
    body = event.members()["body"]
    assert len(body["sha256"]) == len(body["original_sha256"]) == 64
    assert case.party_name not in str(body)
    (step, *_) = case_desk(session, case.id).steps
    assert step.unsigned[0].words == "签字件 1/2页已拍回，第1页还没有拍回"
    assert photo not in b"".join(p.read_bytes() for p in session.context.data.blobs.iterdir())


def test_a_scanned_pdf_brings_all_pages_and_its_original_once(
        world: World, session: Session, new_case: Callable[[Session], Case]) -> None:
    case = new_case(session)
    paper = issued(session, case)
    pages = sheets(session, paper)
    pdf = scanned([pages[1], pages[0][::-1, ::-1].copy(), pages[1]])
    seen: list[tuple[int, int]] = []
    returning = Returning(session, case.id, paper.id)
    found = returning.look(pdf, progress=lambda done, total: seen.append((done, total)))
    assert [f.page for f in found] == [2, 1, 2] and seen == [(1, 3), (2, 3), (3, 3)]
    kept = [returning.keep(f, paper.id, f.page or 0) for f in found]
    assert len({k.original for k in kept}) == 1 and [k.source_page for k in kept] == [1, 2, 3]
    (step, *_) = case_desk(session, case.id).steps
    assert not step.unsigned and step.signed[0].words == "签字件 2/2页已拍回"
    with pytest.raises(Cancelled):
        returning.look(pdf, cancelled=lambda: True)


@pytest.mark.soak
def test_papers_of_other_cases_void_ones_and_strangers_are_told(
        world: World, session: Session, new_case: Callable[[Session], Case]) -> None:
    here, there = new_case(session), new_case(session)
    mine, theirs = issued(session, here), issued(session, there, "G1-15")
    photo = on_a_desk(sheets(session, theirs)[0], 3)
    (found,) = Returning(session, here.id).look(photo)
    assert found.standing is Standing.ELSEWHERE
    assert found.told == (f"这是另一起案件的文书：{there.local_no}　{there.party_name}",)
    assert found.case_no == there.local_no
    void_paper(session, theirs.id, "写错了日期")
    (found,) = Returning(session, there.id).look(photo)
    assert found.standing is Standing.HERE and "已经作废" in found.told[0]
    code = _with_code(sheets(session, mine)[0], "LE1 99999AAAA 渝武演执检记〔2025〕1号")
    (found,) = Returning(session, here.id).look(on_a_desk(code, 0))
    assert found.found is FoundBy.LIKENESS or found.standing is Standing.STRANGE
    assert any("本机没有" in t for t in found.told)
    (found,) = Returning(session, here.id).look(
        on_a_desk(_with_code(sheets(session, mine)[0], f"LE1 99999AAAA {mine.number}"), 0))
    assert any("核验码99999AAAA却不同" in t for t in found.told)


def _with_code(page: Any, text: str) -> Any:
    """The page with another QR code stuck over its own."""
    from field_app.documents.qr import png

    made = page.copy()
    code: Any = cv2.imdecode(np.frombuffer(png(text), np.uint8), cv2.IMREAD_COLOR)
    side = round(16.5 / 25.4 * 250)
    code = cv2.resize(code, (side, side), interpolation=cv2.INTER_AREA)
    top, left = made.shape[0] - round(38 / 25.4 * 250), made.shape[1] - round(46 / 25.4 * 250)
    made[top - 30:, left - 40:] = 255
    made[top:top + side, left:left + side] = code
    return made


@pytest.mark.soak
def test_without_a_code_the_print_tells_or_the_officer_does(
        world: World, session: Session, new_case: Callable[[Session], Case]) -> None:
    case = new_case(session)
    paper = issued(session, case)
    page = sheets(session, paper)[0]
    page[-round(45 / 25.4 * 250):, -round(50 / 25.4 * 250):] = 255
    (found,) = Returning(session, case.id, paper.id).look(on_a_desk(page, 180))
    assert found.found is FoundBy.LIKENESS and found.page == 1
    assert "没有读到二维码" in found.told[0] and "请核对" in found.told[0]
    blank = np.full((2339, 1654, 3), 252, np.uint8)
    cv2.putText(blank, "OTHER PAPER", (300, 500), cv2.FONT_HERSHEY_SIMPLEX, 4, (0, 0, 0), 8)
    returning = Returning(session, case.id, paper.id)
    (found,) = returning.look(on_a_desk(blank, 2))
    assert found.standing is Standing.NO_CODE and found.paper is None and found.page is None
    assert returning.keep(found, paper.id, 1).found is FoundBy.HAND
    with pytest.raises(UserError, match="没有第3页"):
        returning.keep(found, paper.id, 3)


def test_bad_files_are_told_and_lose_nothing(
        world: World, session: Session, new_case: Callable[[Session], Case]) -> None:
    case = new_case(session)
    returning = Returning(session, case.id)
    before = sorted(p.name for p in session.context.data.blobs.iterdir())
    for data, told in ((b"%PDF-1.7 nothing", "文件已损坏"), (b"text", "不是照片"),
                       (b"\xff\xd8\xff\xe0" + bytes(200), "文件已损坏"),
                       (b"\xff\xd8\xff" + bytes(40_000_001), "40兆字节")):
        with pytest.raises(UserError) as refused:
            returning.look(data)
        assert told in refused.value.what and refused.value.remedy
    assert sorted(p.name for p in session.context.data.blobs.iterdir()) == before


def test_signed_pages_are_sealed_into_the_package(
        world: World, session: Session, new_case: Callable[[Session], Case]) -> None:
    case = new_case(session)
    paper = issued(session, case)
    returning = Returning(session, case.id)
    (found,) = returning.look(on_a_desk(sheets(session, paper)[0], 0))
    kept = returning.keep(found, paper.id, 1)
    step = case_desk(session, case.id).steps[0]
    # Missing signed pages warn; they do not stand against ending the step.
    end_step(session, case.id, step.step.id, outcome="rectify", reason="设备故障，没有录像")
    sealed = seal_case(session, case.id, world.both())
    from field_app.crypto.age_keys import Identity
    from field_app.packages.open import open_package

    assert sealed.revision == 1
    folder = session.context.data.packages / sealed.package
    opened = open_package(folder, [Identity.parse(case.identity)])
    by_id = {o.id: o for o in opened.index.objects}
    assert by_id[kept.scan].kind.value == "signed_scan"
    assert by_id[kept.scan].step == step.step.kind and by_id[kept.scan].event is not None
    assert by_id[kept.original].kind.value == "attachment" and by_id[kept.original].event is not None
    (record,) = [o for o in opened.index.objects if o.kind.value == "record"]
    told = json.loads(opened.read(record))
    assert told["signed_pages"][0]["scan"] == kept.scan
    assert told["signed_pages"][0]["paper"] == paper.id
    with session.begin() as tx:
        assert [p.scan for p in signed.pages_of_case(tx, case.id)] == [kept.scan]
