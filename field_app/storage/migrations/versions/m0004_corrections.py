"""A record may correct an earlier one."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.add_column("paper", sa.Column("corrects", sa.String(), nullable=True))
