"""One walk over everything an officer waits for at the desk, for the watchdog and the benchmark."""

from collections.abc import Callable
from contextlib import AbstractContextManager

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QPushButton, QWidget

from field_app.actions import open_case as opening
from field_app.cli.demo.photographs import Photographer
from field_app.cli.demo.world import PINS
from field_app.ui.paper_editor import PaperEditor

At = Callable[[str], AbstractContextManager[None]]
KEYS = "keys are opened"  # what login and unlocking are called here


def enter(desk: Photographer, at: At) -> None:
    """Both officers log in."""
    login = desk.window.login
    desk.until(lambda: all(half.choice.count() > len(PINS) for half in login.halves))
    for index, (half, pin) in enumerate(zip(login.halves, PINS, strict=True), 1):
        half.choice.setCurrentIndex(index)
        half.pin.setText(pin)
    with at(KEYS):
        login.enter.click()
        desk.until(lambda: desk.window.shell.session is not None)


def begin_paper(desk: Photographer, form: str = "G1-04") -> PaperEditor:
    """A draft of a new case, in hand."""
    window = desk.window
    case = opening.open_case(window.shell.officers, opening.NewCase(
        cause="日常检查", matter="", place="车间", party={"name": "演练公司"}))
    window.open_case(case.id)
    desk.until(lambda: window.desk.desk is not None)
    window.desk.step.start_paper.emit(form)
    desk.until(lambda: window.desk.editor is not None)
    assert window.desk.editor is not None
    return window.desk.editor


def _click(place: QWidget, words: str) -> None:
    found = [b for b in place.findChildren(QPushButton) if b.text() == words and b.isVisible()]
    QTest.mouseClick(found[0], Qt.MouseButton.LeftButton)


def pages(desk: Photographer, at: At) -> None:
    """Every page, the search."""
    window = desk.window
    for name in window._pages():
        with at(name):
            window.go(name)
            desk.until(lambda: True)
    window.go("cases")
    for words in ("木", "木制", ""):
        with at("search"):
            window.cases.search.setText(words)
            window.cases.refresh()
            desk.until(lambda: True)


def open_case(desk: Photographer, at: At) -> None:
    """A new case, its step, what is told of it."""
    window = desk.window
    with at("a new case"):
        window.go("new")
        for line, text in ((window.new.name, "演练木制品厂"), (window.new.place, "演练乡桐麻村"),
                           (window.new.cause, "安全生产日常检查")):
            line.setText(text)
        QTest.keyClick(window.new.matter, Qt.Key.Key_Return)
        desk.until(lambda: window.desk.desk is not None)
    assert window.desk.desk is not None
    with at("another step"):
        window.desk.choose(window.desk.desk.steps[-1].step.id)
        desk.until(lambda: True)
    window.desk.choose(window.desk.desk.steps[0].step.id)
    with at("circumstances"):
        window.desk.open_circumstances()
        desk.until(lambda: bool(window.desk.circumstances.questions))
    with at("back to the step"):
        window.keys.back()
        desk.until(lambda: True)


def paper(desk: Photographer, at: At) -> None:
    """The longest paper is opened, typed into, left."""
    window = desk.window
    with at("a paper"):
        _click(window.desk.step, "填写")
        desk.until(lambda: window.desk.editor is not None and bool(window.desk.editor.view.pages))
    editor = window.desk.editor
    assert editor is not None and editor.form.focus("check_findings")
    box = window.focusWidget()
    assert box is not None
    for key in "saw":
        with at("typing"):
            QTest.keyClicks(box, key)
            desk.until(lambda: True)
    with at("a paper left"):
        editor.leave()
        desk.until(lambda: window.desk.editor is None)


def inquiry(desk: Photographer, at: At, *, questions: int) -> None:
    """A long record of questions is opened again and goes on."""
    from field_app.ui.inquiry_editor import PairsEditor

    window = desk.window
    with at("an inquiry"):
        window.desk._start_paper("G2-02")
        desk.until(lambda: window.desk.editor is not None and bool(window.desk.editor.view.pages))
    editor = window.desk.editor
    assert editor is not None
    pairs = editor.form.editors["qa"]
    assert isinstance(pairs, PairsEditor)
    with at("an outline asked"):
        pairs.ask([f"第{n}个问题是什么？" for n in range(questions)])
        desk.until(lambda: True)
    assert len(pairs.value()) == questions
    with at("the next question"):
        pairs.insert_after(questions - 1)
        desk.until(lambda: True)
    box = window.focusWidget()
    assert box is not None
    with at("an answer typed"):
        QTest.keyClicks(box, "saw")
        desk.until(lambda: True)
    with at("an inquiry left"):
        editor.leave()
        desk.until(lambda: window.desk.editor is None)
    assert window.desk.desk is not None
    again = next(p for s in window.desk.desk.steps for p in s.papers if p.form == "G2-02")
    with at("an inquiry opened again"):
        window.desk.open_paper(again)
        desk.until(lambda: window.desk.editor is not None and bool(window.desk.editor.view.pages))
        desk.until(lambda: True)
    with at("an inquiry left again"):
        editor = window.desk.editor
        assert editor is not None and len(editor.form.answers()["qa"]) == questions + 1
        editor.leave()
        desk.until(lambda: window.desk.editor is None)


def windows(desk: Photographer, at: At) -> None:
    """The dialogs."""
    window = desk.window
    with at("blank forms"):
        window.printing.blank_forms()
        desk.until(lambda: window.printing.dialog is not None)
    dialog = window.printing.dialog
    assert dialog is not None
    dialog.close()
    with at("the print dialog"):
        window.printing.test_page("")
        desk.until(lambda: window.printing.dialog is not dialog)
    opened = window.printing.dialog
    assert opened is not None
    opened.close()
    desk.until(lambda: True)


def lock(desk: Photographer, at: At) -> None:
    """The desk is locked, and one of the two comes back."""
    window = desk.window
    with at("lock"):
        window.lock()
        desk.until(lambda: window.guard.locked)
    window.guard.page.pin.setText(PINS[window.guard.page.who.currentIndex()])
    with at(KEYS):
        window.guard.page.enter.click()
        desk.until(lambda: not window.guard.locked)
