"""A district and a small sealed case, made once; tests that change a package get a copy."""

import shutil
from pathlib import Path
from typing import Any

import pytest


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
