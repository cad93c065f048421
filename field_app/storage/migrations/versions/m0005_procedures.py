"""Steps end with an outcome and in turn; cases carry marks; the board of what is due."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"

_TURNS = """
UPDATE step SET turn = (
    SELECT count(*) FROM step AS other
    WHERE other.case_id = step.case_id AND other.state IN ('done', 'skipped')
    AND (other.finished < step.finished
         OR (other.finished = step.finished AND other.ordinal <= step.ordinal)))
WHERE state IN ('done', 'skipped')
"""


def upgrade() -> None:
    op.add_column("case_file", sa.Column("marks", sa.JSON(), nullable=False, server_default="{}"))
    op.add_column("step", sa.Column("outcome", sa.String(), nullable=False, server_default=""))
    op.add_column("step", sa.Column("turn", sa.Integer(), nullable=False, server_default="0"))
    op.execute(_TURNS)
    op.create_table(
        "board",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("case_id", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("step", sa.String(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("law", sa.Text(), nullable=False),
        sa.Column("due", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["case_file.id"], name=op.f("fk_board_case_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_board")))
    op.create_index("ix_board_case_id", "board", ["case_id"], unique=False)
    op.create_index("ix_board_due", "board", ["due", "kind"], unique=False)
    op.create_table(
        "board_mark",
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("calendar", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_board_mark")))
