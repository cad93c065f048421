"""证书管理 in the desk, by key and mouse: opened, refused, issued, renewed, withdrawn, enrolled, bundled."""

from collections.abc import Iterator
from pathlib import Path
from typing import TypeVar

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLineEdit, QPushButton

from field_app.actions import district
from field_app.actions.context import AppContext
from field_app.actions.district_register import Employer, Holder, Standing
from field_app.actions.log_in import log_in, log_out
from field_app.cli.demo.photographs import Photographer
from field_app.cli.demo.world import AGENCY, CA_WORDS, UNIT, World
from field_app.credentials.medium import Medium
from field_app.domain.clock import SystemClock
from field_app.domain.withdrawal import Withdrawal
from field_app.paths import DataFolder
from field_app.ui.administration_page import AdministrationPage
from field_app.ui.district_dialogs import (
    BundleDialog,
    CustodianDialog,
    EnrolDialog,
    FoundDialog,
    IssueDialog,
    TryShareDialog,
    WithdrawDialog,
)
from field_app.ui.work_dialog import WorkDialog
from tests.journeys.test_media_desk import names
from tests.unit.credentials import tokens

pytestmark = [pytest.mark.qt_log_ignore("propagateSizeHints", extend=True)]

PIN, LONG = "246810", "custodian-0123456789"
T = TypeVar("T", bound=WorkDialog)


class Admin:
    """The page as its user sees it."""

    def __init__(self, camera: Photographer, world: World) -> None:
        self.camera, self.world = camera, world

    @property
    def page(self) -> AdministrationPage:
        return self.camera.window.administration

    def press(self, made: QPushButton) -> None:
        made.setFocus()
        QTest.keyClick(made, Qt.Key.Key_Space)

    def write(self, line: QLineEdit, text: str) -> None:
        line.clear()
        if text.isascii():
            QTest.keyClicks(line, text)
        else:
            line.setText(text)

    def enter(self, line: QLineEdit) -> None:
        QTest.keyClick(line, Qt.Key.Key_Return)

    def open(self, folder: Path, words: str) -> None:
        self.write(self.page.opening.folder.line, str(folder))
        self.write(self.page.opening.secret, words)
        self.enter(self.page.opening.secret)
        self.camera.until(lambda: True)

    def dialog(self, made: QPushButton, kind: type[T]) -> T:
        self.press(made)
        found = self.page.dialog
        assert isinstance(found, kind) and names(found) == []
        return found

    def refused(self, dialog: WorkDialog, words: str) -> None:
        """Press; the form stays and says so."""
        self.press(dialog.go)
        self.camera.until(lambda: not dialog.running)
        assert dialog.isVisible() and words in dialog.problem.text(), dialog.problem.text()

    def made(self, dialog: WorkDialog, words: str) -> str:
        """Press; the form goes, and the page tells what happened and what is next."""
        self.press(dialog.go)
        self.camera.until(lambda: self.page.dialog is None)
        told = self.page.banner.text
        assert words in told and "下一步" in told, told
        return told

    def states(self, number: str) -> list[Standing]:
        now = SystemClock().now().wall
        return [one.standing(now) for one in self.page.board.issued if one.number == number]


@pytest.fixture
def admin(world: World, monkeypatch: pytest.MonkeyPatch) -> Iterator[Admin]:
    # What a folder lies on is the machine's; here it is told to be a stick.
    monkeypatch.setattr(district, "medium_of", lambda _folder: Medium.REMOVABLE)
    camera = Photographer(world.laptop.data, world.pictures)
    made = Admin(camera, world)
    made.press(camera.window.login.certificates)
    yield made
    camera.close()


@pytest.fixture
def opened(admin: Admin) -> Admin:
    admin.open(admin.world.root / "ca", CA_WORDS)
    admin.camera.until(lambda: admin.page.board.table.count() == 2)
    return admin


def officer(admin: Admin, stick: Path, **changed: str) -> IssueDialog:
    form = admin.dialog(admin.page.board.issue_button, IssueDialog)
    fill(admin, form, stick, **changed)
    return form


