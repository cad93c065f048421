"""The road by stick and a paper's electronic signature at the real window, in either suite."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from field_app.actions.context import Session
from field_app.actions.seal_case import seal_case
from field_app.cli.demo.photographs import Photographer
from field_app.cli.demo.world import World
from field_app.domain.case import Case, SyncState
from field_app.headquarters.stick import import_package
from field_app.storage import cases
from tests.journeys.test_sending import with_paper


@dataclass
class Desk:
    """The window, and the world it works in."""

    officer: Photographer
    world: World

    @property
    def session(self) -> Session:
        return self.officer.window.shell.officers

    def said(self) -> str:
        return self.officer.window.banner.text

    def state(self, case: Case) -> SyncState:
        with self.session.begin() as tx:
            return cases.get(tx, case.id).sync


@pytest.fixture
def desk(either_world: World) -> Iterator[Desk]:
    made = Photographer(either_world.laptop.data, either_world.pictures)
    made.log_in()
    yield Desk(made, either_world)
    made.close()


def test_out_and_back_by_the_buttons(
        desk: Desk, new_case: Callable[[Session], Case], tmp_path: Path) -> None:
    case = new_case(desk.session)
    paper = with_paper(desk.session, case)
    officer, window, stick = desk.officer, desk.officer.window, tmp_path / "stick"
    stick.mkdir()
    window.open_case(case.id)
    officer.until(lambda: window.desk.desk is not None)
    window.desk.open_paper(paper)
    officer.until(lambda: bool(window.desk.editor and window.desk.editor.view.pages))
    editor = window.desk.editor
    assert editor is not None
    editor.more.proof.trigger()
    officer.until(lambda: "还没有电子签名" in desk.said())
    seal_case(desk.session, case.id, desk.world.both())
    editor.more.proof.trigger()
    officer.until(lambda: "经核验有效" in desk.said())
    assert ("ISO 32000" in desk.said()) is desk.session.national
    officer.take("电子签名")
    window.go("sync")
    officer.until(lambda: True)
    assert window.sync.address.isVisible() is not desk.session.national and not window.sync.send.isVisible()
    assert ("国密证书" in window.sync.place.text()) is desk.session.national
    window.sync.bring_from(stick)
    officer.until(lambda: "没有本机等待的回执" in desk.said())
    window.sync.carry_to(stick)
    officer.until(lambda: not window.sync.sending)
    assert "已拷1件" in desk.said()
    officer.take("拷到U盘")
    assert import_package(desk.world.headquarters, stick / case.package).ok
    window.sync.bring_from(stick)
    officer.until(lambda: not window.sync.sending)
    assert "总部已签收1件" in desk.said()
    assert desk.state(case) is SyncState.RECEIVED
    officer.take("收下回执")
