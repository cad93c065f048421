"""The worker process: the only one that opens packages and signs receipts.

Started by ``serve`` with a pipe: a byte means there may be work, the pipe's end means stop, so
the worker never outlives the service. Where tables are shared any number runs by itself (``work``).
Everything it does can be cut off and done again.
"""

import os
import signal
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO

from sqlalchemy import select

from field_app import logs
from field_app.credentials.trust import TrustRefused, parse_bundle
from field_app.headquarters.advice import advise_once
from field_app.headquarters.alarms import LOG_FORK, note_alarm
from field_app.headquarters.away import StoreAway
from field_app.headquarters.depot import Depot, open_depot
from field_app.headquarters.examine import (
    Examined,
    Examiner,
    examine_revision,
    ready_revisions,
)
from field_app.headquarters.folder import HeadquartersIncomplete, HqFolder
from field_app.headquarters.intake import post
from field_app.headquarters.meters import count_away, work_item
from field_app.headquarters.operations import Operations, Pulse
from field_app.headquarters.parts import assemble_file, complete_files
from field_app.headquarters.proofs import ProofJob
from field_app.headquarters.serving import start_logs
from field_app.headquarters.sharing import share_events, shared_cases
from field_app.headquarters.store import HqStore, open_store
from field_app.headquarters.tables import case_file, inbox, statement
from field_app.headquarters.wishes import grant_wishes
from field_app.memory import forbid_core_dumps
from field_app.protocol.messages import InboxKind, SignedDocument

LOOK_AGAIN_SECONDS = 5.0
LOOK_OFTEN_SECONDS = 1.0
RETRY_SECONDS = 60.0
_TOGETHER_SECONDS = 0.1
_AT_A_TIME_SECONDS = 2.0  # then keys and trust are read anew, and what waits beside has its turn
_BEHIND = 12


def make_examiner(folder: HqFolder, store: HqStore, depot: Depot) -> Examiner:
    """Load the keys; raises :class:`HeadquartersIncomplete` or ``TrustRefused``, an older bundle's too."""
    check_bundle(folder, store)
    return Examiner(folder=folder, store=store, depot=depot, trust=folder.load_trust(),
                    identity=folder.identity(), signer=folder.signer())


def work_once(examiner: Examiner, *, set_aside: dict[tuple[str, int], float] | None = None,
              stopping: Callable[[], bool] = lambda: False, enough: Callable[[], bool] = lambda: False) -> None:
    """Join what is complete and settle what is ready.

    ``set_aside``: revisions that failed for our own fault, and when to try them again;
    ``stopping``: whether to end after the item under way; ``enough``: asked after each, whether the rest of its
    kind is left for the next call, however many laptops send meanwhile.
    """
    aside = {} if set_aside is None else set_aside
    with examiner.store.read() as connection:
        files = complete_files(connection)
    for sha256 in files:
        if stopping():
            break
        with work_item("join") as told:
            whole = assemble_file(examiner.depot, examiner.store, sha256)
            told["state"] = "whole" if whole else "spoiled"
        if enough():
            break
    some = True
    while some:
        with examiner.store.read() as connection:
            ready = [key for key in ready_revisions(connection)
                     if aside.get(key, 0.0) <= time.monotonic()]
        some = False
        for package, revision in ready:
            if stopping():
                return
            try:
                done = _examine(examiner, package, revision)
            except StoreAway:
                raise
            except Exception as error:
                # Whatever it is about this one, others' do not wait for it.
                logs.defect(error)
                aside[package, revision] = time.monotonic() + RETRY_SECONDS
                continue
            if done is not None:
                some = True
                send_down(examiner, done)
            if enough():
                return
    # What is left is nothing, set aside, or in others' hands.


def _examine(examiner: Examiner, package: str, revision: int) -> Examined | None:
    with work_item("settle") as told:
        told |= {"package": package, "revision": revision}
        done = examine_revision(examiner, package, revision)
        if done is not None:
            told["state"] = done.receipt.verdict.value
        return done


def send_down(examiner: Examiner, done: Examined) -> None:
    """What a settled revision brings about for laptops; what fails is done at the next look."""
    if any(reason.code == LOG_FORK for reason in done.receipt.reasons):
        with examiner.store.write() as connection:
            device = connection.execute(select(statement.c.device).where(
                statement.c.package == done.package,
                statement.c.revision == done.revision)).scalar_one()
            note_alarm(connection, device, done.package, done.revision, LOG_FORK)
    with examiner.store.read() as connection:
        case = connection.execute(select(case_file.c.case_id).where(
            case_file.c.package == done.package)).scalar()
    if case is not None:
        share_events(examiner, case)


def check_bundle(folder: HqFolder, store: HqStore) -> None:
    """Raise ``TrustRefused`` (``older``) when the folder's bundle is older than the one that was handed down.

    A restored folder has the bundle of its backup: whoever was withdrawn since would be let in again.
    """
    with store.read() as connection:
        row = connection.execute(
            select(inbox.c.data, inbox.c.signature).where(inbox.c.kind == InboxKind.BUNDLE.value)
            .order_by(inbox.c.cursor.desc()).limit(1)).first()
    if row is None or row.data == folder.bundle()[0]:
        return
    try:
        known = parse_bundle(row.data, row.signature, pinned_root_sha256=folder.pin)
    except TrustRefused:
        return  # Not ours; laptops do not believe it either.
    folder.load_trust(current=known)


