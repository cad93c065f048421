"""Clips of two cameras beside each other, what was before "record", and the watchdog's alarms."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    op.add_column("clip", sa.Column("view", sa.String(), nullable=False, server_default=""))
    op.add_column("clip", sa.Column("beside", sa.String(), nullable=True))
    op.add_column("clip", sa.Column(
        "preroll_ms", sa.Integer(), nullable=False, server_default="0"))
    op.add_column("clip", sa.Column("alarms", sa.JSON(), nullable=False, server_default="[]"))
    op.add_column("clip", sa.Column("ties", sa.JSON(), nullable=False, server_default="[]"))
