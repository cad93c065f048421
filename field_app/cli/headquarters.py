"""``headquarters``: the receiving service; present only where its parts are installed."""

import argparse
import getpass
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from field_app.cli import hq_orders, hq_proofs
from field_app.cli.hq_stores import MISSING, telling_stores, untrusted
from field_app.cli.telling import report, say
from field_app.credentials.trust import TrustRefused
from field_app.errors import UserError


@contextmanager
def _starting(args: argparse.Namespace, *, no_tls: UserError) -> Iterator[None]:
    """Every reason why a server of headquarters does not start, in words; ``no_tls`` tells what a
    national district does instead."""
    from field_app.headquarters.folder import HeadquartersIncomplete, NoNationalTls

    try:
        yield
    except NoNationalTls as error:
        raise no_tls from error
    except HeadquartersIncomplete as error:
        raise UserError(f"总部文件夹不完整：{error}。", "请先执行 admin headquarters 和 admin bundle。") from error
    except TrustRefused as error:
        raise untrusted(error) from error
    except OSError as error:
        from field_app.headquarters.away import StoreAway

        if isinstance(error, StoreAway):
            raise
        raise UserError(f"不能在{args.host}:{args.port}上启动：{error.strerror}。",
                        "请换一个端口，或先停止占用它的程序。") from error


def _operations(args: argparse.Namespace) -> tuple[str, int] | None:
    return None if args.ops_port is None else (args.ops_host, args.ops_port)


def _work(args: argparse.Namespace) -> int:
    try:
        from field_app.headquarters.folder import HeadquartersIncomplete
        from field_app.headquarters.worker import work
    except ImportError as error:
        raise MISSING from error
    try:
        work(args.folder, _operations(args))
    except HeadquartersIncomplete as error:
        raise UserError(f"总部文件夹不完整：{error}。", "请先执行 admin headquarters 和 admin bundle。") from error
    except TrustRefused as error:
        raise untrusted(error) from error
    return 0


def _serve(args: argparse.Namespace) -> int:
    try:
        from field_app.headquarters.serve import serve
    except ImportError as error:
        raise MISSING from error
    with _starting(args, no_tls=UserError(
            "本区使用国密证书，联网通道（TLS）不支持，不能启动接收服务。",
            "请让各电脑用U盘送来案件包，再执行 headquarters import。", code="hq.gm")):
        serve(args.folder, host=args.host, port=args.port, operations=_operations(args))
    return 0


def _console(args: argparse.Namespace) -> int:
    try:
        from field_app.headquarters.console.serve import serve_console
    except ImportError as error:
        raise MISSING from error
    with _starting(args, no_tls=UserError(
            "本区使用国密证书，浏览器的加密通道（TLS）不支持，不能启动查阅页面。",
            "请用 package open 查阅已收下的案件包。", code="hq.gm")):
        serve_console(args.folder, host=args.host, port=args.port)
    return 0


def _password(args: argparse.Namespace) -> str:
    """From a file, or typed twice unseen."""
    if args.password_file is not None:
        try:
            return str(args.password_file.read_text("utf-8")).rstrip("\r\n")
        except (OSError, UnicodeDecodeError) as error:
            raise UserError(f"密码文件{args.password_file}读不出来。", "请核对路径，文件用UTF-8编码。") from error
    first = getpass.getpass("密码（12个字符以上）：")
    if first != getpass.getpass("再输入一次："):
        raise UserError("两次输入的密码不一样，没有改动。", "请重新执行。")
    return first


def _user(args: argparse.Namespace) -> int:
    try:
        from field_app.headquarters.console import accounts
        from field_app.headquarters.folder import HqFolder
        from field_app.headquarters.store import open_store
    except ImportError as error:
        raise MISSING from error
    if not args.folder.is_dir():
        raise UserError(f"没有总部文件夹{args.folder}。", "请核对路径。")
    store, now = open_store(HqFolder(args.folder)), datetime.now(UTC)
    try:
        if args.act == "add":
            accounts.add_account(store, args.name, args.title, _password(args), at=now)
            say(f"{args.title}（{args.name}）可以登录了。")
        elif args.act == "password":
            accounts.change_password(store, args.name, _password(args))
            say(f"{args.name}的密码已更换，已登录的页面全部退出。")
        elif args.act == "remove":
            accounts.remove_account(store, args.name, at=now)
            say(f"{args.name}已停用，已登录的页面全部退出。")
        else:
            _list_users(args, accounts.accounts(store))
    finally:
        store.close()
    return 0


