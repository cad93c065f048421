"""Copies of recordings, what was said in them, their deletion; SM3 beside SHA-256."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    op.add_column("segment", sa.Column(
        "sm3", sa.String(length=64), nullable=False, server_default=""))
    op.create_table(
        "clip_copy",
        sa.Column("clip_id", sa.String(), nullable=False),
        sa.Column("original", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("from_ms", sa.Integer(), nullable=False),
        sa.Column("to_ms", sa.Integer(), nullable=False),
        sa.Column("original_sha256", sa.JSON(), nullable=False),
        sa.Column("done", sa.JSON(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("made", sa.String(), nullable=False),
        sa.Column("actors", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["clip_id"], ["clip.id"], name=op.f("fk_clip_copy_clip_id")),
        sa.ForeignKeyConstraint(["original"], ["clip.id"], name=op.f("fk_clip_copy_original")),
        sa.PrimaryKeyConstraint("clip_id", name=op.f("pk_clip_copy")))
    op.create_index("ix_clip_copy_original", "clip_copy", ["original"], unique=False)
    op.create_table(
        "clip_deletion",
        sa.Column("clip_id", sa.String(), nullable=False),
        sa.Column("retention", sa.String(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("at", sa.String(), nullable=False),
        sa.Column("actors", sa.JSON(), nullable=False),
        sa.Column("receipt", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["clip_id"], ["clip.id"], name=op.f("fk_clip_deletion_clip_id")),
        sa.PrimaryKeyConstraint("clip_id", name=op.f("pk_clip_deletion")))
    op.create_table(
        "clip_hold",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("clip_id", sa.String(), nullable=False),
        sa.Column("ground", sa.String(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("at", sa.String(), nullable=False),
        sa.Column("withdrawn", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(["clip_id"], ["clip.id"], name=op.f("fk_clip_hold_clip_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_clip_hold")))
    op.create_index("ix_clip_hold_clip_id", "clip_hold", ["clip_id"], unique=False)
    op.create_table(
        "transcript",
        sa.Column("clip_id", sa.String(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("lines", sa.JSON(), nullable=False),
        sa.Column("began", sa.String(), nullable=False),
        sa.Column("saved", sa.String(), nullable=False),
        sa.Column("actors", sa.JSON(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(["clip_id"], ["clip.id"], name=op.f("fk_transcript_clip_id")),
        sa.PrimaryKeyConstraint("clip_id", "revision", name=op.f("pk_transcript")))
