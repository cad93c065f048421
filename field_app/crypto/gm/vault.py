"""One layer of the vault seal by SM2: what HPKE does in intl-1 (FORMAT.md, section 2)."""

from field_app.crypto.gm.provider import GmProvider, GmRefused, Sm2Private
from field_app.crypto.gm.sm2_forms import Sm2Public
from field_app.crypto.gm.symmetric import same_bytes, sm3
from field_app.crypto.vault import VaultError

_BINDING = 32


def seal_layer(provider: GmProvider, public: Sm2Public, plain: bytes, info: bytes) -> bytes:
    """SM2 ciphertext of SM3(``info``) and ``plain`` (at most 223 bytes: two layers of a key fit)."""
    return provider.encrypt(public, sm3(info) + plain)


def open_layer(provider: GmProvider, key: Sm2Private, sealed: bytes, info: bytes) -> bytes:
    """Remove one layer; ``VaultError`` for another key, other ``info``, or changed bytes."""
    try:
        opened = provider.decrypt(key, sealed)
    except GmRefused as error:
        raise VaultError("sealed key does not open") from error
    if not same_bytes(opened[:_BINDING], sm3(info)):
        raise VaultError("sealed for something else")
    return opened[_BINDING:]
