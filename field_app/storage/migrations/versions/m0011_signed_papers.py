"""Papers have the file that both officers signed beside the one that was issued."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    op.add_column("paper", sa.Column("signed_pdf", sa.String(), nullable=True))
