"""The import page driven through its real widgets: card, clock, plan, import, clearing the card."""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from PySide6.QtCore import Qt, QTimer
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QMessageBox, QPushButton, QWidget

from field_app.actions.case_desk import case_desk
from field_app.actions.case_photos import case_photos
from field_app.actions.context import Session
from field_app.actions.import_plan import Verdict, plan_import
from field_app.actions.import_recorder import run_import, start_import
from field_app.actions.log_in import log_in, log_out
from field_app.actions.seal_blob import read_blob
from field_app.cli.demo import card
from field_app.cli.demo.photographs import Photographer
from field_app.cli.demo.world import World
from field_app.domain.case import Case
from field_app.errors import Cancelled
from field_app.ui.import_clock import ClockPage, TypedClock
from field_app.ui.photo_view import PhotoView
from tests.unit.media.test_heic import encoded, quarters

AHEAD = timedelta(minutes=95)


@pytest.fixture
def case(world: World, new_case: Callable[[Session], Case]) -> Case:
    session = log_in(world.laptop, *world.both())
    made = new_case(session)
    log_out(session)
    return made


@pytest.fixture
def officer(world: World, case: Case) -> Iterator[Photographer]:
    made = Photographer(world.laptop.data, world.pictures)
    made.log_in()
    yield made
    made.close()


def click(officer: Photographer, inside: QWidget, words: str) -> None:
    found = [b for b in inside.findChildren(QPushButton) if b.text() == words and b.isVisible()]
    assert len(found) == 1, words
    assert found[0].isEnabled(), words
    QTest.mouseClick(found[0], Qt.MouseButton.LeftButton)


def answer(words: str) -> list[str]:
    """Press the button with ``words`` in the question that comes; what was asked."""
    asked: list[str] = []

    def press() -> None:
        box = QApplication.activeModalWidget()
        assert isinstance(box, QMessageBox)
        asked.append(box.text())
        next(b for b in box.buttons() if b.text() == words).click()

    QTimer.singleShot(100, press)
    return asked


def test_a_card_from_plug_to_clearing(officer: Photographer, case: Case, tmp_path: Path) -> None:
    window, page = officer.window, officer.window.importing
    began = window.shell.officers.at + timedelta(seconds=1)
    root = tmp_path / "ZFY"
    files = card.body_worn(root, began=began, ahead=AHEAD, pieces=2)
    old = began + AHEAD - timedelta(days=3)
    files.append(card.film(root / "FILE/100RECOR" / card.body_worn_name(old, 40), seconds=1,
                           created=old, changed=old, shade=5))
    window.open_case(case.id)
    officer.until(lambda: window.desk.desk is not None)
    click(officer, window.desk.step, "从记录仪导入")
    officer.until(lambda: window.pages.currentWidget() is page)
    page.choose(root)
    click(officer, page, "查看计划")
    officer.until(lambda: page.plan is not None)
    assert page.plan is not None and page.plan.counts[Verdict.KEEP] == 0
    assert "没有核对" in page.time.text() and "DSJ0700123" in page.device.text()
    assert not page.foot.start.isEnabled()

    def type_times() -> None:
        dialog = QApplication.activeModalWidget()
        assert isinstance(dialog, TypedClock)
        dialog.device.setText("昨天")
        QTest.keyClick(dialog.device, Qt.Key.Key_Return)  # Enter answers; it does not turn back.
        assert "不是时间" in dialog.problem.text()
        dialog.device.setText(f"{began + AHEAD:%Y-%m-%d %H:%M:%S}")
        dialog.laptop.setText(f"{began:%Y-%m-%d %H:%M:%S}")
        QTest.keyClick(dialog.laptop, Qt.Key.Key_Return)

    QTimer.singleShot(100, type_times)
    click(officer, page, "填写两个时间")
    officer.until(lambda: page.plan is not None and page.plan.clock_how == "typed")
    assert "比电脑快1小时35分00秒" in page.time.text()
    assert page.plan.counts[Verdict.KEEP] == 3
    # What was recorded another day is given to the step by hand, one photo is left out.
    page.filter.setCurrentIndex(page.filter.findData(Verdict.NO_STEP))
    page.table.selectRow(0)
    assert [f.found.name for f in page.table.selected()] == [files[-1].name]
    click(officer, page, "归入")
    page.filter.setCurrentIndex(0)
    row = next(n for n in range(page.table.model().rowCount())
               if str(page.table.model().index(n, 1).data()).endswith(".jpg"))
    page.table.selectRow(row)
    QTest.keyClick(page.table, Qt.Key.Key_Delete)
    assert (page.plan.counts[Verdict.KEEP], page.plan.counts[Verdict.SKIP]) == (3, 1)
    assert "将导入3个文件" in page.foot.words.text()
    assert not page.foot.clear.isVisible()
    click(officer, page, "开始导入")
    officer.until(page.foot.clear.isVisible)
    assert "已导入并核对3个文件" in page.foot.words.text()
    session = window.shell.officers
    clips = case_desk(session, case.id).step("inspection").clips
    assert sorted(len(c.segments) for c in clips) == [1, 2]
    asked = answer("返回")
    click(officer, page, "删除卡上已核对的文件")
    officer.until(lambda: bool(asked))
    assert "3个" in asked[0] and all(path.exists() for path in files)
    asked = answer("核对并删除")
    click(officer, page, "删除卡上已核对的文件")
    officer.until(lambda: "已从卡上删除3个文件" in page.foot.words.text())
    assert [path.exists() for path in files] == [False, False, True, False]
    window.go("cases")
    window.activateWindow()  # The question took the keys.
    officer.until(window.isActiveWindow)
    QTest.keyClick(window, Qt.Key.Key_I, Qt.KeyboardModifier.ControlModifier)
    assert window.pages.currentWidget() is page
    officer.until(lambda: True)


