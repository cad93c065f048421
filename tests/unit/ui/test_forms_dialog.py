"""文书与依据: every form is listed with its doubts; found by words; told whole."""

import pytest
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from field_app.actions.form_sources import form_sources
from field_app.ui.forms_dialog import FormsDialog

pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints", extend=True)


def test_every_form_is_told_with_its_doubts(qtbot: QtBot) -> None:
    window = QWidget()
    qtbot.addWidget(window)
    dialog = FormsDialog(window)
    qtbot.addWidget(dialog)
    assert dialog.table.rowCount() == len(form_sources()) == 98
    assert "G1-01" in dialog.details.toPlainText()
    dialog.search.setText("询问笔录")
    seen = [r for r in range(98) if not dialog.table.isRowHidden(r)]
    assert len(seen) == 1
    dialog.table.selectRow(seen[0])
    told = dialog.details.toPlainText()
    assert told.startswith("G2-02") and "法定内容" in told
    assert "\n执法主体　必填" in told and "\n　　姓名　必填" in told
    fields = told.splitlines()[told.splitlines().index("执法主体　必填"):]
    # A field's name in answers is no word for officers.
    assert [line for line in fields if line.strip("　")[0].isascii()] == []
    dialog.search.setText("没有这种文书")
    assert all(dialog.table.isRowHidden(r) for r in range(98))


def test_doubts_are_counted() -> None:
    told = {s.form_id: s for s in form_sources()}
    assert any(s.doubts for s in told.values()) and any(not s.doubts for s in told.values())
    assert {s.confidence for s in told.values()} > {"已核对原文"}
