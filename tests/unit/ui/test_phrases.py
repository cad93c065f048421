"""Phrases: every place exists, every text prints and fits, and choosing one inserts it."""

from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLineEdit, QMenu, QPlainTextEdit
from pytestqt.qtbot import QtBot

from field_app.actions.phrases import (
    OUTLINE,
    PhrasesBroken,
    inquiry_outlines,
    offered,
    phrase_library,
    read_library,
)
from field_app.documents.fonts import missing_characters
from field_app.forms import Field, Kind, load_form
from field_app.forms.text_safety import bad_characters
from field_app.rules.blanks import BLANK, blank_reasons
from field_app.ui.field_editors import Editor, LongEditor
from field_app.ui.form_editor import FormEditor
from field_app.ui.inquiry_editor import PairsEditor
from field_app.ui.phrase_button import PhraseButton
from field_app.ui.rows_editor import RowsEditor

pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints", extend=True)

LIBRARY = phrase_library()
NEEDED = ("安全生产", "烟花爆竹", "占道", "违法建设", "秸秆", "宅基地", "畜禽", "森林防火", "垃圾",
          "河道", "小餐饮", "燃气", "托管", "消防")


def _field(form: str, path: str) -> Field:
    fields, found = load_form(form).fields, None
    for key in path.split("."):
        found = next(f for f in fields if f.key == key)
        fields = found.fields
    assert found is not None
    return found


def _form(form: str, qtbot: QtBot, about: str = "") -> FormEditor:
    made = FormEditor(load_form(form), {}, phrases=lambda path: LIBRARY.offer(
        form, path, about=about))
    qtbot.addWidget(made)
    made.finish()
    return made


def _button(editor: FormEditor, label: str) -> PhraseButton:
    return next(b for b in editor.findChildren(PhraseButton)
                if b.accessibleName().startswith(f"{label}的"))


def _choose(button: PhraseButton, *names: str) -> None:
    """Trigger an entry by the way to it through the menus."""
    menu = button.menu()
    menu.aboutToShow.emit()
    for name in names[:-1]:
        inner = next(a for a in menu.actions() if a.text() == name).menu()
        assert isinstance(inner, QMenu)
        menu = inner
    next(a for a in menu.actions() if a.text() == names[-1]).trigger()


def test_fourteen_matters_have_what_they_need() -> None:
    names = [m.name for m in LIBRARY.matters]
    for word in NEEDED:
        assert sum(word in name for name in names) == 1, word
    for matter in LIBRARY.matters:
        assert 6 <= len(matter.phrases[OUTLINE]) <= 9, matter.name
        assert 5 <= len(matter.phrases["finding"]) <= 8, matter.name
        assert 5 <= len(matter.phrases["order"]) <= 8, matter.name
        assert matter.confidence == "I" and matter.told_in(matter.words[0])
    assert {"opinion", "result", "service"} <= LIBRARY.general.keys()
    assert list(inquiry_outlines()) == names


@pytest.mark.parametrize("place", LIBRARY.places, ids=lambda p: f"{p.form}-{p.field}")
def test_every_phrase_fits_its_field_and_prints(place: object) -> None:
    form, path = place.form, place.field  # type: ignore[attr-defined]
    field = _field(form, path)
    offer = LIBRARY.offer(form, path)
    assert offer is not None and offer.groups
    if field.kind is Kind.LIST:
        item = field.item
        assert item is not None
        if offer.kind == OUTLINE:
            item = next(f for f in item.fields if f.key == "q")
        elif offer.member:
            item = next(f for f in item.fields if f.key == offer.member)
        field = item
    assert field.kind in (Kind.LONG, Kind.TEXT)
    for group in offer.groups:
        assert len(set(group.phrases)) == len(group.phrases)
        for phrase in group.phrases:
            assert len(phrase) <= field.max_length
            assert not bad_characters(phrase, lines=False) and not missing_characters(phrase)
            assert phrase == phrase.strip() and "《" not in phrase  # cites no law


def test_the_cases_own_matter_comes_first() -> None:
    offer = LIBRARY.offer("G1-14", "order_content", about="占用人行道摆摊")
    assert offer is not None
    first, second, *others = offer.groups
    assert (first.matter, first.own, second.matter) == ("占道经营", True, "通用")
    assert not any(g.own for g in others)
    assert LIBRARY.offer("G1-04", "check_place") is None


