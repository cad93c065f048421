"""The command line: without a verb the window opens; each verb does one job."""

import argparse
import os
import sys
from pathlib import Path
from types import ModuleType

from field_app import __version__, logs
from field_app.cli.telling import say, tell
from field_app.errors import Cancelled, UserError
from field_app.memory import forbid_core_dumps


def default_data() -> Path:
    """Where this user's laptop data lies unless ``--data`` says otherwise."""
    if os.name == "nt":
        return Path(os.environ.get("LOCALAPPDATA", Path.home())) / "FieldEnforcementDesk"
    return Path(os.environ.get("XDG_DATA_HOME", Path.home() / ".local/share")) / "field-desk"


_MODULES = {"forms": "papers", "templates": "papers", "render": "papers", "deadline": "deadline",
            "rules": "rules", "procedure": "procedures", "package": "packages", "admin": "admin",
            "headquarters": "headquarters", "catalogue": "catalogue", "media": "media", "audit": "audit",
            "languages": "languages"}


def _parts(verb: str | None) -> tuple[ModuleType, ...]:
    """The modules whose verbs are needed; one verb loads only what it uses, so it starts fast."""
    made: list[ModuleType] = []
    known = verb is None or verb in _MODULES or verb in ("demo", "pictures", "self-test")
    wanted = {_MODULES.get(verb or "", "")} if known else set(_MODULES.values())
    if "papers" in wanted:
        from field_app.cli import papers
        made.append(papers)
    if "deadline" in wanted:
        from field_app.cli import deadline
        made.append(deadline)
    if "rules" in wanted:
        from field_app.cli import rules
        made.append(rules)
    if "procedures" in wanted:
        from field_app.cli import procedures
        made.append(procedures)
    if "packages" in wanted:
        from field_app.cli import packages
        made.append(packages)
    if "admin" in wanted:
        from field_app.cli import admin
        made.append(admin)
    if "catalogue" in wanted:
        from field_app.cli import catalogue
        made.append(catalogue)
    if "media" in wanted:
        from field_app.cli import media
        made.append(media)
    if "audit" in wanted:
        from field_app.cli import audit
        made.append(audit)
    if "languages" in wanted:
        from field_app.cli import languages
        made.append(languages)
    if "headquarters" in wanted:
        from field_app.cli import headquarters
        made.append(headquarters)
    return tuple(made)


def build_parser(verb: str | None = "-h") -> argparse.ArgumentParser:
    """The parser for ``verb``; for a word that is no verb, that of all of them."""
    parser = argparse.ArgumentParser(
        prog="field-app", description="现场执法工作站（Field Enforcement Desk）")
    parser.add_argument("--version", action="version", version=__version__)
    parser.add_argument("--data", type=Path, default=None, help="本机资料文件夹")
    parser.add_argument("--json", action="store_true", help="以 JSON 输出结果")
    verbs = parser.add_subparsers(dest="verb", metavar="命令")
    demo = verbs.add_parser("demo", help="在新文件夹里演练一天的工作")
    demo.add_argument("--out", type=Path, default=Path("demo-out"), help="放在哪里（会新建）")
    demo.add_argument("--no-window", action="store_true", help="结束后不打开窗口")
    demo.set_defaults(run=_demo)
    pictures = verbs.add_parser("pictures", help="演练一天，给每个页面和窗口拍照（各种尺寸和样式）")
    pictures.add_argument("--out", type=Path, default=Path("pictures-out"), help="放在哪里（会新建）")
    pictures.add_argument("--only", default="", metavar="样式", help="只拍一种，例如 sunlight")
    pictures.add_argument("--language", default="", choices=["", "zh", "en"], help="只拍一种语言：zh、en")
    pictures.add_argument("--manual", action="store_true", help="只拍说明和README的插图，并换成新的")
    pictures.set_defaults(run=_pictures)
    verbs.add_parser("self-test", help="检查本程序是否完好").set_defaults(run=_self_test)
    for part in _parts(verb):
        part.add_verbs(verbs)
    return parser


def _demo(args: argparse.Namespace) -> int:
    if getattr(sys, "frozen", False):
        raise UserError("安装版不含总部服务，不能演练一整天。", "请在源码目录执行 make demo。")
    from field_app.cli.demo.day import play

    return play(args.out, window=not args.no_window)


def _pictures(args: argparse.Namespace) -> int:
    if getattr(sys, "frozen", False):
        raise UserError("安装版不含总部服务，不能演练一整天。", "请在源码目录执行 make pictures。")
    from field_app.cli.demo.day import photograph
    from field_app.paths import RESOURCES

    return photograph(args.out, only=args.only, language=args.language,
                      manual=RESOURCES / "manual" if args.manual else None)


def _self_test(args: argparse.Namespace) -> int:
    from field_app.cli.self_test import run

    return run(as_json=args.json, data=args.data)


def _window(data: Path) -> int:
    from field_app.interpreter import hurry

    hurry()
    from field_app.app import run

    return run(data)


def _options_first(argv: list[str]) -> tuple[list[str], list[str]]:
    """``--json`` and ``--data DIR`` may stand anywhere: they, and the other words."""
    first, rest = [], []
    words = iter(argv)
    for word in words:
        if word == "--json" or word.startswith("--data="):
            first.append(word)
        elif word == "--data":
            first += [word, *([value] if (value := next(words, None)) is not None else [])]
        else:
            rest.append(word)
    return first, rest


def main(argv: list[str] | None = None) -> int:
    """Run one verb or open the window; exits 0 only when all is well."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(encoding="utf-8", errors="backslashreplace")
    os.umask(0o077)
    forbid_core_dumps()
    options, words = _options_first(sys.argv[1:] if argv is None else argv)
    parser = build_parser(words[0] if words else None)
    args = parser.parse_args([*options, *words])
    args.data = (args.data or default_data()).absolute()
    logs.start(args.data / "logs" if args.verb is None else None)
    try:
        if args.verb is None:
            return _window(args.data)
        return int(args.run(args))
    except UserError as error:
        tell(error)
        return 1
    except Cancelled:
        say("已取消。")
        return 1
    except BrokenPipeError:
        # The reader had enough; what is left unsaid must not be flushed at exit either.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except KeyboardInterrupt:
        say("已停止。")
        return 130
