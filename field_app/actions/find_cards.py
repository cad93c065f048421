"""Finds officers' keys on a stick, in a folder, in tokens, and tells whose they are before any PIN."""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from field_app.actions.context import AppContext
from field_app.actions.refusals import login_refusal
from field_app.credentials.device import NotEnrolled, read_header
from field_app.credentials.key_places import (
    Certificate,
    KeyPlace,
    public_certificate,
    still_there,
)
from field_app.credentials.keys import KeyGone, NotAKeyFile
from field_app.credentials.login import LoginRefused, check_one
from field_app.credentials.profile import officer_of
from field_app.credentials.token_keys import TokenPlace, find_tokens
from field_app.credentials.trust import Trust, TrustRefused, load_trust
from field_app.credentials.wrapped_key import SUFFIX as WRAPPED
from field_app.crypto.hashing import sha256_file
from field_app.domain.people import Officer

MAX_CARDS = 200
_KINDS = tuple(f"{where}*{kind}" for where in ("", "*/") for kind in (".p12", ".lek", ".sm2"))


@dataclass(frozen=True)
class Card:
    """An officer's key with its public certificate.

    ``photo``: picture beside it, when there is one whose hash the certificate names;
    ``problem``: why this holder cannot be one of the two, empty when nothing speaks against it.
    """

    place: KeyPlace
    officer: Officer
    photo: Path | None
    problem: str

    @property
    def kind(self) -> str:
        """What kind of key it is, where that is not a file of the officer's own stick."""
        if isinstance(self.place, TokenPlace):
            return "密码钥匙"
        return "存于本机" if self.place.suffix == WRAPPED else ""


def _trust(context: AppContext) -> Trust | None:
    try:
        header = read_header(context.data.device_header)
        return load_trust(context.data.trust, pinned_root_sha256=header.root_sha256)
    except (NotEnrolled, TrustRefused):
        return None  # Told at login, in full.


def _problem(certificate: Certificate, trust: Trust | None, at: datetime) -> str:
    if trust is None:
        return ""
    try:
        check_one(certificate, trust, at=at, slot=0)
    except LoginRefused as error:
        return login_refusal(error).what.replace("两名执法人员", "", 1)
    return ""


def _places(folder: Path | None, module: Path | None) -> Iterator[KeyPlace]:
    if module is not None:
        with suppress(NotAKeyFile, KeyGone):  # No driver or no token: files are still offered.
            yield from find_tokens(module)
    if folder is not None:
        with suppress(OSError):  # Pulled out just now, or not to be read.
            yield from sorted(p for kind in _KINDS for p in folder.glob(kind))[:MAX_CARDS]


def find_cards(context: AppContext, folder: Path | None, module: Path | None = None) -> list[Card]:
    """All keys in tokens of the driver ``module``, then those directly in ``folder`` or one level
    below, by name."""
    trust, at, found = _trust(context), context.clock.now().wall, []
    for place in _places(folder, module):
        try:
            certificate = public_certificate(place)
            officer = officer_of(certificate)
            photo = place.with_suffix(".jpg") if isinstance(place, Path) else None
            known = (photo is not None and officer.photo_sha256 and photo.is_file()
                     and sha256_file(photo) == officer.photo_sha256)
        except (OSError, ValueError, NotAKeyFile, KeyGone):
            continue
        found.append(Card(place, officer, photo if known else None,
                          _problem(certificate, trust, at)))
    return found


def cards_there(cards: tuple[Card, ...]) -> bool:
    """Whether every one of these keys is still plugged in."""
    return all(still_there(card.place) for card in cards)
