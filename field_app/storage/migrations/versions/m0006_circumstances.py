"""Circumstances that do not hold are kept too; warnings passed are kept with both signatures."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    op.add_column("case_file", sa.Column("denied", sa.JSON(), nullable=False, server_default="{}"))
    op.create_table(
        "passed_warning",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("case_id", sa.String(), nullable=False),
        sa.Column("about", sa.String(), nullable=False),
        sa.Column("record", sa.JSON(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("signatures", sa.JSON(), nullable=False),
        sa.Column("at", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["case_id"], ["case_file.id"], name=op.f("fk_passed_warning_case_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_passed_warning")))
    op.create_index("ix_passed_warning_case_id", "passed_warning", ["case_id"], unique=False)
