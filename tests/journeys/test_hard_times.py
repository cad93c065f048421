"""What goes wrong while a record is written: clocks, keys, sizes and pasted things change nothing that was typed."""

from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from PySide6.QtCore import QMimeData
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QPlainTextEdit

from field_app.actions.case_desk import case_desk
from field_app.actions.context import AppContext
from field_app.actions.fill_document import start_paper
from field_app.actions.open_case import NewCase, open_case
from field_app.cli.demo.photographs import Photographer
from field_app.cli.demo.world import OFFICERS, PINS, World
from field_app.domain.clock import Moment, SystemClock
from field_app.storage import events, papers
from field_app.ui import theme
from field_app.ui.paper_editor import PaperEditor

_DEFECT = "程序出现意外"
_WORD = """<html xmlns:o="urn:schemas-microsoft-com:office:office"><head><style>p.MsoNormal{font-family:"SimSun";
color:red;font-size:22.0pt}</style></head><body lang=ZH-CN><p class=MsoNormal><b><span style='color:red'>灶间有
</span></b>钢瓶<o:p></o:p></p><table border=1><tr><td>软管</td><td>过长</td></tr></table>
<img src="file:///C:/secret.png"><script>alert(1)</script></body></html>"""


class Jumping:
    """The machine's clocks, of which the wall clock can be set by hand, as anybody may."""

    def __init__(self) -> None:
        self._clock, self.off = SystemClock(), timedelta()

    def now(self) -> Moment:
        real = self._clock.now()
        return Moment(real.wall + self.off, real.mono_ms, real.boot)


@pytest.fixture
def clock() -> Jumping:
    return Jumping()


@pytest.fixture
def desk(world: World, clock: Jumping) -> Iterator[Photographer]:
    made = Photographer(world.laptop.data, world.pictures)
    made.window.shell.context = AppContext(clock, world.laptop.data)
    made.log_in()
    yield made
    made.close()


def writing(desk: Photographer) -> tuple[PaperEditor, QPlainTextEdit]:
    """A record in hand, the cursor in its findings."""
    window, session = desk.window, desk.window.shell.officers
    case = open_case(session, NewCase(cause="日常检查", matter="", place="车间", party={"name": "演练公司"}))
    start_paper(session, case.id, case_desk(session, case.id).steps[0].step.id, "G1-04")
    window.open_case(case.id)
    desk.until(lambda: window.desk.desk is not None)
    assert window.desk.desk is not None
    window.desk.open_paper(window.desk.desk.steps[0].papers[0])
    desk.until(lambda: window.desk.editor is not None and bool(window.desk.editor.view.pages))
    assert window.desk.editor is not None and window.desk.editor.form.focus("check_findings")
    return window.desk.editor, box(desk)


def box(desk: Photographer) -> QPlainTextEdit:
    found = desk.window.focusWidget()
    assert isinstance(found, QPlainTextEdit)
    return found


def type_and_keep(desk: Photographer, editor: PaperEditor, words: str) -> None:
    QTest.keyClicks(box(desk), words)
    editor.saved.setText("")
    desk.until(lambda: editor.saved.text().startswith("已保存"))


def stored(desk: Photographer, editor: PaperEditor) -> str:
    with desk.window.shell.officers.begin() as tx:
        return str(papers.get(tx, editor.paper.id).answers.get("check_findings", ""))


def test_the_systems_clock_jumps_while_a_record_is_written(desk: Photographer, clock: Jumping) -> None:
    editor, _box = writing(desk)
    words = ""
    for days, typed in ((-3, "first "), (900, "second "), (0, "third")):
        clock.off = timedelta(days=days)
        type_and_keep(desk, editor, typed)
        words += typed
        assert stored(desk, editor) == words.strip()
        desk.window.top._tick()
        for page in ("today", "cases", "sync"):
            desk.window.go(page)
            desk.until(lambda: True)
            assert _DEFECT not in desk.window.banner._text.text()
        desk.window.pages.setCurrentWidget(desk.window.desk)
        assert editor.form.focus("check_findings")
    with desk.window.shell.officers.begin() as tx:
        assert events.first_break(tx) is None
        order = [str(e.members()["hlc"]) for e in events.since(tx, 0)]
    assert order == sorted(order)  # The log goes on in its order, whatever the clock says.


def test_a_key_pulled_in_the_middle_of_a_word(desk: Photographer, world: World) -> None:
    editor, typed_into = writing(desk)
    QTest.keyClicks(typed_into, "half a wor")
    card = world.cards / f"{OFFICERS[0]}.p12"
    away = card.rename(world.root / "pulled")
    desk.until(lambda: desk.window.guard.locked)
    assert stored(desk, editor) == "half a wor"  # Kept when it locked, not a second later.
    away.rename(card)
    page = desk.window.guard.page
    page.look()
    desk.until(page.enter.isEnabled)
    page.pin.setText(PINS[page.who.currentIndex()])
    page.enter.click()
    desk.until(lambda: not desk.window.guard.locked)
    assert desk.window.desk.editor is editor and typed_into.toPlainText() == "half a wor"
    typed_into.setFocus()
    type_and_keep(desk, editor, "d")
    assert stored(desk, editor) == "half a word"


def test_size_and_light_change_in_the_middle_of_a_word(desk: Photographer) -> None:
    editor, typed_into = writing(desk)
    QTest.keyClicks(typed_into, "half")
    desk.window.dresser.grow(1)
    desk.window.dresser.other_theme()
    assert box(desk) is typed_into
    type_and_keep(desk, editor, " a word")
    assert stored(desk, editor) == "half a word"
    desk.until(lambda: "half a word" in editor.view.pages[0].page.text + editor.view.pages[-1].page.text)
    theme.apply(desk.app, "light")


def test_a_page_of_word_pasted_into_the_record(
        desk: Photographer, put_on_clipboard: Callable[[QMimeData], None]) -> None:
    editor, typed_into = writing(desk)
    held = QMimeData()
    held.setHtml(_WORD)
    held.setText("灶间有\r\n钢瓶\x07👍\t软管\u2028过长")
    put_on_clipboard(held)
    typed_into.paste()
    assert typed_into.toPlainText() == "灶间有\n钢瓶 软管\n过长"
    assert "去掉了" in desk.window.banner._text.text()
    editor.saved.setText("")
    desk.until(lambda: editor.saved.text().startswith("已保存"))
    assert stored(desk, editor) == "灶间有\n钢瓶 软管\n过长"
    # A copy that has pictures and markup alone brings no markup.
    bare = QMimeData()
    bare.setHtml(_WORD)
    put_on_clipboard(bare)
    typed_into.paste()
    assert "<" not in typed_into.toPlainText() and "Mso" not in typed_into.toPlainText()


def test_the_field_in_hand_stays_in_view_when_others_are_told_wrong(desk: Photographer) -> None:
    editor, typed_into = writing(desk)
    above = [e for e in editor.form.editors.values() if e.path.startswith("PARTY.")]
    assert above
    editor.form.focus("check_findings")
    editor._checked = True  # As after a 定稿 that was refused: every empty field is told.
    QTest.keyClicks(typed_into, "w")
    desk.until(lambda: any(note.isVisible() for note in editor.form._notes.values()))
    desk.until(lambda: True)
    assert not typed_into.visibleRegion().isEmpty()
