"""A case's row in the search index follows from when it was opened, and each character is a word of
its own: found without reading all others."""

import hashlib
from datetime import datetime

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"


def _row(case: str, opened: str) -> int:
    bits = int.from_bytes(hashlib.sha256(case.encode()).digest()[:3], "big") >> 4
    return int(datetime.fromisoformat(opened).timestamp() * 1000) << 20 | bits


def _with_singles(grams: str) -> str:
    singles = sorted({token.split("x")[0] for token in grams.split() if token != "|"})
    return f"{grams} | {' '.join(singles)}"


def upgrade() -> None:
    connection = op.get_bind()
    held = connection.execute(sa.text(
        "SELECT s.case_id, s.grams, c.opened FROM case_search s JOIN case_file c ON c.id = s.case_id"))
    rows = [{"row": _row(case, opened), "id": case, "grams": _with_singles(grams)}
            for case, grams, opened in held]
    connection.execute(sa.text("DELETE FROM case_search"))
    if rows:
        connection.execute(sa.text(
            "INSERT INTO case_search (rowid, case_id, grams) VALUES (:row, :id, :grams)"), rows)
