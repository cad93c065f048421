"""Tables of headquarters; migrations must make exactly these (a test compares them)."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    false,
    text,
)

metadata = MetaData(naming_convention={
    "ix": "ix_%(table_name)s_%(column_0_name)s", "pk": "pk_%(table_name)s"})

# What was received. ``status``: waiting, accepted, refused; ``stamped``: time of its time-stamp.
statement = Table(
    "statement", metadata,
    Column("package", String(36), primary_key=True),
    Column("revision", Integer, primary_key=True),
    Column("sha256", String(64), nullable=False),
    Column("device", String(32), nullable=False),
    Column("state", String(16), nullable=False),
    Column("status", String(16), nullable=False),
    Column("data", LargeBinary, nullable=False),
    Column("signature", LargeBinary, nullable=False),
    Column("stamped", String),
    Index("ix_statement_status", "status"),
    Index("ix_statement_device", "device", "status"))

# Whoever settles something of a device locks its row first; a device's log has one writer.
lane = Table(
    "lane", metadata,
    Column("device", String(32), primary_key=True))

# The files a revision names that the one before did not.
statement_file = Table(
    "statement_file", metadata,
    Column("package", String(36), primary_key=True),
    Column("revision", Integer, primary_key=True),
    Column("sha256", String(64), primary_key=True))

file = Table(
    "file", metadata,
    Column("sha256", String(64), primary_key=True),
    Column("size", Integer, nullable=False),
    Column("whole", Boolean, nullable=False, server_default=false()),
    Index("ix_file_whole", "whole"))

# Parts of files that are not whole yet.
file_part = Table(
    "file_part", metadata,
    Column("file", String(64), primary_key=True),
    Column("ordinal", Integer, primary_key=True),
    Column("part", String(64), nullable=False),
    Index("ix_file_part_part", "part"))

part = Table(
    "part", metadata,
    Column("sha256", String(64), primary_key=True),
    Column("size", Integer, nullable=False))

# What came of parts that arrive in pieces; bytes from ``start`` on, each following the one before.
piece = Table(
    "piece", metadata,
    Column("part", String(64), primary_key=True),
    Column("start", Integer, primary_key=True),
    Column("size", Integer, nullable=False),
    Column("data", LargeBinary, nullable=False))

receipt = Table(
    "receipt", metadata,
    Column("package", String(36), primary_key=True),
    Column("revision", Integer, primary_key=True),
    Column("verdict", String(16), nullable=False),
    Column("at", String, nullable=False),
    Column("data", LargeBinary, nullable=False),
    Column("signature", LargeBinary, nullable=False),
    Index("ix_receipt_at", "at", "package", "revision"),
    Index("ix_receipt_verdict", "verdict", "at", "package", "revision"))

# What was opened; one row a package, as its newest accepted revision tells it. ``place``: in the order of
# all cases, ``words``: what it is found by (:mod:`case_search`, whose ``case_gram`` each database has its own way).
case_file = Table(
    "case_file", metadata,
    Column("package", String(36), primary_key=True),
    Column("case_id", String(36), nullable=False),
    Column("device", String(32), nullable=False),
    Column("revision", Integer, nullable=False),
    Column("state", String(16), nullable=False),
    Column("local_no", String, nullable=False),
    Column("hq_no", String),
    Column("cause", Text, nullable=False),
    Column("agency", Text, nullable=False),
    Column("party", Text, nullable=False),
    Column("opened", String, nullable=False),
    Column("place", BigInteger, nullable=False, server_default="0"),
    Column("words", Text, nullable=False, server_default=text("''")),
    Index("ix_case_file_case_id", "case_id"),
    Index("ix_case_file_device", "device"),
    Index("ix_case_file_place", "place", "package"),
    Index("ix_case_file_local_no", "local_no"))

case_officer = Table(
    "case_officer", metadata,
    Column("package", String(36), primary_key=True),
    Column("cert_no", String(64), primary_key=True),
    Column("name", Text, nullable=False),
    Column("role", String(16), nullable=False),
    Column("cert_sha256", String(64), nullable=False),
    Index("ix_case_officer_cert_no", "cert_no"))

case_object = Table(
    "case_object", metadata,
    Column("package", String(36), primary_key=True),
    Column("id", String(36), primary_key=True),
    Column("ordinal", Integer, nullable=False),
    Column("kind", String(16), nullable=False),
    Column("name", Text, nullable=False),
    Column("mime", Text, nullable=False),
    Column("size", Integer, nullable=False),
    Column("sha256", String(64), nullable=False),
    Column("ct_sha256", String(64), nullable=False),
    Column("ct_size", Integer, nullable=False),
    Column("captured", String),
    Index("ix_case_object_sha256", "sha256"))

# PDFs of cases. ``status``: unsigned, waiting, raised, broken; ``signed_at``: when the last officer
# signed; ``tries``, ``again_at``, ``problem``: of raising them; ``raised_at``: time of the time-stamp.
signed_paper = Table(
    "signed_paper", metadata,
    Column("package", String(36), primary_key=True),
    Column("object", String(36), primary_key=True),
    Column("sha256", String(64), nullable=False),
    Column("status", String(16), nullable=False),
    Column("signed_at", String),
    Column("tries", Integer, nullable=False, server_default=text("0")),
    Column("again_at", String),
    Column("problem", String(40), nullable=False, default=""),
    Column("raised_at", String),
    Index("ix_signed_paper_status", "status"))

event = Table(
    "event", metadata,
    Column("device", String(32), primary_key=True),
    Column("seq", Integer, primary_key=True),
    Column("hash", String(64), nullable=False),
    Column("prev", String(64), nullable=False),
    Column("case_id", String(36), nullable=False),
    Column("kind", String(80), nullable=False),
    Column("data", LargeBinary, nullable=False),
    Index("ix_event_case_id", "case_id"))

# What is sent down. An empty ``device`` speaks to all.
inbox = Table(
    "inbox", metadata,
    Column("cursor", Integer, primary_key=True, autoincrement=True),
    Column("device", String(32), nullable=False),
    Column("kind", String(16), nullable=False),
    Column("data", LargeBinary, nullable=False),
    Column("signature", LargeBinary, nullable=False),
    sqlite_autoincrement=True)

# What people here asked to be sent down; the worker, who signs, does it. ``kind``: return, assign.
wish = Table(
    "wish", metadata,
    Column("id", String(36), primary_key=True),
    Column("kind", String(16), nullable=False),
    Column("package", String(36), nullable=False),
    Column("revision", Integer, nullable=False),
    Column("device", String(32), nullable=False),
    Column("reason", Text, nullable=False),
    Column("by", String(200), nullable=False),
    Column("at", String, nullable=False),
    Column("done", String),
    Column("problem", String(40), nullable=False, default=""),
    Index("ix_wish_package", "package"))

# Document numbers given to laptops by orders; no two blocks of a series and year overlap.
number_block = Table(
    "number_block", metadata,
    Column("series", String(100), primary_key=True),
    Column("year", Integer, primary_key=True),
    Column("first", Integer, primary_key=True),
    Column("last", Integer, nullable=False),
    Column("device", String(32), nullable=False),
    Column("at", String, nullable=False))

# Laptops that a case was assigned to besides the one that opened it.
case_share = Table(
    "case_share", metadata,
    Column("case_id", String(36), primary_key=True),
    Column("device", String(32), primary_key=True),
    Column("at", String, nullable=False))

# How far each laptop was handed each other laptop's events of a shared case.
shared_to = Table(
    "shared_to", metadata,
    Column("case_id", String(36), primary_key=True),
    Column("device", String(32), primary_key=True),
    Column("of_device", String(32), primary_key=True),
    Column("seq", Integer, nullable=False))

# What the rules say of an accepted revision; advice, never a reason to refuse it.
case_finding = Table(
    "case_finding", metadata,
    Column("package", String(36), primary_key=True),
    Column("ordinal", Integer, primary_key=True),
    Column("revision", Integer, nullable=False),
    Column("level", String(16), nullable=False),
    Column("rule", String(40), nullable=False),
    Column("text", Text, nullable=False),
    Column("remedy", Text, nullable=False),
    Column("place", Text, nullable=False))

# Up to which revision each case was judged by the rules.
advice = Table(
    "advice", metadata,
    Column("package", String(36), primary_key=True),
    Column("revision", Integer, nullable=False))

# Cloned or restored disks, as headquarters found them.
device_alarm = Table(
    "device_alarm", metadata,
    Column("device", String(32), primary_key=True),
    Column("package", String(36), primary_key=True),
    Column("revision", Integer, primary_key=True),
    Column("kind", String(16), primary_key=True),
    Column("at", String, nullable=False))

# Everything that rebuilding makes again from packages.
INDEX_TABLES = (case_file, case_officer, case_object, event)

# When a device last spoke, by network or stick; not made again by rebuilding.
device_contact = Table(
    "device_contact", metadata,
    Column("device", String(32), primary_key=True),
    Column("at", String, nullable=False),
    Column("road", String(16), nullable=False))

# People who read in the browser. ``wrong``: wrong passwords in a row; ``until``: waits until then.
console_user = Table(
    "console_user", metadata,
    Column("name", String(40), primary_key=True),
    Column("title", String(40), nullable=False),
    Column("password", Text, nullable=False),
    Column("wrong", Integer, nullable=False, server_default="0"),
    Column("until", String),
    Column("created", String, nullable=False),
    Column("removed", String))

# Who is signed in: the hash of the cookie, never the cookie.
console_session = Table(
    "console_session", metadata,
    Column("token", String(64), primary_key=True),
    Column("user", String(40), nullable=False),
    Column("form", String(64), nullable=False),
    Column("began", String, nullable=False),
    Column("seen", String, nullable=False))

# What people looked at; only ever added to.
console_event = Table(
    "console_event", metadata,
    Column("number", Integer, primary_key=True, autoincrement=True),
    Column("at", String, nullable=False),
    Column("user", String(40), nullable=False),
    Column("what", String(32), nullable=False),
    Column("package", String(36), nullable=False),
    Column("object", String(36), nullable=False),
    Column("detail", Text, nullable=False),
    Index("ix_console_event_package", "package"),
    sqlite_autoincrement=True)
