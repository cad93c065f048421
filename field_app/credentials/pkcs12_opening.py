"""Opens a PKCS#12 file (RFC 7292) without holding the interpreter while its PIN is stretched.

``cryptography`` opens such a file in one call during which no other thread runs, the screen's neither:
0.2 s for each sealed part of 600 000 rounds. Its key derivation alone lets the others run. So a file of
the usual kind (parts sealed by PBES2 of PBKDF2 and AES, RFC 8018) is made light first: its MAC is
verified, its certificates are laid open, its keys are sealed anew under a one-time password of one
round. The library opens that. Whatever is not quite as expected, or refused, the library gets as it was,
so that it is the only judge of what is wrong with a file.
"""

import hashlib
import hmac
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes
from cryptography.hazmat.primitives.ciphers import Cipher, CipherContext, algorithms, modes
from cryptography.hazmat.primitives.kdf.pbkdf2 import PBKDF2HMAC
from cryptography.hazmat.primitives.serialization import pkcs12

from field_app.errors import FieldAppError
from field_app.memory import wipe

Opened = tuple[PrivateKeyTypes | None, x509.Certificate | None]
_PRFS: dict[str, hashes.HashAlgorithm] = {
    "sha224": hashes.SHA224(), "sha256": hashes.SHA256(), "sha384": hashes.SHA384(), "sha512": hashes.SHA512()}
_AES_KEYS = {"aes128_cbc": 16, "aes192_cbc": 24, "aes256_cbc": 32}
_BLOCK = 16
_MAC_PURPOSE = 3  # RFC 7292, appendix B.3


class _Unusual(FieldAppError):
    """The library must judge this file as it is."""


def open_pkcs12(data: bytes, pin: str) -> Opened:
    """The key and its certificate, each None where there is none. Raises as
    ``pkcs12.load_key_and_certificates`` does."""
    try:
        light, password = _light(data, pin)
        return pkcs12.load_key_and_certificates(light, password)[:2]
    except (_Unusual, ValueError, TypeError, KeyError, AttributeError, IndexError, OverflowError,
            RecursionError, UnsupportedAlgorithm, x509.InvalidVersion):
        return pkcs12.load_key_and_certificates(data, pin.encode())[:2]


def _light(data: bytes, pin: str) -> tuple[bytes, bytes]:
    """The same file, quickly opened, and the password that opens it."""
    from asn1crypto import pkcs12 as asn1

    pfx = _exact(asn1.Pfx, data)
    safe = pfx["auth_safe"]
    if safe["content_type"].native != "data" or not pin or not _mac_holds(pfx, pin):
        raise _Unusual
    parts = _exact(asn1.AuthenticatedSafe, safe["content"].native)
    password = secrets.token_hex(_BLOCK).encode()
    safe["content"] = asn1.AuthenticatedSafe([_light_part(part, pin, password) for part in parts]).dump()
    return asn1.Pfx({"version": pfx["version"], "auth_safe": safe}).dump(), password


def _exact(kind: Any, der: bytes) -> Any:
    """What ``der`` says, if it says it in the one way that DER allows."""
    read = kind.load(der, strict=True)
    if read.dump(force=True) != der:
        raise _Unusual
    return read


def _light_part(part: Any, pin: str, password: bytes) -> Any:
    from asn1crypto import cms
    from asn1crypto import pkcs12 as asn1

    if part["content_type"].native == "encrypted_data":
        info = part["content"]["encrypted_content_info"]
        if info["content_type"].native != "data":
            raise _Unusual
        with _plain(info["content_encryption_algorithm"], info["encrypted_content"].native, pin) as plain:
            der = bytes(plain)
        if any(bag["bag_id"].native != "cert_bag" for bag in asn1.SafeContents.load(der, strict=True)):
            raise _Unusual
    elif part["content_type"].native == "data":
        der = asn1.SafeContents([_light_bag(bag, pin, password) for bag in asn1.SafeContents.load(
            part["content"].native, strict=True)]).dump()
    else:
        raise _Unusual
    return cms.ContentInfo({"content_type": "data", "content": der})


def _light_bag(bag: Any, pin: str, password: bytes) -> Any:
    from asn1crypto import keys
    from asn1crypto import pkcs12 as asn1

    made = _exact(asn1.SafeBag, bag.dump())
    if made["bag_id"].native == "cert_bag":
        return made
    if made["bag_id"].native != "pkcs8_shrouded_key_bag":
        raise _Unusual
    told = made["bag_value"]
    salt, vector = os.urandom(_BLOCK), os.urandom(_BLOCK)
    with _plain(told["encryption_algorithm"], told["encrypted_data"].native, pin) as plain:
        fill = _BLOCK - len(plain) % _BLOCK
        run = _aes(bytearray(password), salt, 1, "sha256", 32, vector, seals=True)
        sealed = run.update(plain) + run.update(bytes([fill]) * fill) + run.finalize()
    made["bag_value"] = keys.EncryptedPrivateKeyInfo({
        "encryption_algorithm": _pbes2("sha256", salt, 1, None, "aes256_cbc", vector), "encrypted_data": sealed})
    return made


