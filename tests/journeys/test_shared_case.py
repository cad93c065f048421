"""A case on two laptops, as its officers see it: what differs is chosen by keys, what is wrong set right."""

from collections.abc import Iterator

import pytest
from PySide6.QtCore import Qt, QTimer
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QLineEdit, QPushButton

from field_app.actions.case_fields import conflicts_of, write_field
from field_app.actions.open_case import NewCase, open_case
from field_app.cli.demo.day import sample_answers
from field_app.cli.demo.photographs import Photographer
from field_app.cli.demo.world import World
from field_app.crypto.canonical import canonical
from field_app.crypto.hashing import sha256_hex
from field_app.domain.case import Case
from field_app.domain.events import GENESIS
from field_app.domain.merge import FIELD_WRITTEN
from field_app.storage import cases, orders
from field_app.ui.shared_bar import FieldsDialog


@pytest.fixture
def desk(world: World) -> Iterator[tuple[Photographer, Case]]:
    window = Photographer(world.laptop.data, world.pictures)
    window.log_in()
    session = window.window.shell.officers
    record = sample_answers("G1-04")
    case = open_case(session, NewCase(
        cause="安全生产日常检查", matter="对生产经营单位安全生产状况的监督检查",
        place=str(record["check_place"]), party=dict(record["PARTY"])))
    write_field(session, case.id, "place", "二号车间")
    yield window, case
    window.close()


def written_elsewhere(window: Photographer, case: Case, value: str) -> None:
    """The event of another laptop, as headquarters hands it on."""
    hlc = "999999999999999-0000"
    data = canonical({
        "v": 1, "dev": "D002", "seq": 7, "prev": GENESIS, "case": case.id, "hlc": hlc, "typ": FIELD_WRITTEN,
        "body": {"field": "place", "value": value, "replaces": []}, "actors": ["YL1", "YL2"],
        "at": {"wall": "2026-05-14T09:30:00+08:00", "mono_ms": 1, "boot": "b"}})
    with window.window.shell.officers.begin() as tx:
        orders.add_other_events(tx, [orders.OtherEvent(
            "D002", 7, sha256_hex(data), case.id, FIELD_WRITTEN, hlc, data)])


def stored(window: Photographer, case: Case) -> Case:
    with window.window.shell.officers.begin() as tx:
        return cases.get(tx, case.id)


def test_two_values_are_shown_with_who_wrote_them_and_one_is_chosen(desk: tuple[Photographer, Case]) -> None:
    window, case = desk
    written_elsewhere(window, case, "三号仓库")
    window.window.shell.open_case(case.id)
    bar = window.window.desk.shared
    window.until(bar.isVisible)
    words = " ".join(w.text() for w in bar.findChildren(QLabel))
    assert "检查地点" in words and "D002" in words and "YL1、YL2" in words
    takes = bar.findChildren(QPushButton)
    assert {t.text() for t in takes} == {"以此为准：二号车间", "以此为准：三号仓库"}
    mine = next(t for t in takes if "二号车间" in t.text())
    mine.setFocus()
    QTest.keyClick(mine, Qt.Key.Key_Space)
    window.until(bar.isHidden)
    assert conflicts_of(window.window.shell.officers, case.id) == ()
    assert stored(window, case).place == "二号车间"


def test_facts_are_set_right_and_emptiness_is_refused_with_what_was_typed(
        desk: tuple[Photographer, Case]) -> None:
    window, case = desk
    window.window.shell.open_case(case.id)
    window.until(lambda: window.window.desk.desk is not None)
    opened = next(b for b in window.window.desk.findChildren(QPushButton) if b.text() == "更正")

    def answer(values: dict[str, str]) -> None:
        dialog = next(d for d in QApplication.topLevelWidgets() if isinstance(d, FieldsDialog) and d.isVisible())
        for name, value in values.items():
            edit: QLineEdit = dialog.edits[name]
            edit.selectAll()
            QTest.keyClick(edit, Qt.Key.Key_Delete)
            edit.insert(value)  # as an input method does
        QTest.keyClick(dialog.edits["place"], Qt.Key.Key_Return)

    QTimer.singleShot(800, lambda: answer({"place": "四号门市", "party.phone": "13900000009"}))
    opened.click()
    window.until(lambda: stored(window, case).place == "四号门市")
    assert stored(window, case).party["phone"] == "13900000009"
    QTimer.singleShot(800, lambda: answer({"place": ""}))
    opened.click()
    window.until(lambda: "检查地点" in window.window.banner.text)
    assert stored(window, case).place == "四号门市"
