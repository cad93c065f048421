"""An officer's SM2 keys as one PEM file, ``NAME.sm2``: each key with its certificate behind it.

Keys are encrypted PKCS#8 (RFC 5958): PBES2 (RFC 8018) with PBKDF2-HMAC-SHA-256 and SM4-CBC, which
``openssl pkey`` opens. A short PIN protects such a file for minutes only once it is stolen, so it
lives on a personal stick (``medium.py``). A wrong PIN and a changed key look alike.
"""

import hashlib
import os
from pathlib import Path

from asn1crypto import algos, keys, pem
from cryptography import x509
from cryptography.hazmat.primitives import padding
from cryptography.hazmat.primitives.ciphers import Cipher, modes
from cryptography.hazmat.primitives.ciphers.algorithms import SM4

from field_app.credentials.cms import certificate_pem, load_certificate
from field_app.credentials.gm.certificates import sm2_public
from field_app.credentials.gm.keys import GmKey
from field_app.credentials.keys import NotAKeyFile, WrongPin
from field_app.crypto.gm.key_forms import MAX_KEY_BYTES, private_der, read_private_der
from field_app.crypto.gm.provider import GmRefused
from field_app.crypto.gm.software import SoftSm2, SoftwareGm

SUFFIX = ".sm2"
ROUNDS = 600_000
MAX_FILE_BYTES = 64 << 10
SM4_CBC = "1.2.156.10197.1.104.2"
_KEY, _CERTIFICATE = "ENCRYPTED PRIVATE KEY", "CERTIFICATE"
_BLOCK_BITS, _KEY_BYTES = 128, 16
# A hostile file must not keep the laptop busy.
_MOST_ROUNDS = 10_000_000
_ASN1_ERRORS = (ValueError, TypeError, KeyError, IndexError, AttributeError, OverflowError,
                RecursionError)


def _stretched(pin: str, salt: bytes, rounds: int) -> bytes:
    return hashlib.pbkdf2_hmac("sha256", pin.encode(), salt, rounds, _KEY_BYTES)


def write_encrypted_key(key: SoftSm2, pin: str, *, rounds: int = ROUNDS) -> bytes:
    """One PEM block, ``ENCRYPTED PRIVATE KEY``."""
    salt, vector = os.urandom(16), os.urandom(16)
    pad = padding.PKCS7(_BLOCK_BITS).padder()
    run = Cipher(SM4(_stretched(pin, salt, rounds)), modes.CBC(vector)).encryptor()
    sealed = run.update(pad.update(private_der(key)) + pad.finalize()) + run.finalize()
    scheme = algos.EncryptionAlgorithm({"algorithm": "pbes2", "parameters": algos.Pbes2Params({
        "key_derivation_func": {"algorithm": "pbkdf2", "parameters": algos.Pbkdf2Params({
            "salt": algos.Pbkdf2Salt(name="specified", value=salt), "iteration_count": rounds,
            "prf": {"algorithm": "sha256"}})},
        "encryption_scheme": {"algorithm": SM4_CBC, "parameters": algos.OctetString(vector)}})})
    info = keys.EncryptedPrivateKeyInfo({
        "encryption_algorithm": scheme, "encrypted_data": sealed})
    return bytes(pem.armor(_KEY, info.dump()))


def _decrypted(der: bytes, pin: str) -> bytes:
    info = keys.EncryptedPrivateKeyInfo.load(der, strict=True)
    algorithm = info["encryption_algorithm"]
    if algorithm["algorithm"].native != "pbes2":
        raise NotAKeyFile("not PBES2")
    derivation = algorithm["parameters"]["key_derivation_func"]
    scheme = algorithm["parameters"]["encryption_scheme"]
    told = derivation["parameters"]
    rounds = told["iteration_count"].native
    if (derivation["algorithm"].native != "pbkdf2" or told["prf"]["algorithm"].native != "sha256"
            or scheme["algorithm"].native != SM4_CBC or not 1 <= rounds <= _MOST_ROUNDS):
        raise NotAKeyFile("another encryption than PBKDF2 with SM4")
    key = _stretched(pin, told["salt"].native, rounds)
    run = Cipher(SM4(key), modes.CBC(scheme["parameters"].parse(algos.OctetString).native)).decryptor()
    plain = run.update(info["encrypted_data"].native) + run.finalize()
    unpad = padding.PKCS7(_BLOCK_BITS).unpadder()
    try:
        return unpad.update(plain) + unpad.finalize()
    except ValueError as error:
        raise WrongPin("PIN does not open the key") from error


