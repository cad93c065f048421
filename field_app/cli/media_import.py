"""``media import``, ``media clear`` and ``media known``: cards of recorders, as the desk does it."""

import argparse
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any

from field_app.actions.context import Session
from field_app.actions.import_cleanup import delete_from_card, files_of_plan, files_of_run
from field_app.actions.import_clock import clock_of_file, look_for_clock, typed_clock
from field_app.actions.import_known import take_known, write_known
from field_app.actions.import_plan import ImportPlan, PlannedFile, plan_import
from field_app.actions.import_recorder import (
    ImportProgress,
    ImportResult,
    interrupted_imports,
    remaining_cn,
    run_import,
    start_import,
)
from field_app.actions.import_words import offset_cn, span_cn, time_cn
from field_app.cli.officers import add_officers, two_officers
from field_app.cli.telling import report, say
from field_app.domain.imports import DeviceClock
from field_app.errors import UserError

_HOW = {"photo": "校时照片", "typed": "人工核对", "earlier": "上次导入时测得", "": "没有核对"}


def _clock(session: Session, args: argparse.Namespace) -> DeviceClock | None:
    if args.clock_photo:
        return clock_of_file(session, args.folder, args.clock_photo)
    if args.clock:
        return typed_clock(*args.clock)
    return None


def _planned(session: Session, args: argparse.Namespace) -> ImportPlan:
    clock = _clock(session, args)
    plan = plan_import(session, args.folder, clock=clock)
    if clock is None and args.find_clock:
        found = look_for_clock(session, args.folder, [f.found for f in plan.files])
        if found is not None:
            plan = plan_import(session, args.folder, clock=found)
    for words in args.give:
        plan = _give(plan, words)
    return plan


def _give(plan: ImportPlan, words: str) -> ImportPlan:
    """``PATH=CASE:STEP`` or ``PATH=skip``."""
    path, _, where = words.rpartition("=")
    if path not in {f.found.path for f in plan.files}:
        raise UserError(f"清单里没有“{path}”。", "请用 --plan 看清单里的写法。")
    if where == "skip":
        return plan.give(path, None)
    case, _, title = where.partition(":")
    step = next((w.step for w in reversed(plan.windows) if (w.case_no, w.title) == (case, title)),
                None)
    if step is None:
        raise UserError(f"没有“{where}”这个环节。", "写法是“案号:环节名称”，例如 D001-2026-0001:现场检查。")
    return plan.give(path, step)


def _file_json(plan: ImportPlan, file: PlannedFile) -> dict[str, Any]:
    found, span = file.found, file.span
    case = next((w.case_no for w in plan.windows if w.step == file.step), "")
    return {
        "path": found.path, "verdict": file.verdict.value, "kind": found.kind, "size": found.size,
        "trouble": found.trouble, "case": case, "step": file.place, "visit": file.visit,
        "starts": span.start.isoformat() if span else None,
        "ends": span.end.isoformat() if span else None,
        "original": found.original.at.isoformat() if found.original else None,
        "source": found.original.source if found.original else None,
        "claims": {c.source.value: c.at.isoformat() for c in found.claims},
        "serial": found.serial, "officer": found.officer, "profile": found.profile,
        "fills_s": round(file.fills_s, 1), "doubtful": file.doubtful, "told": list(file.told)}


def _plan_json(plan: ImportPlan) -> dict[str, Any]:
    return {
        "root": str(plan.root), "profile": plan.profile, "serial": plan.serial,
        "clock": plan.clock_how, "offset_s": plan.offset.total_seconds(),
        "counts": {v.value: n for v, n in plan.counts.items()},
        "bytes": sum(f.found.size for f in plan.kept), "need_bytes": plan.need_bytes,
        "free_bytes": plan.free_bytes, "files": [_file_json(plan, f) for f in plan.files]}


def _result_json(result: ImportResult) -> dict[str, Any]:
    return {"run": result.run, "kept": result.kept, "duplicates": result.duplicates,
            "failed": result.failed, "left": result.left, "bytes": result.bytes,
            "problems": list(result.problems)}


