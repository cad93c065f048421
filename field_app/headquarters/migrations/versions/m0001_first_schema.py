"""First schema: statements, files and parts, receipts, opened cases, events, inbox."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.create_table("case_file",
        sa.Column("package", sa.String(length=36), nullable=False),
        sa.Column("case_id", sa.String(length=36), nullable=False),
        sa.Column("device", sa.String(length=32), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("local_no", sa.String(), nullable=False),
        sa.Column("hq_no", sa.String(), nullable=True),
        sa.Column("cause", sa.Text(), nullable=False),
        sa.Column("agency", sa.Text(), nullable=False),
        sa.Column("party", sa.Text(), nullable=False),
        sa.Column("opened", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("package", name="pk_case_file"))
    op.create_index("ix_case_file_case_id", "case_file", ["case_id"])
    op.create_index("ix_case_file_local_no", "case_file", ["local_no"])
    op.create_table("case_object",
        sa.Column("package", sa.String(length=36), nullable=False),
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("ordinal", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("mime", sa.Text(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("ct_sha256", sa.String(length=64), nullable=False),
        sa.Column("ct_size", sa.Integer(), nullable=False),
        sa.Column("captured", sa.String(), nullable=True),
        sa.PrimaryKeyConstraint("package", "id", name="pk_case_object"))
    op.create_index("ix_case_object_sha256", "case_object", ["sha256"])
    op.create_table("case_officer",
        sa.Column("package", sa.String(length=36), nullable=False),
        sa.Column("cert_no", sa.String(length=64), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("role", sa.String(length=16), nullable=False),
        sa.Column("cert_sha256", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("package", "cert_no", name="pk_case_officer"))
    op.create_index("ix_case_officer_cert_no", "case_officer", ["cert_no"])
    op.create_table("event",
        sa.Column("device", sa.String(length=32), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.Column("prev", sa.String(length=64), nullable=False),
        sa.Column("case_id", sa.String(length=36), nullable=False),
        sa.Column("kind", sa.String(length=80), nullable=False),
        sa.Column("data", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("device", "seq", name="pk_event"))
    op.create_index("ix_event_case_id", "event", ["case_id"])
    op.create_table("file",
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("whole", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.PrimaryKeyConstraint("sha256", name="pk_file"))
    op.create_index("ix_file_whole", "file", ["whole"])
    op.create_table("file_part",
        sa.Column("file", sa.String(length=64), nullable=False),
        sa.Column("ordinal", sa.Integer(), nullable=False),
        sa.Column("part", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("file", "ordinal", name="pk_file_part"))
    op.create_index("ix_file_part_part", "file_part", ["part"])
    op.create_table("inbox",
        sa.Column("cursor", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("device", sa.String(length=32), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("data", sa.LargeBinary(), nullable=False),
        sa.Column("signature", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("cursor", name="pk_inbox"),
        sqlite_autoincrement=True)
    op.create_table("part",
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("sha256", name="pk_part"))
    op.create_table("receipt",
        sa.Column("package", sa.String(length=36), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("verdict", sa.String(length=16), nullable=False),
        sa.Column("at", sa.String(), nullable=False),
        sa.Column("data", sa.LargeBinary(), nullable=False),
        sa.Column("signature", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("package", "revision", name="pk_receipt"))
    op.create_table("statement",
        sa.Column("package", sa.String(length=36), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("device", sa.String(length=32), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("status", sa.String(length=16), nullable=False),
        sa.Column("data", sa.LargeBinary(), nullable=False),
        sa.Column("signature", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("package", "revision", name="pk_statement"))
    op.create_index("ix_statement_status", "statement", ["status"])
    op.create_table("statement_file",
        sa.Column("package", sa.String(length=36), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("package", "revision", "sha256", name="pk_statement_file"))
