"""``procedure``: the procedures in force, one of them, one step explained."""

import argparse
from typing import Any

from field_app.cli.telling import report, say
from field_app.domain.clock import CHINA, SystemClock
from field_app.errors import UserError
from field_app.forms import list_forms
from field_app.rules.procedure import in_force, names
from field_app.rules.procedure_model import Procedure
from field_app.rules.procedure_words import as_data, explain


def _named(name: str) -> Procedure:
    if name not in names():
        raise UserError(f"没有程序“{name}”。", f"可用：{'、'.join(names())}。")
    return in_force(name, SystemClock().now().wall.astimezone(CHINA).date())


def _list(args: argparse.Namespace) -> int:
    found = [_named(name) for name in names()]
    if args.json:
        report([{"id": p.id, "version": p.version, "title": p.title, "standalone": p.standalone,
                 "effective_from": p.effective_from.isoformat(), "steps": len(p.steps)}
                for p in found])
    else:
        for made in found:
            part = "" if made.standalone else "（其他程序的一部分）"
            say(f"{made.id}　{made.title}{part}　第{made.version}版，{len(made.steps)}个环节")
    return 0


def _show(args: argparse.Namespace) -> int:
    made = _named(args.name)
    if args.json:
        report(as_data(made))
        return 0
    say(f"{made.title}（第{made.version}版，{made.effective_from}起施行）：{made.hint}")
    for step in made.steps:
        say(f"{step.kind}　{step.title}")
        for one in step.outcomes:
            follows = "、".join(s.title for s in made.followers(step.kind, one.key))
            say(f"    {one.label}" + (f" → {follows}" if follows else ""))
    say(f"来源：{'；'.join(made.sources)}")
    return 0


def _explain(args: argparse.Namespace) -> int:
    made = _named(args.name)
    if not made.has(args.step):
        raise UserError(f"“{made.title}”没有环节“{args.step}”。",
                        f"可用：{'、'.join(s.kind for s in made.steps)}。")
    told = explain(made, args.step, titles={f.form_id: f.title for f in list_forms()})
    if args.json:
        report({"procedure": f"{made.id}/{made.version}", "step": args.step, "explanation": told})
    else:
        for line in told:
            say(line)
    return 0


def add_verbs(verbs: Any) -> None:
    """Add ``procedure list|show|explain``."""
    one = verbs.add_parser("procedure", help="办案程序：列出、查看、解释环节")
    parts = one.add_subparsers(dest="part", metavar="操作", required=True)
    parts.add_parser("list", help="现行的程序").set_defaults(run=_list)
    show = parts.add_parser("show", help="一个程序的环节和去向")
    show.add_argument("name", help="例如 ordinary")
    show.set_defaults(run=_show)
    told = parts.add_parser("explain", help="一个环节何时办、欠什么、怎样结束、依据")
    told.add_argument("name", help="例如 ordinary")
    told.add_argument("step", help="例如 approval")
    told.set_defaults(run=_explain)