def _list_users(args: argparse.Namespace, found: Sequence[Any]) -> None:
    if args.json:
        report([{"name": a.name, "title": a.title, "created": a.created.isoformat(),
                 "removed": a.removed.isoformat() if a.removed else None} for a in found])
        return
    for a in found:
        say(f"{a.name}　{a.title}　{'已停用' if a.removed else '可以登录'}")
    if not found:
        say("还没有用户。用 headquarters user add 添加。")


def _import(args: argparse.Namespace) -> int:
    try:
        from field_app.headquarters.folder import HeadquartersIncomplete
        from field_app.headquarters.stick import StickRefused, import_package
        from field_app.protocol.errors import WireRefused
    except ImportError as error:
        raise MISSING from error
    good = True
    told: list[dict[str, Any]] = []
    for source in args.source:
        try:
            outcome = import_package(args.folder, source)
        except StickRefused as refused:
            good = False
            told.append({"source": str(source), "refused": refused.finding.text})
            continue
        except WireRefused as refused:  # Of another district, or a copy that contradicts what is here.
            good = False
            told.append({"source": str(source),
                         "refused": f"{refused.error.text}{refused.facts.get('detail', '')}"})
            continue
        except TrustRefused as error:
            raise untrusted(error) from error
        except HeadquartersIncomplete as error:
            raise UserError("总部文件夹不完整。", "请先执行 admin headquarters 和 admin bundle。") from error
        good &= outcome.ok
        told.append({
            "source": str(source), "package": outcome.package, "receipts_written": outcome.written_back,
            "revisions": [{"revision": r.revision, "status": r.status,
                           "reasons": [f.text for f in r.reasons]} for r in outcome.revisions],
            "findings": [f.text for f in outcome.findings]})
    if args.json:
        report(told)
    else:
        for row in told:
            say(_import_line(row))
    return 0 if good else 1


def _import_line(row: dict[str, Any]) -> str:
    if "refused" in row:
        return f"{row['source']}　没有收下：{row['refused']}"
    states = {"accepted": "已收下", "refused": "不予接收", "waiting": "还缺文件"}
    lines = [f"{row['source']}　案件包{row['package']}"]
    for revision in row["revisions"]:
        why = "：" + "；".join(revision["reasons"]) if revision["reasons"] else ""
        lines.append(f"　第{revision['revision']}版　{states[revision['status']]}{why}")
    lines += [f"　{text}" for text in row["findings"]]
    if not row["receipts_written"]:
        lines.append("　回执没有写回，请在存储介质可写时再导入一次。")
    return "\n".join(lines)


_REBUILD_REFUSED = {
    "unreadable": ("读不出来", "请从备份恢复这个案件包后再重建。"),
    "receipt": ("里有一份回执不是总部为它签发的",
                "请从备份恢复这个案件包后再重建；备份里没有的，请把它移出总部文件夹并查明来历。"),
    "gone": ("已经收下，现在文件夹里缺少其中一版或它的回执",
             "请从备份恢复这个案件包后再重建。确实无法恢复的，请把旧索引另存，再用空的索引重建。")}


def _rebuild(args: argparse.Namespace) -> int:
    try:
        from field_app.headquarters.rebuild import RebuildRefused, rebuild
    except ImportError as error:
        raise MISSING from error
    try:
        made = rebuild(args.folder)
    except RebuildRefused as refused:
        words, remedy = _REBUILD_REFUSED[refused.code]
        raise UserError(f"{refused.where}{words}，索引没有改动。", remedy) from refused
    except TrustRefused as error:
        raise untrusted(error) from error
    if args.json:
        report({"packages": made.packages, "revisions": made.revisions, "refused": made.refused})
    else:
        say(f"索引已从案件包重建：{made.packages}个案件包，{made.revisions}版，其中{made.refused}版不予接收。")
    return 0


