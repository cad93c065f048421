"""Older copies put back: the store held to what was remembered of its log, trust to the log itself.

Neither stops the work of honest officers whose administrator restored a backup: both are events and
notices. Only an older trust bundle is refused, since it would let withdrawn officers in again.
"""

from typing import Any

from field_app.actions.context import Session, refuse
from field_app.actions.unlock_card import machine
from field_app.credentials.seen_log import SeenLog, SeenLogLost, keep_seen_log, read_seen_log
from field_app.storage import events
from field_app.storage.store import Tx


def set_back(session: Session, tx: Tx) -> dict[str, Any] | None:
    """The body of ``log_set_back`` when the store's log is not the one that was remembered.

    ``why``: ``older`` (the remembered event is missing or another) or ``forgotten`` (nothing is
    remembered, or another hand wrote it).
    """
    head = events.head(tx)
    if not head.seq:
        return None
    try:
        seen = read_seen_log(session.context.data.seen_log, machine(session.context),
                             device=session.header.device)
    except SeenLogLost:
        return {"why": "forgotten", "found": head.seq}
    if events.hashes(tx, [seen.seq]).get(seen.seq) == seen.hash:
        return None
    return {"why": "older", "found": head.seq, "remembered": seen.seq, "hash": seen.hash}


def keep_head(session: Session) -> None:
    """Remember the newest link; after its transaction, so that it is never ahead of the store."""
    with session.begin() as tx:
        head = events.head(tx)
    try:
        keep_seen_log(session.context.data.seen_log, machine(session.context),
                      SeenLog(head.seq, head.hash), device=session.header.device)
    except OSError as error:
        raise refuse("日志末端记不下来。", "请检查磁盘空间。", code="disk.full") from error


def trust_behind(session: Session, tx: Tx) -> int | None:
    """The number of a newer trust bundle that an earlier login worked with, if there was one."""
    found = events.since(tx, events.last_login_before(tx, events.head(tx).seq) - 1, limit=1)
    members = found[0].members() if found else {}
    told = members["body"].get("trust") if members.get("typ") == "logged_in" else None
    return told if isinstance(told, int) and told > session.trust.number else None
