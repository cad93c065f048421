"""What headquarters sends down; the outbox with a name for each stage; green needs a receipt."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"

_ONLY_BY_RECEIPT = """
CREATE TRIGGER {table}_green_{verb} BEFORE {VERB} ON {table}
WHEN NEW.{column} = 'received' AND NOT EXISTS (
    SELECT 1 FROM receipt WHERE receipt.package = NEW.package AND receipt.revision = NEW.revision)
BEGIN SELECT RAISE(ABORT, 'received only by a stored receipt'); END
"""


def upgrade() -> None:
    op.create_table(
        "order_taken",
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("at", sa.String(), nullable=False),
        sa.Column("outcome", sa.String(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("problem", sa.Text(), nullable=False),
        sa.Column("case_id", sa.String(), nullable=False),
        sa.Column("lines", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("sha256", name="pk_order_taken"))
    op.create_index("ix_order_taken_at", "order_taken", ["at"])
    op.create_index("ix_order_taken_case_id", "order_taken", ["case_id"])
    op.create_table(
        "number_block",
        sa.Column("series", sa.String(), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("first", sa.Integer(), nullable=False),
        sa.Column("last", sa.Integer(), nullable=False),
        sa.Column("given", sa.String(64), nullable=False),
        sa.PrimaryKeyConstraint("series", "year", "first", name="pk_number_block"))
    op.create_table(
        "other_event",
        sa.Column("device", sa.String(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("hash", sa.String(64), nullable=False),
        sa.Column("case_id", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("hlc", sa.String(), nullable=False),
        sa.Column("data", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("device", "seq", name="pk_other_event"))
    op.create_index("ix_other_event_case_id", "other_event", ["case_id"])
    op.execute("UPDATE outbox SET state = 'sealed' WHERE state = 'waiting'")
    for table, column in (("outbox", "state"), ("case_file", "sync")):
        for verb in ("insert", "update"):
            op.execute(_ONLY_BY_RECEIPT.format(table=table, column=column, verb=verb, VERB=verb.upper()))
