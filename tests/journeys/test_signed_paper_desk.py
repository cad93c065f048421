"""Signing on the screen and bringing sheets back, driven through the real widgets."""

from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pypdfium2
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QInputDevice, QPointingDevice, QTabletEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QPushButton

from field_app.actions.case_desk import begin_step, case_desk
from field_app.actions.fill_document import issue_paper, paper_files, save_draft, start_paper
from field_app.actions.open_case import NewCase, open_case
from field_app.cli.demo.day import sample_answers, typed
from field_app.cli.demo.photographs import Photographer
from field_app.cli.demo.world import World, point_to
from field_app.domain.case import PaperRecord, PaperState
from field_app.domain.signed import Outcome
from field_app.storage import signed
from field_app.ui.stroke_pad import StrokePad


def draft_on_desk(officer: Photographer) -> PaperRecord:
    """A filled record of inspection, open in the editor."""
    session = officer.window.shell.officers
    sample = sample_answers("G1-04")
    case = open_case(session, NewCase(cause="安全生产日常检查", matter="监督检查",
                                      place=str(sample["check_place"]), party=dict(sample["PARTY"])))
    step = case_desk(session, case.id).steps[0].step
    begin_step(session, case.id, step.id)
    draft = start_paper(session, case.id, step.id, "G1-04")
    paper = save_draft(session, draft.id, typed(draft.answers, sample))
    officer.window.open_case(case.id)
    officer.until(lambda: officer.window.desk.desk is not None)
    officer.window.desk.open_paper(paper)
    officer.until(lambda: bool(officer.window.desk.editor and officer.window.desk.editor.view.pages))
    return paper


def write_with_mouse(pad: StrokePad) -> None:
    """Two strokes, as a hand with a mouse writes them."""
    for top in (90, 150):
        QTest.mousePress(pad, Qt.MouseButton.LeftButton, pos=QPoint(120, top))
        for n in range(1, 30):
            QTest.mouseMove(pad, QPoint(120 + n * 9, top + round(28 * np.sin(n / 4))))
        QTest.mouseRelease(pad, Qt.MouseButton.LeftButton, pos=QPoint(390, top))


def write_with_pen(pad: StrokePad) -> None:
    """One stroke of a pen whose pressure grows."""
    device = QPointingDevice("pen", 7, QInputDevice.DeviceType.Stylus,
                             QPointingDevice.PointerType.Pen,
                             QInputDevice.Capability.Position | QInputDevice.Capability.Pressure, 1, 3)
    kinds = [QTabletEvent.Type.TabletPress, *[QTabletEvent.Type.TabletMove] * 25,
             QTabletEvent.Type.TabletRelease]
    for n, kind in enumerate(kinds):
        at = QPointF(150 + n * 11, 160 + 50 * np.sin(n / 5))
        QApplication.sendEvent(pad, QTabletEvent(
            kind, device, at, at, 0.2 + 0.7 * n / len(kinds), 0, 0, 0, 0, 0,
            Qt.KeyboardModifier.NoModifier, Qt.MouseButton.LeftButton, Qt.MouseButton.LeftButton))


def click(officer: Photographer, made: QPushButton) -> None:
    QTest.mouseClick(made, Qt.MouseButton.LeftButton)
    officer.until(lambda: True)


