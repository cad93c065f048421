"""``audit``: the event log verified, exported, and told of one case or item."""

import argparse
from pathlib import Path
from typing import Any

from field_app.actions.audit_log import export_log, verify_here
from field_app.actions.custody import custody_report
from field_app.cli import verify_log
from field_app.cli.officers import add_officers, two_officers
from field_app.cli.telling import report, say
from field_app.errors import UserError


def _known(words: list[str]) -> tuple[tuple[int, str], ...]:
    found = []
    for word in words:
        number, _, digest = word.partition(":")
        if not number.isdecimal() or not digest:
            raise UserError(f"“{word}”不是日志末端。", "请写成 编号:校验值，例如 120:9f3a5c01…。")
        found.append((int(number), digest))
    return tuple(found)


def _verify(args: argparse.Namespace) -> int:
    if args.log is not None:
        return _verify_file(args)
    with two_officers(args) as session:
        found = verify_here(session, known=_known(args.head))
    if args.json:
        report({"events": found.events, "head": found.head, "broken_at": found.broken_at,
                "signed_heads": found.heads, "false_heads": list(found.false_heads), "ok": found.ok})
        return 0 if found.ok else 1
    say(f"共{found.events}个事件，末端 {found.events}:{found.head}，有本机签名的末端{found.heads}个。")
    if found.broken_at is not None:
        say(f"第{found.broken_at}个事件起对不上，日志被改动过。")
    for seq in found.false_heads:
        say(f"第{seq}个事件与已知的末端值不符，或者已被截去。")
    say("日志完整。" if found.ok else "日志不完整。请不要使用本机，联系系统管理员。")
    return 0 if found.ok else 1


def _verify_file(args: argparse.Namespace) -> int:
    folder: Path = args.log if args.log.is_dir() else args.log.parent
    log = args.log / "events.jsonl" if args.log.is_dir() else args.log

    def beside(name: str) -> Path | None:
        return folder / name if (folder / name).is_file() else None

    try:
        found = verify_log.verify(log, root=beside("root.pem"), device=beside("device.pem"),
                                  heads=beside("heads.jsonl"), known=tuple(args.head))
    except (OSError, ValueError) as error:
        raise UserError(f"{log}读不出来。", "请核对路径，应为 audit export 导出的文件夹。") from error
    if args.json:
        report({"events": found.events, "head": found.head, "device": found.device,
                "problems": found.problems, "notes": found.notes, "unchecked": found.unchecked,
                "ok": found.ok})
    else:
        for line in (*found.problems, *found.notes):
            say(line)
        whole = f"有{len(found.problems)}处不符。" if found.problems else "日志完整。"
        say(f"共{found.events}个事件，末端 {found.events}:{found.head}。{whole}")
        if found.unchecked:
            say(f"有{found.unchecked}处国密签名没有核验：本机没有支持SM2的 openssl 命令。"
                "请在装有 openssl 3.0 以上的电脑上再验证一次。")
    return 0 if found.ok else 1


def _export(args: argparse.Namespace) -> int:
    with two_officers(args) as session:
        made = export_log(session, args.out)
    say(f"已导出{made.events}个事件：{made.folder}，末端 {made.events}:{made.head}")
    return 0


def _custody(args: argparse.Namespace) -> int:
    with two_officers(args) as session:
        made = custody_report(session, case=args.case or "", item=args.item or "", folder=args.out)
    say(f"已写出{made.events}条经手记录：{made.pdf}、{made.csv}")
    return 0


def add_verbs(verbs: Any) -> None:
    """Add ``audit`` with its own verbs."""
    inner = verbs.add_parser("audit", help="操作日志").add_subparsers(dest="what", required=True)
    verify = inner.add_parser("verify", help="验证日志（本机的，或者导出的文件夹）")
    verify.add_argument("log", nargs="?", type=Path, help="导出的文件夹或 events.jsonl；不写则验证本机")
    verify.add_argument("--head", action="append", default=[], metavar="编号:校验值",
                        help="打印件、案件包或者回执上的日志末端，可多次")
    add_officers(verify)
    verify.set_defaults(run=_verify)
    export = inner.add_parser("export", help="导出日志，附独立的验证程序")
    export.add_argument("--out", type=Path, required=True)
    add_officers(export)
    export.set_defaults(run=_export)
    custody = inner.add_parser("custody", help="一件材料或者一件案件的经手记录（PDF 和 CSV）")
    custody.add_argument("--case", help="案件的本机编号")
    custody.add_argument("--item", help="材料的 SHA-256（明文的或者密文的）")
    custody.add_argument("--out", type=Path, required=True)
    add_officers(custody)
    custody.set_defaults(run=_custody)
