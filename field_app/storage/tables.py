"""Tables of the store but those of recordings; migrations must make exactly these (a test compares them)."""

from sqlalchemy import (
    JSON,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
    text,
)

metadata = MetaData(naming_convention={
    "ix": "ix_%(table_name)s_%(column_0_name)s", "uq": "uq_%(table_name)s_%(column_0_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s", "pk": "pk_%(table_name)s"})

# Append-only: triggers made by the migration refuse UPDATE and DELETE.
event = Table(
    "event", metadata,
    Column("seq", Integer, primary_key=True),
    Column("hash", String(64), nullable=False, unique=True),
    Column("kind", String, nullable=False),
    Column("case_id", String, nullable=False),
    Column("wall", String, nullable=False),
    Column("data", LargeBinary, nullable=False),
    Index("ix_event_case_id", "case_id"))

# Heads of the log that the device signed: at log-out, at sync, when a partner hands over.
signed_head = Table(
    "signed_head", metadata,
    Column("seq", Integer, primary_key=True),
    Column("why", String, primary_key=True),
    Column("statement", Text, nullable=False),
    Column("signature", Text, nullable=False))

case = Table(
    "case_file", metadata,
    Column("id", String, primary_key=True),
    Column("package", String, nullable=False, unique=True),
    Column("local_no", String, nullable=False, unique=True),
    Column("procedure", String, nullable=False),
    Column("procedure_version", Integer, nullable=False),
    Column("cause", Text, nullable=False),
    Column("matter", Text, nullable=False),
    Column("party", JSON, nullable=False),
    Column("place", Text, nullable=False),
    Column("opened", String, nullable=False),
    Column("officers", JSON, nullable=False),
    Column("identity", String, nullable=False),
    Column("sync", String, nullable=False),
    Column("revision", Integer, nullable=False),
    Column("confirmed_bytes", Integer, nullable=False),
    Column("total_bytes", Integer, nullable=False),
    Column("problem", Text, nullable=False),
    Column("marks", JSON, nullable=False, server_default="{}"),
    Column("denied", JSON, nullable=False, server_default="{}"),
    Index("ix_case_file_opened", "opened"),
    Index("ix_case_file_procedure", "procedure", "matter", "opened", "sync"),
    # Few of many: what headquarters has not signed for, each state by time.
    Index("ix_case_file_unsent", "sync", "opened", sqlite_where=text("sync <> 'received'")))

step = Table(
    "step", metadata,
    Column("id", String, primary_key=True),
    Column("case_id", String, ForeignKey("case_file.id"), nullable=False),
    Column("kind", String, nullable=False),
    Column("ordinal", Integer, nullable=False),
    Column("state", String, nullable=False),
    Column("started", String),
    Column("finished", String),
    Column("reason", Text, nullable=False),
    Column("outcome", String, nullable=False, server_default=""),
    Column("turn", Integer, nullable=False, server_default="0"),
    Index("ix_step_case_id", "case_id"),
    Index("ix_step_started", "started", "kind", "case_id", "finished", "outcome"))

# Inspections that officers planned themselves; those of headquarters stand in its catalogue.
planned = Table(
    "planned_inspection", metadata,
    Column("id", String, primary_key=True),
    Column("facts", JSON, nullable=False),
    Column("first_day", String, nullable=False),
    Column("last_day", String, nullable=False),
    Column("made", String, nullable=False),
    Column("cancelled", String),
    Column("reason", Text, nullable=False, server_default=""),
    Index("ix_planned_inspection_last_day", "last_day"))

# Cases that were opened from a line of the plan: an own one's id, or headquarters' number of it.
planned_case = Table(
    "planned_case", metadata,
    Column("case_id", String, ForeignKey("case_file.id"), primary_key=True),
    Column("line", String, nullable=False),
    Index("ix_planned_case_line", "line"))

# Warnings that both officers let pass, each with their reason; never changed.
passed_warning = Table(
    "passed_warning", metadata,
    Column("id", String, primary_key=True),
    Column("case_id", String, ForeignKey("case_file.id"), nullable=False),
    Column("about", String, nullable=False),
    Column("record", JSON, nullable=False),
    Column("sha256", String(64), nullable=False),
    Column("signatures", JSON, nullable=False),
    Column("at", String, nullable=False),
    Index("ix_passed_warning_case_id", "case_id"))

# What is due, owed or blocked, computed from cases; ``board_mark`` says up to which event.
board = Table(
    "board", metadata,
    Column("id", Integer, primary_key=True),
    Column("case_id", String, ForeignKey("case_file.id"), nullable=False),
    Column("kind", String, nullable=False),
    Column("step", String, nullable=False),
    Column("title", Text, nullable=False),
    Column("text", Text, nullable=False),
    Column("law", Text, nullable=False),
    Column("due", String, nullable=False),
    Index("ix_board_case_id", "case_id"),
    Index("ix_board_due", "due", "kind"))

board_mark = Table(
    "board_mark", metadata,
    Column("key", String, primary_key=True),
    Column("seq", Integer, nullable=False),
    Column("calendar", String(64), nullable=False))

blob = Table(
    "blob", metadata,
    Column("id", String, primary_key=True),
    Column("case_id", String, ForeignKey("case_file.id"), nullable=False),
    Column("kind", String, nullable=False),
    Column("name", Text, nullable=False),
    Column("mime", String, nullable=False),
    Column("path", String, nullable=False),
    Column("size", Integer, nullable=False),
    Column("sha256", String(64), nullable=False),
    Column("ct_size", Integer, nullable=False),
    Column("ct_sha256", String(64), nullable=False),
    Column("captured", String, nullable=False),
    Column("sm3", String(64), nullable=False, server_default=""),
    Index("ix_blob_case_id", "case_id"))

