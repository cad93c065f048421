"""Originals imported from recorders' cards: the journal, what other laptops have, parts of clips."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    op.add_column("clip", sa.Column("imported", sa.Boolean(), nullable=False, server_default="0"))
    op.add_column("segment", sa.Column("file", sa.Integer(), nullable=False, server_default="0"))
    op.add_column("segment", sa.Column("mime", sa.String(), nullable=False, server_default=""))
    op.create_table(
        "import_run",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("at", sa.String(), nullable=False),
        sa.Column("root", sa.Text(), nullable=False),
        sa.Column("serial", sa.String(), nullable=False),
        sa.Column("profile", sa.String(), nullable=False),
        sa.Column("offset_ms", sa.Integer(), nullable=True),
        sa.Column("clock_how", sa.String(), nullable=False),
        sa.Column("device_shown", sa.String(), nullable=False),
        sa.Column("laptop_shown", sa.String(), nullable=False),
        sa.Column("ended", sa.String(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_import_run")))
    op.create_index("ix_import_run_serial", "import_run", ["serial", "at"], unique=False)
    op.create_table(
        "import_item",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("run", sa.String(), nullable=False),
        sa.Column("ordinal", sa.Integer(), nullable=False),
        sa.Column("raw", sa.LargeBinary(), nullable=False),
        sa.Column("path", sa.Text(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("mtime_ns", sa.Integer(), nullable=False),
        sa.Column("facts", sa.JSON(), nullable=False),
        sa.Column("case_id", sa.String(), nullable=False),
        sa.Column("step_id", sa.String(), nullable=False),
        sa.Column("visit", sa.Integer(), nullable=False),
        sa.Column("starts", sa.String(), nullable=False),
        sa.Column("ends", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("sample", sa.String(), nullable=False),
        sa.Column("sha256", sa.String(), nullable=False),
        sa.Column("clip", sa.String(), nullable=True),
        sa.Column("blob", sa.String(), nullable=True),
        sa.Column("file", sa.Integer(), nullable=False),
        sa.Column("problem", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["blob"], ["blob.id"], name=op.f("fk_import_item_blob")),
        sa.ForeignKeyConstraint(["case_id"], ["case_file.id"], name=op.f("fk_import_item_case_id")),
        sa.ForeignKeyConstraint(["clip"], ["clip.id"], name=op.f("fk_import_item_clip")),
        sa.ForeignKeyConstraint(["run"], ["import_run.id"], name=op.f("fk_import_item_run")),
        sa.ForeignKeyConstraint(["step_id"], ["step.id"], name=op.f("fk_import_item_step_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_import_item")))
    op.create_index("ix_import_item_run", "import_item", ["run", "ordinal"], unique=False)
    op.create_index("ix_import_item_case_id", "import_item", ["case_id"], unique=False)
    op.create_index("ix_import_item_size", "import_item", ["size"], unique=False)
    op.create_index("ix_import_item_sha256", "import_item", ["sha256"], unique=False)
    op.create_table(
        "import_known",
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("sample", sa.String(length=64), nullable=False),
        sa.Column("device", sa.String(), nullable=False),
        sa.Column("at", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("sha256", name=op.f("pk_import_known")))
    op.create_index("ix_import_known_size", "import_known", ["size"], unique=False)