def test_signing_refusing_and_issuing(officer: Photographer) -> None:
    window = officer.window
    paper = draft_on_desk(officer)
    editor = window.desk.editor
    assert editor is not None
    click(officer, editor.sign_)
    officer.until(lambda: window.signing.dialog is not None)
    dialog = window.signing.dialog
    assert dialog is not None
    officer.until(lambda: dialog.desk is not None)
    assert dialog.places.count() >= 8 and not dialog.accept_it.isEnabled()
    write_with_mouse(dialog.pad)
    assert dialog.pad.count == 2
    QTest.keyClick(dialog.pad, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert dialog.pad.count == 1
    QTest.keyClick(dialog.pad, Qt.Key.Key_Delete)
    assert dialog.pad.empty and not dialog.accept_it.isEnabled()
    write_with_pen(dialog.pad)
    made = dialog.pad.strokes()
    assert made.device == "pen" and len({p.pressure for p in made.lines[0]}) > 10
    dialog.grab().save(str(officer.pictures / "sign-writing.png"))
    dialog.signer.setText("李现场")
    click(officer, dialog.accept_it)
    officer.until(lambda: dialog.desk is not None and dialog.desk.places[0].signature is not None)
    assert dialog.places.currentRow() == 1
    dialog.places.setCurrentRow(0)
    officer.until(lambda: not dialog.given.pixmap().isNull())
    dialog.grab().save(str(officer.pictures / "sign-given.png"))
    click(officer, dialog.read)
    dialog.grab().save(str(officer.pictures / "sign-text.png"))
    dialog.places.setCurrentRow(1)
    dialog.record(Outcome.REFUSED, "对第二项问题有异议", "王见证")
    officer.until(lambda: "拒绝签名" in dialog.places.item(1).text())
    # The refusal stands in the text now, so what was signed before is signed anew.
    assert "须重新签名" in dialog.places.item(0).text()
    dialog.places.setCurrentRow(0)
    click(officer, dialog.read)
    write_with_mouse(dialog.pad)
    click(officer, dialog.accept_it)
    officer.until(lambda: "已签名" in dialog.places.item(0).text())
    dialog.grab().save(str(officer.pictures / "sign-refused.png"))
    click(officer, dialog.done_)
    officer.until(lambda: window.desk.editor is not editor)
    editor = window.desk.editor
    assert editor is not None and editor.paper.answers["SIGNREC"]["refuse"] is True
    officer.until(lambda: bool(editor.view.pages))
    click(officer, editor.issue)
    officer.until(lambda: editor.paper.state is PaperState.ISSUED or window.banner.isVisible())
    assert editor.paper.state is PaperState.ISSUED, window.banner.text
    assert paper.id == editor.paper.id


def photo_of(officer: Photographer, paper: PaperRecord, page: int) -> bytes:
    """The printed page photographed askew on a grey desk."""
    pdf, _docx = paper_files(officer.window.shell.officers, paper, why="printed")
    document = pypdfium2.PdfDocument(pdf)
    image = document[page - 1].render(scale=220 / 72).to_numpy()[:, :, :3].copy()
    document.close()
    cv2.circle(image, (1200, 1700), 170, (38, 32, 205), 12, cv2.LINE_AA)
    high, wide = image.shape[:2]
    corners = np.array([[560, 160], [2260, 240], [2200, 2660], [430, 2550]], np.float32)
    sheet = np.array([[0, 0], [wide, 0], [wide, high], [0, high]], np.float32)
    ground = np.random.default_rng(3).normal(95, 9, (2800, 2700, 3)).clip(0, 255).astype(np.uint8)
    cv2.warpPerspective(image, cv2.getPerspectiveTransform(sheet, corners), (2700, 2800), ground,
                        flags=cv2.INTER_AREA, borderMode=cv2.BORDER_TRANSPARENT)
    return bytes(cv2.imencode(".jpg", ground, [cv2.IMWRITE_JPEG_QUALITY, 85])[1])


def test_a_sheet_comes_back_from_a_file_and_one_from_the_camera(
        officer: Photographer, world: World, tmp_path: Path) -> None:
    window = officer.window
    draft = draft_on_desk(officer)
    session = window.shell.officers
    paper = issue_paper(session, draft.id)
    window.desk.back()
    officer.until(lambda: window.desk.editor is None)
    (bring,) = [b for b in window.desk.step.findChildren(QPushButton)
                if b.text() == "拍回签字件" and b.isVisible()]
    rail = window.desk.rail.buttons[paper.step]
    assert "欠录音录像、签字件" in rail.accessibleName()
    officer.take("paper-back-step")
    click(officer, bring)
    dialog = window.paper_back.dialog
    assert dialog is not None and "签字件 0/" in dialog.state.text()
    dialog.grab().save(str(officer.pictures / "paper-back-empty.png"))
    broken = tmp_path / "坏.jpg"
    broken.write_bytes(b"\xff\xd8\xff\xe0 broken")
    dialog.take_files([broken])
    officer.until(dialog.banner.isVisible)
    assert "文件已损坏" in dialog.banner.text
    file = tmp_path / "IMG_0001.jpg"
    file.write_bytes(photo_of(officer, paper, 1))
    dialog.take_files([file])
    officer.until(lambda: dialog.pages.currentIndex() == 2)
    assert dialog.look.verdict.text().startswith(f"《{paper.title}》{paper.number}　第1页")
    assert dialog.look.page_choice.currentData() == 1 and not dialog.look.told.isVisible()
    dialog.grab().save(str(officer.pictures / "paper-back-look.png"))
    QTest.keyClick(dialog, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    officer.until(lambda: dialog.state.text().startswith("签字件 1/"))
    assert "第2页" in dialog.hint.text() and dialog.by_camera.objectName() == "action"
    still = tmp_path / "desk.avi"
    _film(photo_of(officer, paper, 2), still)
    window.shell.settings = point_to(world, 1, str(still), microphone="")
    click(officer, dialog.by_camera)
    officer.until(lambda: dialog.pages.currentIndex() == 1)
    officer.until(lambda: not dialog.live.pixmap().isNull())
    dialog.grab().save(str(officer.pictures / "paper-back-camera.png"))
    QTest.keyClick(dialog, Qt.Key.Key_Space)
    officer.until(lambda: dialog.pages.currentIndex() == 2)
    assert dialog.look.page_choice.currentData() == 2
    click(officer, dialog.look.drop)
    assert dialog.pages.currentIndex() == 0
    dialog.take([photo_of(officer, paper, 2)])
    officer.until(lambda: dialog.pages.currentIndex() == 2)
    click(officer, dialog.look.accept_it)
    officer.until(lambda: dialog.state.text().startswith("签字件 2/"))
    # What is left is to close: it is said, and has the colour of what is done next.
    assert "点“完成”" in dialog.hint.text()
    assert (dialog.done_.objectName(), dialog.by_camera.objectName()) == ("action", "")
    QTest.keyClick(dialog, Qt.Key.Key_Escape)
    officer.until(lambda: not dialog.isVisible())
    with session.begin() as tx:
        assert {p.page for p in signed.pages_of_case(tx, paper.case)} == {1, 2}
    officer.take("paper-back-done")


def _film(jpeg: bytes, path: Path) -> None:
    """A camera that looks at the sheet: a short film of one picture."""
    picture: Any = cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_COLOR)
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"MJPG"), 10,
                             (picture.shape[1], picture.shape[0]))
    for _ in range(20):
        writer.write(picture)
    writer.release()
