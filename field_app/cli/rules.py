"""``rules``: the table of rules listed, shown one by one, and written as Markdown."""

import argparse
from datetime import date
from pathlib import Path
from typing import Any

from field_app.cli.telling import report, say
from field_app.domain.clock import CHINA, SystemClock
from field_app.errors import UserError
from field_app.rules.overview import described, levels_of, markdown, told
from field_app.rules.table import RuleTable, rules, rules_at


def _table(args: argparse.Namespace) -> RuleTable:
    if args.day is None:
        return rules_at(SystemClock().now().wall.astimezone(CHINA).date())
    try:
        return rules_at(date.fromisoformat(args.day))
    except ValueError as error:
        raise UserError(f"“{args.day}”不是日期。", "请写成 2026-05-14 这样的日期。") from error


def _list(args: argparse.Namespace) -> int:
    table = _table(args)
    if args.json:
        report([told(rule) for rule in table.values()])
    else:
        for rule in table.values():
            say(f"{rule.id}　{levels_of(rule)}　{rule.text}（{rule.law or '工程推断'}）")
        say(f"{table.day}施行的共{len(table)}条。")
    return 0


def _show(args: argparse.Namespace) -> int:
    name = args.id.upper()
    if name not in rules():
        near = [rule for rule in rules() if rule.startswith(name[:2])]
        raise UserError(f"没有规则“{args.id}”。", f"可用：{'、'.join(near or list(rules()))}。")
    table = _table(args)
    if name not in table:
        raise UserError(f"本机没有收录{name}在{table.day}施行的规定。",
                        "请查阅当时的规定，或者改用 --day 写其他日期。")
    if args.json:
        report(told(table[name]))
    else:
        for line in described(table[name]):
            say(line)
    return 0


def _write(args: argparse.Namespace) -> int:
    if args.out is None:
        say(markdown().rstrip("\n"))
        return 0
    try:
        args.out.write_text(markdown(), "utf-8", newline="\n")
    except OSError as error:
        raise UserError(f"{args.out}写不进去。", "请核对路径和权限。") from error
    say(f"已写入{args.out}。")
    return 0


def add_verbs(verbs: Any) -> None:
    """Add ``rules list``, ``rules show`` and ``rules table``."""
    group = verbs.add_parser("rules", help="查看规则：条文依据、级别、在哪里检查")
    parts = group.add_subparsers(dest="part", metavar="做什么", required=True)
    one = parts.add_parser("list", help="列出全部规则")
    one.add_argument("--day", metavar="DATE", help="行为日，默认今天")
    one.set_defaults(run=_list)
    one = parts.add_parser("show", help="一条规则的全部内容")
    one.add_argument("id", help="例如 EV-09")
    one.add_argument("--day", metavar="DATE", help="行为日，默认今天")
    one.set_defaults(run=_show)
    one = parts.add_parser("table", help="规则总表（Markdown）")
    one.add_argument("--out", type=Path, metavar="FILE", help="写到文件，默认打印")
    one.set_defaults(run=_write)
