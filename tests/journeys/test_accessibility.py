"""Every control of every page: named, reached by Tab, its focus seen, its words readable and whole."""

from collections.abc import Callable, Iterator

import pytest
from PySide6.QtWidgets import QDialog, QWidget

from field_app.actions.catalogues import today
from field_app.actions.find_cards import Card
from field_app.actions.open_case import NewCase, open_case
from field_app.actions.plan import PlanFacts, add_plan
from field_app.cli.demo.photographs import Photographer
from field_app.cli.demo.world import World
from field_app.domain.reasons import Level, Reason
from field_app.languages import CHINESE, LANGUAGES
from field_app.ui import theme
from field_app.ui.blank_forms import BlankFormsDialog
from field_app.ui.forms_dialog import FormsDialog
from field_app.ui.keys_here import both_keys
from field_app.ui.language import speak, tr
from field_app.ui.law_picker import LawPicker
from field_app.ui.papers_page import NumbersDialog
from field_app.ui.people_dialog import PeopleDialog
from field_app.ui.pin_dialog import PinDialog
from field_app.ui.plan_dialog import PlanDialog
from field_app.ui.why_dialog import WhyDialog
from tests.journeys import walk

Visit = Callable[[str, QWidget], None]


@pytest.fixture
def officer(world: World) -> Iterator[Photographer]:
    made = Photographer(world.laptop.data, world.pictures)
    yield made
    theme.apply(made.app, "light")
    made.close()


def pages(officer: Photographer, visit: Visit) -> None:
    """All pages in turn, each shown and at rest, with a case, a step and a paper in hand."""
    window = officer.window
    visit("login", window.login)
    window.login.administer.emit()
    visit("administration", window.administration)
    window.keys.escape()
    officer.log_in()
    case = open_case(window.shell.officers, NewCase(
        cause="安全生产日常检查", matter="对生产经营单位安全生产的监督检查", place="演练乡桐麻村",
        party={"name": "武隆区演练乡桐麻沟木制品有限公司（演练）", "party_type": "法人"}))
    day = today(window.shell.officers)
    add_plan(window.shell.officers, PlanFacts(
        "演练乡凤凰岭农家乐（演练）", "个体工商户", matters=("消防安全检查",), kind="日常检查"), day, day)
    for page in ("today", "cases", "plan", "papers", "new", "media", "import", "laws", "sync", "statistics",
                 "settings"):
        window.go(page)
        officer.until(lambda: True)
        visit(page, window)
    window.open_case(case.id)
    officer.until(lambda: window.desk.desk is not None)
    visit("desk", window)
    window.desk.open_circumstances()
    officer.until(lambda: bool(window.desk.circumstances.questions))
    visit("circumstances", window)
    window.keys.back()
    officer.until(lambda: True)
    window.desk.step.start_paper.emit("G1-04")
    officer.until(lambda: window.desk.editor is not None and bool(window.desk.editor.view.pages))
    visit("paper", window)
    window.lock()
    visit("lock", window.guard.page)


def windows(officer: Photographer) -> Iterator[QDialog]:
    window = officer.window
    cards: list[tuple[Card, Card]] = []
    both_keys(window.shell, cards.append)
    officer.until(lambda: bool(cards))
    reason = Reason("IN-09", Level.BLOCK, "发现违法行为，没有责令改正", "请填写并定稿责令限期整改指令书",
                    "《中华人民共和国行政处罚法》第二十八条")
    yield from (PlanDialog(window.shell, window), NumbersDialog(window.shell, window),
                PeopleDialog(window.shell, window), FormsDialog(window), BlankFormsDialog(window),
                LawPicker(window), PinDialog(window, cards[0], tr("封存案件{local_no}", local_no="D001-2026-0001")),
                WhyDialog(window, tr("为什么不能做"), [reason]),
                window.help)


def test_the_whole_desk_is_named_reached_and_seen(officer: Photographer) -> None:
    wrong: dict[str, list[str]] = {}

    def visit(name: str, page: QWidget) -> None:
        officer.app.processEvents()
        wrong[name] = [
            *(f"没有名称：{w}" for w in walk.nameless(page)), *(f"Tab到不了：{w}" for w in walk.unreached(page)),
            *(f"看不见焦点：{w}" for w in walk.focus_unseen(page)), *(f"被截断：{w}" for w in walk.clipped(page)),
            *(f"看不清：{w}" for w in walk.pale(page))]
        assert page.window().minimumSizeHint().width() <= 1366

    pages(officer, visit)
    officer.window.guard.page.unlocked.emit()
    for dialog in windows(officer):
        dialog.show()
        visit(type(dialog).__name__, dialog)
        dialog.close()
    assert {name: found for name, found in wrong.items() if found} == {}


@pytest.mark.soak
@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(("name", "scale", "size"), [
    ("dark", 200, (1920, 1020)), ("sunlight", 125, (1366, 728)), ("light", 100, (1024, 728))])
def test_no_words_are_cut_and_all_are_readable_larger_and_darker(
        world: World, name: str, scale: int, size: tuple[int, int], language: str) -> None:
    officer = Photographer(world.laptop.data, world.pictures, language=language)
    wrong: dict[str, list[str]] = {}
    theme.apply(officer.app, name, scale)
    officer.window.resize(*size)

    def visit(page_name: str, page: QWidget) -> None:
        officer.app.processEvents()
        found = [*walk.clipped(page), *walk.pale(page)]
        least = page.window().minimumSizeHint()
        if least.width() > size[0] or least.height() > size[1]:
            found.append(f"窗口至少要{least.toTuple()}")
        wrong[page_name] = found

    try:
        pages(officer, visit)
        officer.window.guard.page.unlocked.emit()
        for dialog in windows(officer):
            dialog.show()
            officer.app.processEvents()
            visit(type(dialog).__name__, dialog)
            dialog.close()
        assert {page: found for page, found in wrong.items() if found} == {}
    finally:
        theme.apply(officer.app, "light")
        speak(CHINESE)
        officer.close()
