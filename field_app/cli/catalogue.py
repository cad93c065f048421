"""``catalogue``: the agency's matters and what goes with them, from spreadsheet to laptop."""

import argparse
from datetime import date
from pathlib import Path
from typing import Any

from field_app.cli.telling import report, say
from field_app.domain.clock import CHINA, SystemClock
from field_app.errors import UserError
from field_app.paths import DataFolder


def _context(args: argparse.Namespace) -> Any:
    from field_app.actions.context import AppContext

    return AppContext(SystemClock(), DataFolder(args.data))


def _check(args: argparse.Namespace) -> int:
    from field_app.actions.catalogues import check_catalogue

    found = check_catalogue(args.file)
    stops = [str(f) for f in found if f.stops]
    doubts = [str(f) for f in found if not f.stops]
    if args.json:
        report({"ok": not stops, "problems": stops, "doubts": doubts})
        return 1 if stops else 0
    for line in stops:
        say(f"必须改正　{line}")
    for line in doubts:
        say(f"请核对　　{line}")
    say(f"有{len(stops)}处必须改正，不能发布。" if stops else f"可以发布；有{len(doubts)}处请核对。")
    return 1 if stops else 0


def _day(text: str | None) -> date:
    if text is None:
        return SystemClock().now().wall.astimezone(CHINA).date()
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise UserError(f"“{text}”不是日期。", "请写成 2026-07-01。") from error


def _show(args: argparse.Namespace) -> int:
    from field_app.actions.catalogues import read_draft
    from field_app.rules.catalogue import entrustment_reasons

    made, day = read_draft(args.file), _day(args.date)
    rows = [m for row in made.at("matter", day) if (m := made.matter(row["code"], day)) is not None
            and args.search in f"{m.code}{m.name}{m.field}"]
    if args.json:
        report([{"code": m.code, "name": m.name, "field": m.field, "type": m.type,
                 "capacity": m.capacity, "agency": m.agency.name,
                 "bases": [b.citation for b in m.bases], "confidence": m.confidence,
                 "against": entrustment_reasons(m)} for m in rows])
        return 0
    mark = "（演练用）" if made.training else ""
    say(f"{made.title}　第{made.number}号{mark}　{day:%Y年%m月%d日}有效的事项{len(rows)}项")
    for m in rows:
        say(f"{m.code}　{m.capacity}　{m.type}　{m.name}")
        say(f"　　{m.agency.name}　" + "、".join(b.citation for b in m.bases))
        for reason in entrustment_reasons(m):
            say(f"　　不能使用：{reason}")
    return 0


def _import(args: argparse.Namespace) -> int:
    from field_app.actions.catalogues import empty_catalogue, read_draft, write_draft
    from field_app.actions.import_catalogue import preview_import
    from field_app.rules.catalogue_tables import table_named

    table = None
    if args.kind and (table := table_named(args.kind)) is None:
        raise UserError(f"没有“{args.kind}”这种表格。", "例如：执法事项、执法依据、裁量档次、执法人员。")
    if args.set.suffix == ".toml":
        raise UserError("清单以 JSON 保存，不能写进 .toml 文件。", "请用 --set 指定一个 .json 文件。")
    before = read_draft(args.set) if args.set.exists() else empty_catalogue(args.title)
    made = preview_import(before, args.files, table=table, whole=args.whole)
    good = not made.problems
    if good and not args.preview:
        write_draft(made.catalogue, args.set)
    if args.json:
        report({"ok": good, "written": good and not args.preview,
                "problems": [str(p) for p in made.problems], "skipped": list(made.skipped),
                "changes": [vars(c) for c in made.changes]})
        return 0 if good else 1
    for problem in made.problems:
        say(str(problem))
    for name in made.skipped:
        say(f"{name}不是规定的表格，没有导入。")
    if not good:
        say(f"有{len(made.problems)}处错误，什么都没有导入。请改正后再导入。")
        return 1
    for change in made.changes:
        say(str(change))
        for row in change.removed:
            say(f"　　删除：{row}")
    say("以上是预览，没有写入。" if args.preview else f"已写入{args.set}。请用 catalogue check 检查。")
    return 0


def _release(args: argparse.Namespace) -> int:
    from field_app.actions.catalogues import release_catalogue

    path = release_catalogue(_context(args), args.file, headquarters=args.headquarters,
                             out=args.out)
    if args.json:
        report({"release": str(path)})
    else:
        say(f"已发布：{path}。请用 catalogue take 导入各执法电脑。")
    return 0


def _take(args: argparse.Namespace) -> int:
    from field_app.actions.catalogues import take_catalogue

    made = take_catalogue(_context(args), args.folder)
    if args.json:
        report({"number": made.number, "title": made.title, "training": made.training})
    else:
        say(f"已导入第{made.number}号清单：{made.title}")
    return 0


def add_verbs(verbs: Any) -> None:
    """Add ``catalogue`` with its own verbs."""
    inner = verbs.add_parser("catalogue", help="执法事项清单：检查、导入、发布").add_subparsers(
        dest="what", required=True)
    check = inner.add_parser("check", help="检查清单：时间重叠和空档、依据、裁量档次、委托")
    check.add_argument("file", type=Path)
    check.set_defaults(run=_check)
    show = inner.add_parser("show", help="列出某一天有效的事项")
    show.add_argument("file", type=Path)
    show.add_argument("--date", help="例如 2026-07-01；不写为今天")
    show.add_argument("--search", default="", help="事项名称、编号或领域里的字")
    show.set_defaults(run=_show)
    take_in = inner.add_parser("import", help="把 CSV、XLSX 表格导入清单草稿")
    take_in.add_argument("files", nargs="+", type=Path)
    take_in.add_argument("--set", type=Path, required=True, help="清单草稿（.json），没有就新建")
    take_in.add_argument("--kind", help="表格的种类，例如 执法事项；文件名或工作表名就是种类的不用写")
    take_in.add_argument("--title", default="执法事项清单", help="新建时的名称")
    take_in.add_argument("--whole", action="store_true", help="以文件为准，删去文件里没有的行")
    take_in.add_argument("--preview", action="store_true", help="只看会改什么，不写入")
    take_in.set_defaults(run=_import)
    release = inner.add_parser("release", help="检查并由总部签名发布")
    release.add_argument("file", type=Path)
    release.add_argument("--headquarters", type=Path, required=True, help="总部文件夹")
    release.add_argument("--out", type=Path, required=True, help="放发布文件的文件夹")
    release.set_defaults(run=_release)
    take = inner.add_parser("take", help="把已发布的清单导入本机")
    take.add_argument("folder", type=Path)
    take.set_defaults(run=_take)
