"""The vault key needs both keys; canonical JSON has one form."""

from functools import partial

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from field_app.crypto.canonical import MalformedJson, canonical, parse
from field_app.crypto.vault import (
    VaultError,
    box,
    derive,
    new_vault_key,
    open_by_pair,
    open_with,
    pair_info,
    seal_to_pair,
    unbox,
)


def test_both_keys_in_order_and_nothing_less() -> None:
    a, b, c = (ec.generate_private_key(ec.SECP256R1()) for _ in range(3))
    key, info = new_vault_key(), pair_info("D001", "bb", "aa")
    assert info == pair_info("D001", "aa", "bb")
    sealed = seal_to_pair(key, outer=a.public_key(), inner=b.public_key(), info=info)
    with_a, with_b, with_c = (partial(open_with, k) for k in (a, b, c))
    assert open_by_pair(sealed, outer=with_a, inner=with_b, info=info) == key
    for outer, inner in ((with_a, with_a), (with_b, with_b), (with_a, with_c), (with_b, with_a)):
        with pytest.raises(VaultError):
            open_by_pair(sealed, outer=outer, inner=inner, info=info)
    with pytest.raises(VaultError):
        open_by_pair(sealed, outer=with_a, inner=with_b, info=pair_info("D002", "aa", "bb"))


def test_box_is_bound_to_its_context() -> None:
    key = derive(new_vault_key(), "hdr/v1")
    boxed = box(key, b"secret", b"device key")
    assert unbox(key, boxed, b"device key") == b"secret"
    for other in (boxed[:-1], boxed[:5], b"", boxed[:-1] + bytes([boxed[-1] ^ 1])):
        with pytest.raises(VaultError):
            unbox(key, other, b"device key")
    with pytest.raises(VaultError):
        unbox(key, boxed, b"other")


def test_canonical_json() -> None:
    assert canonical({"乙": 1, "a": [True, None, "\n"]}) == '{"a":[true,null,"\\n"],"乙":1}'.encode()
    with pytest.raises(TypeError):
        canonical({"x": 1.5})
    assert parse(b'{"a":1}') == {"a": 1}
    for wrong in (b'{"a": 1}', b'{"a":1,"a":2}', b'{"a":NaN}', b'{"b":1,"a":2}', b"\xff", b"",
                  b"[" * 40 + b"]" * 40, b'{"a":1.0}', b'"\\ud800"'):
        with pytest.raises(MalformedJson):
            parse(wrong)
    with pytest.raises(MalformedJson):
        parse(b'"aaaa"', limit=3)