def _open_key(der: bytes, pin: str, software: SoftwareGm) -> SoftSm2:
    try:
        plain = _decrypted(der, pin)
    except _ASN1_ERRORS as error:
        raise NotAKeyFile(f"not a key: {type(error).__name__}") from error
    try:
        return read_private_der(plain, software)
    except GmRefused as error:
        raise WrongPin("PIN does not open the key") from error


def read_encrypted_key(data: bytes, pin: str, software: SoftwareGm) -> SoftSm2:
    """Open :func:`write_encrypted_key`; :class:`NotAKeyFile`, :class:`WrongPin`."""
    found = _blocks(data, (_KEY,))
    return _open_key(found[0], pin, software)


def _blocks(data: bytes, wanted: tuple[str, ...]) -> list[bytes]:
    if len(data) > MAX_FILE_BYTES or not data.startswith(b"-----BEGIN "):
        raise NotAKeyFile("not PEM")
    try:
        read = list(pem.unarmor(data, multiple=True))
    except _ASN1_ERRORS as error:
        raise NotAKeyFile("not PEM") from error
    if tuple(kind for kind, _headers, _der in read) != wanted:
        raise NotAKeyFile("other parts than keys and certificates")
    return [der for _kind, _headers, der in read]


def _read(path: Path) -> tuple[list[bytes], list[x509.Certificate]]:
    try:
        with path.open("rb") as file:
            data = file.read(MAX_FILE_BYTES + 1)
    except OSError as error:
        raise NotAKeyFile(f"cannot be read: {type(error).__name__}") from error
    parts = _blocks(data, (_KEY, _CERTIFICATE) * 2)
    try:
        certificates = [load_certificate(der) for der in parts[1::2]]
    except ValueError as error:
        raise NotAKeyFile("certificate is malformed") from error
    if any(sm2_public(certificate) is None for certificate in certificates) or any(
            len(der) > MAX_KEY_BYTES for der in parts[::2]):
        raise NotAKeyFile("not SM2")
    return parts[::2], certificates


def gm_key_file(key: GmKey, pin: str, *, rounds: int = ROUNDS) -> bytes:
    """The bytes of ``NAME.sm2``; :class:`NotAKeyFile` when the keys lie in a module."""
    made = b""
    for private, certificate in ((key.private, key.certificate),
                                 (key.private_opens, key.encryption_certificate)):
        if not isinstance(private, SoftSm2):
            raise NotAKeyFile("the key lies in a module")
        made += write_encrypted_key(private, pin, rounds=rounds) + certificate_pem(certificate)
    return made


def gm_certificate(path: Path) -> x509.Certificate:
    """The signing certificate, read without a PIN; :class:`NotAKeyFile`."""
    return _read(path)[1][0]


def load_gm_key_file(path: Path, pin: str) -> GmKey:
    """Unlock an officer's file. Raises :class:`NotAKeyFile` or :class:`WrongPin`."""
    sealed, certificates = _read(path)
    software = SoftwareGm()
    opened = [_open_key(der, pin, software) for der in sealed]
    for private, certificate in zip(opened, certificates, strict=True):
        if sm2_public(certificate) != private.public:
            raise NotAKeyFile("key and certificate do not belong together")
    return GmKey(software, opened[0], certificates[0], (opened[1], certificates[1]))
