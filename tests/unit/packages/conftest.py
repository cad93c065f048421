"""A district and a small sealed case, made once; tests that change a package get a copy."""

import importlib.util
import shutil
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest


def _load() -> ModuleType:
    name = "package_builders"
    if name not in sys.modules:
        spec = importlib.util.spec_from_file_location(
            name, Path(__file__).resolve().parent / "builders.py")
        assert spec is not None and spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        sys.modules[name] = module
        spec.loader.exec_module(module)
    return sys.modules[name]


@pytest.fixture(scope="session")
def build() -> Any:
    return _load()


@pytest.fixture(scope="session")
def district(build: Any) -> Any:
    return build.new_district()


@pytest.fixture(scope="session")
def sealed_case(build: Any, district: Any, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """A sealed case nobody changes."""
    return build.small_case(district, tmp_path_factory.mktemp("case"))


@pytest.fixture
def copied(sealed_case: Any, tmp_path: Path) -> Path:
    """A copy of its package to do harm to."""
    target = tmp_path / "copy"
    shutil.copytree(sealed_case.folder, target)
    return target


@pytest.fixture
def work(build: Any, district: Any, tmp_path: Path) -> Any:
    """A new, unsealed case."""
    return build.CaseWork(district, tmp_path)
