"""Providers that are held to the interface: a certified module joins by one more line."""

import pytest

from field_app.crypto.gm.provider import GmProvider
from field_app.crypto.gm.software import SoftwareGm


@pytest.fixture(scope="session", params=[SoftwareGm])
def provider(request: pytest.FixtureRequest) -> GmProvider:
    made: GmProvider = request.param()
    return made


@pytest.fixture(scope="session")
def software() -> SoftwareGm:
    return SoftwareGm()
