"""Prints what the board costs: made once for all cases, then read, then read after one change.

The cases are open ones of the ordinary procedure with a filing paper and running terms, in a real
encrypted store. ``--cases`` sets how many (10000).
"""

import argparse
import json
import statistics
import tempfile
import time
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from field_app.actions.board import board, count_on
from field_app.actions.case_desk import new_steps
from field_app.actions.context import Session
from field_app.actions.log_in import log_in, log_out
from field_app.cli.demo.world import make_world
from field_app.domain.case import Case, PaperRecord, PaperState, StepState
from field_app.domain.ids import CaseId, DocumentId, PackageId
from field_app.forms import load_form
from field_app.paths import RESOURCES
from field_app.rules.procedure import procedure
from field_app.storage import cases, papers
from field_app.storage.store import Tx

_MADE = procedure("ordinary", 1)


def _open_one(session: Session, tx: Tx, number: int, filing: dict[str, object]) -> CaseId:
    """A filed case in the middle of its investigation, filed some days ago."""
    filed = session.at - timedelta(days=number % 80)
    case = Case(
        id=CaseId(f"c{number}"), package=PackageId(f"k{number}"), local_no=f"B-{number:05d}",
        procedure=_MADE.id, procedure_version=_MADE.version, cause="安全生产", matter="",
        party={"name": f"演练企业{number}"}, place="演练乡", opened=filed, officers=session.actors,
        identity="")
    told = {"filing": (StepState.DONE, "filed", 1), "investigation": (StepState.NOW, "", 0)}
    steps = [replace(s, state=told[s.kind][0], outcome=told[s.kind][1], turn=told[s.kind][2],
                     started=filed) if s.kind in told else s for s in new_steps(_MADE, case.id)]
    cases.add(tx, case, steps)
    form = load_form("G1-09")
    papers.add(tx, PaperRecord(
        id=DocumentId(f"p{number}"), case=case.id,
        step=next(s.id for s in steps if s.kind == "filing"), form="G1-09",
        form_version=form.version, form_sha256=form.sha256, title=form.title,
        state=PaperState.ISSUED, answers={**filing, "filed_at": filed.date().isoformat()},
        changed=filed, number=f"立{number}", issued=filed))
    session.note(tx, "case_opened", case=case.id, body={"local_no": case.local_no})
    return case.id


def _fill(session: Session, count: int) -> list[CaseId]:
    filing = json.loads((RESOURCES / "training" / "answers" / "G1-09.json").read_text("utf-8"))
    with session.begin() as tx:
        return [_open_one(session, tx, n, filing) for n in range(count)]


def _timed(session: Session, case: CaseId | None = None) -> float:
    started = time.perf_counter()
    board(session, case=case)
    return (time.perf_counter() - started) * 1000


def main() -> None:
    """Make the cases, make the board, read it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cases", type=int, default=10_000)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        world = make_world(Path(folder) / "w")
        session = log_in(world.laptop, *world.both())
        made = _fill(session, args.cases)
        first, began, slices = _timed(session), time.perf_counter(), []
        left = len(made)
        while left:
            started = time.perf_counter()
            left = count_on(session)
            slices.append((time.perf_counter() - started) * 1000)
        print(f"{len(made)} open cases; first look {first:.0f} ms, all counted in {len(slices)} slices of"
              f" {max(slices):.0f} ms at most, {time.perf_counter() - began:.1f} s together")
        reads = [_timed(session) for _ in range(30)]
        one = [_timed(session, case) for case in made[:30]]
        changes = []
        for case in made[:30]:
            with session.begin() as tx:
                session.note(tx, "paper_viewed", case=case)
            changes.append(_timed(session))
        for name, times in (("all cases", reads), ("one case", one),
                            ("all cases after one changed", changes)):
            print(f"{name}: median {statistics.median(times):.1f} ms, worst {max(times):.1f} ms")
        log_out(session)


if __name__ == "__main__":
    main()
