"""Progress of work that is larger than an int of Qt's, as any hour of video is."""

import threading
from collections.abc import Callable
from typing import Any

import pytest
from PySide6.QtWidgets import QProgressDialog, QWidget

from field_app.ui.progress import Progress
from field_app.ui.seal_flow import SealFlow

GIB = 1 << 30


def _sealing(window: QWidget) -> tuple[QProgressDialog, Callable[[int, int], None], QWidget]:
    made = SealFlow(None, window)  # type: ignore[arg-type]
    made._bar = QProgressDialog("", "", 0, 1000, window)
    return made._bar, made._progressed.emit, window


def _working(window: QWidget) -> tuple[QProgressDialog, Callable[[int, int], None], QWidget]:
    made = Progress(None, window)  # type: ignore[arg-type]
    made.bar = QProgressDialog("", "", 0, 1000, window)
    return made.bar, made._told.emit, window


@pytest.mark.parametrize("begin", [_sealing, _working])
@pytest.mark.parametrize(("done", "total", "shown"), [
    (1, 2, 500), (3 * GIB, 4 * GIB, 750), (5 * GIB, 50 * GIB, 100), (50 * GIB, 50 * GIB, 999)])
def test_progress_of_any_size(qtbot: Any, begin: Callable[[QWidget], tuple[QProgressDialog, Any, QWidget]],
                              done: int, total: int, shown: int) -> None:
    window = QWidget()
    qtbot.addWidget(window)
    bar, told, _kept = begin(window)
    telling = threading.Thread(target=told, args=(done, total))
    telling.start()
    telling.join()
    qtbot.waitUntil(lambda: bar.value() == shown)