def _verify(args: argparse.Namespace) -> int:
    try:
        from field_app.headquarters.folder import HeadquartersIncomplete
        from field_app.headquarters.rebuild import audit
    except ImportError as error:
        raise MISSING from error
    try:
        found = audit(args.folder)
    except (HeadquartersIncomplete, TrustRefused) as error:
        raise UserError("总部文件夹不完整，或信任包不可信。",
                        "请先执行 admin headquarters 和 admin bundle。") from error
    if args.json:
        report({"ok": found.ok, "packages": len(found.reports), "differing": list(found.differing),
                "findings": [f.text for r in found.reports for f in r.findings],
                "added": [{"code": f.code, "where": f.where} for f in found.added],
                "stamps": None if found.stamps is None else {
                    "statements": found.stamps.statements, "heads": found.stamps.heads}})
    else:
        for finding in (f for r in found.reports for f in r.findings):
            say(finding.text)
        for name in found.differing:
            say(f"{name}　索引与案件包不一致，请先与备份核对，再重建索引。")
        for finding in found.added:
            say(f"{finding.where}　{finding.text}{finding.remedy}")
        say(f"{len(found.reports)}个案件包{'全部完好' if found.ok else '，有问题见上'}。")
        say(hq_proofs.stamp_words(found.stamps))
    return 0 if found.ok else 1


def add_verbs(verbs: Any) -> None:
    """Add ``headquarters`` with its own verbs."""
    inner = verbs.add_parser("headquarters", help="总部接收服务").add_subparsers(
        dest="what", required=True)
    serve = inner.add_parser("serve", help="启动接收服务")
    serve.add_argument("--folder", type=Path, required=True, help="总部文件夹")
    serve.add_argument("--host", default="127.0.0.1")
    serve.add_argument("--port", type=int, default=8443)
    _add_operations(serve)
    serve.set_defaults(run=telling_stores(_serve))
    work = inner.add_parser("work", help="另外启动一个处理进程（数据库和文件存储共用时）")
    work.add_argument("--folder", type=Path, required=True, help="总部文件夹")
    _add_operations(work)
    work.set_defaults(run=telling_stores(_work))
    console = inner.add_parser("console", help="启动查阅页面（浏览器）")
    console.add_argument("--folder", type=Path, required=True, help="总部文件夹")
    console.add_argument("--host", default="127.0.0.1")
    console.add_argument("--port", type=int, default=8444)
    console.set_defaults(run=telling_stores(_console))
    _add_users(inner)
    take = inner.add_parser("import", help="收下存储介质上的案件包，并把回执写回去")
    take.add_argument("source", nargs="+", type=Path, help="案件包文件夹，可多个")
    take.add_argument("--folder", type=Path, required=True, help="总部文件夹")
    take.set_defaults(run=telling_stores(_import))
    for name, words, run in (("rebuild", "从案件包重建索引", _rebuild),
                             ("verify", "逐一校验已收下的案件包，并与索引对照", _verify)):
        verb = inner.add_parser(name, help=words)
        verb.add_argument("--folder", type=Path, required=True, help="总部文件夹")
        verb.set_defaults(run=telling_stores(run))
    hq_proofs.add_verbs(inner)
    hq_orders.add_verbs(inner)


def _add_operations(verb: argparse.ArgumentParser) -> None:
    verb.add_argument("--ops-host", default="127.0.0.1", help="健康检查和指标的地址，默认只限本机")
    verb.add_argument("--ops-port", type=int, help="健康检查（/v1/health）和指标（/metrics）的端口；不给则不开")


def _add_users(inner: Any) -> None:
    acts = inner.add_parser("user", help="查阅页面的用户").add_subparsers(dest="act", required=True)
    for act, words in (("add", "添加用户"), ("password", "重设密码"), ("remove", "停用用户"),
                       ("list", "列出用户")):
        verb = acts.add_parser(act, help=words)
        verb.add_argument("--folder", type=Path, required=True, help="总部文件夹")
        if act != "list":
            verb.add_argument("name", help="用户名")
        if act == "add":
            verb.add_argument("--title", required=True, help="姓名")
        if act in ("add", "password"):
            verb.add_argument("--password-file", type=Path, help="密码所在的文件；不给则从键盘输入")
        verb.set_defaults(run=telling_stores(_user))
