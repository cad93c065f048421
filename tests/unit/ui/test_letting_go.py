"""What nobody sees any more goes piece by piece, keys come through in between, and all of it goes."""

import pytest
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QLineEdit, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from field_app.ui import slices
from field_app.ui.letting_go import LettingGo

_PIECES = 12


class _Form(QWidget):
    def __init__(self, parent: QWidget, gone: list[str]) -> None:
        super().__init__(parent)
        column = QVBoxLayout(self)
        self.pieces: list[QWidget] = [QWidget(self)]
        inner = QVBoxLayout(self.pieces[0])
        column.addWidget(self.pieces[0])
        for _ in range(_PIECES):
            line = QLineEdit("被询问人的话")
            inner.addWidget(line)
            self.pieces.append(line)
        for number, piece in enumerate(self.pieces):
            piece.destroyed.connect(lambda _=None, number=number: gone.append(str(number)))
        self.destroyed.connect(lambda _=None: gone.append("whole"))


@pytest.fixture
def slow(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each piece takes as long as a slice may."""
    monkeypatch.setattr(slices, "_SLICE_S", -1.0)


@pytest.mark.usefixtures("slow")
def test_one_piece_after_the_other_and_the_whole_at_the_end(qtbot: QtBot) -> None:
    page, gone, between = QWidget(), list[str](), list[int]()
    qtbot.addWidget(page)
    page.show()
    form = _Form(page, gone)
    form.show()
    bin_ = LettingGo(page)
    bin_.take(form, form.pieces)
    assert not form.isVisible() and not gone
    beat = QTimer(page)
    beat.timeout.connect(lambda: between.append(len(gone)))
    beat.start(0)
    qtbot.waitUntil(lambda: "whole" in gone)
    assert gone == [*map(str, range(_PIECES, -1, -1)), "whole"]
    assert set(between) >= set(range(1, _PIECES)), "others had their turn after each"


def test_another_one_may_come_meanwhile_and_the_page_may_go(qtbot: QtBot) -> None:
    page, gone = QWidget(), list[str]()
    bin_ = LettingGo(page)
    for _ in range(2):
        form = _Form(page, gone)
        bin_.take(form, form.pieces)
    qtbot.waitUntil(lambda: gone.count("whole") == 2)
    assert len(gone) == 2 * (_PIECES + 2)
    form = _Form(page, gone)
    bin_.take(form, form.pieces)
    page.deleteLater()
    qtbot.waitUntil(lambda: gone.count("whole") == 3)
    assert len(gone) == 3 * (_PIECES + 2)
