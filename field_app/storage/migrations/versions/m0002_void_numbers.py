"""Void document numbers are kept on record."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.create_table(
        "void_number",
        sa.Column("number", sa.String(), nullable=False),
        sa.Column("series", sa.String(), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("paper", sa.String(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("at", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["paper"], ["paper.id"], name=op.f("fk_void_number_paper")),
        sa.PrimaryKeyConstraint("number", "paper", name=op.f("pk_void_number")))
