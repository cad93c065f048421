"""Seeds made once for all readers."""

from typing import Any

import pytest

from tests.unit.fuzz.seeds import Seeds, make_seeds


@pytest.fixture(scope="session")
def seeds(build: Any, tmp_path_factory: pytest.TempPathFactory) -> Seeds:
    root = tmp_path_factory.mktemp("seeds")
    sealed = build.small_case(build.new_district(), root / "case")
    return make_seeds(root, sealed)


@pytest.fixture(scope="session")
def fuzz_seconds(request: pytest.FixtureRequest) -> float:
    told: float = request.config.getoption("--fuzz-seconds")
    return told
