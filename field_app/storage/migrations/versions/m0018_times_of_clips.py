"""When recordings ran is counted without reading all that is known of them."""

from alembic import op

revision = "0018"
down_revision = "0017"


def upgrade() -> None:
    op.create_index("ix_clip_time", "clip",
                    ["case_id", "started", "ended", "state", "imported", "duration_ms", "id"], unique=False)
