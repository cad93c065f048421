"""``media verify``: every recording, photo and paper file of a laptop hashed anew."""

import argparse
from typing import Any

from field_app.actions.context import Session
from field_app.actions.verify_media import Report, verify_media, verify_sealed
from field_app.cli.officers import add_officers, two_officers
from field_app.cli.telling import report, say
from field_app.domain.ids import CaseId
from field_app.errors import UserError
from field_app.paths import DataFolder
from field_app.storage import cases


def _case(session: Session, number: str) -> CaseId | None:
    if not number:
        return None
    with session.begin() as tx:
        found = [c for c in cases.listed(tx, limit=1_000_000) if number in (c.id, c.local_no)]
    if not found:
        raise UserError(f"没有找到案件{number}。", "请核对案件编号，例如 D001-2026-0001。")
    return found[0].id


def _verify(args: argparse.Namespace) -> int:
    if args.officer:
        with two_officers(args) as session:
            return _tell(verify_media(session, _case(session, args.case)), args, keys=True)
    if args.case:
        raise UserError("不登录不能只核验一个案件。", "请用 --officer 给出两名执法人员的证书，或去掉 --case。")
    return _tell(verify_sealed(DataFolder(args.data)), args, keys=False)


def _tell(found: Report, args: argparse.Namespace, *, keys: bool) -> int:
    if args.json:
        report({
            "ok": found.ok, "with_keys": keys, "files": found.files, "bytes": found.size,
            "deleted": found.deleted,
            "findings": [{"code": f.code, "text": f.text, "remedy": f.remedy, "case": f.case,
                          "clip": f.clip, "file": f.file,
                          "lost": [{"from_s": round(a, 3), "to_s": round(b, 3), "from_byte": low,
                                    "to_byte": high} for a, b, low, high in f.lost]}
                         for f in found.findings]})
        return 0 if found.ok else 1
    for each in found.findings:
        say(f"[{each.code}] {each.case}{'　' if each.case else ''}{each.text}{each.remedy}")
    what = "密文和内容" if keys else "密文（没有登录，内容未核验）"
    if found.ok:
        say(f"全部完好：核验{found.files}个文件，{found.size}字节，{what}。")
    else:
        say(f"发现{len(found.findings)}处问题；共核验{found.files}个文件，{what}。")
    return 0 if found.ok else 1


def add_verbs(inner: Any) -> None:
    """Add ``media verify``."""
    verify = inner.add_parser("verify", help="重新核验全部音像（不给证书则只核对密文）")
    verify.add_argument("--case", default="", help="只核验这个案件（编号）")
    add_officers(verify)
    verify.set_defaults(run=_verify)