def _say_plan(plan: ImportPlan) -> None:
    clock = offset_cn(plan.offset) if plan.clock_how else "没有核对"
    say(f"{plan.profile_title}　设备{plan.serial or '编号不明'}　时钟{clock}（{_HOW[plan.clock_how]}）")
    for file in plan.files:
        when = time_cn(file.span.start) if file.span else "时间不明"
        length = span_cn(timedelta(seconds=file.found.duration_s)) if file.found.duration_s else ""
        say(f"[{file.verdict.label}] {file.found.path}　{when}　{length}　{file.place}")
        for told in file.told:
            say(f"    {told}")
    say("　".join(f"{v.label}{n}个" for v, n in plan.counts.items() if n))


def _progress(progress: ImportProgress) -> None:
    share = progress.done * 100 // max(1, progress.total)
    print(f"\r{share}%　第{progress.file}/{progress.files}个　{remaining_cn(progress)}　",
          end="", file=sys.stderr, flush=True)


def _import(args: argparse.Namespace) -> int:
    with two_officers(args) as session:
        if args.known is not None:
            take_known(session, args.known)
        if args.resume:
            return _resume(session, args)
        plan = _planned(session, args)
        if args.plan:
            report(_plan_json(plan)) if args.json else _say_plan(plan)
            return 0
        if not args.json:
            _say_plan(plan)
        run = start_import(session, plan)
        return _tell(args, run_import(session, run, **_watched(args)), plan)


def _watched(args: argparse.Namespace) -> dict[str, Any]:
    return {"progress": _progress} if sys.stderr.isatty() and not args.json else {}


def _resume(session: Session, args: argparse.Namespace) -> int:
    """Go on with the newest import that was interrupted, from where the card lies now."""
    left = interrupted_imports(session)
    if not left:
        raise UserError("没有中断的导入。", "请去掉 --resume，重新导入。")
    return _tell(args, run_import(session, left[-1].run, args.folder, **_watched(args)), None)


def _tell(args: argparse.Namespace, result: ImportResult, plan: ImportPlan | None) -> int:
    if args.json:
        report({**_result_json(result), "plan": _plan_json(plan) if plan else None})
    else:
        for problem in result.problems:
            say(problem)
        say(f"已导入{result.kept}个，重复{result.duplicates}个，失败{result.failed}个。"
            "卡上的文件没有改动。")
    return 0 if not result.failed and not result.left else 1


def _clear(args: argparse.Namespace) -> int:
    with two_officers(args) as session:
        files = files_of_run(session, args.run_id) if args.run_id else files_of_plan(
            session, plan_import(session, args.folder))
        done = delete_from_card(session, files, args.folder)
    if args.json:
        report({"deleted": done.count, "bytes": done.bytes, "refused": list(done.refused)})
    else:
        for why in done.refused:
            say(why)
        say(f"已从卡上删除{done.count}个已核对的文件。")
    return 0 if not done.refused else 1


def _known(args: argparse.Namespace) -> int:
    with two_officers(args) as session:
        count = write_known(session, args.out)
    if args.json:
        report({"files": count, "out": str(args.out)})
    else:
        say(f"已写出{count}个文件的校验值：{args.out}")
    return 0


def add_verbs(inner: Any) -> None:
    """Add the verbs about cards."""
    bring = inner.add_parser("import", help="从执法记录仪、相机、录音笔、手机的卡导入")
    bring.add_argument("folder", type=Path, help="卡或文件夹")
    bring.add_argument("--plan", action="store_true", help="只看计划，不导入")
    bring.add_argument("--resume", action="store_true", help="继续上次中断的导入")
    bring.add_argument("--clock", nargs=2, metavar=("记录仪时间", "电脑时间"),
                       help="同一时刻两者显示的时间")
    bring.add_argument("--clock-photo", metavar="文件", help="记录仪拍的校时照片（卡上的路径）")
    bring.add_argument("--find-clock", action="store_true", help="自动找卡上的校时照片")
    bring.add_argument("--give", action="append", default=[], metavar="文件=案号:环节",
                       help="改变一个文件的归属；=skip 为不导入")
    bring.add_argument("--known", type=Path, help="另一台电脑的导入清单")
    add_officers(bring)
    bring.set_defaults(run=_import)
    clear = inner.add_parser("clear", help="删除卡上已导入并核对的文件")
    clear.add_argument("folder", type=Path)
    clear.add_argument("--run-id", default="", help="只删除这一次导入的（编号见导入时的 --json）")
    add_officers(clear)
    clear.set_defaults(run=_clear)
    known = inner.add_parser("known", help="写出本机导入过的文件清单（只有校验值）")
    known.add_argument("--out", type=Path, required=True)
    add_officers(known)
    known.set_defaults(run=_known)