def test_imported_photos_are_looked_at(officer: Photographer, case: Case, tmp_path: Path) -> None:
    window, at = officer.window, officer.window.shell.officers.at
    for number in range(2):
        card.photo(tmp_path / "card" / f"IMG_{at + timedelta(seconds=number):%Y%m%d_%H%M%S}.jpg",
                   taken=at + timedelta(seconds=number), changed=at, shade=20 * number)
    session = window.shell.officers
    run_import(session, start_import(session, plan_import(session, tmp_path / "card")))
    window.open_case(case.id)
    officer.until(lambda: window.desk.desk is not None)
    click(officer, window.desk.step, "照片")
    [view] = window.desk.findChildren(PhotoView)
    officer.until(lambda: not view.picture.image.isNull())
    assert view.count.text() == "1/2" and "现场检查" in view.about.whole
    assert "导入自 IMG_" in view.about.whole
    first = view.picture.image.pixelColor(10, 10)
    QTest.keyClick(view, Qt.Key.Key_Right)
    officer.until(lambda: view.picture.image.pixelColor(10, 10) != first)
    assert view.count.text() == "2/2" and not view.after.isEnabled()
    view.close()


def test_a_phones_photos_are_looked_at_and_kept_as_they_came(
        officer: Photographer, case: Case, tmp_path: Path) -> None:
    window, at = officer.window, officer.window.shell.officers.at
    root = tmp_path / "phone" / "DCIM" / "Camera"
    root.mkdir(parents=True)
    names = [f"IMG_{at + timedelta(seconds=n):%Y%m%d_%H%M%S}.heic" for n in range(2)]
    whole = encoded(quarters())
    (root / names[0]).write_bytes(whole)
    (root / names[1]).write_bytes(whole[:len(whole) - 400])  # Cut short on the card.
    session = window.shell.officers
    run_import(session, start_import(session, plan_import(session, tmp_path / "phone")))
    window.open_case(case.id)
    officer.until(lambda: window.desk.desk is not None)
    click(officer, window.desk.step, "照片")
    [view] = window.desk.findChildren(PhotoView)
    officer.until(lambda: not view.picture.image.isNull())
    seen = view.picture.image
    assert (seen.width(), seen.height()) == (640, 480)
    assert seen.pixelColor(100, 100).red() > 230 and seen.pixelColor(100, 400).blue() > 230
    view.grab().save(str(officer.pictures / "照片-HEIC.png"))
    blob = case_photos(session, case.id)[0].blob
    with session.begin() as tx:
        assert read_blob(session, tx, blob) == whole
    QTest.keyClick(view, Qt.Key.Key_Right)
    officer.until(lambda: "不能在这里显示" in view.picture.words)
    view.close()


def test_a_card_that_cannot_be_read_is_told(officer: Photographer, tmp_path: Path) -> None:
    page = officer.window.importing
    officer.window.go("import")
    officer.until(lambda: True)
    page.choose(tmp_path / "gone")
    click(officer, page, "查看计划")
    officer.until(lambda: "读不出来" in officer.window.banner.text)
    assert page.plan is None and page.look.isEnabled()


def test_what_was_cut_short_is_offered_again(officer: Photographer, tmp_path: Path) -> None:
    window, page = officer.window, officer.window.importing
    root = tmp_path / "card"
    card.body_worn(root, began=window.shell.officers.at, pieces=3)
    window.go("import")
    page.choose(root)
    page.start()
    officer.until(lambda: page.plan is not None)
    session, plan = window.shell.officers, page.plan
    assert plan is not None
    run = start_import(session, plan)
    seen: list[int] = []
    with pytest.raises(Cancelled):  # as officers stop it, before any file is compared
        run_import(session, run, progress=lambda p: seen.append(p.file),
                   cancelled=lambda: bool(seen) and seen[-1] == 1)
    page.put_away()
    window.go("import")
    officer.until(page.foot.resume.isVisible)
    assert "还有4个文件" in page.foot.words.text()
    click(officer, page, "继续导入")
    officer.until(page.foot.clear.isVisible)
    assert "已导入并核对4个文件" in page.foot.words.text()


def test_the_clock_page_shows_what_it_tells(officer: Photographer) -> None:
    window = officer.window
    page = ClockPage(window.shell, window)
    page.resize(1366, 768)
    page.show()
    officer.app.processEvents()
    shown = page.face.at
    assert shown is not None
    assert abs(shown - window.shell.officers.at) < timedelta(seconds=5)
    assert page.face.accessibleName() == f"电脑时间 {shown:%Y年%m月%d日 %H:%M:%S}"
    assert abs(read(page) - shown) < timedelta(milliseconds=1)
    page.close()


def read(page: ClockPage) -> datetime:
    """What an independent reader makes of the page's picture."""
    import cv2
    import numpy as np
    from PySide6.QtCore import QBuffer, QByteArray, QIODevice

    data = QByteArray()
    buffer = QBuffer(data)
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    page.face.grab().save(buffer, "PNG")
    picture = cv2.imdecode(np.frombuffer(data.data(), np.uint8), cv2.IMREAD_GRAYSCALE)
    assert picture is not None
    text, _corners, _straight = cv2.QRCodeDetector().detectAndDecode(picture)
    mark, device, at = text.split(" ")
    assert (mark, device) == ("LEC1", "D001")
    return datetime.fromisoformat(at)
