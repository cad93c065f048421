"""A case's papers of one form are found without reading its others: proofs of service, above all."""

from alembic import op

revision = "0016"
down_revision = "0015"


def upgrade() -> None:
    op.create_index("ix_paper_case_form", "paper", ["case_id", "form", "state"], unique=False)
