"""Keys lent to a session sign for both officers, and only for this session."""

import base64

import pytest

from field_app.credentials.session_keys import SessionKeys, signed_by_session

DATA = b"what both answer for"


def test_both_sign_and_each_with_the_own_key() -> None:
    keys = SessionKeys()
    one, two = keys.sign(DATA)
    assert signed_by_session(DATA, one, keys.public(1))
    assert signed_by_session(DATA, two, keys.public(2))
    assert not signed_by_session(DATA, one, keys.public(2))
    assert not signed_by_session(DATA + b".", one, keys.public(1))
    assert not signed_by_session(DATA, one, SessionKeys().public(1))


@pytest.mark.parametrize("bad", ["", "x", "AAAA", "é" * 8, "A" * 600, base64.b64encode(b"0" * 91).decode()])
def test_what_is_no_key_or_signature_proves_nothing(bad: str) -> None:
    keys = SessionKeys()
    assert not signed_by_session(DATA, bad, keys.public(1))
    assert not signed_by_session(DATA, keys.sign(DATA)[0], bad)


def test_private_keys_are_not_shown() -> None:
    assert "PrivateKey" not in repr(SessionKeys())