def _pbes2(prf: str, salt: bytes, rounds: int, length: int | None, cipher: str, vector: bytes) -> Any:
    """How PBES2 is named (RFC 8018, appendix A)."""
    from asn1crypto import algos, core

    told = {"salt": algos.Pbkdf2Salt(name="specified", value=salt), "iteration_count": rounds,
            "prf": {"algorithm": prf, "parameters": core.Null()}}
    if length is not None:
        told["key_length"] = length
    return algos.EncryptionAlgorithm({"algorithm": "pbes2", "parameters": {
        "key_derivation_func": {"algorithm": "pbkdf2", "parameters": told},
        "encryption_scheme": {"algorithm": cipher, "parameters": vector}}})


@contextmanager
def _plain(algorithm: Any, sealed: bytes, pin: str) -> Iterator[memoryview]:
    """What a part of PBES2 holds, overwritten behind the block."""
    if algorithm["algorithm"].native != "pbes2" or not sealed or len(sealed) % _BLOCK:
        raise _Unusual
    told = algorithm["parameters"]["key_derivation_func"]["parameters"]
    scheme = algorithm["parameters"]["encryption_scheme"]
    cipher, vector = scheme["algorithm"].native, scheme["parameters"].native
    prf, salt, rounds, length = (told["prf"]["algorithm"].native, told["salt"].native,
                                 told["iteration_count"].native, told["key_length"].native)
    if (_pbes2(prf, salt, rounds, length, cipher, vector).dump() != algorithm.dump()
            or length not in (None, _AES_KEYS[cipher])):
        raise _Unusual
    secret, held = _encoded(pin, "utf-8"), bytearray(len(sealed) + _BLOCK)
    try:
        run = _aes(secret, salt, rounds, prf, _AES_KEYS[cipher], vector)
        run.update_into(sealed, held)
        run.finalize()
        fill = held[len(sealed) - 1]
        end = len(sealed) - fill
        if not 1 <= fill <= _BLOCK or held[end:len(sealed)] != bytes([fill]) * fill:
            raise _Unusual
        yield memoryview(held)[:end]
    finally:
        wipe(secret, held)


def _aes(secret: bytearray, salt: bytes, rounds: int, prf: str, length: int, vector: bytes, *,
         seals: bool = False) -> CipherContext:
    """AES-CBC by a stretched ``secret``. The stretching is what takes long; it holds nobody."""
    key = bytearray(length)
    try:
        PBKDF2HMAC(_PRFS[prf], length, salt, rounds).derive_into(secret, key)
        cipher = Cipher(algorithms.AES(key), modes.CBC(vector))
        return cipher.encryptor() if seals else cipher.decryptor()
    finally:
        wipe(key)


def _mac_holds(pfx: Any, pin: str) -> bool:
    """Whether the file is whole and the PIN its own (RFC 7292, appendix B)."""
    mac = pfx["mac_data"]
    if mac.native is None or mac["mac"]["digest_algorithm"]["algorithm"].native not in _PRFS:
        raise _Unusual
    name = mac["mac"]["digest_algorithm"]["algorithm"].native
    key = _mac_key(name, pin, mac["mac_salt"].native, mac["iterations"].native)
    content = pfx["auth_safe"]["content"].native
    return hmac.compare_digest(hmac.digest(key, content, name), mac["mac"]["digest"].native)


def _mac_key(name: str, pin: str, salt: bytes, rounds: int) -> bytes:
    """Appendix B.2; a key as long as the hash needs the first block only."""
    if rounds < 1:
        raise _Unusual
    stretched = hashlib.new(name)
    long = stretched.block_size
    secret = _encoded(pin + "\0", "utf-16-be")
    filled = bytearray(-(-len(secret) // long) * long)
    try:
        for place in range(len(filled)):
            filled[place] = secret[place % len(secret)]
        stretched.update(bytes([_MAC_PURPOSE]) * long)
        stretched.update((salt * long)[:-(-len(salt) // long) * long])
        stretched.update(filled)
    finally:
        wipe(secret, filled)
    key = stretched.digest()
    for _ in range(rounds - 1):
        key = hashlib.new(name, key).digest()
    return key


def _encoded(text: str, coding: str) -> bytearray:
    """``text`` in memory that can be overwritten, and in no other."""
    made = bytearray(sum(len(character.encode(coding)) for character in text))
    place = 0
    for character in text:
        piece = character.encode(coding)
        made[place:place + len(piece)] = piece
        place += len(piece)
    return made
