"""Signed heads of the event log, stored and read."""

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.dialects.sqlite import insert

from field_app.storage.store import Tx
from field_app.storage.tables import signed_head


@dataclass(frozen=True)
class SignedHead:
    """``statement``: canonical JSON that the device signed; ``signature``: base64 DER."""

    seq: int
    why: str
    statement: str
    signature: str


def add(tx: Tx, head: SignedHead) -> None:
    """Keep a head; the same one again is harmless."""
    tx.connection.execute(insert(signed_head).values(
        seq=head.seq, why=head.why, statement=head.statement, signature=head.signature)
        .on_conflict_do_nothing())


def all_heads(tx: Tx) -> list[SignedHead]:
    """Every signed head, oldest first."""
    rows = tx.connection.execute(select(signed_head).order_by(signed_head.c.seq, signed_head.c.why))
    return [SignedHead(r.seq, r.why, r.statement, r.signature) for r in rows]
