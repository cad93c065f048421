"""A city's worth of cases: an index for words, and one for each list of the console."""

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from alembic import op

from field_app.headquarters.case_search import free_place, keep_words, words_of

revision = "0007"
down_revision = "0006"

_A_TIME = 500
_INDEXES = (
    ("ix_case_file_place", "case_file", ["place", "package"]),
    ("ix_case_file_device", "case_file", ["device"]),
    ("ix_statement_device", "statement", ["device", "status"]),
    ("ix_receipt_at", "receipt", ["at", "package", "revision"]),
    ("ix_receipt_verdict", "receipt", ["verdict", "at", "package", "revision"]))


def _found_by(connection: sa.Connection) -> None:
    """Cases that are there already are found too."""
    rows = connection.execute(sa.text(
        "SELECT package, device, local_no, hq_no, cause, agency, party, opened FROM case_file"
        " ORDER BY package")).all()
    named: dict[str, list[str]] = {}
    for package, name in connection.execute(sa.text(
            "SELECT package, name FROM case_officer ORDER BY package, cert_no")):
        named.setdefault(package, []).append(name)
    for at in range(0, len(rows), _A_TIME):
        made: list[dict[str, Any]] = []
        for row in rows[at:at + _A_TIME]:
            made.append({
                "package": row.package,
                "place": free_place(connection, row.package, datetime.fromisoformat(row.opened)),
                "words": words_of((row.local_no, row.hq_no, row.party, row.cause, row.agency, row.device,
                                   *named.get(row.package, ())))})
            connection.execute(sa.text(
                "UPDATE case_file SET place = :place, words = :words WHERE package = :package"), made[-1])
        keep_words(connection, [(each["package"], each["place"], each["words"]) for each in made])


def upgrade() -> None:
    connection = op.get_bind()
    op.add_column("case_file", sa.Column("place", sa.BigInteger(), nullable=False, server_default="0"))
    op.add_column("case_file", sa.Column("words", sa.Text(), nullable=False, server_default=sa.text("''")))
    for name, table, columns in _INDEXES:
        op.create_index(name, table, columns)
    if connection.dialect.name == "postgresql":
        op.execute("CREATE TABLE case_gram (package varchar(36) PRIMARY KEY, place bigint NOT NULL,"
                   " words text NOT NULL, grams integer[] NOT NULL)")
        op.execute("CREATE INDEX ix_case_gram_place ON case_gram (place, package)")
        # Without a list of entries still to be put in, which every search would read through.
        op.execute("CREATE INDEX ix_case_gram_grams ON case_gram USING gin (grams) WITH (fastupdate = off)")
    else:
        op.execute("CREATE VIRTUAL TABLE case_gram USING fts5 (grams, content = '', tokenize = 'ascii')")
    _found_by(connection)
