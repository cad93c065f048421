"""The app's own queries, on the sealed store and on a plain copy of it."""

import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import create_engine, insert, select
from sqlalchemy.pool import QueuePool

from benchmarks.security.log import lines
from field_app.domain.ids import CaseId
from field_app.storage import cases, events, heads, outbox, papers
from field_app.storage.store import Store, Tx
from field_app.storage.tables import event

_TIMES = 15
_NOW = datetime.now(UTC)


def plain_copy(store: Store, path: Path) -> Store:
    """The same events in an SQLite file of the same settings, but without a key."""
    import sqlcipher3.dbapi2 as sqlite

    def connect() -> object:
        connection = sqlite.connect(str(path), check_same_thread=False, isolation_level=None)
        for pragma in ("cache_size = -65536", "journal_mode = WAL", "synchronous = FULL",
                       "foreign_keys = ON", "temp_store = MEMORY", "secure_delete = ON"):
            connection.execute(f"PRAGMA {pragma}").fetchall()
        return connection

    engine = create_engine("sqlite://", module=sqlite, creator=connect, poolclass=QueuePool)
    plain = Store(engine, bytearray())
    with store.begin() as tx:
        schema = [row[0] for row in tx.connection.exec_driver_sql(
            "SELECT sql FROM sqlite_master WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite_%'"
            " AND (name NOT GLOB '*_data' AND name NOT GLOB '*_idx' AND name NOT GLOB '*_content'"
            " AND name NOT GLOB '*_docsize' AND name NOT GLOB '*_config')")]
        rows = [dict(row._mapping) for row in tx.connection.execute(select(event))]
    with plain.begin() as tx:
        for statement in schema:
            tx.connection.exec_driver_sql(statement)
        tx.connection.execute(insert(event), rows)
    return plain


def _queries() -> dict[str, Callable[[Tx], object]]:
    case = CaseId(next(lines(1)).case)
    return {
        "newest link": events.head,
        "events of a case": lambda tx: list(events.of_case(tx, case)),
        "a page of the log (5000 events)": lambda tx: events.since(tx, 10_000, limit=5000),
        "the whole chain": events.first_break,
        "heads from outside": lambda tx: events.hashes(tx, list(range(1, 20_000, 40))),
        "login in force": lambda tx: events.last_login_before(tx, 20_000),
        "cases, papers, heads, outbox": lambda tx: (
            cases.unsent(tx, limit=12), papers.drafts(tx, limit=12), heads.all_heads(tx),
            outbox.last_receipt_time(tx, until=_NOW)),
    }


def queries_ms(store: Store) -> dict[str, float]:
    """CPU milliseconds of each, the least of many: what it costs undisturbed."""
    found = {}
    for name, ask in _queries().items():
        took = []
        for _ in range(_TIMES):
            with store.begin() as tx:
                started = time.thread_time()
                ask(tx)
                took.append((time.thread_time() - started) * 1000)
        found[name] = min(took)
    return found
