"""Where an officer's key is, whatever its kind: told apart, looked at without a PIN, unlocked."""

from pathlib import Path

from cryptography import x509

from field_app.credentials.certificate_file import read_certificate_file
from field_app.credentials.gm.key_file import SUFFIX as GM_SUFFIX
from field_app.credentials.gm.key_file import gm_certificate, load_gm_key_file
from field_app.credentials.key_file import KEY_FILE, load_key_file
from field_app.credentials.keys import NotAKeyFile, OfficerKey
from field_app.credentials.token_keys import (
    TokenPlace,
    is_there,
    load_token,
    token_certificate,
)
from field_app.credentials.wrapped_key import SUFFIX, load_wrapped, wrapped_certificate
from field_app.crypto.gm.provider import GmUnavailable
from field_app.crypto.machine_secret import machine_secret

SHORT_PIN = (KEY_FILE, GM_SUFFIX)
"""Kinds of file that only a PIN protects: they belong on a personal stick."""

KeyPlace = Path | TokenPlace
Certificate = x509.Certificate


def unlock(place: KeyPlace, pin: str) -> OfficerKey:
    """The unlocked key. Raises :class:`field_app.credentials.keys.WrongPin`, ``KeyLocked``,
    ``KeyGone`` or ``NotAKeyFile``."""
    if isinstance(place, TokenPlace):
        return load_token(place, pin)
    if place.suffix == SUFFIX:
        try:
            return load_wrapped(place, pin, machine_secret())
        except OSError as error:
            raise NotAKeyFile("the machine's secret cannot be read") from error
    if place.suffix == GM_SUFFIX:
        try:
            return load_gm_key_file(place, pin)
        except GmUnavailable as error:
            raise NotAKeyFile("nothing on this machine uses SM2") from error
    return load_key_file(place, pin)


def public_certificate(place: KeyPlace) -> x509.Certificate:
    """The signing certificate without a PIN; ``OSError``, ``ValueError`` or ``NotAKeyFile``."""
    if isinstance(place, TokenPlace):
        return token_certificate(place)
    if place.suffix == SUFFIX:
        return wrapped_certificate(place)
    if place.suffix == GM_SUFFIX:
        return gm_certificate(place)
    return read_certificate_file(place.with_suffix(".cer"))


def still_there(place: KeyPlace) -> bool:
    """Whether the token is plugged in, or the file can be seen."""
    return is_there(place) if isinstance(place, TokenPlace) else place.exists()


def same_place(one: KeyPlace, two: KeyPlace) -> bool:
    """Whether both name the same file or token."""
    if isinstance(one, TokenPlace) or isinstance(two, TokenPlace):
        return one == two
    return one.resolve() == two.resolve()
