"""今日 tells of recordings whose time is over or comes, and leads to the list of them."""

from collections.abc import Callable
from datetime import timedelta

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel, QPushButton

from field_app.actions.context import Session
from field_app.actions.log_in import log_in, log_out
from field_app.cli.demo.photographs import Photographer
from field_app.cli.demo.world import World
from field_app.domain.case import Case
from tests.journeys import films
from tests.journeys.test_media_kept import later


def told(camera: Photographer) -> list[str]:
    return [w.text() for w in camera.window.today.findChildren(QLabel)
            if w.isVisible() and ("保存期已满" in w.text() or "件即将到期" in w.text())]


def test_due_recordings_stand_on_the_first_page(
        world: World, new_case: Callable[[Session], Case]) -> None:
    session = log_in(world.laptop, *world.both())
    case = new_case(session)
    step = films.first_step(session, case)
    films.recorded(session, case, step)
    films.recorded(session, case, step, at=session.at - timedelta(days=40))
    log_out(session)
    camera = Photographer(world.laptop.data, world.pictures)
    try:
        camera.log_in()
        window = camera.window
        assert told(camera) == []  # Nothing is due yet, so nothing is said.
        now = window.shell.officers
        for days, words in (
                (120, "1件即将到期。"),
                (200, "2件保存期已满，总部签收过的，由两名执法人员确认后才能销毁。")):
            window.shell.session = later(now, days)
            window.go("today")
            camera.until(lambda w=words: w in told(camera))  # type: ignore[misc]
            window.shell.session = now
        camera.take("今日-保存期限")
        (jump,) = [b for b in window.today.findChildren(QPushButton) if b.text() == "查看保存期限"]
        jump.setFocus()
        QTest.keyClick(jump, Qt.Key.Key_Space)
        camera.until(lambda: window.media.retention is not None
                     and window.media.retention.table.count() == 2)
        assert window.pages.currentWidget() is window.media.page
    finally:
        camera.close()
