"""``package``: checked without keys, opened with one, carried by stick and its receipts back."""

import argparse
from pathlib import Path
from typing import Any

from field_app.actions.administer import no_sm2
from field_app.actions.stick import bring_back, bring_orders, carry_out
from field_app.cli.officers import add_officers, two_officers
from field_app.cli.telling import report, say
from field_app.credentials.device import NotEnrolled, read_header
from field_app.credentials.trust import Trust, TrustRefused, load_trust
from field_app.crypto.gm.provider import GmUnavailable
from field_app.crypto.suite_keys import parse_identity
from field_app.domain.clock import SystemClock
from field_app.errors import UserError
from field_app.packages.open import PackageUnreadable, open_package
from field_app.packages.verdicts import finding
from field_app.packages.verify import verify_package
from field_app.paths import DataFolder


def _trust(args: argparse.Namespace) -> Trust | None:
    """The bundle named, or this laptop's own; None when neither is there."""
    try:
        if args.trust is not None:
            pinned = args.root_sha256 or read_header(DataFolder(args.data).device_header).root_sha256
            return load_trust(args.trust, pinned_root_sha256=pinned)
        header = read_header(DataFolder(args.data).device_header)
        return load_trust(DataFolder(args.data).trust, pinned_root_sha256=header.root_sha256)
    except NotEnrolled as error:
        if args.trust is None:
            return None
        raise UserError("不知道应当信任哪个根证书。", "请用 --root-sha256 给出根证书指纹。") from error
    except TrustRefused as error:
        raise UserError("信任包缺失或不可信。", "请核对 --trust 文件夹和根证书指纹。") from error


def _verify(args: argparse.Namespace) -> int:
    found = verify_package(args.folder, _trust(args), at=SystemClock().now().wall)
    newest = found.newest
    if args.json:
        report({
            "ok": found.ok, "revision": newest.revision if newest else None,
            "package": newest.package if newest else None,
            "findings": [{"code": f.code, "severity": f.severity.value, "text": f.text,
                          "remedy": f.remedy, "where": f.where, "revision": f.revision}
                         for f in found.findings]})
        return 0 if found.ok else 1
    for each in found.findings:
        where = f"（{each.where}）" if each.where else ""
        say(f"[{each.code}] {each.text}{where}{each.remedy}")
    if found.ok and newest is not None:
        say(f"案件包完好：第{newest.revision}版，{len(newest.objects)}件材料，"
            f"{len(found.receipts)}份总部回执。")
    return 0 if found.ok else 1


def _open(args: argparse.Namespace) -> int:
    try:
        identity = parse_identity(args.key.read_text("ascii"))
    except (OSError, ValueError) as error:
        raise UserError(f"密钥文件{args.key}读不出来。",
                        "请给出 age 密钥文件（AGE-SECRET-KEY-1…）或国密私钥文件（PEM）。") from error
    except GmUnavailable as error:
        raise no_sm2() from error
    try:
        package = open_package(args.folder, [identity])
        if args.out is not None:
            args.out.mkdir(mode=0o700, parents=True, exist_ok=True)
        for entry in package.index.objects:
            if args.out is not None:
                # The name inside is not ours to trust as a path: number and hash make the file's.
                target = args.out / f"{entry.sha256[:16]}{_suffix(entry.mime)}"
                with target.open("wb") as file:
                    for part in package.stream(entry):
                        file.write(part)
            else:
                package.check_object(entry)
        events = sum(1 for _ in package.log_events())
    except PackageUnreadable as error:
        told = finding(error.code)
        raise UserError(told.text, told.remedy, code=error.code) from error
    case = package.index.case
    if args.json:
        report({"case": case.local_no, "party": case.party, "cause": case.cause,
                "events": events, "objects": [
                    {"name": o.name, "kind": o.kind.value, "size": o.size, "sha256": o.sha256}
                    for o in package.index.objects]})
        return 0
    say(f"{case.local_no}　{case.party}　{case.cause}　{events}条日志")
    for entry in package.index.objects:
        say(f"{entry.sha256}  {entry.name}（{entry.size}字节）")
    return 0


def _carry(args: argparse.Namespace) -> int:
    with two_officers(args) as session:
        carried = carry_out(session, args.stick)
    if args.json:
        report([{"case": c.case.local_no, "revision": c.revision, "folder": str(c.folder)}
                for c in carried])
        return 0
    for each in carried:
        say(f"{each.case.local_no}　第{each.revision}版　已拷到{each.folder}")
    say(f"已拷{len(carried)}件，请交总部导入。" if carried else "没有等待报送的案件。")
    return 0


def _receipts(args: argparse.Namespace) -> int:
    with two_officers(args) as session:
        found = bring_back(session, args.stick)
        down = bring_orders(session, args.stick).orders
    if args.json:
        report({"receipts": [{"case": s.case.local_no, "revision": s.revision, "received": s.received,
                              "problem": s.problem} for s in found],
                "orders": [{"kind": o.kind, "outcome": o.outcome.value, "title": o.title,
                            "problem": o.problem} for o in down]})
    else:
        for order in down:
            say(f"总部下发　{order.title}{'　' + order.problem if order.problem else ''}")
        for each in found:
            state = "总部已签收，回执已保存" if each.received else f"总部没有接收：{each.problem}"
            say(f"{each.case.local_no}　第{each.revision}版　{state}")
        if not found and not down:
            say("没有找到本机等待的回执。")
    return 0 if all(each.received for each in found) else 1


def _suffix(mime: str) -> str:
    known = {"application/pdf": ".pdf", "video/mp4": ".mp4", "audio/mp4": ".m4a",
             "image/jpeg": ".jpg", "application/json": ".json",
             "application/vnd.openxmlformats-officedocument.wordprocessingml.document": ".docx"}
    return known.get(mime, ".bin")


def add_verbs(verbs: Any) -> None:
    """Add ``package`` with its own verbs."""
    inner = verbs.add_parser("package", help="案件包").add_subparsers(dest="what", required=True)
    verify = inner.add_parser("verify", help="核验案件包（不需要密钥）")
    verify.add_argument("folder", type=Path)
    verify.add_argument("--trust", type=Path, help="信任包文件夹；默认用本机的")
    verify.add_argument("--root-sha256", default="", help="根证书指纹（本机未登记时）")
    verify.set_defaults(run=_verify)
    opener = inner.add_parser("open", help="用密钥打开案件包")
    opener.add_argument("folder", type=Path)
    opener.add_argument("--key", type=Path, required=True, help="age 密钥文件，国密区为SM2私钥文件")
    opener.add_argument("--out", type=Path, help="把材料解密到这里；不给则只检查")
    opener.set_defaults(run=_open)
    for name, words, run in (("carry", "把等待报送的案件包拷到U盘", _carry),
                             ("receipts", "收下U盘带回的总部回执和下发的内容", _receipts)):
        verb = inner.add_parser(name, help=words)
        verb.add_argument("stick", type=Path, help="U盘上的文件夹")
        add_officers(verb)
        verb.set_defaults(run=run)