def fill(admin: Admin, form: IssueDialog, stick: Path, *, name: str = "新来的（演练）",
         number: str = "YL50015600109", again: str = PIN) -> None:
    for line, text in ((form.name, name), (form.number, number), (form.employer.agency, AGENCY),
                       (form.employer.unit, UNIT), (form.folder.line, str(stick)), (form.pin, PIN),
                       (form.again, again)):
        admin.write(line, text)


def test_what_does_not_open_says_why_and_esc_goes_back(admin: Admin, tmp_path: Path) -> None:
    page, root = admin.page, admin.world.root
    assert admin.camera.window.root.currentWidget() is page and names(page) == []
    for folder, words, told in ((tmp_path, CA_WORDS, "没有证书机构"), (root / "ca", "wrong-words-0123", "口令不对"),
                                (root / "none", "x", "没有证书机构"), (Path(), "", "没有证书机构")):
        admin.open(folder, words)
        assert told in page.opening.refusal.text() and page.district is None
        assert page.opening.secret.text() == ""
    page.opening.folder.line.clear()
    admin.press(page.opening.open)
    assert "还没有选择" in page.opening.refusal.text()
    QTest.keyClick(page, Qt.Key.Key_Escape)
    assert admin.camera.window.root.currentWidget() is admin.camera.window.login


def test_issued_by_keys_and_refused_with_words(opened: Admin, tmp_path: Path) -> None:
    admin, page, stick = opened, opened.page, tmp_path / "stick"
    form = officer(admin, stick)
    admin.refused(form, "找不到")  # The stick is not plugged in.
    stick.mkdir()
    for changed, words in (({"number": "YL50015600101"}, "已有有效的证书"), ({"number": "../x"}, "只能用数字"),
                           ({"name": "../../甲"}, "不能用的字符"), ({"again": "135791"}, "不一样"),
                           ({"name": ""}, "没有填写姓名")):
        fill(admin, form, stick, **changed)
        admin.refused(form, words)
    fill(admin, form, stick)
    told = admin.made(form, "已签发证书")
    assert "信任包" in told and len(list(stick.glob("*.p12"))) == 2
    admin.camera.until(lambda: page.board.table.count() == 3)
    assert admin.states("YL50015600109") == [Standing.VALID]
    assert admin.page.board.details.text().count("SHA-256") == 2


def test_where_an_officer_works_is_typed_once(opened: Admin, tmp_path: Path) -> None:
    form = opened.dialog(opened.page.board.issue_button, IssueDialog)
    lines = form.employer
    assert lines.typed() == Employer(AGENCY, UNIT, "YL12")
    opened.camera.dialog(form, "issue-known", close=False)
    lines.unit.setFocus()
    QTest.keyClick(lines.unit, Qt.Key.Key_End)
    QTest.keyClicks(lines.unit, "2")
    assert lines.typed() == Employer(AGENCY, f"{UNIT}2", ""), "the code was that of another unit"
    lines.unit_code.setFocus()
    QTest.keyClicks(lines.unit_code, "YL13")
    for line, text in ((form.name, "新来的（演练）"), (form.number, "YL50015600109"), (form.folder.line, str(tmp_path)),
                       (form.pin, PIN), (form.again, PIN)):
        opened.write(line, text)
    opened.made(form, "已签发证书")
    opened.camera.until(lambda: opened.page.board.table.count() == 3)
    lines = opened.dialog(opened.page.board.issue_button, IssueDialog).employer
    assert lines.typed() == Employer(AGENCY, f"{UNIT}2", "YL13"), "the newest stands there"
    lines.unit_box.setFocus()
    QTest.keyClick(lines.unit_box, Qt.Key.Key_Down)
    assert lines.typed() == Employer(AGENCY, UNIT, "YL12"), "a unit is chosen with its code"
    lines.unit_code.setFocus()
    lines.unit_code.selectAll()
    QTest.keyClicks(lines.unit_code, "YL99")
    QTest.keyClick(lines.unit_box, Qt.Key.Key_Up)
    assert lines.typed() == Employer(AGENCY, f"{UNIT}2", "YL99"), "what somebody typed stays"


