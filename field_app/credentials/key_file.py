"""An officer's key as PKCS#12 files (RFC 7292): ``NAME.p12`` signs, ``NAME.enc.p12`` opens.

Both open with one PIN. A short PIN protects such a file for minutes only once it is stolen, so it
lives on a personal stick and is never copied to the laptop's disk (``medium.py`` tells).
"""

from pathlib import Path

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec

from field_app.credentials.keys import NotAKeyFile, SoftKey, WrongPin, p256
from field_app.credentials.pkcs12_opening import open_pkcs12

MAX_KEY_FILE_BYTES = 64 << 10
# Ours have 600 000; a hostile file must not keep the laptop busy for hours.
_MOST_ROUNDS = 10_000_000
KEY_FILE, ENCRYPTION = ".p12", ".enc.p12"


def encryption_file(path: Path) -> Path:
    """Where the key that opens lies, beside the one that signs."""
    return path.with_name(path.name.removesuffix(KEY_FILE) + ENCRYPTION)


def _read(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            data = file.read(MAX_KEY_FILE_BYTES + 1)
    except OSError as error:
        raise NotAKeyFile(f"cannot be read: {type(error).__name__}") from error
    if len(data) > MAX_KEY_FILE_BYTES or not data.startswith(b"\x30"):
        raise NotAKeyFile("not PKCS#12")
    return data


def _rounds(data: bytes) -> int:
    """The most rounds that the file asks for."""
    from asn1crypto import pkcs12 as asn1

    try:
        pfx = asn1.Pfx.load(data)
        asked = [int(pfx["mac_data"]["iterations"].native)] if pfx["mac_data"].native else []
        for part in pfx.authenticated_safe:
            if part["content_type"].native == "encrypted_data":
                info = part["content"]["encrypted_content_info"]
                asked.append(int(info["content_encryption_algorithm"].kdf_iterations))
            elif part["content_type"].native == "data":
                asked += [int(bag["bag_value"]["encryption_algorithm"].kdf_iterations)
                          for bag in asn1.SafeContents.load(part["content"].native)
                          if bag["bag_id"].native == "pkcs8_shrouded_key_bag"]
        return max(asked, default=0)
    except (ValueError, TypeError, KeyError, AttributeError, IndexError, OverflowError,
            RecursionError) as error:
        raise NotAKeyFile("not PKCS#12") from error


def _unlock(path: Path, pin: str) -> tuple[ec.EllipticCurvePrivateKey, x509.Certificate]:
    data = _read(path)
    if _rounds(data) > _MOST_ROUNDS:
        raise NotAKeyFile("asks for too many rounds")
    if "\0" in pin:  # The library takes no such PIN, and panics.
        raise WrongPin("PIN does not open the key")
    try:
        key, certificate = open_pkcs12(data, pin)
    except (TypeError, UnsupportedAlgorithm, x509.InvalidVersion) as error:
        raise NotAKeyFile("not a P-256 key") from error
    except ValueError as error:
        if "password" in str(error).lower():
            raise WrongPin("PIN does not open the key") from error
        raise NotAKeyFile("not PKCS#12") from error
    return p256(key, certificate)


def load_key_file(path: Path, pin: str) -> SoftKey:
    """Unlock an officer's file or files. Raises :class:`NotAKeyFile` or :class:`WrongPin`."""
    key, certificate = _unlock(path, pin)
    beside = encryption_file(path)
    return SoftKey(key, certificate, _unlock(beside, pin) if beside.is_file() else None)
