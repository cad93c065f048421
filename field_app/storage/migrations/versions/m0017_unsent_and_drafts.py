"""What is not sent and what is not finished is found without reading what is."""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"


def upgrade() -> None:
    op.create_index("ix_case_file_unsent", "case_file", ["sync", "opened"], unique=False,
                    sqlite_where=sa.text("sync <> 'received'"))
    op.create_index("ix_paper_draft", "paper", ["state", "changed"], unique=False,
                    sqlite_where=sa.text("state = 'draft'"))
