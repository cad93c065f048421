"""Fills a training laptop's store with very many cases, and keeps it for the next run.

The desk has SQLite wipe every piece of memory it lets go of, which makes a row cost some ten times as much
and cannot be switched off again in a process that once had it on. So a process of its own, which never had
it on, opens the store with its key and writes the rows, by the store's own functions.
"""

import hashlib
import importlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import sqlcipher3.dbapi2 as sqlcipher
from sqlalchemy import create_engine, event
from sqlalchemy.pool import StaticPool

from field_app.actions.context import AppContext, Session
from field_app.actions.log_in import log_in, log_out
from field_app.cli.demo.world import World, keep_settings, make_world
from field_app.domain.clock import SystemClock
from field_app.paths import DataFolder
from field_app.settings import Settings
from field_app.storage import schema
from field_app.storage.store import Store, Tx

_MACHINE = "FIELD_DESK_MACHINE"
A_TIME = 2500


@dataclass(frozen=True)
class Into:
    """A store to fill, when, and by whom."""

    store: Store
    at: datetime
    actors: tuple[str, ...]

    @contextmanager
    def begin(self) -> Iterator[Tx]:
        with self.store.begin() as tx:
            yield tx


Fill = Callable[[Into, int], None]


def fill(session: Session, filler: str, count: int) -> None:
    """Have ``filler.fill`` write ``count`` cases, in a process of its own."""
    told = {"store": str(session.context.data.store), "key": session.store._key.hex(),
            "at": session.at.isoformat(), "actors": session.actors}
    subprocess.run([sys.executable, "-m", "benchmarks.filling", filler, str(count)], input=json.dumps(told),
                   text=True, check=True)


def _open(path: Path, key: bytearray) -> Store:
    connection = sqlcipher.connect(str(path), check_same_thread=False, isolation_level=None, timeout=10)
    connection.executescript(f"PRAGMA key = \"x'{key.hex()}'\"")
    for way in ("journal_mode = WAL", "foreign_keys = ON", "secure_delete = ON", "cache_size = -65536"):
        connection.execute(f"PRAGMA {way}").fetchall()
    engine = create_engine("sqlite://", module=sqlcipher, creator=lambda: connection, poolclass=StaticPool)

    @event.listens_for(engine, "begin")
    def _begin(of: Any) -> None:
        of.exec_driver_sql("BEGIN IMMEDIATE")

    return Store(engine, key)


def _stamp(filler: str, count: int) -> str:
    """Names a store that can be used again: filled by the same code into the same tables."""
    source = importlib.import_module(filler).__file__
    assert source is not None
    code = hashlib.sha256(Path(source).read_bytes()).hexdigest()[:8]
    return f"{filler.rpartition('.')[2]}-{count}-{schema.head()}-{code}"


def _make(root: Path, filler: str, count: int) -> None:
    world = make_world(root / "w")
    session = log_in(world.laptop, *world.both())
    began = time.perf_counter()
    fill(session, filler, count)
    print(f"{count} cases filled in {time.perf_counter() - began:.0f} s", flush=True)
    log_out(session)


@contextmanager
def filled_world(filler: str, count: int, keep: Path | None) -> Iterator[World]:
    """A world whose laptop holds ``count`` cases; gone afterwards.

    With ``keep``, the filled world lies in that folder for the next run, and a copy is worked on.
    """
    with tempfile.TemporaryDirectory(prefix="filled-") as name:
        root = Path(name) / "root"
        kept = None if keep is None else keep / _stamp(filler, count)
        made = kept if kept is not None else root
        # The machine's own secret belongs to what is kept.
        if not made.exists():
            new = made.with_name(made.name + ".new")
            shutil.rmtree(new, ignore_errors=True)
            new.mkdir(parents=True)
            os.environ[_MACHINE] = str(new / "machine")
            _make(new, filler, count)
            new.rename(made)
        if made is not root:
            shutil.copytree(made, root)
        os.environ[_MACHINE] = str(root / "machine")
        at = root / "w"
        world = World(at, AppContext(SystemClock(), DataFolder(at / "laptop")), at / "headquarters", at / "cards",
                      at / "papers", at / "pictures")
        keep_settings(world, Settings(cards=str(world.cards)))
        yield world


def main() -> None:
    """The process of its own: what to fill comes with the key, by standard input."""
    filler, count = sys.argv[1], int(sys.argv[2])
    told = json.load(sys.stdin)
    work: Fill = importlib.import_module(filler).fill
    store = _open(Path(told["store"]), bytearray.fromhex(told["key"]))
    work(Into(store, datetime.fromisoformat(told["at"]), tuple(told["actors"])), count)
    store.forget_deleted()
    store.close()


if __name__ == "__main__":
    main()
