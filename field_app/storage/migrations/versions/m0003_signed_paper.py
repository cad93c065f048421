"""Signed sheets that came back, and signatures written on the screen."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.create_table(
        "signed_page",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("paper", sa.String(), nullable=False),
        sa.Column("page", sa.Integer(), nullable=False),
        sa.Column("scan", sa.String(), nullable=False),
        sa.Column("original", sa.String(), nullable=False),
        sa.Column("source_page", sa.Integer(), nullable=False),
        sa.Column("found", sa.String(), nullable=False),
        sa.Column("likeness", sa.Integer(), nullable=False),
        sa.Column("at", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["original"], ["blob.id"], name=op.f("fk_signed_page_original")),
        sa.ForeignKeyConstraint(["paper"], ["paper.id"], name=op.f("fk_signed_page_paper")),
        sa.ForeignKeyConstraint(["scan"], ["blob.id"], name=op.f("fk_signed_page_scan")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_signed_page")))
    op.create_index("ix_signed_page_paper", "signed_page", ["paper"], unique=False)
    op.create_table(
        "signature",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("paper", sa.String(), nullable=False),
        sa.Column("page", sa.Integer(), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("nth", sa.Integer(), nullable=False),
        sa.Column("signer", sa.Text(), nullable=False),
        sa.Column("outcome", sa.String(), nullable=False),
        sa.Column("answers_sha256", sa.String(length=64), nullable=False),
        sa.Column("at", sa.String(), nullable=False),
        sa.Column("picture", sa.String(), nullable=True),
        sa.Column("strokes", sa.String(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("witness", sa.Text(), nullable=False),
        sa.Column("withdrawn", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(["paper"], ["paper.id"], name=op.f("fk_signature_paper")),
        sa.ForeignKeyConstraint(["picture"], ["blob.id"], name=op.f("fk_signature_picture")),
        sa.ForeignKeyConstraint(["strokes"], ["blob.id"], name=op.f("fk_signature_strokes")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_signature")))
    op.create_index("ix_signature_paper", "signature", ["paper"], unique=False)
