"""The laptop's own key for what headquarters seals to it; its public half travels in the log.

Each sealed revision carries the event ``inbox_key``, so whoever can read a package of this laptop
knows what to seal to, by whichever road it came, and the device's signature says whose it is.
"""

from field_app.actions.context import Session
from field_app.crypto.suite_keys import new_identity, parse_identity, recipient_text, secret_text
from field_app.crypto.suites import AnyIdentity
from field_app.storage import orders
from field_app.storage.store import Tx

KIND = "inbox_key"


def inbox_key(session: Session, tx: Tx) -> AnyIdentity:
    """The key, made at the first use; it never leaves the store."""
    kept = orders.inbox_key(tx)
    if kept:
        return parse_identity(kept)
    made = new_identity(session.suite)
    orders.set_inbox_key(tx, secret_text(made))
    return made


def tell_inbox_key(session: Session, tx: Tx) -> None:
    """Put the public half on record, for the revision that is about to be sealed."""
    session.note(tx, KIND, body={"recipient": recipient_text(inbox_key(session, tx).recipient)})
