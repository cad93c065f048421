"""Rows that go on in the next line: those at the right stay together."""

import pytest
from PySide6.QtWidgets import QLabel, QWidget
from pytestqt.qtbot import QtBot

from field_app.ui.flow_row import FlowRow


@pytest.fixture
def page(qtbot: QtBot) -> QWidget:
    made = QWidget()
    qtbot.addWidget(made)
    return made


def row_of(page: QWidget, width: int) -> list[QLabel]:
    parts = [QLabel("x") for _ in range(5)]
    for part in parts:
        part.setFixedSize(100, 20)
    flow = FlowRow(*parts, right=parts[2])
    flow.setContentsMargins(0, 0, 0, 0)
    page.setLayout(flow)
    page.resize(width, 200)
    page.show()
    flow.activate()
    return parts


def test_all_in_one_line_where_there_is_room(page: QWidget) -> None:
    parts = row_of(page, 700)
    assert len({p.y() for p in parts}) == 1
    assert [p.x() for p in parts] == [0, 108, 384, 492, 600]


def test_none_of_the_right_is_left_alone_in_the_next_line(page: QWidget) -> None:
    parts = row_of(page, 500)  # Four would have room in the first line.
    assert [p.y() for p in parts] == [0, 0, 28, 28, 28]
    assert [p.x() for p in parts[2:]] == [184, 292, 400]


def test_what_has_no_room_together_flows_on(page: QWidget) -> None:
    parts = row_of(page, 220)
    assert [p.y() for p in parts] == [0, 0, 28, 28, 56]


def test_what_is_hidden_breaks_no_line(page: QWidget) -> None:
    parts = [QLabel("x") for _ in range(3)]
    for part in parts:
        part.setFixedSize(100, 20)
    flow = FlowRow(*parts, right=parts[1])
    flow.setContentsMargins(0, 0, 0, 0)
    page.setLayout(flow)
    parts[1].hide()
    page.resize(150, 200)
    page.show()
    flow.activate()
    assert [parts[0].y(), parts[2].y()] == [0, 28] and parts[2].x() == 50