paper = Table(
    "paper", metadata,
    Column("id", String, primary_key=True),
    Column("case_id", String, ForeignKey("case_file.id"), nullable=False),
    Column("step_id", String, ForeignKey("step.id"), nullable=False),
    Column("form", String, nullable=False),
    Column("form_version", Integer, nullable=False),
    Column("form_sha256", String(64), nullable=False),
    Column("title", Text, nullable=False),
    Column("state", String, nullable=False),
    Column("answers", JSON, nullable=False),
    Column("changed", String, nullable=False),
    Column("number", String, nullable=False),
    Column("short_code", String, nullable=False),
    Column("pages", Integer, nullable=False),
    Column("docx", String, ForeignKey("blob.id")),
    Column("pdf", String, ForeignKey("blob.id")),
    Column("pdf_sha256", String, nullable=False),
    Column("issued", String),
    Column("corrects", String),
    Column("signed_pdf", String),
    Column("ordinal", Integer, nullable=False, server_default="0"),
    Index("ix_paper_case_id", "case_id"),
    # Everything that lists and counts of papers ask for, so that no answers are read for it.
    Index("ix_paper_ordinal", "ordinal", "state", "form", "pages"),
    Index("ix_paper_state", "state", "form", "issued"),
    Index("ix_paper_case_form", "case_id", "form", "state"),
    # Few of many: what is not finished yet, by the last change.
    Index("ix_paper_draft", "state", "changed", sqlite_where=text("state = 'draft'")))

signed_page = Table(
    "signed_page", metadata,
    Column("id", String, primary_key=True),
    Column("paper", String, ForeignKey("paper.id"), nullable=False),
    Column("page", Integer, nullable=False),
    Column("scan", String, ForeignKey("blob.id"), nullable=False),
    Column("original", String, ForeignKey("blob.id"), nullable=False),
    Column("source_page", Integer, nullable=False),
    Column("found", String, nullable=False),
    Column("likeness", Integer, nullable=False),
    Column("at", String, nullable=False),
    Index("ix_signed_page_paper", "paper"))

signature = Table(
    "signature", metadata,
    Column("id", String, primary_key=True),
    Column("paper", String, ForeignKey("paper.id"), nullable=False),
    Column("page", Integer, nullable=False),
    Column("words", Text, nullable=False),
    Column("nth", Integer, nullable=False),
    Column("signer", Text, nullable=False),
    Column("outcome", String, nullable=False),
    Column("answers_sha256", String(64), nullable=False),
    Column("at", String, nullable=False),
    Column("picture", String, ForeignKey("blob.id")),
    Column("strokes", String, ForeignKey("blob.id")),
    Column("reason", Text, nullable=False),
    Column("witness", Text, nullable=False),
    Column("withdrawn", String),
    Index("ix_signature_paper", "paper"))

counter = Table(
    "counter", metadata,
    Column("series", String, primary_key=True),
    Column("year", Integer, primary_key=True),
    Column("last", Integer, nullable=False))

void_number = Table(
    "void_number", metadata,
    Column("number", String, primary_key=True),
    Column("series", String, nullable=False),
    Column("year", Integer, nullable=False),
    Column("paper", String, ForeignKey("paper.id"), primary_key=True),
    Column("reason", Text, nullable=False),
    Column("at", String, nullable=False))

outbox = Table(
    "outbox", metadata,
    Column("id", Integer, primary_key=True),
    Column("package", String, nullable=False),
    Column("revision", Integer, nullable=False),
    Column("state", String, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("last_error", Text, nullable=False),
    Column("queued", String, nullable=False),
    Column("finished", String),
    UniqueConstraint("package", "revision", name="uq_outbox_package"))

receipt = Table(
    "receipt", metadata,
    Column("package", String, primary_key=True),
    Column("revision", Integer, primary_key=True),
    Column("data", LargeBinary, nullable=False),
    Column("signature", LargeBinary, nullable=False),
    Column("received", String, nullable=False))

# What headquarters sent down and what became of it; ``lines``: what it tells, for notices.
order_taken = Table(
    "order_taken", metadata,
    Column("sha256", String(64), primary_key=True),
    Column("kind", String, nullable=False),
    Column("at", String, nullable=False),
    Column("outcome", String, nullable=False),
    Column("title", Text, nullable=False),
    Column("problem", Text, nullable=False),
    Column("case_id", String, nullable=False),
    Column("lines", JSON, nullable=False),
    Index("ix_order_taken_at", "at"),
    Index("ix_order_taken_case_id", "case_id"))

# Document numbers that headquarters gave this laptop besides those of the trust bundle.
number_block = Table(
    "number_block", metadata,
    Column("series", String, primary_key=True),
    Column("year", Integer, primary_key=True),
    Column("first", Integer, primary_key=True),
    Column("last", Integer, nullable=False),
    Column("given", String(64), nullable=False))

# Events of a shared case that other laptops recorded, as headquarters handed them on.
other_event = Table(
    "other_event", metadata,
    Column("device", String, primary_key=True),
    Column("seq", Integer, primary_key=True),
    Column("hash", String(64), nullable=False),
    Column("case_id", String, nullable=False),
    Column("kind", String, nullable=False),
    Column("hlc", String, nullable=False),
    Column("data", LargeBinary, nullable=False),
    Index("ix_other_event_case_id", "case_id"))

setting = Table(
    "setting", metadata,
    Column("key", String, primary_key=True),
    Column("value", JSON, nullable=False))
