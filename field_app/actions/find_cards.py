"""Finds officers' key files on a stick or in a folder and tells whose they are before any PIN."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from field_app.actions.context import AppContext
from field_app.actions.refusals import login_refusal
from field_app.credentials.certificate_file import read_certificate_file
from field_app.credentials.device import read_header
from field_app.credentials.login import LoginRefused, check_one
from field_app.credentials.profile import officer_of
from field_app.credentials.trust import TrustRefused, load_trust
from field_app.domain.people import Officer
from field_app.errors import UserError

MAX_CARDS = 200


@dataclass(frozen=True)
class Card:
    """A key file with its public certificate beside it.

    ``photo``: picture beside it, when there is one whose hash the certificate names;
    ``problem``: why this holder cannot be one of the two, empty when nothing speaks against it.
    """

    path: Path
    officer: Officer
    photo: Path | None
    problem: str


def _problem(context: AppContext, card: Path, at: datetime) -> str:
    try:
        header = read_header(context.data.device_header)
        trust = load_trust(context.data.trust, pinned_root_sha256=header.root_sha256)
        check_one(read_certificate_file(card.with_suffix(".cer")), trust, at=at, slot=0)
    except LoginRefused as error:
        return login_refusal(error).what.replace("两名执法人员", "", 1)
    except (UserError, TrustRefused):
        return ""
    return ""


def find_cards(context: AppContext, folder: Path) -> list[Card]:
    """All key files directly in ``folder`` or one level below, by name."""
    from field_app.crypto.hashing import sha256_file

    found = []
    candidates = sorted([*folder.glob("*.p12"), *folder.glob("*/*.p12")])[:MAX_CARDS]
    for path in candidates:
        try:
            officer = officer_of(read_certificate_file(path.with_suffix(".cer")))
        except (OSError, ValueError):
            continue
        photo = path.with_suffix(".jpg")
        known = (officer.photo_sha256 and photo.is_file()
                 and sha256_file(photo) == officer.photo_sha256)
        found.append(Card(path, officer, photo if known else None,
                          _problem(context, path, context.clock.now().wall)))
    return found
