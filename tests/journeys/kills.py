"""A laptop and a headquarters that are killed at any moment, and what must hold of both nevertheless.

The laptop is the real program without its window, forked from a process that has everything loaded,
so that a trial costs no start-up; headquarters is the real service with its worker.
"""

import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from field_app.actions.case_fields import write_field
from field_app.actions.context import Session
from field_app.actions.log_in import log_in, log_out
from field_app.actions.open_case import NewCase, open_case
from field_app.actions.overview import list_cases
from field_app.actions.seal_case import seal_case
from field_app.actions.send_cases import exchange
from field_app.cli.demo.world import HOST, World
from field_app.domain.case import SyncState
from field_app.errors import UserError
from field_app.headquarters.folder import HqFolder
from field_app.headquarters.store import open_store
from field_app.headquarters.tables import receipt, statement
from field_app.packages.existing import read_statement
from field_app.packages.receipts import check_receipt
from field_app.protocol.messages import SignedDocument
from field_app.protocol.receipt import Verdict
from field_app.storage import events, outbox
from field_app.sync.patience import Patience

QUICK = Patience(tries=2, first=0.05, longest=0.1, receipt_seconds=3, receipt_first=0.05)
# Few cases with many revisions: what a kill leaves half done is met again soon.
_MOST_CASES = 12


