"""What every test shares: no screen, no leaked environment, a machine of its own."""

import os
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from PySide6.QtCore import QMimeData

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")


@pytest.fixture(autouse=True, scope="session")
def own_machine(tmp_path_factory: pytest.TempPathFactory) -> None:
    """The machine's secret of the trials is not that of whoever runs them."""
    os.environ.setdefault("FIELD_DESK_MACHINE", str(tmp_path_factory.mktemp("machine")))


@pytest.fixture
def put_on_clipboard() -> "Iterator[Callable[[QMimeData], None]]":
    """Puts what another program copied on the clipboard.

    Off the screen, Qt keeps that in a variable of the library, which is let go of after Python has ended:
    an object made by Python must be gone by then, or the process dies with it.
    """
    from PySide6.QtWidgets import QApplication

    yield lambda held: QApplication.clipboard().setMimeData(held)
    QApplication.clipboard().clear()


def pytest_addoption(parser: pytest.Parser) -> None:
    """``--fuzz-seconds``: how long each reader of outside bytes is fuzzed in the long trials."""
    parser.addoption("--fuzz-seconds", type=float, default=10.0)
