"""A store of two years: cases with their papers and recordings."""

import json
import random
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

from benchmarks.filling import A_TIME, Into
from field_app.actions.case_desk import new_steps
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


def _answers() -> dict[str, dict[str, Any]]:
    folder = RESOURCES / "training" / "answers"
    return {form: json.loads((folder / f"{form}.json").read_text("utf-8")) for form in _FORMS}


def _case(store: Into, number: int, rng: random.Random) -> Case:
    at = store.at - timedelta(days=number % 720, minutes=number % 50)
    return Case(
        id=CaseId(f"c{number:06d}"), package=PackageId(f"k{number:06d}"), local_no=f"D001-2026-{number:06d}",
        procedure=_MADE.id, procedure_version=_MADE.version, cause=rng.choice(_CAUSES), matter=rng.choice(_MATTERS),
        party={"name": f"武隆区{rng.choice(_PLACES)}{rng.choice(_TRADES)}{number}"}, place=rng.choice(_PLACES),
        opened=at, officers=store.actors, identity="")


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


def _steps(case: Case) -> list[Step]:
    return [replace(s, state=StepState.DONE, started=case.opened, outcome="rectify",
                    finished=case.opened + timedelta(hours=1), turn=1)
            if s.kind == "inspection" else s for s in new_steps(_MADE, case.id)]


def _clips(case: Case, step: Step) -> Iterator[Clip]:
    for nth in range(2):
        began = case.opened + timedelta(minutes=nth * 20)
        yield Clip(ClipId(f"{case.id}-v{nth}"), case.id, step.id, f"{case.id}-V{nth}", ClipState.WHOLE,
                   began, began + timedelta(minutes=15), 900_000, True, True)


def fill(store: Into, count: int) -> None:
    """Cases with their papers and recordings; what papers are found by is written as it is for one paper."""
    given, rng = _answers(), random.Random(3)
    for first in range(0, count, A_TIME):
        new: list[tuple[Case, list[Step]]] = []
        written: list[PaperRecord] = []
        recorded: list[Clip] = []
        for number in range(first, min(first + A_TIME, count)):
            case = _case(store, number, rng)
            new.append((case, _steps(case)))
            step = next(s for s in new[-1][1] if s.kind == "inspection")
            written.extend(_papers(case, step, given, number, rng))
            recorded.extend(_clips(case, step))
        with store.begin() as tx:
            cases.add_each(tx, new)
            papers.add_each(tx, written)
            clips.add_each(tx, recorded)