def hand_down_bundle(folder: HqFolder, store: HqStore) -> None:
    """Put the newest trust bundle into everybody's inbox; ``TrustRefused`` when it is older."""
    check_bundle(folder, store)
    data, signature = folder.bundle()
    with store.write() as connection:
        post(connection, InboxKind.BUNDLE, SignedDocument(data, signature))


class Worker:
    """Joins files, settles revisions and gets proofs until it is stopped."""

    def __init__(self, folder: HqFolder) -> None:
        self._folder = folder
        self.store = open_store(folder)
        self.depot = open_depot(folder)
        # Others' work does not ring here.
        self._look_every = LOOK_OFTEN_SECONDS if self.store.shared else LOOK_AGAIN_SECONDS
        self._wake = threading.Event()
        self._stop = threading.Event()
        self._aside: dict[tuple[str, int], float] = {}
        self._bundle = -1
        self._fault = ""

    @property
    def fault(self) -> str:
        """``keys`` while keys or trust lack, else empty."""
        return self._fault

    def listen(self, pipe: BinaryIO) -> None:
        """Wait for bytes on the pipe until it ends."""
        while pipe.read(1):
            self._wake.set()
        self.stop()

    def stop(self, *_signal: object) -> None:
        """End after the item under way."""
        self._stop.set()
        self._wake.set()

    def run(self) -> None:
        proofs = ProofJob(lambda: make_examiner(self._folder, self.store, self.depot),
                          look_every=LOOK_AGAIN_SECONDS)
        # Not waited for at the end: what it has under way is done again.
        threading.Thread(target=proofs.run, args=(self._stop,), daemon=True).start()
        due = float("-inf")
        while not self._stop.is_set():
            self._wake.clear()
            try:
                # Most bytes on the pipe are parts that complete nothing: not worth the keys.
                if time.monotonic() >= due or self._has_work():
                    if not self._settle():
                        self._wake.set()  # There is more.
                    due = time.monotonic() + LOOK_AGAIN_SECONDS / 2
            except StoreAway as error:
                count_away(error)
            except (HeadquartersIncomplete, TrustRefused) as error:
                self._fault = "keys"
                logs.defect(error)
            except Exception as error:
                logs.defect(error)  # Of one case, perhaps; ended, this process would do nobody's.
            # Parts of a large file come by the dozen a second; looking at each would slow them down.
            if self._wake.wait(self._look_every):
                self._stop.wait(_TOGETHER_SECONDS)
        self.store.close()
        self.depot.close()

    def _has_work(self) -> bool:
        with self.store.read() as connection:
            return bool(complete_files(connection) or ready_revisions(connection))

    def _settle(self) -> bool:
        """Whether all that was ready is settled: more may come for as long as laptops send."""
        # Keys and trust are loaded each time: a fresh CRL counts from the moment it lies there.
        examiner = make_examiner(self._folder, self.store, self.depot)
        self._fault = ""
        if examiner.trust.number != self._bundle:
            hand_down_bundle(self._folder, self.store)
            self._bundle = examiner.trust.number
        with self.store.settling():
            until = time.monotonic() + _AT_A_TIME_SECONDS
            work_once(examiner, set_aside=self._aside, stopping=self._stop.is_set,
                      enough=lambda: time.monotonic() > until)
            advise_once(examiner)
            grant_wishes(examiner)
            with self.store.read() as connection:
                shared = shared_cases(connection)
            for case in shared:
                share_events(examiner, case)
        return time.monotonic() <= until


def work(root: Path, operations: tuple[str, int] | None = None) -> None:
    """Be one of any number of workers until SIGTERM or SIGINT; prints ``READY`` first.

    ``operations``: where health and metrics are told. Raises ``HeadquartersIncomplete``,
    ``TrustRefused``, ``StoreAway``, ``ConfigMalformed``, ``OSError`` (address in use).
    """
    folder = HqFolder(root)
    start_logs(folder, "worker")
    worker = Worker(folder)
    make_examiner(folder, worker.store, worker.depot)
    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, worker.stop)
    told = None
    if operations is not None:
        pulse = Pulse(worker.store, worker.depot, lambda: worker.fault)
        told = Operations(pulse, *operations)
    print("READY", flush=True)  # noqa: T201
    try:
        worker.run()
    finally:
        if told is not None:
            told.close()


def main(arguments: list[str]) -> int:
    """``python -m field_app.headquarters.worker FOLDER``, with the pipe as standard input."""
    forbid_core_dumps()
    if hasattr(os, "nice"):
        os.nice(_BEHIND)  # Laptops that wait for an answer go before what can be settled later.
    folder = HqFolder(Path(arguments[0]))
    start_logs(folder, "worker")
    worker = Worker(folder)
    threading.Thread(target=worker.listen, args=(sys.stdin.buffer,), daemon=True).start()
    worker.run()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
