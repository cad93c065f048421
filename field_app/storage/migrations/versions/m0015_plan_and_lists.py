"""Planned inspections; papers in the order they were made, found by words of theirs and their case."""

import unicodedata
from itertools import pairwise

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"


def _plain(value: str) -> str:
    return "".join(
        c for c in unicodedata.normalize("NFKC", value).lower()
        if not c.isspace() and not unicodedata.category(c).startswith("P"))


def _grams(value: str) -> str:
    plain = _plain(value)
    pairs = [f"{ord(a):x}x{ord(b):x}" for a, b in pairwise(plain)]
    return " ".join([*pairs, *([f"{ord(plain[-1]):x}x"] if plain else [])])


def _plans() -> None:
    op.create_table(
        "planned_inspection",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("facts", sa.JSON(), nullable=False),
        sa.Column("first_day", sa.String(), nullable=False),
        sa.Column("last_day", sa.String(), nullable=False),
        sa.Column("made", sa.String(), nullable=False),
        sa.Column("cancelled", sa.String(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False, server_default=""),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_planned_inspection")))
    op.create_index("ix_planned_inspection_last_day", "planned_inspection", ["last_day"], unique=False)
    op.create_table(
        "planned_case",
        sa.Column("case_id", sa.String(), nullable=False),
        sa.Column("line", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["case_file.id"], name=op.f("fk_planned_case_case_id")),
        sa.PrimaryKeyConstraint("case_id", name=op.f("pk_planned_case")))
    op.create_index("ix_planned_case_line", "planned_case", ["line"], unique=False)


def _papers() -> None:
    op.add_column("paper", sa.Column("ordinal", sa.Integer(), nullable=False, server_default="0"))
    op.execute("UPDATE paper SET ordinal = rowid")
    op.create_index("ix_paper_ordinal", "paper", ["ordinal", "state", "form", "pages"], unique=False)
    op.create_index("ix_paper_state", "paper", ["state", "form", "issued"], unique=False)
    op.create_index("ix_case_file_procedure", "case_file", ["procedure", "matter", "opened", "sync"],
                    unique=False)
    op.create_index("ix_step_started", "step", ["started", "kind", "case_id", "finished", "outcome"],
                    unique=False)
    op.execute("CREATE VIRTUAL TABLE paper_search USING fts5(grams, "
               "tokenize='unicode61 remove_diacritics 0')")
    connection = op.get_bind()
    of_case = {case: words for case, words in connection.execute(
        sa.text("SELECT case_id, grams FROM case_search"))}
    rows = []
    for row in connection.execute(sa.text(
            "SELECT ordinal, case_id, title, number, form, short_code FROM paper")):
        texts = (row.title, row.number, row.form, row.short_code)
        singles = sorted({f"{ord(c):x}" for text in texts for c in _plain(text)})
        rows.append({"row": row.ordinal, "grams": " | ".join(
            [*map(_grams, texts), " ".join(singles), of_case.get(row.case_id, "")])})
    if rows:
        connection.execute(
            sa.text("INSERT INTO paper_search (rowid, grams) VALUES (:row, :grams)"), rows)


def upgrade() -> None:
    _plans()
    _papers()
