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
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

from field_app.actions.case_desk import new_steps
from field_app.actions.context import Session
from field_app.actions.log_in import log_in, log_out
from field_app.actions.paper_list import PaperFilter, list_papers
from field_app.actions.statistics import count_all, periods
from field_app.cli.demo.world import make_world
from field_app.domain.case import Case, Clip, ClipState, PaperRecord, PaperState, Step, StepState
from field_app.domain.ids import CaseId, ClipId, DocumentId, PackageId
from field_app.forms import load_form
from field_app.paths import RESOURCES
from field_app.rules.procedure import procedure
from field_app.storage import cases, clips, papers

_MADE = procedure("inspection", 2)
_PLACES = ("巷口镇", "江口镇", "火炉镇", "白马镇", "鸭江镇", "长坝镇", "羊角街道", "仙女山街道")
_TRADES = ("建材加工厂", "木制品厂", "烟花爆竹零售店", "液化气站", "餐馆", "养殖场")
_CAUSES = ("安全生产日常检查", "未按规定设置安全警示标志", "违法建设", "露天焚烧秸秆")
_MATTERS = ("消防安全检查", "村镇建设工程安全生产检查", "对生产经营单位安全生产状况的监督检查")
_FORMS = ("G1-04", "G1-15", "G4-02", "G2-02", "G1-16")
_A_TIME = 500


def _answers() -> dict[str, dict[str, Any]]:
    folder = RESOURCES / "training" / "answers"
    return {form: json.loads((folder / f"{form}.json").read_text("utf-8")) for form in _FORMS}


def _case(session: Session, number: int, rng: random.Random) -> Case:
    at = session.at - timedelta(days=number % 720, minutes=number % 50)
    return Case(
        id=CaseId(f"c{number:06d}"), package=PackageId(f"k{number:06d}"), local_no=f"D001-2026-{number:06d}",
        procedure=_MADE.id, procedure_version=_MADE.version, cause=rng.choice(_CAUSES), matter=rng.choice(_MATTERS),
        party={"name": f"武隆区{rng.choice(_PLACES)}{rng.choice(_TRADES)}{number}"}, place=rng.choice(_PLACES),
        opened=at, officers=session.actors, identity="")


def _papers(case: Case, step: Step, given: dict[str, dict[str, Any]], number: int,
            rng: random.Random) -> Iterator[PaperRecord]:
    for form in _FORMS:
        drawn, made = rng.random(), load_form(form)
        state = PaperState.DRAFT if drawn < 0.03 else PaperState.VOID if drawn < 0.05 else PaperState.ISSUED
        answers = dict(given[form])
        if form == "G4-02" and number % 3:
            answers["docs"] = [{"title": "责令限期整改指令书", "no": f"武演应急责改〔2026〕{number}号"}]
        yield PaperRecord(
            id=DocumentId(f"{case.id}-{form}"), case=case.id, step=step.id, form=form,
            form_version=made.version, form_sha256="", title=made.title, state=state, answers=answers,
            changed=case.opened, issued=case.opened, pages=2,
            number=f"武演应急责改〔2026〕{number}号" if form == "G1-15" else f"{form}-{number}")


def fill(session: Session, count: int) -> None:
    """Cases of two years with their papers and recordings, by the store's own functions; what papers
    are found by is written as it is for one paper."""
    given, rng = _answers(), random.Random(3)
    for first in range(0, count, _A_TIME):
        with session.begin() as tx:
            for number in range(first, min(first + _A_TIME, count)):
                case = _case(session, number, rng)
                steps = [replace(s, state=StepState.DONE, started=case.opened, outcome="rectify",
                                 finished=case.opened + timedelta(hours=1), turn=1)
                         if s.kind == "inspection" else s for s in new_steps(_MADE, case.id)]
                cases.add(tx, case, steps)
                step = next(s for s in steps if s.kind == "inspection")
                for paper in _papers(case, step, given, number, rng):
                    papers.add(tx, paper)
                for nth in range(2):
                    began = case.opened + timedelta(minutes=nth * 20)
                    clips.add(tx, Clip(
                        ClipId(f"{case.id}-v{nth}"), case.id, step.id, f"{case.id}-V{nth}", ClipState.WHOLE,
                        began, began + timedelta(minutes=15), 900_000, True, True))


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
        fill(session, wanted.cases)
        print(f"{wanted.cases} cases filled in {time.perf_counter() - began:.0f} s")
        for one in PaperFilter:
            timed(f"papers, {one.value}", lambda one=one: list_papers(session, only=one),  # type: ignore[misc]
                  goal_ms=1000)
        for words in ("木", "镇", "木制", "整改指令", "没有这样的"):
            timed(f"papers with {words}", lambda words=words: list_papers(session, words),  # type: ignore[misc]
                  goal_ms=150)
        whole = periods(session)["全部"]
        timed("statistics of everything", lambda: count_all(session, whole), goal_ms=1000)
        log_out(session)


if __name__ == "__main__":
    main()
