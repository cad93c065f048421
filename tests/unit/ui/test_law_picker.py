"""A citation is chosen and inserted, never beyond the last article."""

from pytestqt.qtbot import QtBot

from field_app.forms import Field, Kind, Need
from field_app.ui.field_editors import LongEditor
from field_app.ui.law_picker import LawPicker


def test_choosing(qtbot: QtBot) -> None:
    editor = LongEditor(Field("basis", "依据", Kind.LONG, Need.REQUIRED, checks=("law_reference",)),
                        "basis", "根据")
    qtbot.addWidget(editor)
    picker = LawPicker(editor)
    qtbot.addWidget(picker)
    picker.law.setCurrentIndex(0)
    picker.article.setValue(999)
    assert picker.article.value() == 86
    picker.article.setValue(28)
    assert (picker.paragraph.text(), picker.item.text()) == ("不写", "不写"), "not a paragraph 0"
    picker.paragraph.setValue(1)
    assert picker.shown.text() == "《中华人民共和国行政处罚法》第二十八条第一款"
    picker.law.setCurrentIndex(1)
    picker.article.setValue(71)
    picker.law.setCurrentIndex(8)
    with qtbot.waitSignal(editor.changed):
        editor.insert_text(picker.citation)
    assert str(editor.value()).startswith("《中华人民共和国土地管理法》第七十一条")
