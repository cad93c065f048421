"""Rows that go on in the next line: those at the right stay together."""

import pytest
from PySide6.QtWidgets import QLabel, QLineEdit, QSizePolicy, QWidget
from pytestqt.qtbot import QtBot

from field_app.ui.flow_row import FlowRow
from field_app.ui.parts import Elided, Flowing


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


def laid_out(page: QWidget, flow: FlowRow, width: int) -> None:
    flow.setContentsMargins(0, 0, 0, 0)
    page.setLayout(flow)
    page.resize(width, 200)
    page.show()
    flow.activate()


def fixed() -> QLabel:
    made = QLabel("x")
    made.setFixedSize(100, 20)
    return made


def test_what_may_be_cut_is_whole_in_a_line_of_its_own(page: QWidget) -> None:
    first, words, last = fixed(), Elided(), fixed()
    words.show_text("words that have no room beside the others")
    whole = words.sizeHint().width()
    laid_out(page, FlowRow(first, words, last, right=last), whole + 50)
    assert words.y() > first.y() and words.text() == words.whole and last.y() > words.y()


def test_words_that_flow_are_as_high_as_their_lines(page: QWidget) -> None:
    words, last = Flowing("one two three four five six seven eight nine ten eleven twelve"), fixed()
    line = words.sizeHint()
    flow = FlowRow(words, last, right=last)
    laid_out(page, flow, line.width() // 2)
    assert words.height() >= 2 * line.height() and last.y() > words.geometry().bottom()
    page.resize(line.width() + 200, 200)
    flow.activate()
    assert words.height() < 2 * words.sizeHint().height()
    assert abs(words.geometry().center().y() - last.geometry().center().y()) < 2


def test_what_expands_takes_what_is_left_and_no_more_than_it_may(page: QWidget) -> None:
    first, box, last = fixed(), QLineEdit(), fixed()
    box.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
    flow = FlowRow(first, box, last, right=last)
    laid_out(page, flow, 700)
    assert (box.x(), box.width(), last.x()) == (108, 700 - 216, 600)
    box.setMaximumWidth(300)
    flow.activate()
    assert (box.width(), last.x()) == (300, 600)