def test_a_phrase_goes_to_the_cursor_of_a_long_text(qtbot: QtBot) -> None:
    editor = _form("G1-04", qtbot, "占道经营")
    finding = editor.editors["check_findings"]
    assert isinstance(finding, LongEditor) and isinstance(finding.inner, QPlainTextEdit)
    finding.inner.setPlainText("前面的话。")
    finding.inner.moveCursor(finding.inner.textCursor().MoveOperation.End)
    phrases = next(m for m in LIBRARY.matters if m.name == "占道经营").phrases["finding"]
    with qtbot.waitSignal(editor.changed):
        _choose(_button(editor, "检查情况"), "占道经营（本案）", phrases[2])
    assert finding.value() == f"前面的话。\n{phrases[2]}"
    with qtbot.waitSignal(editor.changed):
        _choose(_button(editor, "检查情况"), "占道经营（本案）", phrases[3])
    assert finding.inner.textCursor().selectedText() == BLANK
    finding.inner.insertPlainText("3")
    assert str(finding.value()).endswith("摊位占用盲道约3米。")


def test_a_phrase_becomes_a_line_of_a_list(qtbot: QtBot) -> None:
    editor = _form("G1-04", qtbot)
    issues = editor.editors["issues"]
    assert isinstance(issues, RowsEditor)
    phrases = LIBRARY.matters[0].phrases["finding"]
    for phrase in phrases[:2]:
        _choose(_button(editor, "发现问题"), LIBRARY.matters[0].name, phrase)
    assert issues.value() == list(phrases[:2])


def test_a_phrase_becomes_a_numbered_row_of_a_table(qtbot: QtBot) -> None:
    editor = _form("G1-15", qtbot)
    problems = editor.editors["problems"]
    assert isinstance(problems, RowsEditor)
    phrases = LIBRARY.matters[0].phrases["finding"]
    problems.add()
    for phrase in phrases[:2]:
        _choose(_button(editor, "存在问题"), LIBRARY.matters[0].name, phrase)
    assert [(r["no"], r["text"]) for r in problems.value()] == list(
        enumerate(phrases[:2], start=1))


def test_a_result_goes_into_the_row_worked_in(qtbot: QtBot) -> None:
    form = load_form("G1-16")
    editor = FormEditor(form, {"items_result": [{"item": "防护罩"}, {"item": "安全出口"}]},
                        phrases=lambda path: LIBRARY.offer("G1-16", path))
    qtbot.addWidget(editor)
    rows = editor.editors["items_result"]
    assert isinstance(rows, RowsEditor)
    first = next(e for e in rows.editors if e.path == "items_result[0].desc")
    first.focused.emit(first.path)
    _choose(_button(editor, "逐项复查结果"), LIBRARY.general["result"][0])
    assert [r.get("desc") or "" for r in rows.value()] == [LIBRARY.general["result"][0], ""]


def test_an_outline_is_asked_whole_or_one_by_one(qtbot: QtBot) -> None:
    editor = _form("G2-02", qtbot)
    pairs = editor.editors["qa"]
    assert isinstance(pairs, PairsEditor)
    outline = LIBRARY.matters[0].phrases[OUTLINE]
    _choose(_button(editor, "问答记录"), LIBRARY.matters[0].name, f"全部{len(outline)}问")
    assert [p.question for p in pairs.dialogue.pairs] == list(outline)
    general = LIBRARY.general[OUTLINE][0]
    _choose(_button(editor, "问答记录"), "通用", general)
    assert pairs.dialogue.pairs[-1].question == general


def test_the_menu_opens_from_the_keyboard_and_a_locked_form_offers_nothing(qtbot: QtBot) -> None:
    editor = _form("G1-04", qtbot)
    button = _button(editor, "被检查人意见")
    with qtbot.waitExposed(editor):
        editor.show()
    assert button.focusPolicy() & Qt.FocusPolicy.TabFocus
    button.menu().aboutToShow.emit()
    assert [a.text() for a in button.menu().actions()] == list(LIBRARY.general["opinion"])
    editor.lock()
    assert not button.isEnabled()


def test_a_blank_left_open_stops_the_paper() -> None:
    found = blank_reasons({"a": [{"b": f"占用约{BLANK}平方米"}], "c": "占用约3平方米"})
    assert [(r.where, r.level.value) for r in found] == [("a[0].b", "block")]


def test_a_broken_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(PhrasesBroken, match="places"):
        read_library(tmp_path)


def test_a_ready_sentence_of_the_form_takes_the_place_of_what_was_typed(qtbot: QtBot) -> None:
    form = load_form("G2-02")
    editor = FormEditor(form, {"confirm_text": "看过"}, phrases=lambda path: offered(form, path))
    qtbot.addWidget(editor)
    editor.finish()
    sentence = _field("G2-02", "confirm_text").default
    assert "记录属实" in sentence
    button = _button(editor, "确认语")
    assert button.text() == "标准用语…"
    _choose(button, sentence)
    assert editor.answers()["confirm_text"] == sentence
    made = editor.editors["confirm_text"]
    assert isinstance(made, Editor) and isinstance(made.inner, QLineEdit)
    made.inner.undo()
    assert editor.answers()["confirm_text"] == "看过"
    assert offered(form, "place") is None and offered(load_form("G3-07"), "public") is None
