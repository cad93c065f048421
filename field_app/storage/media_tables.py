"""Tables of recordings: what was recorded or imported, copied, kept and destroyed."""

from sqlalchemy import JSON, Boolean, Column, ForeignKey, Index, Integer, LargeBinary, String, Table, Text

from field_app.storage.tables import metadata

clip = Table(
    "clip", metadata,
    Column("id", String, primary_key=True),
    Column("case_id", String, ForeignKey("case_file.id"), nullable=False),
    Column("step_id", String, ForeignKey("step.id"), nullable=False),
    Column("number", String, nullable=False, unique=True),
    Column("state", String, nullable=False),
    Column("started", String, nullable=False),
    Column("ended", String),
    Column("duration_ms", Integer, nullable=False),
    Column("has_video", Boolean, nullable=False),
    Column("has_audio", Boolean, nullable=False),
    Column("gaps", JSON, nullable=False),
    Column("marks", JSON, nullable=False),
    Column("imported", Boolean, nullable=False, server_default="0"),
    Column("view", String, nullable=False, server_default=""),
    Column("beside", String),
    Column("preroll_ms", Integer, nullable=False, server_default="0"),
    Column("alarms", JSON, nullable=False, server_default="[]"),
    Column("ties", JSON, nullable=False, server_default="[]"),
    Index("ix_clip_case_id", "case_id"),
    # When recordings ran, for counts and for what they cover, without their gaps and marks.
    Index("ix_clip_time", "case_id", "started", "ended", "state", "imported", "duration_ms", "id"))

segment = Table(
    "segment", metadata,
    Column("clip_id", String, ForeignKey("clip.id"), primary_key=True),
    Column("ordinal", Integer, primary_key=True),
    Column("path", String, nullable=False),
    Column("size", Integer, nullable=False),
    Column("sha256", String(64), nullable=False),
    Column("ct_size", Integer, nullable=False),
    Column("ct_sha256", String(64), nullable=False),
    Column("started", String, nullable=False),
    Column("ended", String, nullable=False),
    Column("file", Integer, nullable=False, server_default="0"),
    Column("mime", String, nullable=False, server_default=""),
    Column("sm3", String(64), nullable=False, server_default=""))

import_run = Table(
    "import_run", metadata,
    Column("id", String, primary_key=True),
    Column("at", String, nullable=False),
    Column("root", Text, nullable=False),
    Column("serial", String, nullable=False),
    Column("profile", String, nullable=False),
    Column("offset_ms", Integer),
    Column("clock_how", String, nullable=False),
    Column("device_shown", String, nullable=False),
    Column("laptop_shown", String, nullable=False),
    Column("ended", String),
    Index("ix_import_run_serial", "serial", "at"))

import_item = Table(
    "import_item", metadata,
    Column("id", String, primary_key=True),
    Column("run", String, ForeignKey("import_run.id"), nullable=False),
    Column("ordinal", Integer, nullable=False),
    Column("raw", LargeBinary, nullable=False),
    Column("path", Text, nullable=False),
    Column("size", Integer, nullable=False),
    Column("mtime_ns", Integer, nullable=False),
    Column("facts", JSON, nullable=False),
    Column("case_id", String, ForeignKey("case_file.id"), nullable=False),
    Column("step_id", String, ForeignKey("step.id"), nullable=False),
    Column("visit", Integer, nullable=False),
    Column("starts", String, nullable=False),
    Column("ends", String, nullable=False),
    Column("state", String, nullable=False),
    Column("sample", String, nullable=False),
    Column("sha256", String, nullable=False),
    Column("clip", String, ForeignKey("clip.id")),
    Column("blob", String, ForeignKey("blob.id")),
    Column("file", Integer, nullable=False),
    Column("problem", Text, nullable=False),
    Index("ix_import_item_run", "run", "ordinal"),
    Index("ix_import_item_case_id", "case_id"),
    Index("ix_import_item_size", "size"),
    Index("ix_import_item_sha256", "sha256"))

# What other laptops imported, by their lists: hashes only.
import_known = Table(
    "import_known", metadata,
    Column("sha256", String(64), primary_key=True),
    Column("size", Integer, nullable=False),
    Column("sample", String(64), nullable=False),
    Column("device", String, nullable=False),
    Column("at", String, nullable=False),
    Index("ix_import_known_size", "size"))

# A clip that was made of another one; originals have no row here.
clip_copy = Table(
    "clip_copy", metadata,
    Column("clip_id", String, ForeignKey("clip.id"), primary_key=True),
    Column("original", String, ForeignKey("clip.id"), nullable=False),
    Column("kind", String, nullable=False),
    Column("from_ms", Integer, nullable=False),
    Column("to_ms", Integer, nullable=False),
    Column("original_sha256", JSON, nullable=False),
    Column("done", JSON, nullable=False),
    Column("reason", Text, nullable=False),
    Column("made", String, nullable=False),
    Column("actors", JSON, nullable=False),
    Index("ix_clip_copy_original", "original"))

# A clip whose sealed files were destroyed after headquarters had signed for them.
clip_deletion = Table(
    "clip_deletion", metadata,
    Column("clip_id", String, ForeignKey("clip.id"), primary_key=True),
    Column("retention", String, nullable=False),
    Column("reason", Text, nullable=False),
    Column("at", String, nullable=False),
    Column("actors", JSON, nullable=False),
    Column("receipt", Integer, nullable=False))

# Why a clip is kept for good, told by officers; withdrawn ones stay on record.
clip_hold = Table(
    "clip_hold", metadata,
    Column("id", String, primary_key=True),
    Column("clip_id", String, ForeignKey("clip.id"), nullable=False),
    Column("ground", String, nullable=False),
    Column("reason", Text, nullable=False),
    Column("at", String, nullable=False),
    Column("withdrawn", String),
    Index("ix_clip_hold_clip_id", "clip_id"))

# One row a sitting; the newest counts, the others are kept.
transcript = Table(
    "transcript", metadata,
    Column("clip_id", String, ForeignKey("clip.id"), primary_key=True),
    Column("revision", Integer, primary_key=True),
    Column("lines", JSON, nullable=False),
    Column("began", String, nullable=False),
    Column("saved", String, nullable=False),
    Column("actors", JSON, nullable=False),
    Column("sha256", String(64), nullable=False))
