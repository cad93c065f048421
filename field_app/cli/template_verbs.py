"""``templates``: those that ship, and an agency's own from first draft to release."""

import argparse
from pathlib import Path
from typing import Any

from field_app.cli.telling import report, say, tell_problems
from field_app.domain.clock import SystemClock
from field_app.errors import UserError
from field_app.paths import DataFolder


def _context(args: argparse.Namespace) -> Any:
    from field_app.actions.context import AppContext

    return AppContext(SystemClock(), DataFolder(args.data))


def _check(args: argparse.Namespace) -> int:
    if args.file is None:
        from field_app.documents.release import check_templates

        return tell_problems(check_templates(), "文书模板全部完好。", as_json=args.json)
    from field_app.actions.own_templates import check_own

    if not args.form:
        raise UserError("没有说明这是哪种文书的模板。", "请加上 --form 文书编号。")
    return tell_problems(check_own(_context(args), args.file, args.form), "模板可以发布。",
                         as_json=args.json)


def _draft(args: argparse.Namespace) -> int:
    from field_app.actions.own_templates import draft_own

    path = draft_own(args.form, args.out)
    if args.json:
        report({"docx": str(path)})
    else:
        say(f"已写出{path}。请在 Word 或 WPS 里修改，再用 templates check 检查。")
    return 0


def _release(args: argparse.Namespace) -> int:
    from field_app.actions.own_templates import release_own

    path = release_own(_context(args), args.file, args.form, headquarters=args.headquarters,
                       out=args.out)
    if args.json:
        report({"release": str(path)})
    else:
        say(f"已发布：{path}。请用 templates take 导入各执法电脑。")
    return 0


def _take(args: argparse.Namespace) -> int:
    from field_app.actions.own_templates import take_own

    taken = take_own(_context(args), args.folder)
    if args.json:
        report(taken)
    else:
        say("已导入：" + "、".join(taken))
    return 0


def add_verbs(verbs: Any) -> None:
    """Add ``templates`` with its own verbs."""
    inner = verbs.add_parser("templates", help="文书模板").add_subparsers(dest="what", required=True)
    check = inner.add_parser("check", help="检查随附的全部模板，或自己修改的一个模板")
    check.add_argument("file", nargs="?", type=Path, help="修改过的 .docx")
    check.add_argument("--form", default="", help="文书编号")
    check.set_defaults(run=_check)
    draft = inner.add_parser("draft", help="按文书定义写出第一份 Word 模板")
    draft.add_argument("form", help="文书编号，例如 G2-02")
    draft.add_argument("--out", type=Path, default=Path())
    draft.set_defaults(run=_draft)
    release = inner.add_parser("release", help="检查并由总部签名发布")
    release.add_argument("file", type=Path)
    release.add_argument("--form", required=True)
    release.add_argument("--headquarters", type=Path, required=True, help="总部文件夹")
    release.add_argument("--out", type=Path, required=True, help="放发布文件的文件夹")
    release.set_defaults(run=_release)
    take = inner.add_parser("take", help="把已发布的模板导入本机")
    take.add_argument("folder", type=Path)
    take.set_defaults(run=_take)
