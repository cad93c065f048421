"""One row for each device that ever sent a statement: locked while something of it is settled."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.create_table("lane",
        sa.Column("device", sa.String(length=32), nullable=False),
        sa.PrimaryKeyConstraint("device", name="pk_lane"))
    op.execute("INSERT INTO lane (device) SELECT DISTINCT device FROM statement")
