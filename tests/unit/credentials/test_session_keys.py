"""Keys lent to a session sign for both officers, and only for this session."""

import base64

import pytest

from field_app.credentials.session_keys import SessionKeys, signed_by_session
from tests.unit.credentials.conftest import District
from tests.unit.credentials.gm.conftest import GmDistrict, make_gm_district

DATA = b"what both answer for"


@pytest.fixture(scope="module")
def gm_district() -> GmDistrict:
    return make_gm_district()


@pytest.fixture(params=[False, True])
def keys(request: pytest.FixtureRequest, district: District, gm_district: GmDistrict) -> SessionKeys:
    """Of the kind that the laptop's certificate is."""
    made = gm_district.authority if request.param else district.authority
    return SessionKeys.below(made.district)


def test_both_sign_and_each_with_the_own_key(keys: SessionKeys) -> None:
    one, two = keys.sign(DATA)
    assert signed_by_session(DATA, one, keys.public(1))
    assert signed_by_session(DATA, two, keys.public(2))
    assert not signed_by_session(DATA, one, keys.public(2))
    assert not signed_by_session(DATA + b".", one, keys.public(1))
    assert not signed_by_session(DATA, one, SessionKeys().public(1))


@pytest.mark.parametrize("bad", ["", "x", "AAAA", "é" * 8, "A" * 600, base64.b64encode(b"0" * 91).decode()])
def test_what_is_no_key_or_signature_proves_nothing(keys: SessionKeys, bad: str) -> None:
    assert not signed_by_session(DATA, bad, keys.public(1))
    assert not signed_by_session(DATA, keys.sign(DATA)[0], bad)


def test_private_keys_are_not_shown(keys: SessionKeys) -> None:
    assert "PrivateKey" not in repr(keys) and "SoftSm2" not in repr(keys)
