"""Recordings pulled to a step of their case on the 音像 page, by mouse and by keyboard, and taken back."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta

import pytest
from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QPushButton

from field_app.actions.case_desk import case_desk
from field_app.actions.context import Session
from field_app.actions.log_in import log_in, log_out
from field_app.actions.tie_recording import tie_recording, untie_recording
from field_app.cli.demo.photographs import Photographer
from field_app.cli.demo.world import World
from field_app.domain.case import Case, Clip, StepState
from field_app.domain.ids import StepId
from field_app.errors import UserError
from field_app.storage import cases, clips
from field_app.ui.step_targets import StepTargets
from field_app.ui.timeline_strip import TimelineStrip
from tests.journeys import films
from tests.journeys.test_media_desk import names

pytestmark = [pytest.mark.qt_log_ignore("pipewire-0.3|PulseAudioService|propagateSizeHints", extend=True)]
MakeCase = Callable[[Session], Case]


def begun(session: Session, case: Case, kind: str, *, days: int = 0) -> StepId:
    """Let a step have begun, ten minutes or some days ago; the latter is done and not on the page."""
    step = case_desk(session, case.id).step(kind).step
    at = session.at - timedelta(days=days, minutes=10)
    with session.begin() as tx:
        cases.set_step(tx, step.id, StepState.NOW, at=at)
        if days:
            cases.set_step(tx, step.id, StepState.DONE, at=at + timedelta(hours=1))
    return step.id


@dataclass(frozen=True)
class Desk:
    camera: Photographer
    case: Case
    clip: Clip
    far: StepId

    @property
    def session(self) -> Session:
        return self.camera.window.shell.officers

    @property
    def targets(self) -> StepTargets:
        return self.camera.window.media.page.tying.targets

    @property
    def strip(self) -> TimelineStrip:
        (found,) = self.camera.window.media.page.findChildren(TimelineStrip)
        found.grab()  # Painted once: what can be taken is known.
        return found

    def step(self) -> StepId:
        with self.session.begin() as tx:
            return clips.get(tx, self.clip.id).step

    def row(self, step: StepId) -> int:
        return [s.id for s in self.targets._steps].index(step)

    def place(self, step: StepId) -> QPoint:
        """Where the step stands in the rail, on the screen."""
        item = self.targets.list.item(self.row(step))
        self.targets.list.scrollToItem(item)
        rect: QRect = self.targets.list.visualItemRect(item)
        return self.targets.list.viewport().mapToGlobal(rect.center())


@pytest.fixture
def desk(world: World, new_case: MakeCase) -> Iterator[Desk]:
    session = log_in(world.laptop, *world.both())
    case = new_case(session)
    far = begun(session, case, "inquiry", days=20)
    clip = films.recorded(session, case, begun(session, case, "inspection"))
    log_out(session)
    camera = Photographer(world.laptop.data, world.pictures)
    camera.log_in()
    camera.window.go("media")
    camera.until(lambda: bool(camera.window.media.page.findChildren(TimelineStrip)))
    yield Desk(camera, case, clip, far)
    camera.close()


def pull(desk: Desk, to: QPoint, *, let_go: bool = True) -> TimelineStrip:
    """Press on the clip, move away in steps, let go there."""
    strip = desk.strip
    begin = QPoint((strip.x_of(desk.clip.started) + strip.x_of(desk.clip.ended or desk.clip.started)) // 2, 78)
    end = strip.mapFromGlobal(to)
    QTest.mousePress(strip, Qt.MouseButton.LeftButton, pos=begin)
    for part in (0.2, 0.6, 1.0):
        QTest.mouseMove(strip, begin + (end - begin) * part)
    if let_go:
        QTest.mouseRelease(strip, Qt.MouseButton.LeftButton, pos=end)
    return strip


def test_pulled_to_a_step_that_is_not_on_the_line_and_taken_back(desk: Desk) -> None:
    camera, page = desk.camera, desk.camera.window.media.page
    assert names(page) == [] and not page.tying.told.isVisible()
    (visit,) = page.desk.visits if page.desk else ()
    assert desk.far not in [s.step for s in visit.steps]
    before = desk.step()
    pull(desk, desk.place(desk.far), let_go=False)
    camera.take("音像-拖动改归")
    assert desk.targets.list.currentRow() == desk.row(desk.far)
    strip = desk.strip
    QTest.mouseRelease(strip, Qt.MouseButton.LeftButton, pos=strip.mapFromGlobal(desk.place(desk.far)))
    dialog = page.tying.dialog
    assert dialog is not None and dialog.step.currentData() == desk.far
    assert not dialog.accept_.isEnabled()  # No reason yet.
    QTest.keyClicks(dialog.reason, "wrong step")
    dialog.grab().save(str(camera.pictures / "改归原因.png"))
    QTest.keyClick(dialog.reason, Qt.Key.Key_Return)
    camera.until(page.tying.told.isVisible)
    assert desk.step() == desk.far and camera.window.player.dialog is None
    camera.take("音像-已改归")
    camera.window.activateWindow()
    camera.until(camera.window.isActiveWindow)
    QTest.keyClick(page, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    camera.until(lambda: "已撤销" in page.tying.words.text())
    assert desk.step() == before and not page.tying.undo.isVisible()
    told = films.told(desk.session, desk.case, "recording_tied")
    assert [(t["from"], t["to"]) for t in told] == [(before, desk.far), (desk.far, before)]
    with desk.session.begin() as tx:
        ties = clips.get(tx, desk.clip.id).ties
    assert [t["reason"] for t in ties] == ["wrong step", "撤销改归：wrong step"]


def test_let_go_elsewhere_or_by_escape_changes_nothing(desk: Desk) -> None:
    page, before = desk.camera.window.media.page, desk.step()
    todo = next(s.id for s in desk.targets._steps if not s.begun)
    outside = page.mapToGlobal(QPoint(30, page.height() - 5))
    for place in (desk.place(todo), outside, desk.place(before)):
        pull(desk, place)
        assert page.tying.dialog is None
    strip = pull(desk, desk.place(desk.far), let_go=False)
    QTest.keyClick(strip, Qt.Key.Key_Escape)
    QTest.mouseRelease(strip, Qt.MouseButton.LeftButton, pos=QPoint(5, 5))
    assert page.tying.dialog is None and desk.step() == before
    assert desk.camera.window.pages.currentWidget() is page and desk.camera.window.player.dialog is None


def test_a_long_list_rolls_while_a_clip_is_held_at_its_edge(desk: Desk) -> None:
    view = desk.targets.list
    view.setFixedHeight(140)
    desk.camera.app.processEvents()
    bar = view.verticalScrollBar()
    assert bar.maximum() > 0
    bar.setValue(0)
    foot = view.viewport().mapToGlobal(QPoint(40, view.viewport().height() - 3))
    pull(desk, foot, let_go=False)
    desk.camera.until(lambda: bar.value() == bar.maximum())
    pull(desk, view.viewport().mapToGlobal(QPoint(40, 2)), let_go=False)
    desk.camera.until(lambda: bar.value() == 0)
    strip = desk.strip
    QTest.keyClick(strip, Qt.Key.Key_Escape)
    assert not desk.targets._scroll.isActive()


def test_the_same_by_keyboard_alone(desk: Desk) -> None:
    camera, page, before = desk.camera, desk.camera.window.media.page, desk.step()
    strip = desk.strip
    strip.setFocus()
    QTest.keyClick(strip, Qt.Key.Key_G)
    assert desk.targets.hint.text().startswith("音像01归入哪个环节")
    assert camera.app.focusWidget() is desk.targets.list
    camera.take("音像-键盘改归")
    QTest.keyClick(desk.targets.list, Qt.Key.Key_Escape)
    assert "归入哪个环节" not in desk.targets.hint.text()
    (tie,) = [b for b in page.findChildren(QPushButton) if b.text() == "归入…"]
    tie.setFocus()
    QTest.keyClick(tie, Qt.Key.Key_Space)
    while desk.targets.list.currentRow() != desk.row(desk.far):
        at = desk.targets.list.currentRow()
        QTest.keyClick(desk.targets.list, Qt.Key.Key_Down)
        assert desk.targets.list.currentRow() != at
    QTest.keyClick(desk.targets.list, Qt.Key.Key_Return)
    dialog = page.tying.dialog
    assert dialog is not None
    QTest.keyClicks(dialog.reason, "keys")
    QTest.keyClick(dialog.reason, Qt.Key.Key_Return)
    camera.until(page.tying.told.isVisible)
    assert desk.step() == desk.far
    page.tying.undo.setFocus()
    QTest.keyClick(page.tying.undo, Qt.Key.Key_Space)
    camera.until(lambda: desk.step() == before)


def test_only_a_tie_that_stands_is_taken_back(world: World, session: Session, new_case: MakeCase) -> None:
    case = new_case(session)
    here, later = begun(session, case, "inspection"), begun(session, case, "inquiry")
    clip = films.recorded(session, case, here)
    with pytest.raises(UserError, match="没有可以撤销"):
        untie_recording(session, clip.id)
    assert tie_recording(session, clip.id, later, reason="选错").step == later
    assert untie_recording(session, clip.id).step == here
