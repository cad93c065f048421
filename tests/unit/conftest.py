"""A district, case builders, and headquarters processes that end with their test."""

import importlib.util
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from tests.unit.headquarters.backends import Backend, Services
from tests.unit.headquarters.tsa import TimeAuthority, make_tsa

_UNIT = Path(__file__).resolve().parent


def _load(name: str, path: Path) -> ModuleType:
    if name not in sys.modules:
        spec = importlib.util.spec_from_file_location(name, path)
        assert spec is not None and spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        sys.modules[name] = module
        spec.loader.exec_module(module)
    return sys.modules[name]


@pytest.fixture(scope="session")
def build() -> Any:
    return _load("package_builders", _UNIT / "packages" / "builders.py")


@pytest.fixture(scope="session")
def running() -> Any:
    return _load("running_headquarters", _UNIT / "headquarters" / "running.py")


@pytest.fixture(scope="session")
def district(build: Any) -> Any:
    return build.new_district()


@pytest.fixture
def work(build: Any, district: Any, tmp_path: Path) -> Any:
    """A new, unsealed case on a laptop of its own."""
    return build.case_of_new_laptop(district, tmp_path / "laptop")


@pytest.fixture
def start(running: Any, district: Any, tmp_path: Path,
          backend: Backend) -> Iterator[Callable[..., Any]]:
    """Starts headquarters (of another district when given)."""
    started: list[Any] = []

    def begin(of: Any = None, name: str = "hq") -> Any:
        owner = of or district
        one = running.Headquarters(owner, backend.configure(running.lay_out(owner, tmp_path / name)))
        started.append(one)
        return one.start()

    yield begin
    for one in started:
        one.end()


@pytest.fixture(scope="session")
def services() -> Iterator[Services]:
    """A real PostgreSQL and a real S3 server; whoever kills one starts it again."""
    both = Services()
    yield both
    both.end()


@pytest.fixture
def backend(request: pytest.FixtureRequest) -> Backend:
    """What headquarters keeps things in: its folder, or with a parameter ``shared`` both servers."""
    if getattr(request, "param", "folder") == "folder":
        return Backend()
    return Backend(request.getfixturevalue("services"))


@pytest.fixture(scope="session")
def time_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TimeAuthority]:
    """A time-stamping authority; who makes it fail mends it afterwards."""
    with TimeAuthority(make_tsa(tmp_path_factory.mktemp("tsa") / "t")) as server:
        yield server


@pytest.fixture(scope="session")
def shared_hq(running: Any, district: Any,
              tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """One headquarters for all tests that leave it as it is."""
    folder = running.lay_out(district, tmp_path_factory.mktemp("hq") / "hq")
    one = running.Headquarters(district, folder).start()
    yield one
    one.end()