class Headquarters:
    """The real service and its worker on a fixed port, started again whenever it was killed."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._process: subprocess.Popen[str] | None = None
        self.port = 0

    @property
    def address(self) -> str:
        return f"https://{HOST}:{self.port}"

    def start(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "field_app", "headquarters", "serve", "--folder",
             str(self._folder), "--host", HOST, "--port", str(self.port)],
            stdout=subprocess.PIPE, text=True)
        assert self._process.stdout is not None
        ready = self._process.stdout.readline().split()
        assert ready[0] == "READY", ready
        self.port = int(ready[2])

    def _worker(self) -> int | None:
        assert self._process is not None
        place = Path(f"/proc/{self._process.pid}/task")
        for thread in place.iterdir():
            for child in (thread / "children").read_text().split():
                if b"headquarters.worker" in Path(f"/proc/{child}/cmdline").read_bytes():
                    return int(child)
        return None

    def kill_worker(self) -> bool:
        worker = self._worker()
        if worker is None:
            return False
        os.kill(worker, signal.SIGKILL)
        return True

    def kill(self) -> None:
        """Service and worker at once, as a power cut does."""
        assert self._process is not None and self._process.stdout is not None
        worker = self._worker()
        for number in filter(None, (self._process.pid, worker)):
            os.kill(number, signal.SIGKILL)
        self._process.wait()
        self._process.stdout.close()
        self._process = None


def greens_without_receipt(session: Session) -> Iterator[str]:
    """Cases that are shown as received though no valid receipt of that very revision is here."""
    for case in list_cases(session):
        if case.sync is not SyncState.RECEIVED:
            continue
        with session.begin() as tx:
            kept = outbox.receipt(tx, case.package, case.revision)
        signed = read_statement(session.context.data.packages / case.package, case.revision)
        if kept is None or signed is None or check_receipt(
                SignedDocument(*kept), signed, session.trust, at=session.at).verdict is not Verdict.ACCEPTED:
            yield f"{case.local_no} {case.revision}"


def _work(session: Session, world: World, address: str, chance: random.Random, pipe: int) -> None:
    """One thing after the other until somebody kills it; tells each revision that is sealed."""
    while True:
        known = list_cases(session)
        if not known or (len(known) < _MOST_CASES and chance.random() < 0.3):
            case = open_case(session, NewCase("日常检查", "安全生产监督检查", "一号车间", {"name": "演练厂"}))
        else:
            case = chance.choice(known)
            write_field(session, case.id, "place", f"{chance.randrange(10**6)}号车间")
        if chance.random() < 0.7:
            made = seal_case(session, case.id, world.both())
            os.write(pipe, f"SEALED {made.package} {made.revision}\n".encode())
        try:
            exchange(session, address, patience=QUICK)
        except UserError:
            time.sleep(0.1)  # Headquarters is down just now.


def laptop(world: World, address: str, seed: int) -> tuple[int, int]:
    """A laptop at work in a process of its own: its number, and where it tells what it did."""
    reading, writing = os.pipe()
    child = os.fork()
    if child:
        os.close(writing)
        return child, reading
    code = 1
    try:
        os.close(reading)
        session = log_in(world.laptop, *world.both())
        for wrong in greens_without_receipt(session):
            os.write(writing, f"GREEN {wrong}\n".encode())
        os.write(writing, b"READY\n")
        _work(session, world, address, random.Random(seed), writing)
        code = 0
    finally:
        os._exit(code)


@dataclass
class Told:
    """What laptops told before they died."""

    sealed: set[tuple[str, int]] = field(default_factory=set)
    green: list[str] = field(default_factory=list)
    deaths: Counter[str] = field(default_factory=Counter)

    def read(self, pipe: int) -> None:
        with os.fdopen(pipe, "rb") as lines:
            for line in lines.read().decode().splitlines():
                kind, *rest = line.split()
                if kind == "SEALED" and len(rest) == 2:
                    self.sealed.add((rest[0], int(rest[1])))
                elif kind == "GREEN":
                    self.green.append(" ".join(rest))


def trial(world: World, hq: Headquarters, told: Told, chance: random.Random) -> None:
    """Let both work for a moment, then kill one of them, or both."""
    child, pipe = laptop(world, hq.address, chance.randrange(10**9))
    time.sleep(chance.uniform(0.3, 2.5))
    victim = chance.choices(("laptop", "headquarters", "worker", "both"), (5, 2, 2, 1))[0]
    if victim == "worker":
        hq.kill_worker()
        time.sleep(chance.uniform(0, 0.7))
    if victim in ("headquarters", "both"):
        hq.kill()
        if victim == "headquarters":
            hq.start()
            time.sleep(chance.uniform(0, 0.7))
    os.kill(child, signal.SIGKILL)  # In every trial the laptop dies in the end.
    os.waitpid(child, 0)
    if victim == "both":
        hq.start()
    told.deaths[victim] += 1
    told.read(pipe)


def settle(world: World, hq: Headquarters, told: Told) -> dict[str, int]:
    """Let everything arrive undisturbed, then hold both sides to each other; what was counted.

    Raises ``AssertionError`` for anything lost, doubled, or green without a receipt.
    """
    session = log_in(world.laptop, *world.both())
    try:
        assert list(greens_without_receipt(session)) == []
        for _ in range(60):
            exchange(session, hq.address)
            with session.begin() as tx:
                if not outbox.waiting(tx):
                    break
            time.sleep(0.5)
        with session.begin() as tx:
            assert outbox.waiting(tx) == [] and events.first_break(tx) is None
            kept = Counter((m["case"], m["body"]["revision"]) for m in (
                e.members() for e in events.all_of_kind(tx, "receipt_kept")))
        assert list(greens_without_receipt(session)) == []
        here = {(c.package, revision) for c in list_cases(session)
                for revision in range(1, c.revision + 1)}
        statements = {(str(c.package), n): read_statement(
            session.context.data.packages / c.package, n) for c in list_cases(session)
            for n in range(1, c.revision + 1)}
    finally:
        log_out(session)
    assert max(kept.values(), default=1) == 1, "a receipt was applied twice"
    assert told.sealed <= {(str(p), n) for p, n in here}, "a sealed revision is gone from the laptop"
    store = open_store(HqFolder(world.headquarters))
    with store.read() as connection:
        there = {(r.package, r.revision): (r.sha256, r.status)
                 for r in connection.execute(statement.select())}
        receipts = {(r.package, r.revision) for r in connection.execute(receipt.select())}
    store.close()
    assert there.keys() == statements.keys() == receipts
    for key, signed in statements.items():
        assert signed is not None and there[key] == (signed.sha256, "accepted"), key
    return {"revisions": len(there), "sealed": len(told.sealed)}
