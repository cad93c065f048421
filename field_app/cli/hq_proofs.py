"""``headquarters tsa``, ``prove`` and ``papers``: proofs of time, and the signed papers that need them."""

import argparse
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from field_app.cli.hq_stores import MISSING, telling_stores, untrusted
from field_app.cli.telling import report, say
from field_app.credentials.trust import TrustRefused
from field_app.domain.clock import CHINA
from field_app.errors import UserError

if TYPE_CHECKING:
    from field_app.headquarters.examine import Examiner
    from field_app.headquarters.raising import SignedPaper
    from field_app.headquarters.stamping import Stamps

NO_AUTHORITY = ("没有配置时间戳服务：电子签名停留在 B-B 级，做不到 B-LT 和 B-LTA；"
                "案件包和日志末端也没有时间戳。配置请用 headquarters tsa。")
_STATES = {"waiting": "等待加时间戳", "raised": "已加时间戳（B-LTA）", "broken": "签名不成立"}
_PROBLEMS = {"tsa_away": "时间戳服务连不上", "certificates": "签名人的证书已过期、已吊销，或者没有停用名单",
             "timestamp": "时间戳服务的答复无效", "file": "文件读不出来"}


def stamp_words(stamps: "Stamps | None") -> str:
    """What an audit says of time-stamps."""
    if stamps is None:
        return NO_AUTHORITY
    lines = [f"时间戳核验：案件清单{stamps.statements}个，日志末端{stamps.heads}个，无效{len(stamps.false)}个。"]
    lines += [f"　{device}：第{seq}号及以前的日志，不晚于{told.astimezone(CHINA):%Y-%m-%d %H:%M:%S}（北京时间）"
              for device, seq, told in stamps.proved]
    return "\n".join(lines)


@contextmanager
def examiner_of(folder: Path) -> "Iterator[Examiner]":
    """Headquarters' keys and tables; every reason why they do not open, in words."""
    try:
        from field_app.headquarters.depot import open_depot
        from field_app.headquarters.folder import HeadquartersIncomplete, HqFolder
        from field_app.headquarters.store import open_store
        from field_app.headquarters.worker import make_examiner
    except ImportError as error:
        raise MISSING from error
    hq = HqFolder(folder)
    try:
        hq.load_trust()  # Before tables are made: a folder of something else stays as it is.
        store = open_store(hq)
        depot = open_depot(hq)
        try:
            yield make_examiner(hq, store, depot)
        finally:
            store.close()
            depot.close()
    except HeadquartersIncomplete as error:
        raise UserError(f"总部文件夹不完整：{error}。", "请先执行 admin headquarters 和 admin bundle；"
                        "是 tsa 文件的，请重新执行 headquarters tsa。") from error
    except TrustRefused as error:
        raise untrusted(error) from error


def _tsa(args: argparse.Namespace) -> int:
    with examiner_of(args.folder) as examiner:
        from field_app.headquarters.timestamps import configure_authority

        try:
            configure_authority(examiner.folder, args.url, args.roots.read_bytes())
        except OSError as error:
            raise UserError(f"{args.roots}读不出来。", "请核对路径。") from error
        except ValueError as error:
            raise UserError("地址或者根证书文件不对。",
                            "地址以 http:// 或 https:// 开头；根证书文件为 PEM，可附停用名单（CRL）。") from error
    say(f"时间戳服务已配置：{args.url}。总部服务会自动使用，不必重启。")
    return 0


def _prove(args: argparse.Namespace) -> int:
    with examiner_of(args.folder) as examiner:
        from field_app.headquarters.proofs import prove_once

        raised = statements = heads = 0
        while True:
            done = prove_once(examiner, now=datetime.now(UTC))
            raised, statements, heads = (raised + done.raised, statements + done.statements,
                                         heads + done.heads)
            if done.nothing or done.away:
                break
    if args.json:
        report({"authority": done.authority, "away": done.away, "raised": raised,
                "statements": statements, "heads": heads})
    elif not done.authority:
        say(NO_AUTHORITY)
    else:
        say(f"新加时间戳：电子文书{raised}份，案件清单{statements}个，日志末端{heads}个。")
        if done.away:
            say("时间戳服务没有应答，稍后会自动再试。请检查网络和地址。")
    return 1 if done.away else 0


