"""Papers and photos have an SM3 beside their SHA-256 where the agency asks for one."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    op.add_column("blob", sa.Column("sm3", sa.String(64), nullable=False, server_default=""))