def test_a_fixed_disk_is_doubted_once(
        opened: Admin, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(district, "medium_of", lambda _folder: Medium.FIXED)
    form = officer(opened, tmp_path)
    opened.camera.until(lambda: True)
    lines = [line for line in form.findChildren(QLineEdit) if line.isVisible()]
    high = [line.height() for line in lines]
    opened.press(form.go)
    opened.camera.until(lambda: form.doubted.isVisible() and not form.running)
    assert "硬盘" in form.doubted.text() and not list(tmp_path.glob("*.p12"))
    # What is said in several lines takes no room from what is typed.
    assert [line.height() for line in lines] == high
    opened.made(form, "已签发证书")


def test_renewed_and_withdrawn_from_the_table(opened: Admin, tmp_path: Path) -> None:
    admin, board, number = opened, opened.page.board, "YL50015600102"
    board.table.setFocus()
    while board.chosen is None or board.chosen.number != number:
        before = board.table.line
        QTest.keyClick(board.table, Qt.Key.Key_Down)
        assert board.table.line != before
    form = admin.dialog(board.renew_button, IssueDialog)
    assert form.number.text() == number and form.number.isReadOnly()
    for line in (form.pin, form.again):
        admin.write(line, PIN)
    admin.write(form.folder.line, str(tmp_path))
    admin.made(form, "已换发证书")
    admin.camera.until(lambda: board.table.count() == 3)
    assert admin.states(number) == [Standing.VALID] * 2
    asked = admin.dialog(board.withdraw_button, WithdrawDialog)
    asked.reason.setCurrentIndex(asked.reason.findData(Withdrawal.OTHER))
    admin.refused(asked, "还没有写说明")
    asked.reason.setCurrentIndex(asked.reason.findData(Withdrawal.LOST))
    QTest.keyClick(asked.all, Qt.Key.Key_Space)
    admin.made(asked, "已吊销")
    admin.camera.until(lambda: admin.states(number) == [Standing.WITHDRAWN] * 2)
    assert not board.withdraw_button.isEnabled() or board.chosen is None or board.chosen.number != number


def test_a_laptop_from_the_desk_to_its_first_login(
        opened: Admin, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    admin, board, world = opened, opened.page.board, opened.world
    stick = tmp_path / "stick"
    stick.mkdir()
    for n in (1, 2):
        named = admin.dialog(board.custodian_button, CustodianDialog)
        for line, text in ((named.name, f"保管人{n}"), (named.number, f"BG-{n}"),
                           (named.folder.line, str(stick)), (named.secrets[0], LONG),
                           (named.secrets[1], LONG)):
            admin.write(line, text)
        admin.made(named, "已签发保管人证书")
    assert "还差1名" in board.summary.text()
    bundle = admin.dialog(board.bundle_button, BundleDialog)
    admin.refused(bundle, "还没有选择总部文件夹")
    admin.write(bundle.headquarters.line, str(tmp_path))
    admin.write(bundle.folder.line, str(stick))
    admin.refused(bundle, "没有信任包可以沿用")
    admin.write(bundle.headquarters.line, str(world.headquarters))
    admin.made(bundle, "号信任包已写到")
    enrol = admin.dialog(board.enrol_button, EnrolDialog)
    for line, text in ((enrol.number, "D001"), (enrol.bundle.line, str(stick)),
                       (enrol.folder.line, str(stick))):
        admin.write(line, text)
    admin.refused(enrol, "已有有效的证书")
    admin.write(enrol.number, "D007")
    admin.made(enrol, "已登记执法电脑D007")
    board.filter.setCurrentText(Holder.DEVICE.value)
    admin.camera.until(lambda: board.table.count() == 2)
    page = admin.page
    page.print_ceremony(stick / "r.pdf")
    admin.camera.until(lambda: "仪式记录已写到" in page.banner.text)
    assert (stick / "r.pdf").read_bytes().startswith(b"%PDF")
    _first_login(world, tmp_path / "new", stick)


def _first_login(world: World, data: Path, stick: Path) -> None:
    camera = Photographer(DataFolder(data), world.pictures)
    admin = Admin(camera, world)
    try:
        login = camera.window.login
        assert "还没有登记" in login.refusal.text() and "从U盘登记本机" in login.refusal.text()
        assert camera.window.focusWidget() is login.update_ and login.update_.text() == "从U盘登记本机"
        login.take_from(stick / "r.pdf")
        camera.until(lambda: "没有信任包" in login.refusal.text())
        login.take_from(stick)
        camera.until(lambda: "已登记为D007" in login.refusal.text())
        assert login.update_.text() == "从U盘更新本机"
        log_out(log_in(AppContext(SystemClock(), DataFolder(data)), *world.both()))
        admin.press(login.certificates)
        trial = admin.dialog(admin.page.opening.trial, TryShareDialog)
        admin.write(trial.file.line, str(stick / "保管人1-BG-1.p12"))
        admin.write(trial.secret, "not-this-one-0123")
        admin.refused(trial, "口令不对")
        admin.write(trial.secret, LONG)
        admin.made(trial, "钥匙能用")
    finally:
        camera.close()


def test_keys_made_in_a_token_after_it_was_doubted(
        opened: Admin, tmp_path_factory: pytest.TempPathFactory) -> None:
    tokens.prepare(tmp_path_factory.mktemp("softhsm"))
    place = tokens.new_token(f"adm-{opened.world.root.parent.name[-8:]}")
    for number, doubted in (("YL50015600111", False), ("YL50015600112", True)):
        form = opened.dialog(opened.page.board.issue_button, IssueDialog)
        form.kind.setFocus()
        QTest.keyClick(form.kind, Qt.Key.Key_Down)
        for line, text in ((form.name, "丁"), (form.number, number), (form.employer.agency, AGENCY),
                           (form.employer.unit, UNIT), (form.driver.line, str(tokens.module())),
                           (form.token, place.label), (form.token_pin, "000000")):
            opened.write(line, text)
        if doubted:
            opened.press(form.go)
            opened.camera.until(lambda f=form: f.doubted.isVisible() and not f.running)  # type: ignore[misc]
            assert "丁（YL50015600111）" in form.doubted.text()
        opened.refused(form, "口令不对")
        opened.write(form.token_pin, tokens.PIN)
        if doubted:
            opened.press(form.go)
            opened.camera.until(lambda f=form: f.doubted.isVisible() and not f.running)  # type: ignore[misc]
        opened.made(form, "私钥不出钥匙")


def test_a_new_district_and_one_left_alone(admin: Admin, tmp_path: Path) -> None:
    page = admin.page
    form = admin.dialog(page.opening.new, FoundDialog)
    for line, text in ((form.name, "另一区"), (form.folder.line, str(admin.world.root / "ca")),
                       (form.secrets[0], "short"), (form.secrets[1], "short")):
        admin.write(line, text)
    admin.refused(form, "已有证书机构")
    admin.write(form.folder.line, str(tmp_path / "ca2"))
    admin.refused(form, "少于12个字符")
    for line in form.secrets:
        admin.write(line, "long-enough-0123")
    admin.made(form, "已建立另一区")
    assert page.district is not None and "还差3名" in page.board.summary.text()
    page._left_alone()
    page.print_ceremony(tmp_path / "blank.pdf")  # Before there is an authority to fill it from.
    admin.camera.until(lambda: "仪式记录已写到" in page.banner.text)
    page.print_ceremony(tmp_path / "blank.txt")
    admin.camera.until(lambda: "不是PDF文件名" in page.banner.text)
    page._left_alone()
    assert "已关闭" in page.banner.text and page.opening.isVisible()
    assert page.about.isHidden()


def test_within_a_session_it_stands_beside_the_settings_and_closes_at_lock(
        world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    camera = Photographer(world.laptop.data, world.pictures)
    admin = Admin(camera, world)
    try:
        camera.log_in()
        window = camera.window
        window.go("settings")
        (door,) = [b for b in window.settings.findChildren(QPushButton) if b.text() == "证书管理"]
        admin.press(door)
        assert window.pages.currentWidget() is admin.page and window.recording.bar.isVisible()
        admin.open(world.root / "ca", CA_WORDS)
        camera.until(lambda: admin.page.board.table.count() == 2)
        window.lock()
        assert admin.page.district is None  # The authority's keys do not outlive a lock.
        window.guard._unlocked()
        admin.press(admin.page.back)
        assert window.pages.currentWidget() is window.settings
        window.leave()
        admin.press(window.login.certificates)
        assert window.root.currentWidget() is admin.page
    finally:
        camera.close()
