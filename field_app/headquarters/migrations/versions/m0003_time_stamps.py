"""Time-stamps of statements, and the signed papers that are raised."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.add_column("statement", sa.Column("stamped", sa.String(), nullable=True))
    op.create_table("signed_paper",
        sa.Column("package", sa.String(length=36), nullable=False),
        sa.Column("object", sa.String(length=36), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("status", sa.String(length=16), nullable=False),
        sa.Column("signed_at", sa.String(), nullable=True),
        sa.Column("tries", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("again_at", sa.String(), nullable=True),
        sa.Column("problem", sa.String(length=40), nullable=False),
        sa.Column("raised_at", sa.String(), nullable=True),
        sa.PrimaryKeyConstraint("package", "object", name="pk_signed_paper"))
    op.create_index("ix_signed_paper_status", "signed_paper", ["status"])