def _paper_line(paper: "SignedPaper", now: datetime) -> str:
    signed = f"{paper.signed_at:%Y-%m-%d}签名" if paper.signed_at else "签名时间不明"
    words = f"{_STATES[paper.status]}　{signed}　{paper.name}　{paper.package}"
    if paper.problem:
        words += f"　{_PROBLEMS.get(paper.problem, paper.problem)}，已试{paper.tries}次"
    return ("【超过30天】" if paper.overdue(now) else "") + words


def _papers(args: argparse.Namespace) -> int:
    with examiner_of(args.folder) as examiner:
        from field_app.headquarters.raising import RAISED, open_raised, read_record, signed_papers
        from field_app.headquarters.timestamps import load_authority

        now = datetime.now(UTC)
        with examiner.store.read() as connection:
            found = signed_papers(connection)
        authority = load_authority(examiner.folder)
        if args.out is not None:
            for paper in (p for p in found if p.status == RAISED):
                record = read_record(examiner.depot, paper.package, paper.object_id, examiner.trust)
                _take_out(args.out, paper, open_raised(examiner.depot, record, examiner.identity))
    overdue = [paper for paper in found if paper.overdue(now)]
    broken = [paper for paper in found if paper.status == "broken"]
    if args.json:
        report({"authority": authority is not None, "overdue": len(overdue), "papers": [
            {"package": p.package, "object": p.object_id, "name": p.name, "status": p.status,
             "signed": p.signed_at.isoformat() if p.signed_at else None,
             "stamped": p.raised_at.isoformat() if p.raised_at else None,
             "problem": p.problem, "overdue": p.overdue(now)} for p in found]})
    else:
        for paper in found:
            say(_paper_line(paper, now))
        say(f"电子签名的文书{len(found)}份，已加时间戳{sum(p.status == RAISED for p in found)}份。")
        if authority is None:
            say(NO_AUTHORITY)
        if overdue:
            say(f"警告：{len(overdue)}份签名已超过30天仍没有时间戳。签名人的证书一旦过期或者吊销，"
                "就不能再证明签名当时有效；请尽快检查时间戳服务。")
    return 1 if overdue or broken else 0


def _take_out(folder: Path, paper: "SignedPaper", pdf: bytes) -> None:
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        (folder / f"{paper.package}-{paper.object_id}.pdf").write_bytes(pdf)
    except OSError as error:
        raise UserError("文书写不进所选位置。", "请检查磁盘空间，或另选位置。") from error


def add_verbs(inner: Any) -> None:
    """Add the verbs to ``headquarters``."""
    tsa = inner.add_parser("tsa", help="配置时间戳服务（RFC 3161）")
    tsa.add_argument("--url", required=True, help="时间戳服务地址")
    tsa.add_argument("--roots", type=Path, required=True, help="时间戳服务的根证书（PEM，可附CRL）")
    tsa.set_defaults(run=telling_stores(_tsa))
    prove = inner.add_parser("prove", help="立即为电子文书、案件清单和日志末端加时间戳")
    prove.set_defaults(run=telling_stores(_prove))
    papers = inner.add_parser("papers", help="电子签名的文书：哪些加了时间戳，哪些超期")
    papers.add_argument("--out", type=Path, help="把加了时间戳的文书解密取出到这个文件夹")
    papers.set_defaults(run=telling_stores(_papers))
    for verb in (tsa, prove, papers):
        verb.add_argument("--folder", type=Path, required=True, help="总部文件夹")
