"""Who recorded a clip and with what, as the log tells it."""

from collections.abc import Mapping
from dataclasses import dataclass

from field_app.actions.context import Session
from field_app.credentials.profile import officer_of
from field_app.domain.ids import CaseId
from field_app.domain.people import Officer
from field_app.storage import events
from field_app.storage.store import Tx

# The first event of a clip that names who was at work.
_BEGAN = frozenset({"recording_started", "media_imported"})


@dataclass(frozen=True)
class Recorded:
    """The officers of a recording, and the number of the device that made it."""

    officers: tuple[Officer, ...]
    device: str


def roster(session: Session) -> Mapping[str, Officer]:
    """Everybody this laptop knows, by the number of the certificate."""
    known = {}
    for certificate in session.trust.officers:
        officer = officer_of(certificate)
        known[officer.cert_no] = officer
    return known | {o.cert_no: o for o in session.pair.both}


def recorded_by(session: Session, tx: Tx, case: CaseId) -> dict[str, Recorded]:
    """By clip id; clips without such an event are left out."""
    known, found = roster(session), {}
    for event in events.of_case(tx, case):
        told = event.members()
        clip = told["body"].get("clip")
        if told["typ"] not in _BEGAN or not isinstance(clip, str):
            continue
        device = str(told["body"].get("device_no") or told["body"].get("serial") or told["dev"])
        found[clip] = Recorded(
            tuple(known[n] for n in told["actors"] if n in known), device)
    return found
