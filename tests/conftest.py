"""What every test shares: no screen, no leaked environment, a machine of its own."""

import os

import pytest

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")


@pytest.fixture(autouse=True, scope="session")
def own_machine(tmp_path_factory: pytest.TempPathFactory) -> None:
    """The machine's secret of the trials is not that of whoever runs them."""
    os.environ.setdefault("FIELD_DESK_MACHINE", str(tmp_path_factory.mktemp("machine")))


def pytest_addoption(parser: pytest.Parser) -> None:
    """``--fuzz-seconds``: how long each reader of outside bytes is fuzzed in the long trials."""
    parser.addoption("--fuzz-seconds", type=float, default=10.0)
