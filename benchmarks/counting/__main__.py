"""Prints what the lists and counts of a well-filled laptop cost, in a real encrypted store.

``--cases`` (20000) cases of two years with five papers and two recordings each; the list of papers
by each filter and by 1 to 4 characters, and everything that 统计 counts over the whole time.
"""

import argparse
import json
import os
import random
import statistics
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from benchmarks.desk.many import make_cases
from field_app.actions.context import Session
from field_app.actions.log_in import log_in, log_out
from field_app.actions.paper_list import PaperFilter, list_papers
from field_app.actions.statistics import count_all, periods
from field_app.cli.demo.world import make_world
from field_app.domain.case import Clip, ClipState, PaperRecord, PaperState, StepState
from field_app.domain.ids import CaseId, ClipId, DocumentId
from field_app.forms import load_form
from field_app.paths import RESOURCES
from field_app.storage import cases, clips, papers

_FORMS = ("G1-04", "G1-15", "G4-02", "G2-02", "G1-16")
_A_TIME = 500


def _answers() -> dict[str, dict[str, object]]:
    folder = RESOURCES / "training" / "answers"
    return {form: json.loads((folder / f"{form}.json").read_text("utf-8")) for form in _FORMS}


def fill(session: Session, made: list[CaseId]) -> None:
    """Papers and recordings, every case spread over two years."""
    given, rng = _answers(), random.Random(3)
    forms = {form: load_form(form) for form in _FORMS}
    for first in range(0, len(made), _A_TIME):
        with session.begin() as tx:
            for number, case_id in enumerate(made[first:first + _A_TIME], first):
                at = session.at - timedelta(days=number % 720, minutes=number % 50)
                cases.save(tx, replace(cases.get(tx, case_id), opened=at))
                step = next(s for s in cases.steps(tx, case_id) if s.kind == "inspection")
                cases.set_step(tx, step.id, StepState.NOW, at=at)
                cases.set_step(tx, step.id, StepState.DONE, at=at + timedelta(hours=1), outcome="rectify")
                for form in _FORMS:
                    drawn = rng.random()
                    state = (PaperState.DRAFT if drawn < 0.03 else
                             PaperState.VOID if drawn < 0.05 else PaperState.ISSUED)
                    answers = dict(given[form])
                    if form == "G4-02":
                        answers["docs"] = [{"title": "责令限期整改指令书", "no": f"武演应急责改〔2026〕{number}号"}]
                    papers.add(tx, PaperRecord(
                        id=DocumentId(f"{case_id}-{form}"), case=case_id, step=step.id, form=form,
                        form_version=forms[form].version, form_sha256="", title=forms[form].title,
                        state=state, answers=answers, changed=at, issued=at,
                        number=f"武演应急责改〔2026〕{number}号" if form == "G1-15" else f"{form}-{number}",
                        pages=2))
                for nth in range(2):
                    clips.add(tx, Clip(
                        ClipId(f"{case_id}-v{nth}"), case_id, step.id, f"{case_id}-V{nth}", ClipState.WHOLE,
                        at + timedelta(minutes=nth * 20), at + timedelta(minutes=nth * 20 + 15), 900_000,
                        True, True))


def timed(name: str, work: Callable[[], object], *, goal_ms: int, rounds: int = 5) -> None:
    times = []
    for _ in range(rounds):
        began = time.perf_counter()
        work()
        times.append((time.perf_counter() - began) * 1000)
    middle = statistics.median(times)
    print(f"{name:<44} median {middle:7.0f} ms, worst {max(times):7.0f} ms   <= {goal_ms} ms  "
          f"{'yes' if middle <= goal_ms else 'NO'}", flush=True)


def main() -> None:
    """Fill, then look."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.counting", description=__doc__)
    parser.add_argument("--cases", type=int, default=20_000)
    wanted = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="counting-") as root:
        os.environ["FIELD_DESK_MACHINE"] = str(Path(root) / "machine")
        world = make_world(Path(root) / "w")
        session = log_in(world.laptop, *world.both())
        began = time.perf_counter()
        fill(session, [made.id for made in make_cases(session, wanted.cases)])
        print(f"{wanted.cases} cases filled in {time.perf_counter() - began:.0f} s")
        for one in PaperFilter:
            timed(f"papers, {one.value}", lambda one=one: list_papers(session, only=one),  # type: ignore[misc]
                  goal_ms=1000)
        for words in ("木", "镇", "木制", "整改指令", "没有这样的"):
            timed(f"papers with {words}", lambda words=words: list_papers(session, words),  # type: ignore[misc]
                  goal_ms=150)
        whole = periods(session)["全部"]
        timed("statistics of everything", lambda: count_all(session, whole), goal_ms=2000)
        log_out(session)


if __name__ == "__main__":
    main()
