"""Prints what logging in, the event log and the sealed store cost, each beside its goal.

Times are CPU time of this process where a busy machine would spoil them (``cpu``), else wall time.
``--events`` sets how long the log is (1 000 000).
"""

import argparse
import os
import shutil
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks.security.laptop import Laptop, make_laptop
from benchmarks.security.log import append_times, fill, log_lines
from benchmarks.security.queries import plain_copy, queries_ms
from field_app.actions.log_in import log_in, log_out
from field_app.cli.verify_log import Verifier
from field_app.credentials.device import read_header
from field_app.credentials.key_file import load_key_file
from field_app.credentials.login import log_in as prove
from field_app.credentials.trust import load_trust
from field_app.credentials.wrapped_key import load_wrapped, wrap
from field_app.domain.clock import SystemClock
from field_app.storage import events
from field_app.storage.store import open_store

_QUERY_EVENTS = 20_000


def row(name: str, shown: str, goal: str, held: bool) -> None:
    """One line of the table."""
    print(f"{name:<52} {shown:>30}   {goal:<16} {'yes' if held else 'NO'}", flush=True)


def cpu_ms(act: Callable[[], object], times: int = 5) -> float:
    """The median of the CPU milliseconds of ``act``."""
    took = []
    for _ in range(times):
        started = time.process_time()
        act()
        took.append((time.process_time() - started) * 1000)
    return statistics.median(took)


@contextmanager
def folder() -> Iterator[Path]:
    """A folder that is gone afterwards."""
    made = Path(tempfile.mkdtemp(prefix="security-"))
    os.environ["FIELD_DESK_MACHINE"] = str(made / "machine")
    try:
        yield made
    finally:
        shutil.rmtree(made)


def login(laptop: Laptop) -> None:
    """From the second PIN to the open desk; then its parts."""
    def whole() -> None:
        log_out(log_in(laptop.context, *laptop.cards))

    whole()

    def inside() -> None:
        log_in(laptop.context, *laptop.cards).store.close()

    took = cpu_ms(inside)
    row("login, two key files (four at 600 000 rounds)", f"{took:.0f} ms cpu", "<= 1000 ms", took <= 1000)
    keys = [load_key_file(c.place, c.pin) for c in laptop.cards if isinstance(c.place, Path)]
    header = read_header(laptop.context.data.device_header)
    trust = load_trust(laptop.context.data.trust, pinned_root_sha256=header.root_sha256)
    proof = cpu_ms(lambda: prove(header, keys[0], keys[1], trust, moment=SystemClock().now()))
    row("  of it both proofs, certificates and the vault", f"{proof:.1f} ms cpu", "<= 50 ms", proof <= 50)
    place = laptop.root / "a.lek"
    place.write_bytes(wrap(keys[0], laptop.cards[0].pin, b"m" * 32))
    argon = cpu_ms(lambda: load_wrapped(place, laptop.cards[0].pin, b"m" * 32), 3)
    row("  a wrapped key instead (Argon2id, 256 MiB)", f"{argon:.0f} ms cpu", "500 to 3000 ms",
        500 <= argon <= 3000)


def verified(count: int) -> None:
    """The log as others verify it."""
    verifier, took = Verifier(), 0.0
    for block in log_lines(count):
        started = time.process_time()
        for line in block:
            verifier.feed(line)
        took += time.process_time() - started
    report = verifier.end()
    assert report.ok and report.events == count, report.problems[:3]
    row(f"verify_log.py, {count} events", f"{took:.1f} s cpu", "<= 20 s", took <= 20)


def stored(root: Path, count: int) -> None:
    """The log in the store: verified as at each login, appended to, opened."""
    key = os.urandom(32)
    store = open_store(root / "log.db", key, backups=root / "backups")
    fill(store, count)
    started = time.process_time()
    with store.begin() as tx:
        broken = events.first_break(tx)
    took = time.process_time() - started
    assert broken is None
    row(f"storage: whole chain, {count} events", f"{took:.1f} s cpu", "<= 20 s", took <= 20)
    times = append_times(store)
    late = statistics.quantiles(times, n=100)[-1]
    row("append, 200 a transaction, behind them",
        f"{statistics.median(times):.2f} ms, p99 {late:.2f} cpu", "p99 <= 1 ms", late <= 1)
    store.close()
    opened = cpu_ms(lambda: open_store(root / "log.db", key, backups=root / "backups").close(), 9)
    row("open the store with its key", f"{opened:.1f} ms cpu", "<= 50 ms", opened <= 50)


def compared(root: Path) -> None:
    """The app's own queries on SQLCipher beside the same tables in plain SQLite."""
    key = os.urandom(32)
    store = open_store(root / "q.db", key, backups=root / "backups")
    fill(store, _QUERY_EVENTS)
    plain = plain_copy(store, root / "plain.db")
    ours, theirs = queries_ms(store), queries_ms(plain)
    for name, sealed in ours.items():
        ratio = sealed / theirs[name]
        row(f"  {name}", f"{sealed:.2f} / {theirs[name]:.2f} ms, {ratio:.2f}", "<= 2 times", ratio <= 2)
    whole = sum(ours.values()) / sum(theirs.values())
    row("SQLCipher beside SQLite, all of them", f"{whole:.2f} times", "<= 2 times", whole <= 2)
    store.close()
    plain.close()


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.security", description=__doc__)
    parser.add_argument("--events", type=int, default=1_000_000)
    wanted = parser.parse_args()
    print(f"{'security':<52} {'measured':>30}   {'goal':<16} held")
    with folder() as root:
        login(make_laptop(root))
        verified(wanted.events)
        stored(root, wanted.events)
        compared(root)


if __name__ == "__main__":
    main()
